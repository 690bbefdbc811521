"""SQL in Python, found in its string constants: docstrings are prose and do not count."""

import ast
import re
from pathlib import Path

STATEMENTS = re.compile(
    r"(?<![-\w])(?:"
    r"select\s[\s\S]+?\sfrom\b|^\s*select\s+\S|insert\s+into|delete\s+from|update\s+\S+\s+set\b|"
    r"create\s+(?:or\s+replace\s+)?(?:temp\w*\s+)?(?:table|view|schema)|(?:alter|drop|truncate)\s+(?:table|view|schema)|"
    r"(?:group|order)\s+by\s|from\s+\S+\s+where\b|union\s+all|merge\s+into|copy\s+\S+\s+to\b"
    r")",
    re.IGNORECASE,
)


def sql_in(path: Path) -> list[str]:
    """The strings of a file that hold SQL, each with its line."""
    tree = ast.parse(path.read_text())
    return [f"{path.name}:{line}: {text.strip()}" for line, text in _strings(tree) if STATEMENTS.search(text)]


def _strings(tree: ast.Module) -> list[tuple[int, str]]:
    """Strings that are used for something; the parts of an f-string as one, `…` for each value."""
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
            found.append((node.lineno, "".join(parts)))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose | inside:
            found.append((node.lineno, node.value))
    return found
