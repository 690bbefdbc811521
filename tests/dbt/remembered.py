"""What dbt and its Jinja make of a text, kept for the process: tests build the same models hundreds of times."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import CodeType
from typing import Any

import jinja2
import pytest
from dbt.context.macros import MacroNamespaceBuilder
from dbt.contracts.graph.nodes import ParsedNode
from dbt_common.clients import agate_helper
from dbt_common.clients.jinja import MacroFuzzEnvironment
from dbt_common.events.base_types import BaseEvent
from dbt_common.events.event_manager import EventManager
from dbt_common.tests import enable_test_caching

from warehouse.dbt_server.shortcuts import take_shortcuts

# What a night's shortcuts replace.
REPLACED: tuple[tuple[Any, str], ...] = (
    (MacroNamespaceBuilder, "build_namespace"), (agate_helper, "build_type_tester"), (EventManager, "fire_event"),
    (BaseEvent, "__init__"), (BaseEvent, "__getattr__"), (BaseEvent, "__setattr__"),
)  # fmt: skip
_compile: Any = jinja2.Environment.compile
_kept: dict[tuple[type, str, object], CodeType] = {}


@cache
def remember() -> None:
    """Have dbt keep what it parses, as it does for tests of its own, and its Jinja the code of each text; once."""
    enable_test_caching()
    MacroFuzzEnvironment.compile = _compiled_once  # type: ignore[method-assign, assignment]


@contextmanager
def shortcuts() -> Iterator[None]:
    """Run dbt as a night's commands do, for a project that is parsed; nor does it write the SQL that nobody reads."""
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in REPLACED:
            patch.setattr(owner, name, getattr(owner, name))
        patch.setattr(ParsedNode, "write_node", lambda *_: None)
        take_shortcuts()
        yield


def _compiled_once(environment: jinja2.Environment, source: Any, *rest: Any, **more: Any) -> Any:
    """`Environment.compile`, but for what was compiled before."""
    if not isinstance(source, str):
        return _compile(environment, source, *rest, **more)
    key = type(environment), source, (rest, *sorted(more.items()))
    if key not in _kept:
        _kept[key] = _compile(environment, source, *rest, **more)
    return _kept[key]
