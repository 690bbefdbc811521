"""Whose rows are in a group of files: one expression of the machine for all of them, or one for each file."""

import re
from collections.abc import Iterator, Sequence

from ingestion.spelling import bare
from intake.groups import FileGroup
from intake.meaning import Meaning
from warehouse.sql import ident, literal

_MOST_APART = 24  # files with an entry each


def of_each(meaning: Meaning, asks: list[str]) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """SQL of the machine with the patterns that it holds for: one for all files, or one each."""
    group, machine = meaning.group, meaning.machine
    if meaning.long:
        yield meaning.long.machine or literal("machine"), group.patterns, ()
        return
    if machine is not None and not _numbers_anew(meaning):
        yield machine.expression, group.patterns, (f"the machine is {machine.told}",)
        return
    files = group.files
    folders = {file.place.rpartition("/")[0] for file in files}
    if machine is None and len(folders) > 1 and len({folder.rpartition("/")[2] for folder in folders}) == len(folders):
        asks.append(
            f"which machine a row of {group.names} is of: no column tells, so each folder is taken as one machine of "
            "its name"
        )
        names = tuple(dict.fromkeys(pattern.rpartition("/")[2] for pattern in group.patterns))
        for folder in sorted(folders):
            patterns = tuple(f"{_exactly(folder)}/{name}" if folder else name for name in names)
            yield literal(folder.rpartition("/")[2] or "machine"), patterns, ()
        return
    if machine is None:
        asks.append(
            f"which machine a row of {group.names} is of: no column tells, so each file is taken as one machine of "
            "its name"
        )
    else:
        asks.append(
            f"whether machine 1 of one file of {group.names} is that of another: they say different things of the same "
            "machine and time, so the file's name stands before each machine"
        )
    if len(files) > _MOST_APART:
        yield (machine.expression if machine else literal("machine")), group.patterns, ()
        return
    for file in files:
        stem = file.path.name.partition(".")[0]
        alone = FileGroup((file,), group.dialect, group.columns, (_exactly(file.place),))
        name = literal(stem) if machine is None else f"{literal(stem + ' ')} || {machine.expression}"
        yield name, alone.patterns, ()


def _numbers_anew(meaning: Meaning) -> bool:
    """Whether files say different things of most of the same machines and times."""
    sample, at, machine = meaning.sample, meaning.moments.at, meaning.machine
    if len(meaning.group.files) < 2 or at is None or machine is None or not meaning.sensors:
        return False
    told = ident(meaning.sensors[0].column)
    [found] = sample.con.execute(
        f"""select count(*) filter (files > 1 and kinds > 1) / count(*) from (
            select count(distinct _file) as files, count(distinct {told}) as kinds from {sample.table}
            group by {machine.expression}, try({at.expression}))"""
    ).fetchall()
    return float(found[0] or 0) > 0.3


def _exactly(place: str) -> str:
    return "".join(f"[{sign}]" if sign in "[*?" else sign for sign in place)


def differ(readings: Sequence[Meaning]) -> bool:
    """Whether each kind of files has machines of its own."""
    seen: set[str] = set()
    for one in readings:
        mine = set(one.sample.values(one.machine.expression, 50_000)) if one.machine else set()
        if seen & mine:
            return False
        seen |= mine
    return True


def type_of(meaning: Meaning) -> str:
    """By the column of the machine where that says it, else by the files."""
    column = meaning.machine.columns[0] if meaning.machine and meaning.machine.columns else ""
    stem = meaning.group.files[0].path.name.partition(".")[0]
    plain = re.sub(r"[\W\d_]+", " ", stem).strip()
    return column if column.lower() in plain.lower() and column else plain or stem


def machines_of(readings: Sequence[Meaning]) -> set[str]:
    """The machines that the samples of the readings name."""
    out: set[str] = set()
    for one in readings:
        machine = one.long.machine if one.long else (one.machine.expression if one.machine else "")
        out |= set(one.sample.values(machine, 50_000)) if machine else set()
    return out


def is_known(meaning: Meaning, readings: Sequence[Meaning], known: set[str]) -> bool:
    """Whether a register speaks of the machines of the readings."""
    if meaning.machine is None or any(_numbers_anew(one) for one in readings):
        return False
    mine = {bare(name) for name in meaning.sample.values(meaning.machine.expression, 50_000)}
    theirs = {bare(name) for name in known}
    return len(mine & theirs) >= 0.5 * min(len(mine), len(theirs))
