"""The proposed fleet file: it lands as the shipped one does, and stands in nobody's way."""

from pathlib import Path

import pytest
import yaml

from ingestion import LandingSummary, land
from intake.look import look
from intake.proposal import fleet_named, flow, write_proposal
from settings import ROOT, load_settings
from tests.intake.shapes import SHAPES

# What a person decides of the samples: engines run until they fail, which no file says.
EDITS = {"engines": ("    # failures:", "    #   -", "    #     ")}
# Where the files do not tell what the shipped fleet knows: its code table, that its orders name all machines, and that
# an engine is new in its first cycle and leaves service with its failure.
OTHERWISE = {
    "engines": {"machines": 0, "maint": 0},
    "chillers": {"failures": 36, "machines": 0},
}


def landed(project: Path, drops: Path, home: Path) -> LandingSummary:
    env = {"DBT_PROJECT_DIR": str(project), "NIGHTSHIFT_HOME": str(home), "NIGHTSHIFT_DROPS": str(drops)}
    settings = load_settings(ROOT, env)
    return land(settings.paths.drops, settings.paths.warehouse, settings.fleet)


@pytest.mark.parametrize("name", sorted(path.parent.name for path in (ROOT / "fleets").glob("*/sample")))
def test_a_proposal_lands_what_the_shipped_fleet_lands(name: str, tmp_path: Path) -> None:
    drops = ROOT / "fleets" / name / "sample"
    text = look(drops, "fleet").text
    for begin in EDITS.get(name, ()):
        text = text.replace(begin, begin.replace("# ", "").replace("#", ""))
    write_proposal(tmp_path / "fleet", text)
    mine = landed(tmp_path / "fleet", drops, tmp_path / "mine")
    shipped = landed(ROOT / "fleets" / name, drops, tmp_path / "shipped")
    assert mine.totals == {**shipped.totals, **OTHERWISE.get(name, {})}
    assert (mine.refused, sum(mine.rejected.values())) == ((), 0)


def test_a_fleet_file_that_stands_is_left_alone(tmp_path: Path) -> None:
    first = write_proposal(tmp_path / "fleet", "name: mine\n")
    again = write_proposal(tmp_path / "fleet", "name: other\n")
    assert (first.stands, again.stands) == (False, True)
    assert again.file.read_text() == "name: mine\n"
    assert (tmp_path / "fleet/profiles.yml").resolve() == ROOT / "profiles.yml"


def test_names_that_no_table_can_have_are_proposed_as_labels(tmp_path: Path) -> None:
    """Words of SQL, columns beside the sensors, and what tables call all components together."""
    lines = SHAPES["plain"].files["readings.csv"].decode().splitlines()
    (tmp_path / "readings.csv").write_text("\n".join(["time,machine,Left,event_at", *lines[1:]]) + "\n")
    machine, moment = lines[-1].split(",")[1], lines[-1].split(",")[0]
    (tmp_path / "failures.csv").write_text(f"time,machine,failure\n{moment},{machine},Failure\n")
    found = look(tmp_path, "fleet")
    assert found.fleet is not None
    assert {known.label for known in found.fleet.sensors.values()} == {"Left", "event_at"}
    assert [found.fleet.component_label(name) for name in found.fleet.components] == ["Failure"]
    write_proposal(tmp_path / "fleet", found.text)
    assert landed(tmp_path / "fleet", tmp_path, tmp_path / "home").totals["telemetry"] == len(lines) - 1


def test_what_dbt_would_render_is_taken_apart(tmp_path: Path) -> None:
    """Nor does any name in a file end the YAML that it stands in."""
    head = "time,machine,\"a {{ x }} # [b]: 'c'\",speed"
    shape = SHAPES["plain"].files["readings.csv"].decode().split("\n", 1)[1]
    (tmp_path / "readings.csv").write_text(f"{head}\n{shape}")
    found = look(tmp_path, "fleet")
    assert "{{" not in found.text
    assert found.fleet is not None
    assert len(found.fleet.sensors) == 2


@pytest.mark.parametrize(
    "value",
    ["plain", "it's", 'say "x"', "a: b", "- x", "yes", "1", "", "#x", "{a}", "a\\b", "°C", "m³/h", "%", "null", " x"],
)
def test_flow_is_read_back(value: str) -> None:
    assert yaml.safe_load(flow({value: [value, {"n": 1.5}]})) == {value: [value, {"n": 1.5}]}


def test_a_fleet_is_named_by_its_folder() -> None:
    assert fleet_named(Path("/srv/Halle 3/drops")) == "halle_3"
    assert fleet_named(Path("/srv/nightshift")) == "my_fleet"


def test_alarms_and_causes_called_as_a_sensor_get_identifiers_of_their_own(tmp_path: Path) -> None:
    lines = SHAPES["plain"].files["readings.csv"].decode().splitlines()
    (tmp_path / "readings.csv").write_text("\n".join(lines) + "\n")
    machine, moment = lines[-1].split(",")[1], lines[-1].split(",")[0]
    (tmp_path / "failures.csv").write_text(f"time,machine,failure\n{moment},{machine},temp\n")
    (tmp_path / "alarms.csv").write_text(f"time,machine,alarm\n{moment},{machine},temp\n{moment},{machine},Speed\n")
    found = look(tmp_path, "fleet")
    assert found.fleet is not None, found.why
    assert {name: found.fleet.error_label(name) for name in found.fleet.error_codes} == {
        "code_speed": "Speed",
        "code_temp": "temp",
    }
    assert {name: found.fleet.component_label(name) for name in found.fleet.components} == {"part_temp": "temp"}
