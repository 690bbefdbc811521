"""Who imports whom, read from the source: nothing is run, so imports inside functions and type checks count too."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

Arrow = tuple[str, str]  # (the module that imports, the module it imports)
DYNAMIC = {"import_module", "__import__"}


def modules_of(root: Path, rooms: Iterable[str]) -> dict[str, Path]:
    """Every module of `rooms` under `root` by its dotted name; a room is a package or one file."""
    found = {}
    for room in rooms:
        one = root / f"{room}.py"
        for path in [one] if one.exists() else sorted((root / room).rglob("*.py")):
            found[".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")] = path
    return found


def arrows_of(modules: Mapping[str, Path]) -> set[Arrow]:
    """The imports between `modules`; what lies outside of them is left out.

    `from package import name` leads to the module `package.name` where there is one, else to `package`.
    """
    return {
        (name, target)
        for name, path in modules.items()
        for full in imports_of(path, name)
        if (target := _module(full, modules)) and target != name
    }


def imports_of(path: Path, name: str = "") -> set[str]:
    """Full names of what a file imports, ours or not: `from a import b` is `a.b`."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    return {full for node in ast.walk(ast.parse(path.read_text())) for full in _imported(node, package)}


def _imported(node: ast.AST, package: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        parts = package.split(".")
        base = ".".join(parts[: len(parts) - node.level + 1]) if node.level else ""
        stem = ".".join(part for part in (base, node.module or "") if part)
        yield from (f"{stem}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called in DYNAMIC:
            yield str(node.args[0].value)


def _module(full: str, modules: Mapping[str, Path]) -> str | None:
    """The module that holds `full`, itself or the longest head of it."""
    while full and full not in modules:
        full = full.rpartition(".")[0]
    return full or None


def circles(arrows: Iterable[Arrow]) -> list[list[str]]:
    """Groups of names that reach one another along the arrows, each sorted."""
    ahead: dict[str, set[str]] = {}
    for start, end in arrows:
        ahead.setdefault(start, set()).add(end)
    reached = {name: _reached(name, ahead) for name in ahead}
    found = {tuple(sorted(other for other in reached[name] if name in reached.get(other, ()))) for name in ahead}
    return [list(group) for group in sorted(found) if group]


def _reached(name: str, ahead: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    todo = list(ahead[name])
    while todo:
        if (found := todo.pop()) not in seen:
            seen.add(found)
            todo.extend(ahead.get(found, ()))
    return seen
