"""What Spark's workers need that is not in their environment: our own sources, and the model, each as one file.

A file is named by its content, so that a session takes it once however often it is shipped.
"""

import hashlib
import io
import tempfile
import zipfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ml.model import Model, save_model
from settings import ROOT

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SOURCES = ("settings.py", "ml/**/*.py")


def ship_sources(session: "SparkSession", root: Path = ROOT) -> None:
    """Let workers import `ml` and `settings`, whatever folder they were started in: they need the locked environment."""
    paths = sorted(path for pattern in SOURCES for path in root.glob(pattern))
    file = _written("sources", _packed((path.relative_to(root).as_posix(), path.read_bytes()) for path in paths))
    session.addArtifacts(str(file), pyfile=True)


def ship_model(session: "SparkSession", model: Model) -> str:
    """Send `model` to every worker, in CatBoost's own format; returns the file's name, which holds its digest."""
    with tempfile.TemporaryDirectory() as folder:
        save_model(model, Path(folder))
        file = _written("model", _packed((path.name, path.read_bytes()) for path in sorted(Path(folder).iterdir())))
    session.addArtifacts(str(file), file=True)
    return file.name


def _packed(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip of `files` (name, content) whose bytes depend on them alone."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _written(kind: str, content: bytes) -> Path:
    path = Path(_desk().name) / f"nightshift_{kind}_{hashlib.sha256(content).hexdigest()[:16]}.zip"
    path.write_bytes(content)
    return path


@cache
def _desk() -> "tempfile.TemporaryDirectory[str]":
    """Lives as long as this process: a worker that starts late still fetches what was shipped long before."""
    return tempfile.TemporaryDirectory(prefix="nightshift_shipped_")
