"""The macros that a node may call, laid out for its context as dbt does, in a fraction of the time.

dbt lays them out twice for each node, and once for each macro that the adapter runs itself: a quarter of what a build
costs, for it asks five namespaces in turn for each of some 770 names. Which macro a name means follows from the
manifest and from the node's package alone, so here dbt is asked once for each package.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from dbt.clients.jinja import MacroGenerator
from dbt.context.macros import MacroNamespace, MacroNamespaceBuilder

Macros = Mapping[str, Mapping[str, Any]]  # dbt's macros by package and name
MacroPlaces = dict[str, int]  # name to the macro's place in a list
_dbts_own: Any = MacroNamespaceBuilder.build_namespace


class Layout(NamedTuple):
    """What dbt makes of the macros `of`: `named` and `folders` at the top, `packages` and `internal` below."""

    of: Macros
    macros: list[Any]
    named: MacroPlaces
    packages: dict[str, MacroPlaces]
    internal: MacroPlaces
    folders: dict[str, str | None]  # name to its package; None: dbt's own


_layouts: dict[tuple[str, str, tuple[str, ...]], Layout] = {}


class Namespace(dict[str, Any]):
    """What stands for dbt's MacroNamespace: a dict, whose names need not be looked for."""

    packages: dict[str, dict[str, Any]]
    global_project_namespace: dict[str, Any]
    get_from_package: Any = MacroNamespace.get_from_package


def build_namespace(builder: MacroNamespaceBuilder, macros: Macros, ctx: dict[str, Any]) -> Namespace:
    """What stands for `MacroNamespaceBuilder.build_namespace`; `macros` are those of a manifest that is ready."""
    layout = _layout_for(builder, macros)
    made = [MacroGenerator(macro, ctx, builder.node, builder.thread_ctx) for macro in layout.macros]
    namespace = Namespace(_placed(layout.named, made))
    namespace.packages = {name: _placed(places, made) for name, places in layout.packages.items()}
    namespace.global_project_namespace = _placed(layout.internal, made)
    for name, package in layout.folders.items():
        namespace[name] = namespace.global_project_namespace if package is None else namespace.packages[package]
    return namespace


def lay_out_quickly() -> None:
    """Let this process's dbt do so from here on; it must not parse any more."""
    MacroNamespaceBuilder.build_namespace = build_namespace  # type: ignore[method-assign, assignment]


def _layout_for(builder: MacroNamespaceBuilder, macros: Macros) -> Layout:
    key = (builder.root_package, builder.search_package, tuple(builder.internal_package_names_order))
    known = _layouts.get(key)
    if known is None or known.of is not macros:
        known = _layouts[key] = _layout(
            _dbts_own(MacroNamespaceBuilder(*key[:2], builder.thread_ctx, [*key[2]]), macros, {}), macros
        )
    return known


def _layout(by_dbt: MacroNamespace, macros: Macros) -> Layout:
    places: dict[int, int] = {}
    listed: list[Any] = []

    def placed(names: Mapping[str, Any]) -> MacroPlaces:
        for one in names.values():
            if places.setdefault(id(one), len(listed)) == len(listed):
                listed.append(one.macro)
        return {name: places[id(one)] for name, one in names.items()}

    packages = {name: placed(names) for name, names in by_dbt.packages.items()}
    internal = placed(by_dbt.global_project_namespace)
    top = dict(by_dbt)
    folders = {name: None if one is by_dbt.global_project_namespace else name
               for name, one in top.items() if isinstance(one, dict)}  # fmt: skip
    named = placed({name: one for name, one in top.items() if name not in folders})
    return Layout(macros, listed, named, packages, internal, folders)


def _placed(places: MacroPlaces, made: list[MacroGenerator]) -> dict[str, MacroGenerator]:
    return {name: made[place] for name, place in places.items()}
