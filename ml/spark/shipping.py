"""What Spark's workers need beyond the locked environment: our own sources and the model, each as one file.

Workers import `ml` and `settings` from what was shipped, whatever folder they were started in. A file is named by its
content, so that a session takes it once however often it is shipped.
"""

import hashlib
import io
import tempfile
import zipfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from settings import ROOT

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SOURCES = ("settings/*.py", "ml/**/*.py")


def ship(session: "SparkSession", model_files: Path) -> str:
    """Send every worker the files of a model, as `ml.models.model.save_model` wrote them, and what it takes to ask it.

    Returns the name under which workers find the model; it holds its digest.
    """
    session.addArtifacts(str(packed_sources()), pyfile=True)
    bundle = _packed("model", sorted(model_files.iterdir()), model_files)
    session.addArtifacts(str(bundle), file=True)
    return bundle.name


def packed_sources() -> Path:
    """Our own sources as one zip, from which Python imports: there a package without `__init__.py` is none."""
    return _packed("sources", sorted(path for pattern in SOURCES for path in ROOT.glob(pattern)), ROOT)


def _packed(kind: str, paths: Iterable[Path], below: Path) -> Path:
    """A zip of files under their names below a folder; the same files make the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in paths:
            name = zipfile.ZipInfo(path.relative_to(below).as_posix())
            archive.writestr(name, path.read_bytes(), zipfile.ZIP_DEFLATED)
    digest = hashlib.sha256(packed.getvalue()).hexdigest()[:16]
    file = Path(_desk().name) / f"nightshift_{kind}_{digest}.zip"
    file.write_bytes(packed.getvalue())
    return file


@cache
def _desk() -> "tempfile.TemporaryDirectory[str]":
    """Lives as long as this process: a worker that starts late still fetches what was shipped long before."""
    return tempfile.TemporaryDirectory(prefix="nightshift_shipped_")
