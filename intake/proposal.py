"""The proposed fleet file: a text with comments that a person reads and corrects, and the folder that holds it."""

import os
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from intake.draft import ANY_COMPONENT, Draft, EntryDraft
from intake.meaning import FAILURES, MACHINES, MAINT, OF_ERRORS, OF_TELEMETRY
from intake.names import identifier
from intake.vars import Shape
from settings import ROOT
from settings.fleet_file import FLEET_FILE, NEEDED_LINES, PACKAGES_FILE

_PLAIN = re.compile(r"[^\W\d][\w .()/°³²+-]*[\w)]|[^\W\d]|°C")
_FEEDS = (MACHINES, OF_TELEMETRY, OF_ERRORS, MAINT, FAILURES)


@dataclass(frozen=True)
class Written:
    """Where the proposal went; `stands` where a fleet file was there already, which stays as it is."""

    file: Path
    stands: bool


def proposal_text(
    name: str, draft: Draft, sensors: Mapping[str, Mapping[str, object]], shape: Shape, told: Sequence[str]
) -> str:
    """The text of dbt_project.yml."""
    lines = [f"name: {name}", *_needed_lines(), "", *_commented(told, "# ")]
    if draft.asks:
        lines += ["#", "# To decide, for the files do not tell:"]
        lines += [line for ask in draft.asks for line in _commented([ask], "# - ", "#   ")]
    lines += ["vars:"]
    lines += [
        "  # min and max are twice the range that came, or so: say what is possible, for readings outside are "
        "implausible.",
        "  sensors:",
    ]
    lines += [f"    {key}: {flow(value)}" for key, value in sensors.items()]
    lines += [line for text in draft.left_out for line in _commented([text], "    # left out: ", "    #   ")]
    lines += _codes("error_codes", draft.error_codes)
    lines += _codes("components", draft.components)
    if set(draft.components) == {ANY_COMPONENT}:
        lines[-1] += "  # no file says which component failed"
    lines += [
        f"  # {shape.why}",
        f"  telemetry_step_hours: {shape.step_hours}",
        f"  snapshot_every_hours: {shape.snapshot_hours}",
        f"  scoring_hour: {shape.scoring_hour}",
        f"  horizon_hours: {shape.horizon_hours}  # how far ahead a failure is to be seen",
        f"  windows_hours: {list(shape.windows)}",
        f"  baseline_hours: {shape.baseline_hours}",
    ]
    if shape.step_hours > 1:
        lines.append("  min_baseline_readings: 20")
    if shape.silent_hours:
        lines.append("  # 99 of 100 readings come sooner after the one before")
        lines.append(f"  settings: {{scoring: {{silent_after_hours: {shape.silent_hours}}}}}")
    lines += ["  mapping:", *_mapping(draft)]
    return _no_jinja("\n".join(lines)) + "\n"


def vars_of(text: str) -> dict[str, object]:
    """The vars of the text, as dbt reads it."""
    found = yaml.safe_load(text)["vars"]
    return dict(found)


def fleet_named(folder: Path) -> str:
    """A name for the fleet of a folder: the folder's own, or that above `drops`, `data` and the like."""
    parts = [part for part in folder.resolve().parts if part.lower() not in ("drops", "data", "sample", "raw", "/")]
    name = identifier(parts[-1] if parts else "fleet", default="fleet")
    return "my_fleet" if name in ("nightshift", "dbt") else name


def write_proposal(target: Path, text: str) -> Written:
    """Write the three files of a fleet into `target`, and nothing where a fleet file stands. Raises OSError."""
    file = target / FLEET_FILE
    if file.exists():
        return Written(file, True)
    target.mkdir(parents=True, exist_ok=True)
    way = os.path.relpath(ROOT, target.resolve())
    if not (target / PACKAGES_FILE).exists():
        (target / PACKAGES_FILE).write_text(f"packages: [{{local: {way}}}]\n")
    link = target / "profiles.yml"
    if not link.exists() and not link.is_symlink():
        link.symlink_to(Path(way) / "profiles.yml")
    partial = target / f".{FLEET_FILE}.partial"
    partial.write_text(text)
    partial.rename(file)
    return Written(file, False)


def flow(value: object) -> str:
    """YAML on one line, with as few quotes as it needs."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{flow(key)}: {flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, str):
        if _PLAIN.fullmatch(value) and yaml.safe_load(value) == value:
            return value
        if value.isprintable() and '"' not in value and "\\" not in value:
            return f'"{value}"'
    text = yaml.safe_dump(value, default_flow_style=True, width=10**6, allow_unicode=True, sort_keys=False)
    return text.removesuffix("...\n").strip()


def _needed_lines() -> Iterator[str]:
    yield "# What the file of any fleet says: whose package it is, and that dbt builds as at the root."
    for key, (needed, _) in NEEDED_LINES.items():
        yield f"{key}: {flow(needed)}"


def _codes(var: str, known: Mapping[str, str]) -> list[str]:
    if all(name == text for name, text in known.items()):
        return [f"  {var}: {flow(list(known))}"]
    return [f"  {var}: {flow(dict(known))}"]


def _mapping(draft: Draft) -> Iterator[str]:
    for feed in _FEEDS:
        found = [entry for entry in draft.entries if entry.feed == feed]
        idle = [entry for entry in draft.idle if entry.feed == feed]
        if found:
            yield f"    {feed}:"
            for entry in found:
                yield from _entry(entry)
        elif idle:
            yield "    # if each unit runs until it fails, take away these #:"
            yield f"    # {feed}:"
            for entry in idle:
                yield from (f"    # {line.removeprefix('    ')}" for line in _entry(entry))


def _entry(entry: EntryDraft) -> Iterator[str]:
    for comment in entry.comments:
        yield f"      # {_one_line(comment)}"
    begin = "      - "
    for key, value in entry.keys.items():
        if isinstance(value, Mapping) and key == "columns" and len(value) > 3:
            yield f"{begin}{key}:"
            yield from (f"          {name}: {flow(made)}" for name, made in value.items())
        else:
            yield f"{begin}{key}: {flow(value)}"
        begin = "        "


def _commented(told: Iterable[str], begin: str, then: str = "") -> list[str]:
    text = " ".join(_one_line(line) for line in told)
    return textwrap.wrap(
        text, 118, initial_indent=begin, subsequent_indent=then or begin, break_long_words=False, break_on_hyphens=False
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _no_jinja(text: str) -> str:
    """What dbt would render is set apart: it stands in comments and labels alone."""
    for mark in ("{{", "{%", "{#"):
        text = text.replace(mark, f"{mark[0]} {mark[1]}")
    return text


def sentences(found: Iterable[str]) -> list[str]:
    """Each once."""
    return list(dict.fromkeys(found))
