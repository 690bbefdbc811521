"""Names with two meanings: a class or a constant that several modules define for themselves."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path


def twice_defined(modules: Mapping[str, Path]) -> dict[str, list[str]]:
    """Public classes and constants (and aliases of types) that more than one of `modules` defines, with those."""
    homes: dict[str, list[str]] = {}
    for module, path in modules.items():
        for name in sorted({name for node in ast.parse(path.read_text()).body for name in _defined(node)}):
            homes.setdefault(name, []).append(module)
    return {name: found for name, found in sorted(homes.items()) if len(found) > 1}


def _defined(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.ClassDef):
        names = [node.name]
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = [part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)]
    else:
        names = []
    yield from (name for name in names if name[0].isupper())
