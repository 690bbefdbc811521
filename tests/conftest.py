"""What every test shares: nothing of the caller's workspace leaks in."""

import pytest


@pytest.fixture(autouse=True)
def no_workspace_of_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NIGHTSHIFT_HOME", "NIGHTSHIFT_DROPS", "NIGHTSHIFT_TARGET", "DBT_TARGET_PATH", "DBT_LOG_PATH"):
        monkeypatch.delenv(name, raising=False)
