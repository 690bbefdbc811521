"""Names of columns in the SQL of a proposal, bare where they need no quotes, as a person would write them."""

import re

# A text, which stays as it is, or a name in quotes.
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?P<name>[A-Za-z_][A-Za-z0-9_]*)\"")
_RESERVED = frozenset(
    """all analyse analyze and any array as asc asymmetric at both case cast check collate column constraint create
    default
    deferrable desc describe distinct do else end except false fetch for foreign from group having in initially
    intersect
    into lambda lateral leading limit not null offset on only or order pivot placing primary qualify references
    returning
    select show some summarize symmetric table then to trailing true union unique unpivot using variadic when where
    window
    with is like ilike glob similar between interval over position row values exists filter left right full inner outer
    join natural cross anti semi asof positional tablesample""".split()  # noqa: SIM905 - shorter to read
)


def plain_names(value: object) -> object:
    """The expression, or the expressions in what a key holds, with such names bare."""
    if isinstance(value, dict):
        return {key: plain_names(one) for key, one in value.items()}
    return _QUOTED.sub(_unquoted, value) if isinstance(value, str) else value


def _unquoted(found: re.Match[str]) -> str:
    name = found["name"]
    return name if name and name.lower() not in _RESERVED else found[0]
