"""The step that writes the metrics: what it cannot do is a sentence, and never an error."""

from pathlib import Path

import duckdb
import pytest

from delivery.metrics import names
from delivery.metrics.textfile import served_metrics
from settings import Settings
from steps import metrics
from steps.metrics import write_metrics
from tests.delivery.metrics.test_figures import TABLES


@pytest.fixture
def home(settings: Settings, tmp_path: Path) -> Settings:
    paths = settings.workspace.paths.model_copy(update={"home": tmp_path / "home"})
    made = settings.model_copy(update={"workspace": settings.workspace.model_copy(update={"paths": paths})})
    made.paths.published.mkdir(parents=True)
    with duckdb.connect(str(made.paths.published / "nightshift.duckdb")) as con:
        con.execute(TABLES)
    return made


def also_into(home: Settings, folder: Path) -> Settings:
    more = home.workspace.metrics.model_copy(update={"textfile_folder": str(folder)})
    return home.model_copy(update={"workspace": home.workspace.model_copy(update={"metrics": more})})


def test_it_writes_into_both_folders(home: Settings, tmp_path: Path) -> None:
    assert write_metrics(also_into(home, tmp_path / "collector"), {"landing": 2.0}, 2.5) == []
    text = served_metrics(home)
    assert f'{names.MACHINES_SCORED}{{fleet="main"}} 3.0' in text
    assert f'{names.STEP_SECONDS}{{fleet="main",step="landing"}} 2.0' in text
    assert (tmp_path / "collector/nightshift_main.prom").read_text() == text


def test_a_folder_that_cannot_be_written_to_is_a_sentence_and_the_other_is_written(
    home: Settings, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    [problem] = write_metrics(also_into(home, tmp_path / "file/collector"), {})
    assert problem.startswith(f"The metrics could not be written into {tmp_path}/file/collector: ")
    assert names.ALERTS in served_metrics(home)


def test_what_cannot_be_made_leaves_the_last_success(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert write_metrics(home, {}) == []
    before = served_metrics(home)

    def torn(*_: object) -> None:
        raise ValueError("torn\nand more")

    monkeypatch.setattr(metrics, "published_figures", torn)
    assert write_metrics(home, {}) == ["The metrics could not be made: ValueError: torn"]
    assert served_metrics(home) == before


def test_a_home_without_a_published_copy_is_a_sentence(settings: Settings, tmp_path: Path) -> None:
    paths = settings.workspace.paths.model_copy(update={"home": tmp_path})
    bare = settings.model_copy(update={"workspace": settings.workspace.model_copy(update={"paths": paths})})
    [problem] = write_metrics(bare, {})
    assert problem.startswith("The metrics could not be made: ")
    assert list(tmp_path.iterdir()) == []
