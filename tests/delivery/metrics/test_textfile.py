"""The textfile: whole or not at all, readable by all, one for each fleet."""

import os
from pathlib import Path

import pytest

from delivery import readers
from delivery.metrics.textfile import fleet_label, served_metrics, textfile_folders, textfile_name, write_textfile
from settings import ROOT, Settings, SettingsError, load_settings


def at(settings: Settings, home: Path, project: Path = ROOT) -> Settings:
    paths = settings.workspace.paths.model_copy(update={"home": home})
    return settings.model_copy(
        update={"workspace": settings.workspace.model_copy(update={"paths": paths}), "project": project}
    )


def test_a_fleet_has_a_file_of_its_own(settings: Settings, tmp_path: Path) -> None:
    assert textfile_name(fleet_label(at(settings, tmp_path))) == "nightshift_main.prom"
    assert textfile_name(fleet_label(at(settings, tmp_path, ROOT / "fleets/presses"))) == "nightshift_presses.prom"


def test_anybody_may_read_it_whatever_the_mask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        path = write_textfile("a 1\n", tmp_path / "metrics", "x.prom")
    finally:
        os.umask(before)
    assert path.read_text() == "a 1\n"
    assert [oct(one.stat().st_mode & 0o777) for one in (path.parent, path)] == ["0o755", "0o644"]


def test_what_is_cut_off_leaves_the_file_of_the_last_success(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_textfile("a 1\n", tmp_path, "x.prom")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(readers, "for_readers", killed)
    with pytest.raises(KeyboardInterrupt):
        write_textfile("a 2\n", tmp_path, "x.prom")
    assert path.read_text() == "a 1\n"
    assert [one.name for one in tmp_path.iterdir()] == ["x.prom"]


def test_what_is_served_is_what_the_last_night_has_written(settings: Settings, tmp_path: Path) -> None:
    home = at(settings, tmp_path)
    assert served_metrics(home) == ""
    [folder] = textfile_folders(home)
    assert folder == home.paths.published / "metrics"
    write_textfile("a 1\n", folder, textfile_name(fleet_label(home)))
    assert served_metrics(home) == "a 1\n"


def test_another_folder_is_named_by_the_environment(tmp_path: Path) -> None:
    settings = load_settings(env={"NIGHTSHIFT_METRICS": str(tmp_path)})
    assert textfile_folders(settings) == [settings.paths.metrics, tmp_path]
    with pytest.raises(SettingsError, match=r"NIGHTSHIFT_METRICS: `metrics.textfile_folder` = 'here' .*from / on"):
        load_settings(env={"NIGHTSHIFT_METRICS": "here"})
