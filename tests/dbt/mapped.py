"""The fleet of `kinds` as other people's files: a historian's tags, work orders with codes, alarms by their texts.

The rows stay those of the usual layout, so that whatever recomputes those is the oracle of these files too.
"""

import csv
import random
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from settings import ROOT
from settings.fleet_file import FLEET_FILE, NEEDED_LINES, PACKAGE, PACKAGES_FILE
from tests.dbt.compare import assert_same
from tests.dbt.dbt_kit import Drops, Nightshift, Row, feed_of
from tests.dbt.fleets import NAMES, golden_fleet
from tests.dbt.golden import TOLERANCE
from tests.dbt.kinds import KINDS, SENSORS, of_kinds, runs
from tests.dbt.mart_oracle import expected_mart
from tests.dbt.troubles.machine import CODES, COMPONENTS

ZONE = "America/St_Johns"  # three and a half hours behind, so that local days are others; no change of clock near START
TIME = "%d.%m.%Y %H:%M:%S.%f"
MACHINES = tuple(
    dict.fromkeys(
        [*NAMES, *(f"{NAMES[n % len(NAMES)]} {n}" for n in range(len(NAMES), 60)), *(str(n) for n in range(1, 40))]
    )
)
FACTORS = {"rotate": 1000}  # the historian's is in thousands
ALARMS = {code: f"E {number}: Störung | stop" for number, code in enumerate(CODES)}
PARTS = {"comp1": "Main drive, left", **{component: component for component in COMPONENTS[1:]}}
WORK = {
    f"{letter}{number:03}": (part, kind)
    for letter, kind in (("C", "corrective"), ("P", "planned"), ("X", "inspection"))
    for number, part in enumerate((*PARTS.values(), "gear box"))
}
CODE_OF = {work: code for code, work in WORK.items()}
TWINS = (("failures", "maint"), ("maint", "failures"))


def _moment(column: str) -> str:
    return f"strptime({column}, '{TIME}')"


ORDERS: dict[str, Any] = {"files": "orders*.csv", "read": {"delim": ";"}, "zone": ZONE, "join": {"codes": "code"}}
ORDERED = {"datetime": _moment("opened"), "machineID": "asset", "available_at": _moment("told")}
MAPPING: dict[str, Any] = {
    "machines": {
        "files": "assets*.csv",
        "read": {"delim": "\t"},
        "zone": ZONE,
        "columns": {
            "machineID": '"Asset No."',
            "model": "kind",
            "age": "years",
            "in_service_from": _moment('"from"'),
            "in_service_until": _moment("until"),
        },
    },
    "telemetry": {
        "files": "historian*.csv",
        "read": {"delim": ";", "decimal_separator": ","},
        "zone": ZONE,
        "columns": {"datetime": _moment("ts"), "available_at": _moment("told")},
        "long": {"tag": "tag", "value": "value * tags.factor", "tags": "tags"},
        "running": "status = 'on'",
        "where": "quality = 'Good'",
    },
    "errors": {
        "files": "alarms*.csv",
        "read": {"delim": "|"},
        "zone": ZONE,
        "columns": {
            "datetime": _moment("raised"),
            "machineID": "asset",
            "errorID": "text",
            "available_at": _moment("told"),
        },
    },
    "failures": {
        **ORDERS,
        "columns": {
            **ORDERED,
            "failure": "codes.part",
            "ended_at": _moment("closed"),
            "known_good_at": _moment("worked"),
        },
        "where": "codes.kind = 'corrective'",
    },
    "maint": {**ORDERS, "columns": {**ORDERED, "comp": "codes.part"}, "where": "codes.kind = 'planned'"},
}


def mapped_vars(folder: Path, **more: Any) -> dict[str, Any]:
    """The vars of such a fleet; its tag table and its code table are put into `folder`."""
    tags = [
        {"tag": _tag(machine, sensor), "machineID": machine, "sensor": sensor, "factor": FACTORS.get(sensor, 1)}
        for machine in MACHINES
        for sensor in SENSORS
    ]
    _write(folder / "tags.csv", ",", ("tag", "machineID", "sensor", "factor"), tags)
    codes = [{"code": code, "part": part, "kind": kind} for code, (part, kind) in WORK.items()]
    _write(folder / "codes.csv", ",", ("code", "part", "kind"), codes)
    lookups = {
        "tags": {"file": str(folder / "tags.csv"), "key": "tag"},
        "codes": {"file": str(folder / "codes.csv"), "key": "code"},
    }
    named = {"error_codes": ALARMS, "components": PARTS}
    return {**KINDS, **named, **more, "mapping": {"lookups": lookups, **MAPPING}}


def fleet_folder(folder: Path, own: Mapping[str, Any]) -> Path:
    """A dbt project with these vars in `folder`, for DBT_PROJECT_DIR, with the package that `dbt deps` would link."""
    (folder / "dbt_packages").mkdir(parents=True)
    project = {"name": "mapped", **{key: needed for key, (needed, _) in NEEDED_LINES.items()}, "vars": dict(own)}
    (folder / FLEET_FILE).write_text(yaml.safe_dump(project), encoding="utf-8")
    (folder / PACKAGES_FILE).write_text(f"packages: [{{local: {ROOT}}}]\n", encoding="utf-8")
    (folder / "dbt_packages" / PACKAGE).symlink_to(ROOT)
    return folder


def mappable(drops: Drops) -> Drops:
    """The rows that such files can tell: with states, and without the moments of which no reading is told."""
    told = of_kinds(drops)
    for name in told:
        if feed_of(name) == "telemetry":
            told[name] = [row for row in told[name] if any(row[sensor] is not None for sensor in SENSORS)]
    return told


def drops_of(folder: Path) -> Drops:
    """The rows of files in the usual layout, as `Nightshift.drop` takes them."""
    return {path.name: list(map(_typed, csv.DictReader(path.open(newline="")))) for path in sorted(folder.iterdir())}


def _typed(row: Row) -> Row:
    times = {"datetime", "available_at", "ended_at", "known_good_at", "in_service_from", "in_service_until"}
    return {name: _cell(cell, name in times, name in SENSORS) for name, cell in row.items()}


def _cell(cell: str, is_time: bool, is_reading: bool) -> Any:
    if not cell:
        return None
    return datetime.fromisoformat(cell) if is_time else float(cell) if is_reading else cell


def delivered(drops: Drops) -> Drops:
    """A file of orders says of failures and of maintenance that they came, also where it has none of one."""
    twins = {name.replace(feed, other): list[Row]() for name in drops for feed, other in TWINS if feed_of(name) == feed}
    return twins | drops


class MappedFiles(Nightshift):
    """A workspace whose drops are written as `MAPPING` reads them; in front of the engine's own among the bases."""

    def drop(self, drops: Drops) -> None:
        write_files(self.drops, delivered(drops))


def check_mapped(folder: Path, project: Path = ROOT) -> None:
    """Raises AssertionError when dbt fails or a cell of the mart differs, for every trouble once in such files."""
    folder.mkdir()
    drops = delivered(mappable(golden_fleet()))
    night = MappedFiles(folder / "night", mapped_vars(folder), project)
    night.land(drops)
    night.build()
    assert_same(night.table("feature_mart"), expected_mart(drops, night.fleet, runs=runs), TOLERANCE)


def write_files(folder: Path, drops: Drops) -> None:
    """Rows of the usual layout, `mappable` and `delivered`, as the files of other people."""
    for name, rows in drops.items():
        feed = feed_of(name)
        end = name.removeprefix(f"PdM_{feed}")
        if feed == "telemetry":
            head = ("ts", "tag", "value", "quality", "status", "told")
            _write(folder / f"historian{end}", ";", head, _readings(rows, random.Random(end)))
        elif feed == "errors":
            _write(folder / f"alarms{end}", "|", ("asset", "text", "raised", "told"), map(_alarm, rows))
        elif feed == "machines":
            _write(folder / f"assets{end}", "\t", ("Asset No.", "kind", "years", "from", "until"), map(_asset, rows))
        elif feed == "failures":
            numbers = count(1)
            both = [("corrective", row["failure"], row) for row in rows]
            both += [("planned", row["comp"], row) for row in drops[name.replace("failures", "maint")]]
            orders = [_order(next(numbers), kind, part, row) for kind, part, row in both]
            _write(
                folder / f"orders{end}", ";", ("order", "code", "asset", "opened", "closed", "worked", "told"), orders
            )


def _readings(rows: list[Row], chance: random.Random) -> list[Row]:
    lines: list[Row] = []
    for row in rows:
        moment = {"ts": _local(row["datetime"]), "told": _local(row.get("available_at"))}
        moment["status"] = {True: "on", False: "off", None: ""}[runs(row)]
        for sensor in SENSORS:
            if row[sensor] is None:
                continue
            line = {**moment, "tag": _tag(row["machineID"], sensor), "quality": "Good"}
            lines.append({**line, "value": _written(row[sensor], FACTORS.get(sensor, 1))})
            if chance.random() < 0.05:
                lines.append({**line, "value": "77", "quality": "Bad"})
    return lines


def _written(value: Any, factor: int) -> str:
    """With a decimal comma, in the historian's unit; words as they are."""
    return value if isinstance(value, str) else str(Decimal(str(value)) / factor).replace(".", ",")


def _order(number: int, kind: str, part: str, row: Row) -> Row:
    code = CODE_OF[PARTS.get(part, part), kind]
    order = {"order": f"WO-{number}", "code": code, "opened": _local(row["datetime"])}
    ends = {"closed": _local(row.get("ended_at")), "worked": _local(row.get("known_good_at"))}
    return {**_event(row), **order, **ends}


def _event(row: Row) -> Row:
    return {"asset": row["machineID"], "told": _local(row.get("available_at"))}


def _asset(row: Row) -> Row:
    service = {"from": _local(row.get("in_service_from")), "until": _local(row.get("in_service_until"))}
    return {"Asset No.": row["machineID"], "kind": row["model"], "years": row["age"], **service}


def _alarm(row: Row) -> Row:
    text = ALARMS.get(row["errorID"], row["errorID"])
    return {**_event(row), "raised": _local(row["datetime"]), "text": text}


def _tag(machine: str, sensor: str) -> str:
    return f"M{MACHINES.index(machine):03}.{sensor.upper()}"


def _local(moment: datetime | None) -> str:
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(ZONE)).strftime(TIME) if moment else ""


def _write(path: Path, delim: str, head: tuple[str, ...], rows: Iterable[Row]) -> None:
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, head, delimiter=delim)
        writer.writeheader()
        writer.writerows(rows)
