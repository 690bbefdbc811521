"""The project's own macros, run by Jinja as dbt runs them: what they return for these vars, without a warehouse."""

import re
from functools import cache
from typing import Any

from jinja2 import Environment

from settings import ROOT, Fleet

MACROS = ROOT / "dbt_project/macros"
BLOCK = re.compile(r"{%-? macro (\w+)\(.*?{%-? endmacro -?%}", re.DOTALL)


class _Returned(Exception):
    pass


def macro(file: str, fleet: Fleet, *given: Any, name: str = "", **known: Any) -> Any:
    """What the macro `name` (the file's own by default) of `file` returns or renders.

    It may call any other macro that needs no adapter; `known` stand in the place of those that do.
    """
    environment = Environment(extensions=["jinja2.ext.do"])
    variables = fleet.model_dump(mode="json")
    environment.globals |= {"var": variables.get, "return": _return}
    environment.globals |= {called: _callable(environment, called, text) for called, text in _all_macros().items()}
    environment.globals |= known
    wanted = name or file
    text = dict(_macros_of((MACROS / f"{file}.sql").read_text()))[wanted]
    return _callable(environment, wanted, text)(*given)


def _callable(environment: Environment, name: str, text: str) -> Any:
    def call(*given: Any, **named: Any) -> Any:
        try:
            return getattr(environment.from_string(text).module, name)(*given, **named)
        except _Returned as returned:
            return returned.args[0]

    return call


@cache
def _all_macros() -> dict[str, str]:
    return {name: text for path in MACROS.rglob("*.sql") for name, text in _macros_of(path.read_text())}


def _macros_of(source: str) -> list[tuple[str, str]]:
    return [(found[1], found[0]) for found in BLOCK.finditer(source)]


def _return(value: Any) -> None:
    raise _Returned(value)
