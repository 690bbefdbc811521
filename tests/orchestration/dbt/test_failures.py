"""What dbt failed at, from its artifacts and from its words: the test, the model, the count and the cure."""

import json
from pathlib import Path
from typing import Any

import pytest
from dagster_dbt.errors import DagsterDbtCliRuntimeError

from orchestration.dbt.failures import DbtFailed, dbt_failures, failed_results, told_by_dbt

TEST, MODEL = "test.nightshift.mart_plausible.5c1b", "model.nightshift.spine"
NODES: dict[str, Any] = {
    TEST: {"name": "mart_plausible", "attached_node": "model.nightshift.mart", "description": "Ages are whole."},
    "test.nightshift.known.1": {"name": "known", "depends_on": {"nodes": ["source.nightshift.raw.machines"]}},
    MODEL: {"name": "spine"},
}  # fmt: skip
CATALOG = (
    "\x1b[31mRuntime Error in model spine (dbt_project/models/spine/spine.sql)\x1b[0m\n"
    "  Catalog Error: Table with name machine_starts does not exist!\n  Did you mean \"machine_stops\"?\n  \n"
    "  LINE 3: from machine_starts\n               ^"
)  # fmt: skip


def artifacts(folder: Path, *results: dict[str, Any]) -> None:
    (folder / "manifest.json").write_text(json.dumps({"nodes": NODES}))
    (folder / "run_results.json").write_text(json.dumps({"results": list(results)}))


def result(unique_id: str, status: str, message: str = "", failures: int | None = None) -> dict[str, Any]:
    return {"unique_id": unique_id, "status": status, "message": message, "failures": failures}


def test_a_failed_data_test_names_test_model_count_rule_and_cure(tmp_path: Path) -> None:
    fine = [result(MODEL, "success"), result("test.nightshift.later.2", "skipped"), result(TEST, "warn", failures=9)]
    artifacts(tmp_path, *fine, result(TEST, "fail", "Got 3 results, configured to fail if != 0", 3))
    assert failed_results(tmp_path) == [
        "The data test mart_plausible of mart failed: 3 rows against it (Ages are whole). See them: dbt show --select "
        "mart_plausible; then correct the files or the var that they come from and run again."
    ]


def test_what_failed_is_described_where_the_project_was_parsed(tmp_path: Path) -> None:
    artifacts(tmp_path, result(TEST, "fail", failures=1))
    elsewhere = tmp_path / "graph.json"
    (tmp_path / "manifest.json").rename(elsewhere)
    assert failed_results(tmp_path, elsewhere)[0].startswith("The data test mart_plausible of mart failed: 1 row")


def test_a_failed_test_of_a_source_names_it(tmp_path: Path) -> None:
    artifacts(tmp_path, result("test.nightshift.known.1", "fail", failures=1))
    assert failed_results(tmp_path)[0].startswith("The data test known of raw.machines failed: 1 row against")


def test_of_a_failed_model_the_whole_reason_is_kept(tmp_path: Path) -> None:
    artifacts(tmp_path, result(MODEL, "error", CATALOG))
    assert failed_results(tmp_path) == [
        "The model spine failed: Catalog Error: Table with name machine_starts does not exist! "
        'Did you mean "machine_stops"?'
    ]


def test_a_command_that_wrote_no_results_is_told_by_its_own_words(tmp_path: Path) -> None:
    artifacts(tmp_path, result(TEST, "fail", failures=3))  # an earlier command's
    words = (
        "The dbt CLI process with command\n\n`dbt build`\n\nfailed with exit code `2`.\n\nErrors parsed:\n\n"
        "\x1b[0m19:10:24  Encountered an error:\nCompilation Error in operation nightshift-on-run-start-1 "
        "(./dbt_project.yml)\n  This build is refused:\n    - horizon_hours: 24 -> 48.\n  \n"
        "  > in macro check_vars (dbt_project/macros/check_vars.sql)"
    )
    with pytest.raises(DbtFailed) as told, told_by_dbt(tmp_path):
        raise DagsterDbtCliRuntimeError(words)
    assert str(told.value) == "This build is refused:\n- horizon_hours: 24 -> 48."
    assert dbt_failures(str(told.value), "DbtFailed") == str(told.value)


def test_the_results_of_the_command_itself_come_before_its_words(tmp_path: Path) -> None:
    def command() -> None:
        artifacts(tmp_path, result(TEST, "fail", failures=2))
        raise DagsterDbtCliRuntimeError("The dbt CLI process with command")

    with pytest.raises(DbtFailed, match="mart_plausible of mart failed: 2 rows"), told_by_dbt(tmp_path):
        command()


@pytest.mark.parametrize("coloured", [False, True])
def test_words_keep_the_first_sentence_whole_and_no_colour(coloured: bool) -> None:
    words = (
        "banner\n19:12:14  \x1b[31mFailure in test known (tests/known.sql)\x1b[0m\n19:12:14    Got 3 results\n\n"
        + CATALOG
    )
    told = dbt_failures(words if coloured else words.replace("\x1b[31m", "").replace("\x1b[0m", ""))
    assert told.splitlines() == [
        "Failure in test known (tests/known.sql): Got 3 results",
        "Runtime Error in model spine (dbt_project/models/spine/spine.sql): Catalog Error: Table with name "
        'machine_starts does not exist! Did you mean "machine_stops"?',
    ]


def test_words_without_an_error_are_left_as_they_are() -> None:
    assert dbt_failures("killed") == "killed"


def test_two_heads_are_one_sentence() -> None:
    told = dbt_failures(
        "Encountered an error:\nRuntime Error\n  Catalog Error: Table with name spine does not exist!\n"
    )
    assert told == "Runtime Error: Catalog Error: Table with name spine does not exist!"
