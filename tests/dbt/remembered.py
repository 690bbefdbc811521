"""What dbt and its Jinja make of a text, kept for the process: tests build the same models hundreds of times."""

from functools import cache
from types import CodeType
from typing import Any

import jinja2
from dbt_common.clients.jinja import MacroFuzzEnvironment, NativeSandboxEnvironment
from dbt_common.tests import enable_test_caching

DBTS = (
    MacroFuzzEnvironment,
    NativeSandboxEnvironment,
)  # of one class they differ only in what they do when they render
_compile: Any = jinja2.Environment.compile
_kept: dict[tuple[type, str, object], CodeType] = {}


@cache
def remember() -> None:
    """Have dbt keep what it parses, as it does for tests of its own, and its Jinja the code of each text; once."""
    enable_test_caching()
    for environment in DBTS:
        environment.compile = _compiled_once  # type: ignore[method-assign, assignment]


def _compiled_once(environment: jinja2.Environment, source: Any, *rest: Any, **more: Any) -> Any:
    """`Environment.compile`, but for what was compiled before."""
    if not isinstance(source, str):
        return _compile(environment, source, *rest, **more)
    key = type(environment), source, (rest, *sorted(more.items()))
    if key not in _kept:
        _kept[key] = _compile(environment, source, *rest, **more)
    return _kept[key]
