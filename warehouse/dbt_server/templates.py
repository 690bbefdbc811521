"""dbt's Jinja, compiled once for all forks: by itself dbt compiles each text anew for whoever renders it."""

from collections.abc import Iterator
from types import CodeType
from typing import Any

from dbt_common.clients.jinja import MacroFuzzEnvironment, get_environment, template_cache

OUR_PACKAGE = "nightshift"
_dbts_own = MacroFuzzEnvironment.compile
_compiled: dict[tuple[type, str], CodeType] = {}


def compiling(manifest: Any) -> Iterator[Any]:  # noqa: ANN401 - dbt's Manifest
    """Compile the models, tests and macros of a manifest, a text at each step, what our commands need first.

    This process and its forks keep whatever they compile from the first step on. What a text compiles to follows from
    it alone, from none of the values that it is rendered with.
    """
    MacroFuzzEnvironment.compile = _compile
    sql, native = get_environment(), get_environment(native=True)
    macros = getattr(manifest, "macros", {}).values()
    for macro in (macro for macro in macros if macro.package_name == OUR_PACKAGE):
        yield template_cache.get_node_template(macro)
    for node in getattr(manifest, "nodes", {}).values():
        if node.language == "sql":
            yield sql.compile(node.raw_code)
        if test := getattr(node, "test_metadata", None):
            yield [native.compile(text) for text in _texts(test.kwargs)]
    for macro in macros:
        yield template_cache.get_node_template(macro)


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    """The texts in what a test is given, each of which dbt renders."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def _compile(environment: MacroFuzzEnvironment, source: Any, *named: Any, **given: Any) -> Any:  # noqa: ANN401
    if named or given or not isinstance(source, str):
        return _dbts_own(environment, source, *named, **given)
    key = (type(environment), source)
    if key not in _compiled:
        _compiled[key] = _dbts_own(environment, source)
    return _compiled[key]
