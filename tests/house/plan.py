"""The plan of the house: which room may import which, and on which floor each package of a large room stands."""

from collections.abc import Iterable

from tests.house.imports import Arrow

# A room to the rooms it may import. What is not named here is a wall.
MAY_IMPORT: dict[str, set[str]] = {
    "settings": set(),
    "simulator": set(),
    "warehouse": {"settings"},
    "ingestion": {"settings", "warehouse"},
    "ml": {"settings", "warehouse"},
    "delivery": {"settings", "warehouse", "ml"},
    "intake": {"settings", "warehouse", "ingestion", "ml", "delivery"},
    "steps": {"settings", "warehouse", "ingestion", "ml", "delivery"},
    "serving": {"settings", "warehouse", "ingestion", "ml", "delivery"},
    "orchestration": {"settings", "simulator", "warehouse", "ingestion", "ml", "delivery", "steps"},
}
ROOMS = tuple(MAY_IMPORT)
# Within a room, a package or a module at its top imports only those of the lines above its own.
FLOORS = {
    "ml": (
        ("arrays", "progress", "wording"),
        ("mart", "metrics"),
        ("models",),
        ("remaining",),
        ("training", "explain", "monitoring"),
        ("evaluation", "scoring"),
        ("registry",),
        ("spark",),
    ),
    "delivery": (("markup", "readers"), ("findings",), ("pages", "publishing", "notifications", "metrics")),
    "orchestration": (
        ("pools", "partitions", "processes", "progress", "dagster_private", "interrupts", "meanwhile"),
        ("dbt",),
        ("runs",),
        ("assets", "ops"),
        ("jobs",),
        ("sensors",),
        ("definitions",),
        ("commands",),
    ),
}


def room_of(module: str) -> str:
    return module.split(".", maxsplit=1)[0]


def floor_of(module: str) -> tuple[str, int] | None:
    """Package and floor of a module in a room with floors; None for the room's own `__init__`.

    Raises LookupError for a package that the plan does not know.
    """
    room, _, rest = module.partition(".")
    package = rest.partition(".")[0]
    if not package:
        return None
    for floor, packages in enumerate(FLOORS[room]):
        if package in packages:
            return package, floor
    raise LookupError(f"{room}.{package} stands on no floor of tests/house/plan.py")


def arrows_up(arrows: Iterable[Arrow]) -> list[str]:
    """The arrows that break a wall, in words: none, where data flows down the tree."""
    return sorted(f"{start} imports {end}" for start, end in arrows if _is_up(start, end))


def _is_up(start: str, end: str) -> bool:
    here, there = room_of(start), room_of(end)
    if here != there:
        return there not in MAY_IMPORT[here]
    if here not in FLOORS:
        return False
    lower, upper = floor_of(end), floor_of(start)
    if lower is None or upper is None:
        return upper is None  # a room's own `__init__` imports nothing of the room: Spark's workers import it
    return lower[0] != upper[0] and lower[1] >= upper[1]
