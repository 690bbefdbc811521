"""Shortcuts through dbt for a command whose project has been parsed: it does the same, for two thirds of the time.

Each stands in the place of a function of dbt's that does the same work over and over, and a test holds it to what that
function gives. dbt's own version is locked; a later one is measured again.
"""

from collections.abc import Iterable
from typing import Any

from dbt_common.clients import agate_helper

from warehouse.dbt_server.events import leave_out_untold
from warehouse.dbt_server.namespaces import lay_out_quickly

_build_type_tester = agate_helper.build_type_tester
_testers: dict[tuple[frozenset[str], tuple[str, ...] | None], Any] = {}


def take_shortcuts() -> None:
    """Take them in this process, which must not parse any more."""
    lay_out_quickly()
    leave_out_untold()
    agate_helper.build_type_tester = type_tester


def type_tester(text_columns: Iterable[str], string_null_values: Iterable[str] | None = ("null", "")) -> Any:  # noqa: ANN401
    """What guesses the types of a query's columns, kept: dbt makes one for each query, with a parser of dates in it."""
    key = (frozenset(text_columns), None if string_null_values is None else tuple(string_null_values))
    if key not in _testers:
        _testers[key] = _build_type_tester(*key)
    return _testers[key]
