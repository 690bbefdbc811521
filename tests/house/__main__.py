"""`python -m tests.house`: rooms, modules and lines, and how many import arrows run up or in circles."""

import sys
from collections import Counter
from pathlib import Path

from settings import ROOT
from tests.house.imports import arrows_of, circles, modules_of
from tests.house.plan import ROOMS, arrows_up, room_of


def figures(root: Path = ROOT) -> str:
    """A Markdown table of the rooms with their modules and lines, then what is counted over all of them."""
    modules = modules_of(root, ROOMS)
    arrows = arrows_of(modules)
    count, lines = Counter(map(room_of, modules)), Counter[str]()
    for name, path in modules.items():
        lines[room_of(name)] += len(path.read_text().splitlines())
    rows = [f"| {room} | {count[room]} | {lines[room]:,} |" for room in ROOMS]
    sql = sorted((root / "dbt_project").rglob("*.sql"))
    sql_lines = sum(len(path.read_text().splitlines()) for path in sql)
    between = sum(room_of(start) != room_of(end) for start, end in arrows)
    return "\n".join([
        "| room | modules | lines |", "|---|---|---|", *rows,
        f"| all Python | {len(modules)} | {sum(lines.values()):,} |",
        f"| dbt_project (SQL) | {len(sql)} | {sql_lines:,} |", "",
        f"import arrows between modules: {len(arrows)}, of them between rooms: {between}",
        f"arrows up: {len(arrows_up(arrows))}", f"circles: {len(circles(arrows))}",
    ])  # fmt: skip


if __name__ == "__main__":
    print(figures())
    sys.exit(0)
