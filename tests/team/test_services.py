"""The files of deploy/ as the tools that read them see them."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from settings import DAGSTER_DB, MIRROR, MLFLOW_DB, MLFLOW_FILES, ROOT

pytestmark = pytest.mark.team
DEPLOY = ROOT / "deploy"
BIN = Path(sys.executable).parent


def environment() -> dict[str, str]:
    lines = [line for line in (DEPLOY / "team.env").read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="Debian's systemd has it")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """With the checkout where it is, and a user that is there."""
    units = sorted((DEPLOY / "systemd").glob("*.service"))
    assert len(units) == 3
    for unit in units:
        text = unit.read_text().replace("/opt/nightshift/.venv/bin", str(BIN)).replace("/opt/nightshift", str(ROOT))
        (tmp_path / unit.name).write_text(text.replace("User=nightshift", "User=daemon"))
    names = [str(tmp_path / unit.name) for unit in units]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=one", *names], capture_output=True, text=True, check=False
    )
    ours = [line for line in done.stderr.splitlines() if "nightshift" in line]
    assert (done.returncode, ours) == (0, [])
    broken = tmp_path / units[0].name
    broken.write_text(broken.read_text().replace("Restart=on-failure", "Restrat=on-failure"))
    done = subprocess.run(["systemd-analyze", "verify", str(broken)], capture_output=True, text=True, check=False)
    assert "Restrat" in done.stderr, "it reads them indeed"


def test_the_environment_and_the_compose_file_name_the_same_variables() -> None:
    ours = {DAGSTER_DB, MLFLOW_DB, MLFLOW_FILES, MIRROR, "DAGSTER_HOME", "NIGHTSHIFT_HOME", "NIGHTSHIFT_DROPS"}
    composed = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["daemon"]["environment"]
    assert ours <= set(environment())
    assert ours <= set(composed)
    assert composed["DAGSTER_HOME"] == environment()["DAGSTER_HOME"] == "/opt/nightshift/deploy/dagster"


def test_the_containerfile_is_well_made() -> None:
    done = subprocess.run([BIN / "hadolint", DEPLOY / "Containerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_is_made_of_the_locked_requirements_alone() -> None:
    text = re.sub(r"\\\n\s*", " ", (DEPLOY / "Containerfile").read_text())
    installs = [line for line in text.splitlines() if "pip install" in line]
    assert len(installs) == 1
    assert "--no-deps --require-hashes" in installs[0]
    assert re.findall(r"requirement (\S+)", installs[0]) == ["requirements.lock", "requirements-team.lock"]


def test_the_compose_file_fits_its_schema_and_mounts_what_is_there() -> None:
    checked = str(DEPLOY / "compose.yaml")
    command = [str(BIN / "check-jsonschema"), "--builtin-schema", "vendor.compose-spec", checked]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    mounted = [volume.split(":")[0] for one in services.values() for volume in one.get("volumes", [])]
    files = [DEPLOY / path for path in mounted if path.startswith(".")]
    assert len(files) >= 3
    assert all(path.is_file() for path in files)
    published = [port for one in services.values() for port in one.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)
