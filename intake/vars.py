"""The vars of the proposal that follow from what was found: step, windows, horizon, ranges, each with its reason."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from intake.draft import Draft
from intake.profile import Profile
from intake.sensor_facts import SensorFacts
from intake.sensors import COUNTER, STATES, SensorGuess

DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Shape:
    """What a row means: hours of each, and why in words. silent_hours: of quiet that is not usual; 0: as everywhere."""

    step_hours: float
    snapshot_hours: int
    scoring_hour: int
    horizon_hours: int
    windows: tuple[int, ...]
    baseline_hours: int
    why: str
    silent_hours: int = 0


def shape_of(profile: Profile, cycles: bool, silent_after: int) -> Shape:
    """Hours that fit the step and the span: a window holds at least a few readings, a baseline the span.

    Where readings come at no step, a machine is not silent before it is quiet for longer than usual, and the longest
    window reaches back so far. silent_after: hours, as the workspace has them.
    """
    shape = _by_step(profile, cycles)
    quiet = math.ceil(profile.pause_seconds / 3600)
    if profile.is_steady or cycles or quiet <= silent_after:
        return shape
    longest = 24 * math.ceil(quiet / 24)
    windows = tuple(sorted({*(hours for hours in shape.windows if hours < longest), longest}))
    return replace(shape, windows=windows, baseline_hours=max(shape.baseline_hours, 4 * longest), silent_hours=quiet)


def _by_step(profile: Profile, cycles: bool) -> Shape:
    step = min(max(profile.step_seconds, 1.0), DAY_SECONDS) / 3600
    step = round(step) if step >= 1 and abs(step - round(step)) < 0.02 else round(step, 4)
    if cycles:
        return Shape(24, 24, 0, 720, (24, 240), 960, "a cycle stands for a day")
    if step > 6:
        short = profile.days < 45
        return Shape(
            step, 24, 0 if profile.midnight else 6, 168, (24, 168), 336 if short else 672, "a reading a day, or nearly"
        )
    if step > 2:
        return Shape(step, 6, 6, 72, (24, 72), 336, f"a reading every {profile.step_words}")
    if profile.days < 28:
        return Shape(step, 3, 6, 24, (6, 24), 168, f"{profile.days:.0f} days of readings are short")
    return Shape(step, 3, 6, 24, (3, 12, 24, 48), 336, f"a reading every {profile.step_words}")


def sensor_vars(draft: Draft, facts: Sequence[SensorFacts]) -> dict[str, dict[str, object]]:
    """vars.sensors: a range around what came, the unit and the label where the name says them."""
    known = {one.guess.name: one for one in facts}
    return {guess.name: _sensor(guess, known.get(guess.name)) for guess in draft.sensors if guess.name in known}


def any_range(draft: Draft) -> dict[str, dict[str, object]]:
    """The sensors for a first look, which no reading can be out of."""
    return {guess.name: {"min": -1e15, "max": 1e15, "decimals": 0, "label": _label(guess)} for guess in draft.sensors}


def _label(guess: SensorGuess) -> str:
    """As the file heads the column, so that it is known by that."""
    return (
        "".join(" " if sign in "{}%#" and guess.column.count(sign) > 1 else sign for sign in guess.column) or guess.name
    )


def _sensor(guess: SensorGuess, facts: SensorFacts | None) -> dict[str, object]:
    out: dict[str, object] = {}
    if guess.unit:
        out["unit"] = guess.unit
    if guess.kind == STATES:
        return {
            "kind": STATES,
            "states": dict(guess.states),
            "min": min(guess.states.values()),
            "max": max(guess.states.values()),
        }
    if facts is None:
        return {**out, "min": -1e9, "max": 1e9}
    if guess.kind == COUNTER:
        top = 1.0e15 if facts.high > 1e8 else nice_above(max(facts.high, 1) * 1_000)
        out |= {"kind": COUNTER, "min": 0, "max": plain(top), "decimals": 0}
    else:
        low, high = (facts.usual_low, facts.usual_high) if facts.stands_for_none else (facts.low, facts.high)
        room = max(high - low, abs(high) * 0.1, abs(low) * 0.1, 1e-6)
        least = 0.0 if low >= 0 else -nice_above(-(low - room))
        out |= {"min": plain(least), "max": plain(nice_above(high + room) if high + room > 0 else 0.0)}
        if facts.high - facts.low < 1e-3 and abs(facts.high) < 1e-2:
            out["decimals"] = 12
    if guess.label != guess.name or guess.column != guess.name:
        out["label"] = _label(guess)
    return out


def nice_above(value: float) -> float:
    """1, 2 or 5 times a power of ten that is no less."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(float(f"{step * power:.6g}") for step in (1, 2, 5, 10) if step * power >= value * (1 - 1e-9))


def plain(value: float) -> float | int:
    """A whole number as one, as far as YAML shows it plainly."""
    return int(value) if value == int(value) and abs(value) < 1e15 else value
