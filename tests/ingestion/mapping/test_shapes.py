"""Files of every usual shape, mapped in a line or two: the rows that a person who has such a file would expect."""

import gzip
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest

from tests.ingestion.mapping_kit import MappedKit

AT = "2015-01-31 06:00:00"
PLAIN = [(AT, "1", 170.5, 440.0)]
SUMMER = "2015-07-01 06:00:00"


class Shape(NamedTuple):
    """A file, the entry of telemetry that reads it, and the rows: time, machine, volt and rotate."""

    file: str | bytes
    entry: dict[str, Any]
    rows: list[tuple[Any, ...]] = PLAIN
    name: str = "export.csv"


def local(text: str, **more: Any) -> dict[str, Any]:
    return {"columns": {"datetime": text}, **more}


SHAPES = {
    "other names": Shape(
        f"timestamp,asset_id,volt,rotate\n{AT},1,170.5,440\n",
        {"columns": {"datetime": "timestamp", "machineID": "asset_id"}},
    ),
    "names with spaces and signs": Shape(
        f'datetime,machineID,Volt (V),"Rot, 1/min (°)"\n{AT},1,170.5,440\n',
        {"columns": {"volt": '"Volt (V)"', "rotate": '"Rot, 1/min (°)"'}},
    ),
    "date and time apart": Shape(
        "date,time,machineID,volt,rotate\n2015-01-31,06:00:00,1,170.5,440\n", local("date || ' ' || time")
    ),
    "day first with dots": Shape(
        "datetime,machineID,volt,rotate\n31.01.2015 06:00:00,1,170.5,440\n31.01.2015 07:00,1,1,2\n",
        local("strptime(datetime, ['%d.%m.%Y %H:%M:%S', '%d.%m.%Y %H:%M'])"),
        [*PLAIN, ("2015-01-31 07:00:00", "1", 1.0, 2.0)],
    ),
    "day first with slashes": Shape(
        "datetime,machineID,volt,rotate\n03/04/2015 06:00,1,170.5,440\n",
        local("strptime(datetime, '%d/%m/%Y %H:%M')"),
        [("2015-04-03 06:00:00", "1", 170.5, 440.0)],
    ),
    "an American date and hour": Shape(
        "datetime,machineID,volt,rotate\n1/31/15 6:00,1,170.5,440\n", local("strptime(datetime, '%-m/%-d/%y %-H:%M')")
    ),
    "epoch seconds": Shape(
        "ts,machineID,volt,rotate\n1422684000,1,170.5,440\n1422684000.0,2,1,2\n",
        local("to_timestamp(ts::double)", zone="Europe/Berlin"),
        [*PLAIN, (AT, "2", 1.0, 2.0)],
    ),
    "epoch milliseconds": Shape(
        "ts,machineID,volt,rotate\n1422684000000,1,170.5,440\n", local("epoch_ms(ts::bigint)", zone="Europe/Berlin")
    ),
    "epoch microseconds": Shape(
        "ts,machineID,volt,rotate\n1422684000000000,1,170.5,440\n",
        local("date_trunc('hour', make_timestamp(ts::bigint))", zone="Europe/Berlin"),
    ),
    "local time": Shape(
        "datetime,machineID,volt,rotate\n2015-07-01 08:00:00,1,170.5,440\n2015-07-01T08:00,2,1,2\n",
        {"zone": "Europe/Berlin"},
        [(SUMMER, "1", 170.5, 440.0), (SUMMER, "2", 1.0, 2.0)],
    ),
    "an offset wins over the zone": Shape(
        "datetime,machineID,volt,rotate\n2015-07-01T09:00:00+03:00,1,170.5,440\n2015-07-01 11:30:00 +0530,2,1,2\n"
        "2015-07-01T06:00:00Z,3,3,3\n2015-07-01T08:00:00.000+02,4,4,4\n",
        {"zone": "Europe/Berlin"},
        [(SUMMER, "1", 170.5, 440.0), (SUMMER, "2", 1.0, 2.0), (SUMMER, "3", 3.0, 3.0), (SUMMER, "4", 4.0, 4.0)],
    ),
    "a spreadsheet of Germany": Shape(
        "\ufeffdatetime;machineID;volt;rotate\r\n31.01.2015 06:00;1;170,5;440\r\n",
        local("strptime(datetime, '%d.%m.%Y %H:%M')", read={"delim": ";", "decimal_separator": ","}),
    ),
    "a decimal comma in quotes": Shape(
        f'datetime,machineID,volt,rotate\n{AT},1,"170,5","440,0"\n', {"read": {"decimal_separator": ","}}
    ),
    "thousands": Shape(
        f'datetime,machineID,volt,rotate\n{AT},1,170.5,"1,440.25"\n',
        {"read": {"thousands": ","}},
        [(AT, "1", 170.5, 1440.25)],
    ),
    "thousands with a decimal comma": Shape(
        f"datetime;machineID;volt;rotate\n{AT};1;-1.234.170,5;440,5\n",
        {"read": {"delim": ";", "thousands": ".", "decimal_separator": ","}},
        [(AT, "1", -1234170.5, 440.5)],
    ),
    "tabs": Shape(f"datetime\tmachineID\tvolt\trotate\n{AT}\t1\t170.5\t440\n", {"read": {"delim": "\t"}}, name="x.tsv"),
    "a line that names the separator": Shape(
        f"sep=;\ndatetime;machineID;volt;rotate\n{AT};1;170.5;440\n", {"read": {"delim": ";", "skip": 1}}
    ),
    "comments above the header": Shape(
        f"# made by a logger\n# twice\ndatetime,machineID,volt,rotate\n{AT},1,170.5,440\n", {"read": {"comment": "#"}}
    ),
    "no header": Shape(
        f"{AT},1,170.5,440\n", {"read": {"header": False, "names": ["datetime", "machineID", "volt", "rotate"]}}
    ),
    "no header and no names": Shape(
        f"{AT},1,170.5,440\n",
        {
            "read": {"header": False},
            "columns": {"datetime": "column0", "machineID": "column1", "volt": "column2", "rotate": "column3"},
        },
    ),
    "an index without a name": Shape(f",datetime,machineID,volt,rotate\n0,{AT},1,170.5,440\n", {}),
    "Latin-1": Shape(
        f"datetime,Maschine,Grösse,rotate\n{AT},Süd/1,170.5,440\n".encode("latin-1"),
        {"read": {"encoding": "latin-1"}, "columns": {"machineID": "Maschine", "volt": '"Grösse"'}},
        [(AT, "Süd/1", 170.5, 440.0)],
    ),
    "UTF-16": Shape(
        f"datetime,machineID,volt,rotate\n{AT},1,170.5,440\n".encode("utf-16"), {"read": {"encoding": "utf-16"}}
    ),
    "gzip": Shape(
        gzip.compress(f"datetime,machineID,volt,rotate\n{AT},1,170.5,440\n".encode()), {}, name="export.csv.gz"
    ),
    "another unit": Shape(
        f"datetime,machineID,volt,f\n{AT},1,170.5,824\n", {"columns": {"rotate": "(f - 32) / 1.8"}}
    ),
    "an id of two columns": Shape(
        f"datetime,site,unit,volt,rotate\n{AT},Köln,7,170.5,440\n",
        {"columns": {"machineID": "site || '/' || unit"}},
        [(AT, "Köln/7", 170.5, 440.0)],
    ),
    "white space and no value": Shape(
        f"datetime,machineID,volt,rotate\n {AT} , 1,  ,440\n", {}, [(AT, "1", None, 440.0)]
    ),
    "some rows": Shape(
        f"datetime,machineID,quality,volt,rotate\n{AT},1,Good,170.5,440\n{AT},2,Bad,1,1\n",
        {"where": "quality = 'Good'"},
    ),
    "one reading a row": Shape(
        f"machine,name,time,value\n1,VOLT,{AT},170.5\n1,Rotate,{AT},440\n",
        {
            "columns": {"datetime": "time", "machineID": "machine", "sensor": "name"},
            "long": {"value": "value"},
        },
    ),
    "a tag in parts": Shape(
        f"tag,timestamp,value\n1.volt,{AT},170.5\n1.rotate,{AT},440\n",
        {
            "columns": {
                "datetime": "timestamp",
                "machineID": "split_part(tag, '.', 1)",
                "sensor": "split_part(tag, '.', 2)",
            },
            "long": {"value": "value"},
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
def test_a_shape_lands_as_its_owner_expects(shape: Shape, tmp_path: Path) -> None:
    kit = MappedKit(tmp_path, {"telemetry": [{"files": "export*", **shape.entry}, {"files": "*.tsv", **shape.entry}]})
    kit.drop(shape.name, shape.file)
    summary = kit.land()
    assert not summary.refused
    assert kit.telemetry() == shape.rows
    assert kit.reasons() == []
    again = kit.land()
    assert not again.landed
    assert kit.telemetry() == shape.rows


@pytest.mark.parametrize(
    ("frame", "entry"),
    [
        ({"ts": pd.to_datetime([SUMMER])}, {"columns": {"datetime": "ts"}}),
        ({"ts": pd.to_datetime([SUMMER]).tz_localize("UTC")}, {"columns": {"datetime": "ts"}, "zone": "Asia/Tokyo"}),
        ({"ts": pd.to_datetime(["2015-07-01 08:00"]).tz_localize("Europe/Berlin")}, {"columns": {"datetime": "ts"}}),
        ({"ts": pd.to_datetime(["2015-07-01 08:00"])}, {"columns": {"datetime": "ts"}, "zone": "Europe/Berlin"}),
        ({"ts": ["2015-07-01 08:00:00"]}, {"columns": {"datetime": "ts"}, "zone": "Europe/Berlin"}),
        ({"ts": [1435730400]}, {"columns": {"datetime": "to_timestamp(ts)"}}),
    ],
    ids=["naive", "UTC", "Berlin", "local", "text", "epoch"],
)
def test_a_table_of_columns_keeps_its_types(frame: dict[str, Any], entry: dict[str, Any], tmp_path: Path) -> None:
    kit = MappedKit(tmp_path, {"telemetry": [{"files": "*.parquet", **entry}]})
    pd.DataFrame({**frame, "machineID": [7.0], "volt": [170.5], "rotate": [440]}).to_parquet(kit.drops / "x.parquet")
    kit.land()
    assert kit.telemetry() == [(SUMMER, "7", 170.5, 440.0)]


def test_files_of_months_in_folders(tmp_path: Path) -> None:
    kit = MappedKit(tmp_path, {"telemetry": [{"files": ["20*/*.csv"]}]})
    for month in ("2015-01", "2015-02", ".old"):
        (kit.drops / month).mkdir()
        (kit.drops / month / "a.csv").write_text(f"datetime,machineID,volt\n{month[-2:]}/2015,1,1\n")
        (kit.drops / month / "a.csv").write_text(f"datetime,machineID,volt\n2015-{month[-2:]}-03 00:00:00,1,1\n")
    (kit.drops / "notes").mkdir()
    (kit.drops / "notes" / "a.csv").write_text("x\n")
    summary = kit.land()
    assert [file.file for file in summary.landed] == ["PdM_machines.csv", "2015-01/a.csv", "2015-02/a.csv"]
    assert summary.ignored == ("notes/a.csv",)


def test_a_flag_in_the_readings_is_a_failure(tmp_path: Path) -> None:
    """Of a file that is telemetry by its name: it feeds both."""
    mapping = {"failures": {"files": "PdM_telemetry*", "where": "failure = 1", "columns": {"failure": "'comp1'"}}}
    kit = MappedKit(tmp_path, mapping)
    header = "datetime,machineID,volt,rotate,pressure,vibration,failure\n"
    kit.landed(f"{header}{AT},1,1,1,1,1,0\n2015-01-31 07:00:00,1,1,1,1,1,1\n2015-01-31 07:00:00,2,1,1,1,1,\n")
    assert kit.rows("select datetime::varchar, machineID, failure from raw.failures") == [
        ("2015-01-31 07:00:00", "1", "comp1")
    ]
    assert kit.rows("select count(*) from raw.telemetry") == [(3,)]
    assert not kit.land().landed


@pytest.mark.parametrize(
    ("file", "columns", "row"),
    [
        (
            f"start_time,end_time,machineID,failure\n{AT},2015-02-01 09:00:00,1,comp1\n",
            {"datetime": "start_time", "ended_at": "end_time"},
            (AT, "1", "comp1", "2015-02-01 09:00:00"),
        ),
        (f"datetime,machineID\n{AT},1\n", {"failure": "'comp2'"}, (AT, "1", "comp2", None)),
        (
            f"datetime,machineID,failure,hours\n{AT},1,comp1,3\n",
            {"ended_at": "datetime::timestamp + to_hours(hours::int)"},
            (AT, "1", "comp1", "2015-01-31 09:00:00"),
        ),
    ],
    ids=["an interval", "no component", "hours of downtime"],
)
def test_failures(file: str, columns: dict[str, str], row: tuple[Any, ...], tmp_path: Path) -> None:
    kit = MappedKit(tmp_path, {"failures": [{"files": "breakdowns.csv", "columns": columns}]})
    kit.drop("breakdowns.csv", file)
    kit.landed(f"datetime,machineID,volt\n{AT},1,1\n")
    found = kit.rows("select datetime::varchar, machineID, failure, ended_at::varchar from raw.failures")
    assert found == [row]
    assert kit.reasons() == []


def test_a_failure_found_on_a_round_happened_since_the_round_before(tmp_path: Path) -> None:
    """Rounds look on Mondays: an expression says when the one before was; a column may say it itself."""
    rounds = "date_trunc('week', found::timestamp - interval 1 day)"
    entry = {"files": "found.csv", "columns": {"datetime": "found", "failure": "'comp1'", "known_good_at": rounds}}
    said = {"files": "said.csv", "columns": {"known_good_at": "last_ok"}}
    kit = MappedKit(tmp_path, {"failures": [entry, said]})
    kit.drop("found.csv", "found,machineID\n2015-01-26,1\n2015-01-28 06:00:00,1\n")
    kit.drop(
        "said.csv", "datetime,machineID,failure,last_ok\n2015-01-27,2,comp2,2015-01-25 12:00:00\n2015-01-28,2,comp2,\n"
    )
    kit.landed(f"datetime,machineID,volt\n{AT},1,1\n")
    found = kit.rows("select machineID, datetime::varchar, known_good_at::varchar from raw.failures order by all")
    assert found == [
        ("1", "2015-01-26 00:00:00", "2015-01-19 00:00:00"), ("1", "2015-01-28 06:00:00", "2015-01-26 00:00:00"),
        ("2", "2015-01-27 00:00:00", "2015-01-25 12:00:00"), ("2", "2015-01-28 00:00:00", None),
    ]  # fmt: skip


CODES = "code,component,kind\nM011,comp1,corrective\nM012,comp2,planned\n"
ORDERS = (
    "wo_id,code,equipment,preventive,finish\n1,M011,CH 1,FALSE,4/6/16 14:00\n2,M012,CH 1,TRUE,12/31/16 9:30\n"
    "3,M099,CH 2,FALSE,4/7/16 14:00\n4,M098,CH 2,FALSE,4/7/16 14:00\n5,M099,CH 2,FALSE,4/8/16 14:00\n6,,CH 2,TRUE,x\n"
)


def test_work_orders_are_failures_and_maintenance_by_their_codes(tmp_path: Path) -> None:
    columns = {"datetime": "strptime(finish, '%-m/%-d/%y %-H:%M')", "machineID": "equipment"}
    order = {"files": "orders*.csv", "join": {"codes": "code"}}
    failures = {**order, "columns": {**columns, "failure": "codes.component"}, "where": "preventive = 'FALSE'"}
    maint = {**order, "columns": {**columns, "comp": "codes.component"}, "where": "codes.kind = 'planned'"}
    mapping = {"lookups": {"codes": {"file": "codes.csv", "key": "code"}}, "failures": failures, "maint": [maint]}
    kit = MappedKit(tmp_path, mapping)
    (tmp_path / "codes.csv").write_text(CODES)
    kit.drop("orders_2016.csv", ORDERS)
    summary = kit.landed(f"datetime,machineID,volt\n{AT},CH 1,1\n")
    assert kit.rows("select datetime::varchar, machineID, failure from raw.failures") == [
        ("2016-04-06 14:00:00", "CH 1", "comp1")
    ]
    assert kit.rows("select datetime::varchar, machineID, comp from raw.maint") == [
        ("2016-12-31 09:30:00", "CH 1", "comp2")
    ]
    assert kit.rows("select feed, line, reason from raw.rejected order by feed, line") == [
        ("failures", line, "failure is missing") for line in (4, 5, 6)
    ]
    told = [found.sentence for found in summary.findings if found.kind == "not in lookup"]
    assert (
        told
        == [
            'orders_2016.csv, codes: 3 rows have values that the lookup does not know ("M099" 2 times, "M098"): '
            "add them to codes."
        ]
        * 2
    )


def test_machines_are_what_the_last_row_of_each_says(tmp_path: Path) -> None:
    mapping = {
        "telemetry": {"files": "day*", "columns": {"datetime": "date", "machineID": "serial", "volt": "v"}},
        "machines": {"files": "day*", "columns": {"machineID": "serial", "model": "type"}},
    }
    kit = MappedKit(tmp_path, mapping)
    kit.drop("PdM_machines.csv", "")
    kit.drop("day1.csv", f"date,serial,type,v\n{AT},a,m1,1\n2015-01-31 07:00:00,a,m2,1\n{AT},b,m1,\n{AT},,m1,1\n")
    kit.drop("day2.csv", "date,serial,type,v\n2015-02-01 06:00:00,a,m2,1\n2015-02-01 06:00:00,b,m1,1\n")
    summary = kit.land()
    assert kit.rows("select machineID, model, age from raw.machines order by all") == [
        ("a", "m2", None),
        ("b", "m1", None),
    ]
    assert kit.rows("select feed, line, reason from raw.rejected order by all") == [
        ("machines", 5, "machineID is missing"),
        ("telemetry", 5, "machineID is missing"),
    ]
    assert {str(found.kind) for found in summary.findings} == {"rows rejected", "sensor in no file"}
    assert summary.ignored == ("PdM_machines.csv",)
