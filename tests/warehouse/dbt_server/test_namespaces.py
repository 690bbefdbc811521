"""Macros laid out quickly are those that dbt lays out itself, under the same names and in the same context."""

from itertools import chain
from typing import Any

import pytest
from dbt.clients.jinja import MacroGenerator, MacroStack
from dbt.context.macros import MacroNamespaceBuilder
from dbt.contracts.graph.nodes import Macro
from dbt.exceptions import PackageNotFoundForMacroError

from warehouse.dbt_server.namespaces import build_namespace

INTERNAL = ["dbt_duckdb", "dbt"]
PACKAGES = ("fleet", "nightshift", *INTERNAL)
# `everywhere` is in all packages; `nightshift` is a macro and a package, and so is `dbt`.
NAMES = {"fleet": ("everywhere", "nightshift", "of_fleet"), "nightshift": ("everywhere", "ours"),
         "dbt_duckdb": ("everywhere", "of_duckdb", "both"), "dbt": ("everywhere", "both", "dbt")}  # fmt: skip


def macro(package: str, name: str) -> Any:
    made = object.__new__(Macro)
    made.__dict__.update(name=name, package_name=package, unique_id=f"macro.{package}.{name}")
    return made


@pytest.fixture
def macros() -> dict[str, dict[str, Any]]:
    return {package: {name: macro(package, name) for name in names} for package, names in NAMES.items()}


def told(value: Any) -> Any:
    """A macro with all that it knows, or a folder of such."""
    if isinstance(value, MacroGenerator):
        return value.macro.unique_id, id(value.context), value.node, id(value.stack)
    return {name: told(inner) for name, inner in value.items()}


@pytest.mark.parametrize("package", PACKAGES[:2])
def test_each_name_means_what_it_means_to_dbt(package: str, macros: dict[str, dict[str, Any]]) -> None:
    stack, context = MacroStack(), {"a": 1}
    for node in ("one", "two"):  # by what is known of the package and, the second time, kept
        builders = [MacroNamespaceBuilder("fleet", package, stack, INTERNAL, node) for _ in range(2)]
        by_dbt, ours = builders[0].build_namespace(macros, context), build_namespace(builders[1], macros, context)
        assert told(dict(ours)) == told(dict(by_dbt))
        for place in (None, *PACKAGES[:2], "dbt"):
            for name in {*chain(*NAMES.values()), "nobody"}:
                found = [space.get_from_package(place, name) for space in (ours, by_dbt)]
                assert found[0] is found[1] is None or told(found[0]) == told(found[1])
    with pytest.raises(PackageNotFoundForMacroError):
        ours.get_from_package("elsewhere", "ours")


def test_another_manifest_is_looked_at_anew(macros: dict[str, dict[str, Any]]) -> None:
    builder = MacroNamespaceBuilder("fleet", "nightshift", MacroStack(), INTERNAL)
    assert "late" not in build_namespace(builder, macros, {})
    later = {**macros, "nightshift": {**macros["nightshift"], "late": macro("nightshift", "late")}}
    assert "late" in build_namespace(builder, later, {})
