"""Components and error codes of a fleet, each with an identifier and what the files call it."""

from collections.abc import Collection, Iterable, Sequence

from intake.draft import ANY_COMPONENT
from intake.meaning import FAILURES, MAINT, OF_ERRORS, ORDERS, Meaning
from intake.names import identifier
from settings.name_clashes import OF_ALL

MOST_CODES = 40
MOST_COMPONENTS = 8


def codes_of(meanings: Sequence[Meaning], sensors: Iterable[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Components and error codes by identifier, which no sensor has: what the files call them."""
    failed: list[str] = []
    replaced: list[str] = []
    errors: list[str] = []
    for one in meanings:
        if one.flag and not one.flag.component:
            failed.append(ANY_COMPONENT)
        elif one.feed in (FAILURES, ORDERS):
            failed += _values(
                one, f"case when not ({one.preventive}) then {one.code} end" if one.preventive else one.code
            )
        elif one.feed == MAINT:
            replaced += _values(one, one.code)
        elif one.feed == OF_ERRORS:
            errors += _values(one, one.code)[:MOST_CODES]
    parts = list(dict.fromkeys(failed)) or list(dict.fromkeys(replaced))
    components = _named(parts[:MOST_COMPONENTS], "part", {*OF_ALL["components"], *sensors})
    return components, _named(errors[:MOST_CODES], "code", {*OF_ALL["error_codes"], *sensors, *components})


def _values(meaning: Meaning, code: str) -> list[str]:
    return meaning.sample.values(code, MOST_CODES) if code else [ANY_COMPONENT]


def _named(texts: Sequence[str], default: str, taken: Collection[str]) -> dict[str, str]:
    out: dict[str, str] = {}
    lower = {text.lower(): text for text in reversed(texts)}
    for text in sorted(lower.values()):
        plain = identifier(text, default=default)
        out[identifier(f"{default} {text}" if plain in taken else text, [*out, *taken], default)] = text
    return out
