"""What a command says and returns, whatever its action runs into."""

from collections.abc import Callable

import pytest
from dagster_dbt.errors import DagsterDbtCliRuntimeError

from ml.registry.aliases import NoChampion
from orchestration.commands.run import run_command
from settings import Settings
from warehouse.connection import WarehouseBusy


def _raising(error: Exception) -> Callable[[Settings], bool]:
    def action(_: Settings) -> bool:
        raise error

    return action


@pytest.mark.parametrize("error", [WarehouseBusy("Another process writes."), NoChampion("Train one first.")])
def test_what_is_expected_is_one_sentence(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(_raising(error)) == 1
    assert capsys.readouterr().err == f"\n{error}\n"


def test_what_dbt_refused_is_told_in_its_own_words(capsys: pytest.CaptureFixture[str]) -> None:
    words = "banner\nCompilation Error in macro check_vars\n  - windows_hours holds 5.\nmore"
    assert run_command(_raising(DagsterDbtCliRuntimeError(words))) == 1
    told = capsys.readouterr().err
    assert "- windows_hours holds 5." in told
    assert "run.log" in told
    assert "banner" not in told


def test_a_fault_of_ours_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        run_command(_raising(ZeroDivisionError()))


@pytest.mark.parametrize(("well", "code"), [(True, 0), (False, 1)])
def test_the_exit_code_says_whether_all_went_well(well: bool, code: int) -> None:
    assert run_command(lambda _: well) == code
