"""What makes a model's folder one that MLflow's own tools open: an MLmodel file, the environment, and our code."""

import shutil
from importlib.metadata import version
from pathlib import Path
from platform import python_version

import yaml
from mlflow import pyfunc
from mlflow.models import Model
from mlflow.models.model import MLMODEL_FILE_NAME

from settings import ROOT

LOADER = "ml.scoring.pyfunc"
# The loader and all that it imports of ours.
OPENED_BY = (
    "ml/__init__.py", "ml/arrays.py", "ml/mart/__init__.py", "ml/mart/columns.py", "ml/models/__init__.py",
    "ml/models/calibration.py", "ml/models/life_steps.py", "ml/models/model.py", "ml/models/remaining.py",
    "ml/models/risk_blend.py", "ml/models/windows.py", "ml/scoring/__init__.py", "ml/scoring/contract.py",
    "ml/scoring/pyfunc.py",
)  # fmt: skip
PACKAGES = ("mlflow", "catboost", "numpy", "pandas", "pyarrow", "scipy")
OUR_CODE, ENVIRONMENT, REQUIREMENTS = "code", "python_env.yaml", "requirements.txt"


def describe_for_mlflow(bundle: Path, run_id: str) -> None:
    """Add to the files of a run's model what `mlflow.pyfunc.load_model` and `mlflow models serve` need to open them.

    There is no signature: MLflow would refuse whole numbers in a column of decimals, as a table without a missing value
    has them.
    """
    for name in OPENED_BY:
        target = bundle / OUR_CODE / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    pins = [f"{name}=={version(name)}" for name in PACKAGES]
    (bundle / REQUIREMENTS).write_text("\n".join(pins) + "\n")
    environment = {"python": python_version(), "dependencies": [f"-r {REQUIREMENTS}"]}
    (bundle / ENVIRONMENT).write_text(yaml.safe_dump(environment))
    described = Model(run_id=run_id)
    pyfunc.add_to_model(described, loader_module=LOADER, code=OUR_CODE, python_env=ENVIRONMENT)
    described.save(str(bundle / MLMODEL_FILE_NAME))
