"""Every refusal of a landing names the line of the fleet file to change; one that no setting would mend is listed."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingestion import LandingError, land
from settings import ROOT, load_settings
from settings.at_fault import keys
from settings.lines import yaml_line
from settings.places import Places
from tests.ingestion.mapping_kit import mapped_fleet

FILE = b"time,machine,volt,kind\n2015-01-31 06:00:00,1,170.5,run\n"
COLUMNS = {"datetime": "time", "machineID": "machine"}
TAGS = {"tags": {"file": "tags.csv", "key": "tag"}}
LONG = {"value": "volt", "tag": "kind", "tags": "tags"}
FIRST = "mapping.telemetry[0]"
# The entry, the file, the lookups' own file, and the key to correct.
CASES: dict[str, tuple[dict[str, Any], bytes, str, str]] = {
    "an expression": ({"columns": {**COLUMNS, "datetime": "tme"}}, FILE, "", f"{FIRST}.columns.datetime"),
    "a column that is none": ({"columns": {**COLUMNS, "vlt": "volt"}}, FILE, "", f"{FIRST}.columns.vlt"),
    "a column that is not said": ({"columns": {"datetime": "time"}}, FILE, "", f"{FIRST}.columns"),
    "a condition": ({"columns": COLUMNS, "where": "kind"}, FILE, "", f"{FIRST}.where"),
    "no sensor": (
        {"columns": {"datetime": "a", "machineID": "b"}}, b"a,b\n2015-01-31 06:00:00,1\n", "", f"{FIRST}.columns",
    ),
    "tags without a sensor": (
        {"columns": {"datetime": "time"}, "long": LONG}, FILE, "tag,machineID\n", f"{FIRST}.long",
    ),
    "a lookup that is not there": ({"columns": {"datetime": "time"}, "long": LONG}, FILE, "", "mapping.lookups.tags"),
    "a key that is none": ({"columns": {"datetime": "time"}, "long": LONG}, FILE, "a,b\n", "mapping.lookups.tags"),
    "a key twice": ({"columns": COLUMNS, "long": LONG}, FILE, "tag,sensor\nx,a\nx,b\n", "mapping.lookups.tags"),
    "a column called as a lookup": (
        {"columns": COLUMNS, "join": {"tags": "kind"}}, FILE.replace(b"volt", b"tags"), "tag\n", "mapping.lookups.tags",
    ),
    "latin-1": ({"columns": COLUMNS}, FILE.replace(b"run", b"l\xe4uft"), "", f"{FIRST}.read"),
    "another encoding": (
        {"columns": COLUMNS, "read": {"encoding": "cp932"}}, FILE.replace(b"run", b"\x81"), "",
        f"{FIRST}.read.encoding",
    ),
    "names": ({"columns": COLUMNS, "read": {"header": False, "names": ["a", "b"]}}, FILE, "", f"{FIRST}.read.names"),
    "no header": ({"columns": COLUMNS, "read": {"skip": 9}}, FILE, "", f"{FIRST}.read"),
    "no file": ({"files": "other*", "columns": COLUMNS}, FILE, "", "mapping.telemetry"),
}  # fmt: skip


@pytest.mark.parametrize("kind", CASES)
def test_a_refusal_names_the_line_of_the_fleet_file(kind: str, tmp_path: Path) -> None:
    entry, content, lookup, at_fault = CASES[kind]
    mapping = {"lookups": TAGS, "telemetry": [{"files": "scada*", **entry}]}
    (tmp_path / "dbt_project.yml").write_text(yaml.safe_dump({"vars": {"mapping": mapping}}, sort_keys=False))
    if kind != "a lookup that is not there":
        (tmp_path / "tags.csv").write_text(lookup or "tag\n")
    (tmp_path / "drops").mkdir()
    (tmp_path / "drops/scada.csv").write_bytes(content)
    fleet = mapped_fleet(mapping, tmp_path).placed_by(Places(ROOT, tmp_path))
    with pytest.raises(LandingError) as told:
        land(tmp_path / "drops", tmp_path / "home/warehouse.duckdb", fleet)
    line, depth = yaml_line(tmp_path / "dbt_project.yml", ("vars", *keys(at_fault)))
    assert depth >= len(keys(at_fault))
    assert f" ({tmp_path}/dbt_project.yml:{line})" in str(told.value)


def test_in_the_layout_without_a_mapping_it_is_a_line_of_the_roots_file(tmp_path: Path) -> None:
    (tmp_path / "PdM_telemetry.csv").write_text("datetime,machineID,heat\n2015-01-31 06:00:00,1,1\n")
    with pytest.raises(LandingError) as told:
        land(tmp_path, tmp_path / "home/warehouse.duckdb", load_settings(ROOT, {}).fleet)
    line, _ = yaml_line(ROOT / "dbt_project.yml", ("vars", "sensors"))
    assert f"correct vars.sensors (dbt_project.yml:{line})." in str(told.value)


# What no setting would mend: the file, the disk, or the folder.
OF_THE_FILE = (
    "is empty (0 bytes)", "a name that is not UTF-8", "first line must be", "is not UTF-8 text", "changed while it was",
    "not a whole gzip file", "leads out of the drops", "columns and at most", "twice; keep one", "which they have not",
    "has no header line; {_first_line", "cannot be read ({reason}); correct that", "{problem}.", "drops folder",
    "no usable CSV", "cannot be read as {drop.format}", "more memory than there is", "the disk is well", "_no_memory",
    "_no_room", "{told}, and drop it again", "a list or a record in each row", "by which its rows are numbered",
)  # fmt: skip
SETTINGS_NAMED = ("vars.", "drop.by", "_missing_sentence", "_refusal(", "problems", "fatal", "fleet.placed", "where}")
SENTENCES = ("LandingError", "RefusedError", "UnfitError")


def raised(root: Path) -> Iterator[tuple[str, str]]:
    """Every refusal of landing: where it is raised, and the code of its sentence."""
    for path in sorted((root / "ingestion").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SENTENCES:
                yield f"{path.relative_to(root)}:{node.lineno}", ast.unparse(node)


def test_no_refusal_leaves_out_what_to_change() -> None:
    found = dict(raised(ROOT))
    assert len(found) > 25
    odd = {place: text for place, text in found.items() if not any(word in text for word in SETTINGS_NAMED)}
    assert {place: text for place, text in odd.items() if not any(word in text for word in OF_THE_FILE)} == {}
