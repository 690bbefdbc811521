"""The page of an intake: one self-contained HTML file."""

from collections.abc import Sequence

from delivery.pages.templating import render
from intake.look import Intake
from intake.sensor_facts import SensorFacts
from intake.sentences import (
    carry_lines,
    event_lines,
    failure_lines,
    file_lines,
    headline,
    readings,
    to_decide,
    to_fix,
    unused_files,
)

MOST_UNUSED = 60


def render_page(found: Intake, steps: Sequence[tuple[str, str]], stands: str) -> str:
    """The page as HTML. `steps`: what to do next, as words and command; `stands`: where the fleet file is."""
    unused = unused_files(found)
    return render(
        "intake.html.j2",
        folder=str(found.folder),
        headline=headline(found),
        good=bool(found.text) and not found.why,
        decide=to_decide(found),
        fix=to_fix(found),
        files=file_lines(found),
        unused=unused[:MOST_UNUSED],
        more_unused=max(len(unused) - MOST_UNUSED, 0),
        readings=readings(found),
        sensors=[_sensor(one) for one in found.sensors],
        left_out=list(found.draft.left_out),
        failures=failure_lines(found),
        events=event_lines(found),
        carry=carry_lines(found),
        advice=list(found.carried.advice) if found.carried else [],
        steps=steps,
        stands=stands,
        text=found.text,
    )


def _sensor(facts: SensorFacts) -> dict[str, object]:
    unit = facts.guess.unit
    return {
        "name": facts.guess.label,
        "kind": facts.guess.kind,
        "unit": unit,
        "share": f"{facts.share:.1%}",
        "low": amount(facts.low),
        "usual": f"{amount(facts.usual_low)} to {amount(facts.usual_high)}",
        "high": amount(facts.high),
        "flat": f"{facts.flat:,} of {facts.machines:,}" if facts.flat else "–",
        "run": f"{facts.longest_flat:,}" if facts.longest_flat else "–",
        "spikes": f"{facts.spikes:,}" if facts.spikes else "–",
        "remarks": "; ".join(facts.remarks),
    }


def amount(value: float) -> str:
    """A figure with five digits that tell."""
    return f"{value:,.0f}" if abs(value) >= 1e5 else f"{value:.5g}"
