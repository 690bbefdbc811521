"""Small folders of every usual shape, of our own making, and what intake is to make of each."""

# ruff: noqa: E501 - a table, a shape a line

import gzip
import io
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

BEGIN = datetime(2026, 1, 5)
HOURS = 30
MACHINES = ("P1", "P2", "P3")


@dataclass(frozen=True)
class Shape:
    """A folder: `files` by name, the usable `rows` by feed, and what the proposed file must hold somewhere, `keys`.

    asks: words of what a person has to decide. none: words of why nothing can be proposed.
    """

    files: dict[str, bytes]
    rows: dict[str, int] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    none: str = ""

    def write(self, folder: Path) -> Path:
        for name, content in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        return folder


def lines(
    time: str = "%Y-%m-%d %H:%M:%S",
    head: str = "time,machine,temp,speed",
    sep: str = ",",
    decimal: str = ".",
    begin: datetime = BEGIN,
    more: str = "",
    step: timedelta = timedelta(hours=1),
) -> str:
    """Readings of MACHINES over HOURS steps, with a header where there is one."""
    out = [head.replace(",", sep)] if head else []
    for hour in range(HOURS):
        for place, machine in enumerate(MACHINES):
            temp = f"{20 + place + hour % 7 / 10:.1f}".replace(".", decimal)
            cells = [(begin + hour * step).strftime(time), machine, temp, f"{1000 + 17 * hour % 90}"]
            out.append(sep.join(cells) + more)
    return "\n".join(out) + "\n"


def _wide(text: str, name: str = "readings.csv") -> dict[str, bytes]:
    return {name: text.encode()}


def _long(tag: str, head: str = "ts;tag;value;quality") -> str:
    out = [head]
    for hour in range(HOURS):
        for machine in MACHINES:
            for sensor in ("TT01", "PT01"):
                moment = (BEGIN + timedelta(hours=hour)).strftime("%d.%m.%Y %H:%M:%S")
                out.append(f"{moment};{tag.format(machine=machine, sensor=sensor)};{hour % 9},{hour % 4};Good")
    return "\n".join(out) + "\n"


def _parquet(apart: bool = False) -> bytes:
    times = [BEGIN + timedelta(hours=hour) for hour in range(HOURS) for _ in MACHINES]
    dated = {
        "date": pa.array([time.date() for time in times]),
        "time": pa.array([time.time() for time in times]),
    } if apart else {"event_time": pa.array(times, pa.timestamp("us", tz="Europe/Berlin"))}  # fmt: skip
    table = pa.table(dated | {
        "asset_id": list(MACHINES) * HOURS,
        "temp": [20.0 + place % 13 for place in range(len(times))],
    })  # fmt: skip
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def _with(column: str, value: str) -> str:
    """The readings with one more column of this value, but for one row of P2, which says 1."""
    head, *rows = lines().splitlines()
    told = [f"{row},{'1' if place == 40 else value}" for place, row in enumerate(rows)]
    return "\n".join([f"{head},{column}", *told]) + "\n"


def _cycles(columns: int = 6) -> str:
    """As the engines of C-MAPSS came: no header, spaces between and behind the numbers; cycles in the second column."""
    rows = [
        f"{unit} {cycle} {' '.join(f'{500 + unit + cycle % (5 + at):.2f}' for at in range(columns - 2))}  "
        for unit in (1, 2, 3)
        for cycle in range(1, 26)
    ]
    return "\n".join(rows) + "\n"


def _events(head: str, *rows: str) -> bytes:
    return "\n".join([head, *rows, ""]).encode()


ALL = HOURS * len(MACHINES)
READINGS = {"telemetry": ALL}
BASE = _wide(lines())
SHAPES: dict[str, Shape] = {
    "plain": Shape(BASE, READINGS, ("datetime: time", "machineID: machine")),
    "names of our own": Shape(_wide(lines(head="datetime,machineID,volt,rotate"), "PdM_telemetry.csv"), READINGS),
    "semicolons and decimal commas": Shape(
        _wide(lines(sep=";", decimal=",")), READINGS, ('delim: ";"', 'decimal_separator: ","')
    ),
    "quoted decimal commas": Shape(
        _wide("\n".join([lines().splitlines()[0], *(
            '{},{},"{}",{}'.format(*row.split(",")).replace(".", ",") for row in lines().splitlines()[1:]
        )]) + "\n"), READINGS, ('decimal_separator: ","',),
    ),
    "thousands with commas": Shape(
        _wide("\n".join([lines().splitlines()[0], *(
            '{},{},{},"1,{}.5"'.format(*row.split(",")[:3], row.split(",")[3][-3:]) for row in lines().splitlines()[1:]
        )]) + "\n"), READINGS, ('thousands: ","',),
    ),
    "tabs": Shape(_wide(lines(sep="\t"), "readings.tsv"), READINGS, ("delim:",)),
    "bars": Shape(_wide(lines(sep="|"), "readings.txt"), READINGS, ("delim:",)),
    "Latin-1": Shape({"readings.csv": lines(head="Zeit,Anlage,Öldruck,Drehzahl").encode("latin-1")}, READINGS, ("encoding: latin-1",)),
    "UTF-16": Shape({"readings.csv": lines(head="Zeit,Anlage,Öldruck,Drehzahl").encode("utf-16")}, READINGS, ("encoding: utf-16",)),
    "byte order mark and CRLF": Shape({"readings.csv": b"\xef\xbb\xbf" + lines().replace("\n", "\r\n").encode()}, READINGS),
    "sep= line": Shape(_wide("sep=;\n" + lines(sep=";")), READINGS, ("skip: 1",)),
    "lines above the table": Shape(_wide("Export of line 3\n\n" + lines()), READINGS, ("skip:",)),
    "gzip": Shape({"readings_2026.csv.gz": gzip.compress(lines().encode())}, READINGS, ('files: "readings_*.csv.gz"',)),
    "gzip without saying so": Shape({"readings.csv": gzip.compress(lines().encode())}, READINGS, ("compression: gzip",)),
    "Parquet with a zone": Shape({"readings.parquet": _parquet()}, READINGS, ("datetime: event_time",)),
    "Parquet with date and time apart": Shape({"readings.parquet": _parquet(apart=True)}, READINGS, ("datetime: date + time",)),
    "day first by dots": Shape(_wide(lines("%d.%m.%Y %H:%M")), READINGS, ("%d.%m.%Y %H:%M",)),
    "day first by evidence": Shape(_wide(lines("%d/%m/%Y %H:%M", begin=datetime(2026, 1, 20))), READINGS, ("%d/%m/%Y",)),
    "month first by evidence": Shape(_wide(lines("%m/%d/%Y %H:%M", begin=datetime(2026, 1, 20))), READINGS, ("%m/%d/%Y",)),
    "day first by even steps": Shape(
        _wide(lines("%d/%m/%Y", begin=datetime(2025, 1, 5), step=timedelta(hours=4))), READINGS, ("%d/%m/%Y",)
    ),
    "day or month first, nobody knows": Shape(
        _wide(lines("%d/%m/%Y %H:%M", begin=datetime(2026, 3, 3), step=timedelta(minutes=30))), READINGS, asks=("day first", "month first")
    ),
    "year of two digits": Shape(_wide(lines("%m/%d/%y %H:%M", begin=datetime(2026, 1, 20))), READINGS, ("%m/%d/%y",)),
    "am and pm": Shape(_wide(lines("%m/%d/%Y %I:%M %p", begin=datetime(2026, 1, 20))), READINGS, ("%I:%M %p",)),
    "months by name": Shape(_wide(lines("%d-%b-%Y %H:%M:%S")), READINGS, ("%d-%b-%Y",)),
    "offsets": Shape(_wide(lines("%Y-%m-%dT%H:%M:%S+01:00")), READINGS, ("datetime: time",)),
    "the zone by its name": Shape(_wide(lines("%Y-%m-%d %H:%M:%S UTC")), READINGS, ("datetime: time",)),
    "epoch seconds": Shape(_wide(lines("%s")), READINGS, ("to_timestamp",)),
    "epoch milliseconds": Shape(_wide(lines("%s000")), READINGS, ("/ 1000",)),
    "compact": Shape(_wide(lines("%Y%m%d%H%M%S")), READINGS, ("%Y%m%d%H%M%S",)),
    "date and time apart": Shape(_wide(lines("%Y-%m-%d,%H:%M", head="date,time,machine,temp,speed")), READINGS, ("|| ' ' ||",)),
    "German date and time apart": Shape(
        _wide(lines("%d.%m.%Y;%H:%M", head="Datum,Uhrzeit,Anlage,Temperatur,Drehzahl", sep=";", decimal=",")), READINGS,
        ("Datum || ' ' || Uhrzeit",),
    ),
    "an index column": Shape(
        _wide("\n".join(f"{'' if place == 0 else place - 1},{row}" for place, row in enumerate(lines().splitlines())) + "\n"),
        READINGS,
    ),
    "spaces and units in names": Shape(
        _wide(lines(head="Time stamp,Asset No.,Motor Temp (°C),Speed [rpm]")), READINGS, ("unit: °C", "unit: rpm")
    ),
    "a machine column that no word tells": Shape(_wide(lines(head="time,who,temp,speed")), READINGS, ("machineID: who",)),
    "the minus of typesetters": Shape(_wide(lines().replace(",2", ",\u22122")), READINGS, ("temp: {min: -",)),
    "no machine column": Shape(
        {"pump_A.csv": b"time,temp\n2026-01-05 00:00,20.5\n2026-01-05 01:00,20.7\n",
           "pump_B.csv": b"time,temp\n2026-01-05 00:00,21.5\n2026-01-05 01:00,21.7\n"},
        {"telemetry": 4}, ("'pump_A'", "'pump_B'"), asks=("each file is taken as one machine",),
    ),
    "a failure flag": Shape(_wide(_with("failure", "0")), {**READINGS, "failures": 1}, ("failure = 1",)),
    "a state in words": Shape(_wide(_with("mode", "run").replace(",1\n", ",off\n")), READINGS, ("kind: state", "case mode")),
    "a state in fractions, and a word": Shape(_wide(_with("mode", "2.0").replace(",1\n", ",Bad\n").replace(",2.0\n", ",0.0\n", 9)), READINGS, ("kind: state", "state_2: 2")),
    "an interval of downtime": Shape(
        BASE | {"downtime.csv": _events("machine,begin,end,cause", "P2,2026-01-05 09:00,2026-01-05 15:00,Shaft seal")},
        {**READINGS, "failures": 1}, ("ended_at:", "shaft_seal"),
    ),
    "failures without a component": Shape(
        BASE | {"failures.csv": _events("time,machine", "2026-01-05 09:00,P1")}, {**READINGS, "failures": 1}, ("'machine'",)
    ),
    "errors and maintenance": Shape(
        BASE
        | {"alarms.csv": _events("time,machine,code", "2026-01-05 09:00,P1,E 101", "2026-01-05 10:00,P1,E 207"),
           "maintenance.csv": _events("time,machine,comp", "2026-01-05 09:00,P1,seal")},
        {**READINGS, "errors": 2, "maint": 1}, ("e_101: E 101",),
    ),
    "orders with a preventive column": Shape(
        BASE | {"orders.csv": _events(
            "id,machine,code,preventive,finished", "W1,P1,M1,TRUE,2026-01-05 09:00", "W2,P2,M2,FALSE,2026-01-06 09:00"
        )},
        {**READINGS, "failures": 1, "maint": 1}, asks=("which orders are failures",),
    ),
    "a register": Shape(
        BASE | {"machines.csv": _events("machine,type,age", "P1,big,3", "P2,small,4", "P3,small,1")},
        {**READINGS, "machines": 3}, ("model: type", "age: age"),
    ),
    "a register with times of service": Shape(
        _wide(lines()) | {"PdM_machines.csv": b"machineID,model,age,in_service_from,in_service_until\nP1,A,3,,2026-03-13\nP2,A,3,2026-01-02,\nP3,B,2,2026-01-02,2026-03-20\n"},
        {**READINGS, "machines": 3, "failures": 0}, ("in_service_from: in_service_from", "in_service_until: in_service_until"),
    ),
    "a register of installations and sales": Shape(
        _wide(lines()) | {"anlagen.csv": b"Anlage;Baureihe;Inbetriebnahme;Verschrottung\nP1;A;03.02.2020;\nP2;A;17.05.2021;28.01.2026\nP3;B;30.11.2022;\n"},
        {**READINGS, "machines": 3, "failures": 0}, ("in_service_from: \"strptime(Inbetriebnahme", "in_service_until: \"strptime(Verschrottung"),
    ),
    "tags": Shape(
        _wide(_long("{machine}.{sensor}"), "historian_2026-01.csv"), {"telemetry": 2 * ALL}, ("split_part", "quality = 'Good'")
    ),
    "machine, sensor, value": Shape(
        _wide(_long("{machine};{sensor}", "ts;machine;sensor;value;quality")), {"telemetry": 2 * ALL}, ("value: value",)
    ),
    "a sensor added later": Shape(
        {"r_2025.csv": lines(head="time,machine,temp,speed", begin=datetime(2025, 12, 1)).encode(),
         "r_2026.csv": lines(head="time,machine,temp,speed,oil", more=",3.5").replace(",3.5", ",3.5", 1).encode()},
        {"telemetry": 2 * ALL}, ('files: "r_*.csv"',),
    ),
    "two kinds of machines": Shape(
        {"fans.csv": lines(head="time,fan,temp,flow").encode(),
         "pumps.csv": lines(head="time,pump,temp,oil").replace("P1", "Q1").replace("P2", "Q2").replace("P3", "Q3").encode()},
        {"telemetry": 2 * ALL, "machines": 6}, ("'fan'", "'pump'"),
    ),
    "cycles without a header": Shape(
        _wide(_cycles(), "train_FD001.txt"), {"telemetry": 75}, ("header: false", "to_days"), asks=("there are no times", "last row is its failure")
    ),
    "cycles": Shape(
        _wide("unit,cycle,s1,s2\n" + "\n".join(",".join(row.split()[:4]) for row in _cycles().splitlines()) + "\n"),
        {"telemetry": 75}, ("to_days",), asks=("last row is its failure",),
    ),
    "the clock of Berlin": Shape(
        _wide("time,machine,temp\n" + "".join(
            f"2025-10-26 {hour:02}:{minute:02},P1,{20 + minute / 60:.2f}\n"
            for hour in (0, 1, 2, 2, 3, 4, 5) for minute in range(0, 60, 10)
        )), {"telemetry": 42}, ("zone: Europe/Berlin",), asks=("by which clock",),
    ),
}  # fmt: skip
# Folders of which nothing can be landed, and words of the reason.
HORRIBLE: dict[str, Shape] = {
    "empty": Shape({}, none="empty"),
    "only binaries": Shape(
        {"a.bin": bytes(range(256)) * 4, "b.xlsx": b"PK\x03\x04xl/", "c.pdf": b"%PDF-1.7"}, none="no file"
    ),
    "an empty file and a broken gzip": Shape({"a.csv": b"", "b.csv.gz": b"\x1f\x8b\x08zzz"}, none="no file"),
    "prose": Shape({"notes.txt": b"The pump was loud today.\nIt was repaired by Anna.\n"}, none="no file"),
    "nothing with a time": Shape({"a.csv": b"name,colour\nx,red\ny,blue\n"}, none="telemetry"),
    "no time that can be read": Shape({"a.csv": b"time,machine,temp\nsoon,P1,20\nlater,P2,21\n"}, none="telemetry"),
    "failures alone": Shape({"failures.csv": b"time,machine,failure\n2026-01-05 09:00,P1,seal\n"}, none="telemetry"),
    "two encodings in one file": Shape(
        {"a.csv": "time,Öl\n1,ä\n".encode() + "ö,1\n".encode("latin-1")}, none="telemetry"
    ),
}
