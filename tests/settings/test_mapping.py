"""vars.mapping: what it may say, and what is refused by its path."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from settings import ROOT, SettingsError, load_settings

WHOLE = {
    "lookups": {"codes": {"file": "codes.csv", "key": "code"}},
    "telemetry": [
        {
            "files": "*.csv.gz",
            "read": {"delim": ";", "decimal_separator": ",", "encoding": "latin-1", "skip": 1, "names": ["a", "b"]},
            "zone": "Europe/Berlin",
            "columns": {"datetime": "strptime(date, '%Y-%m-%d')"},
            "running": "mode <> 'off'",
            "where": "true",
            "long": {"value": "value"},
        }
    ],
    "failures": {"files": ["a/*.csv", "b/**/c.csv"], "join": {"codes": "code"}},
}


def load(folder: Path, mapping: Any) -> Any:
    shipped = yaml.safe_load((ROOT / "dbt_project.yml").read_text())
    shipped["vars"]["mapping"] = mapping
    (folder / "dbt_project.yml").write_text(yaml.safe_dump(shipped))
    (folder / "workspace.toml").write_text((ROOT / "workspace.toml").read_text())
    return load_settings(folder, {}).fleet.mapping


def test_a_whole_mapping_is_read_and_lookups_lie_beside_the_file(tmp_path: Path) -> None:
    found = load(tmp_path, WHOLE)
    assert found.lookups["codes"].file == str(tmp_path / "codes.csv")
    assert found.failures[0].files == ("a/*.csv", "b/**/c.csv")
    assert list(found.feeds) == ["telemetry", "failures"]
    assert found.knows_running
    assert dict(found.telemetry[0].expressions())["long.value"] == "value"


def test_none_is_the_layout_of_today(tmp_path: Path) -> None:
    assert load(tmp_path, None) is None


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        ({"telemetri": []}, "unknown key `mapping.telemetri`"),
        ({"telemetry": [{"file": "x"}]}, "unknown key `mapping.telemetry.0.file`"),
        ({"telemetry": [{"columns": {}}]}, "key `mapping.telemetry.0.files` is missing"),
        ({"telemetry": [{"files": []}]}, "`mapping.telemetry.0.files`"),
        ({"telemetry": [{"files": "../x"}]}, "../x must be a pattern below the drops folder"),
        ({"telemetry": [{"files": "/x"}]}, "/x must be a pattern below the drops folder"),
        ({"telemetry": [{"files": "x", "read": {"columns": "x"}}]}, "columns is none of the options that can be given"),
        ({"telemetry": [{"files": "x", "zone": "Berlin"}]}, "Berlin must be the name of a time zone"),
        ({"failures": [{"files": "x", "running": "true"}]}, "unknown key `mapping.failures.0.running`"),
        ({"telemetry": [{"files": "x", "where": ""}]}, "`mapping.telemetry.0.where`"),
        ({"failures": [{"files": "x", "join": {"codes": "c"}}]}, "failures.0 joins codes, which is none"),
        ({"telemetry": {"files": "x", "long": {"value": "v", "tag": "t"}}}, "tag and tags come together"),
        ({"telemetry": {"files": "x", "long": {"value": "v", "tag": "t", "tags": "n"}}}, "telemetry.0 joins n, which"),
        ({"lookups": {"codes": {"file": "x"}}}, "key `mapping.lookups.codes.key` is missing"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_by_its_path(mapping: Any, told: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        load(tmp_path, mapping)
    assert re.match(r"dbt_project.yml:\d+ vars: ", str(refused.value))
    assert told in str(refused.value)
