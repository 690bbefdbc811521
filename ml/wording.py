"""How pages, notices and the terminal word numbers, probabilities, durations and times."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

LISTED_MACHINES = 12
LONGEST_NAME = 60
DASH = "–"
NBSP = "\u00a0"


def percent(probability: float | None) -> str:
    """'97 %', '<1 %', '>99 %' or '–' when there is none."""
    if probability is None or not math.isfinite(probability):
        return "–"
    if probability < 0.01:
        return "<1 %" if probability > 0 else "0 %"
    return ">99 %" if 0.99 < probability < 1 else f"{100 * probability:.0f} %"


def sds(distance: float) -> str:
    """A distance in standard deviations: '4.2 sd'."""
    return f"{distance:.1f} sd"


def hours_in_words(hours: int) -> str:
    """'24 hours', '3 days': whole days above two of them."""
    if hours > 48 and hours % 24 == 0:
        return f"{hours // 24} days"
    return "1 hour" if hours == 1 else f"{hours} hours"


def duration_in_words(duration: timedelta) -> str:
    """'1 h', '90 min', '10 s': in the largest unit that leaves no rest."""
    seconds = int(duration.total_seconds())
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds % length == 0:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def counted(number: int, one: str, many: str = "") -> str:
    """'1 alert', '3 alerts', '1,200 alerts', 'no alert'."""
    return f"no {one}" if number == 0 else f"1 {one}" if number == 1 else f"{number:,} {many or one + 's'}"


def age_in_words(years: float) -> str:
    """'1 year old', '12 years old'."""
    return f"{years:.0f} {'year' if round(years) == 1 else 'years'} old"


def days_in_words(days: int) -> str:
    """'today', 'yesterday', '3 days ago'."""
    return {0: "today", 1: "yesterday"}.get(days, f"{days} days ago")


def since_in_words(moment: datetime | None, as_of: datetime) -> str:
    """When a silent machine was last heard, as said on the morning of `as_of`."""
    if moment is None:
        return "no reading has ever come"
    hours = (as_of - moment).total_seconds() / 3600
    ago = f"{hours:.0f} h ago" if hours < 72 else f"{hours / 24:.0f} days ago"
    return f"last reading {moment:%Y-%m-%d %H:%M}, {ago}"


def deadline(as_of: datetime, horizon_hours: int) -> str:
    """When the horizon ends, as said on the morning of `as_of`."""
    end = as_of + timedelta(hours=horizon_hours)
    days = (end.date() - as_of.date()).days
    day = {0: "today", 1: "tomorrow"}.get(days, f"{end:%A} {end.day} {end:%B}")
    return f"{end:%H:%M} {day}"


def remaining_in_words(as_of: datetime, low: float | None, high: float | None, cap_hours: int) -> str:
    """When a machine will fail, as said on the morning of `as_of`: from `low` to `high` hours on, None where unknown.

    'likely between Thursday and Sunday', 'likely before 14:00 tomorrow', 'not before Sunday', 'not within 7 days'.
    """
    if low is None:
        return f"not within {hours_in_words(cap_hours)}"
    if high is None:
        return f"not before {moment_in_words(as_of, low)}" if low >= 1 else "at any time"
    start, end = moment_in_words(as_of, low), moment_in_words(as_of, high)
    if low < 1:
        return f"likely before {end}"
    return f"likely {start}" if start == end else f"likely between {start} and {end}"


def window_in_words(as_of: datetime, low: float | None, high: float | None, cap_hours: int, coverage: float) -> str:
    """`remaining_in_words` as a sentence of its own, with how sure it is: 'Likely before Sunday (80 % sure)'."""
    words = remaining_in_words(as_of, low, high, cap_hours)
    sure = f" ({percent(coverage)} sure)" if low is not None and high is not None else ""
    return words[0].upper() + words[1:] + sure


def moment_in_words(as_of: datetime, hours: float) -> str:
    """So many hours after the morning of `as_of`: '14:00 tomorrow', then days, from a week on dates."""
    moment = as_of + timedelta(hours=round(hours))
    days = (moment.date() - as_of.date()).days
    if days < 2:
        return f"{moment:%H:%M} {'tomorrow' if days else 'today'}"
    if days < 7:
        return f"{moment:%A}"
    year = f" {moment.year}" if moment.year != as_of.year else ""
    return f"{moment.day} {moment:%B}{year}"


def short_name(name: str) -> str:
    """A machine id cut where it would drown the page; nobody's real id is that long."""
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def headline(alerts: int, machines: int, silent: int, as_of: datetime, horizon_hours: int, down: int = 0) -> str:
    """The first sentence of the page; the machines' names follow it."""
    if machines == 0:
        return "No machine was scored for this night."
    by = deadline(as_of, horizon_hours)
    if alerts:
        return f"{alerts} of {machines} machines {'needs' if alerts == 1 else 'need'} a visit before {by}"
    if silent == machines:
        return f"Nothing is known: all {machines} machines are silent."
    heard = "none of the others needs" if silent or down else f"none of {machines} machines needs"
    told = [
        f"{count} of {machines} machines {'is' if count == 1 else 'are'} {what}; "
        for count, what in ((silent, "silent"), (down, "down"))
        if count
    ]
    start = "".join(told)
    sentence = f"{start}{heard} a visit before {by}."
    return sentence[0].upper() + sentence[1:]


def distance_headline(far: int, machines: int, silent: int) -> str:
    """The first sentence of a page of a night without a model; the names of machines that are far follow it."""
    heard = "the others" if silent else f"{machines} machines"
    start = f"{silent} of {machines} machines {'is' if silent == 1 else 'are'} silent; " if silent else ""
    if not far:
        return f"{start}{'none' if silent else 'None'} of {heard} is far from its normal."
    return f"{start}{far} of {heard} {'is' if far == 1 else 'are'} far from {'its' if far == 1 else 'their'} normal"


def listed(names: Sequence[str]) -> tuple[list[str], int]:
    """The names worth saying in the headline, and how many more there are."""
    return [short_name(name) for name in names[:LISTED_MACHINES]], max(0, len(names) - LISTED_MACHINES)


def number(value: object, digits: int = 2) -> str:
    """A figure with `digits` decimals and thousands separated; an en dash where it is not known."""
    if value is None or not math.isfinite(known := float(str(value))):
        return DASH
    return f"{known:,.{digits}f}"


def count(value: object) -> str:
    """A whole number with thousands separated; an en dash where it is not known."""
    return number(value, 0)


def rate(value: float, digits: int = 0, gap: str = NBSP) -> str:
    """A share as '12.3 %' with `digits` decimals and `gap` before the sign; an en dash where it is not known."""
    return f"{100 * value:.{digits}f}{gap}%" if math.isfinite(value) else DASH


def rate_mark(value: float) -> str:
    """A share as a mark of an axis, with no more decimals than it has: '0.1 %', '50 %'."""
    return f"{100 * value:g} %"


def of(part: object, whole: object) -> str:
    """'3 of 12'."""
    return f"{count(part)} of {count(whole)}"
