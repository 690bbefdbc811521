"""The project's own macros, run by Jinja as dbt runs them: what they return for these vars, without a warehouse."""

from typing import Any

from jinja2 import Environment

from settings import ROOT, Fleet

MACROS = ROOT / "dbt_project/macros"


class _Returned(Exception):
    pass


def macro(file: str, fleet: Fleet, *given: Any, name: str = "", **known: Any) -> Any:
    """What the macro `name` (the file's own by default) of `file` returns or renders; `known` are those it calls."""
    environment = Environment(extensions=["jinja2.ext.do"])
    variables = fleet.model_dump(mode="json")
    environment.globals |= {"var": variables.__getitem__, "return": _return, **known}
    called = getattr(environment.from_string((MACROS / f"{file}.sql").read_text()).module, name or file)
    try:
        return called(*given)
    except _Returned as returned:
        return returned.args[0]


def _return(value: Any) -> None:
    raise _Returned(value)
