"""What intake found out, in sentences: the page and the terminal say the same."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from intake.load import TriedFile
from intake.look import Intake
from intake.meaning import ORDERS
from intake.profile import Profile, seconds_in_words
from intake.proposal import sentences
from ml.wording import counted


@dataclass(frozen=True)
class FileLine:
    """One kind of files: what it is, how it is written, and what came of trying it."""

    names: str
    files: int
    feed: str
    written: str
    found: tuple[str, ...]
    outcome: str
    good: bool


def headline(found: Intake) -> str:
    """The one sentence."""
    if found.profile is None or not found.text:
        return f"Nothing here can be landed yet: {found.why}"
    profile, carried = found.profile, found.carried
    about = f"{counted(profile.machines, 'machine')}, {counted(profile.rows, 'reading')} over {_days(profile.days)}"
    if found.why:
        return f"{about}: {found.why}"
    if carried is None or not carried.failures:
        return f"{about}, and no failure of one of them: mornings by distance from normal, no model yet"
    failed = counted(carried.failures, "failure")
    if carried.trains:
        return f"{about}, {failed}: enough to train a model"
    return f"{about}, {failed}: too few to train a model, so mornings by distance from normal"


def _days(days: float) -> str:
    return f"{days:,.0f} days" if days >= 2 else f"{days * 24:,.0f} hours"


def to_decide(found: Intake) -> list[str]:
    """What the files do not tell."""
    return [_capital(ask) for ask in found.draft.asks]


def to_fix(found: Intake) -> list[str]:
    """What is wrong, and what to do."""
    return sentences(map(_capital, _wrong(found)))


def _wrong(found: Intake) -> Iterator[str]:
    for one in found.looked.files:
        lost = one.unusable + one.unread
        if one.refused:
            yield one.refused
        elif lost:
            yield (
                f"{one.name}: {lost:,} of {counted(lost + one.rows, 'row')} cannot be used as {one.feed}; landing "
                "keeps such rows in raw.rejected, with the line and the reason."
            )
        if one.bad_cells:
            yield f"{one.name}: cells of sensors that are neither numbers nor known words: {one.bad_cells:,}."
    if found.profile is not None:
        yield from (f"{text}: spell them alike, or map one to the other." for text in found.profile.spelled)
        yield from (f"{what}: {rows:,}. {cure}" for what, rows, cure in _of_times(found.profile) if rows)
    for facts in found.sensors:
        told = [remark for remark in facts.remarks if "far off" not in remark]
        yield from (f"{facts.guess.label}: {remark}." for remark in told)
    if found.failures:
        yield from (f"Failures: {remark}." for remark in found.failures.remarks)


def _of_times(profile: Profile) -> Iterator[tuple[str, int, str]]:
    """What is wrong, in how many rows, and what of it."""
    yield "Readings in the future", profile.future, "Landing sets them aside; set that clock right."
    yield "Readings before 1990", profile.early, "A clock that was reset? Landing sets them aside."
    yield (
        "Readings apart from all others by more than 45 days", profile.lone, "Before the fleet began, or a wrong clock?"
    )  # fmt: skip
    yield (
        "Rows that say otherwise than another about the same machine and moment",
        profile.conflicts,
        "Two machines of one name, or corrections? The later line counts.",
    )
    yield "Rows that say again what another said of the same machine and moment", profile.repeats, "Stored once."
    yield "Rows earlier than the line above them", profile.backwards, "They came late, or a clock was set back."


def file_lines(found: Intake) -> list[FileLine]:
    """One for each kind of files."""
    out = []
    for meaning in found.meanings:
        group = meaning.group
        names = {file.name for file in group.files}
        tried = [one for one in found.looked.files if one.name in names]
        feeds = list(dict.fromkeys(one.feed for one in tried)) or ([meaning.feed] if meaning.feed else [])
        at, machine = meaning.moments.at, meaning.machine
        said = [f"times: {at.words}"] if at else []
        said += [f"machine: {machine.told}"] if machine else []
        said += list(meaning.said)
        said += [f"failures where {meaning.flag.where}"] if meaning.flag else []
        out.append(
            FileLine(
                names=group.names,
                files=len(group.files),
                feed=" and ".join("orders" if feed == ORDERS else feed for feed in feeds) or "not used",
                written=group.dialect.words if group.dialect else "Parquet",
                found=tuple(said),
                outcome=_outcome(tried, meaning.why, feeds),
                good=bool(tried) and not any(one.refused for one in tried),
            )
        )
    return out


def _outcome(tried: list[TriedFile], why: str, feeds: list[str]) -> str:
    if not tried:
        return why or ("left out: see what is to be decided" if feeds else "not used")
    refused = [one for one in tried if one.refused]
    parts = [f"{counted(sum(one.rows for one in tried if one.feed == feed), 'row')} of {feed}" for feed in feeds]
    lost = sum(one.unusable + one.unread for one in tried)
    parts += [f"{lost:,} unusable"] if lost else []
    parts += [f"{counted(len(refused), 'file')} refused"] if refused else []
    return ", ".join(parts)


def _step(profile: Profile) -> str:
    return f"{profile.step_words} in {profile.steady:.1%} of the steps" if profile.is_steady else profile.step_words


def _pause(profile: Profile) -> str:
    return "more than three steps" if profile.is_steady else f"more than {seconds_in_words(profile.pause_seconds)}"


def unused_files(found: Intake) -> list[tuple[str, str]]:
    """Files that are not looked into, with the reason."""
    return [(name, why) for name, why in found.apart]


def readings(found: Intake) -> list[tuple[str, str]]:
    """Facts of the readings, each with its name."""
    profile = found.profile
    if profile is None:
        return []
    few = (
        f" (looked at on {profile.looked_at:,} of {profile.machines:,} machines)"
        if profile.looked_at < profile.machines
        else ""
    )
    out = [
        ("Rows", f"{profile.rows:,} of {counted(profile.machines, 'machine')}"),
        ("Span", f"{_at(profile.first)} to {_at(profile.last)}, {_days(profile.days)}"),
        ("Types", ", ".join(f"{name} ({count:,})" for name, count in profile.types[:12]) or "not said by any file"),
        ("Step", f"{_step(profile)}{few}"),
    ]
    gaps = profile.gaps
    if gaps.count:
        longest = (
            f"the longest {seconds_in_words(gaps.longest_seconds)} of {gaps.longest_of} from {_at(gaps.longest_from)}"
        )
        out.append(
            ("Pauses", f"{gaps.count:,} of {_pause(profile)}, on {counted(gaps.machines, 'machine')}; {longest}")
        )
    else:
        out.append(("Pauses", f"none of {_pause(profile)}"))
    if profile.zones:
        out.append(("Clock", f"local, as in {profile.zones[0]}: an hour comes twice or is left out there"))
    elif found.tells_offsets:
        out.append(("Clock", "UTC, by the offset that each time names"))
    else:
        out.append(
            ("Clock", "taken as UTC where a time names no offset: say so by zone in the mapping if it is another clock")
        )
    if profile.late_hours:
        median, most = profile.late_hours
        out.append(("Late rows", f"known {median:,.1f} h after the reading in the middle, 1 % more than {most:,.1f} h"))
    elif profile.backwards:
        out.append(("Late rows", f"{profile.backwards:,} rows come after a later one of their machine{few}"))
    else:
        out.append(("Late rows", "none can be seen: no file says when a row became known, and lines run forward"))
    repeated = profile.repeats + profile.conflicts
    out.append(
        ("Repeats", f"{repeated:,} rows of a machine and moment that is there already{few}" if repeated else "none")
    )
    return out


def failure_lines(found: Intake) -> list[tuple[str, str]]:
    """Facts of the failures."""
    counts = found.failures
    if counts is None or found.profile is None:
        return []
    if not counts.rows:
        return [("Failures", "none: no file and no column says that a machine failed")]
    out = [("Failures", f"{counts.rows:,} on {counted(counts.machines, 'machine')}")]
    out.append(("By component", ", ".join(f"{name} {count:,}" for name, count in counts.components[:12])))
    if counts.types:
        shown = ", ".join(f"{name} {rows:,} on {machines:,}" for name, machines, rows in counts.types[:12])
        out.append(("By type", f"{shown} machines"))
    out.append(("After a pause", f"{counts.after_gap:,} with the last reading {_pause(found.profile)} before"))
    return out


def event_lines(found: Intake) -> list[tuple[str, str]]:
    """Errors and maintenance by code."""
    events = found.events
    if events is None:
        return []
    return [
        (name, ", ".join(f"{code} {rows:,}" for code, rows in counts[:10]) or "none among these files")
        for name, counts in (("Errors", events.errors), ("Maintenance", events.maint))
    ]


def carry_lines(found: Intake) -> list[tuple[str, str]]:
    """What the data can carry, in figures."""
    carried = found.carried
    if carried is None or carried.split is None or found.fleet is None:
        return []
    split = carried.split
    training, tuning = counted(carried.training, "failure"), counted(carried.folds, "failure")
    judging = counted(carried.judged, "failure")
    judging += f" of {counted(carried.judged_machines, 'machine')}" if carried.judged else ""
    folds = f"{counted(len(split.folds), 'fold')} until {split.folds[-1].end:%Y-%m-%d}"
    nights = f"{split.holdout_start:%Y-%m-%d} to {split.holdout_end:%Y-%m-%d}"
    begin = f"before the held-out nights begin on {split.holdout_start:%Y-%m-%d}"
    out = [
        ("Would train", f"{training} {begin}; at least {carried.needed} are needed"),
        ("Would tune", f"{tuning if carried.folds else 'none'} of these in {folds}"),
        ("Would judge", f"{judging} in the held-out nights from {nights}"),
    ]
    if carried.precision:
        low, high = carried.precision
        out.append((
            "Average precision",
            f"its 90 % interval would be {high - low:.2f} wide ({low:.2f} to {high:.2f}) for a model that ranks a "
            "failing night above a quiet one 9 times in 10",
        ))  # fmt: skip
    else:
        out.append(("Average precision", "cannot be judged: fewer than two machines fail in the held-out nights"))
    profile = found.profile
    if profile is not None:
        baseline = found.fleet.baseline_hours / 24
        if carried.trains:
            taken = carried.needed_days - baseline
            room = (
                f"folds and held-out nights take {taken:,.0f} of {_days(profile.days)}; what comes before is learnt "
                f"from, its first {baseline:,.0f} days without a normal to compare with"
            )
        else:
            fits = "fit" if profile.days >= carried.needed_days else "do not fit"
            room = (
                f"baseline, folds and held-out nights with a horizon of {found.fleet.horizon_hours} h take "
                f"{carried.needed_days:,.0f} days and {fits} into {_days(profile.days)}"
            )
        out.append(("Room", room))
    return out


def _at(moment: datetime | None) -> str:
    return "never" if moment is None else f"{moment:%Y-%m-%d %H:%M}"


def _capital(text: str) -> str:
    """A sentence that begins with a word of ours; names of files and sensors stay as they are."""
    first = text.split(" ", maxsplit=1)[0]
    return text[:1].upper() + text[1:] if first.isalpha() and first.islower() else text
