"""Names that are probably meant to be the same, though spelled otherwise."""

import re
import unicodedata
from collections.abc import Iterable


def letters(name: str) -> str:
    """A name without capitals, blanks, punctuation and underscores."""
    return re.sub(r"[\W_]+", "", name.lower())


def bare(name: str) -> str:
    """What is left of an id without capitals, blanks, punctuation, leading zeros and a decimal of nothing.

    Letters before a number go too (M001, Machine 1 and 1.00 are 1), as long as a number is left.
    """
    plain = re.sub(r"\.0+$", "", unicodedata.normalize("NFC", name).strip().lower())
    plain = letters(plain)
    plain = re.sub(r"^[^\W\d_]+(?=\d+$)", "", plain)
    return plain.lstrip("0") or plain[:1]


def meant_by(unknown: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """For each unknown id the one known id that is bare the same; none where there is no one or several."""
    by_bare: dict[str, set[str]] = {}
    for name in known:
        by_bare.setdefault(bare(name), set()).add(name)
    candidates = {name: by_bare.get(bare(name), set()) for name in unknown}
    return {name: next(iter(found)) for name, found in candidates.items() if len(found) == 1}
