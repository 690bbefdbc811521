"""The line of a key in a YAML or TOML file."""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

import yaml

PathKey = str | int
_TABLE = re.compile(r"\s*\[\[?\s*([\w.-]+)\s*\]\]?\s*(?:#.*)?$")
_ENTRY = re.compile(r"\s*[\"']?([\w-]+)[\"']?\s*=")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster, where libyaml is there


def yaml_line(file: Path, path: Sequence[PathKey]) -> tuple[int, int]:
    """The line, from 1, of the deepest key of `path` that the file has, and how many of its keys these are.

    A single entry that is no list counts as the first of one. Line 1 and 0 keys for a file that cannot be read.
    """
    try:
        node, line = yaml.compose(file.read_text(), Loader=_LOADER), 1
    except (OSError, yaml.YAMLError, UnicodeDecodeError):
        return 1, 0
    for depth, key in enumerate(path):
        if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            node = node.value[key]
            line = node.start_mark.line + 1
        elif isinstance(node, yaml.MappingNode) and key != 0:
            pairs = {str(name.value): (name, value) for name, value in node.value}
            if str(key) not in pairs:
                return line, depth
            name, node = pairs[str(key)]
            line = name.start_mark.line + 1
        elif not (isinstance(node, yaml.MappingNode) and key == 0):
            return line, depth
    return line, len(path)


def toml_line(file: Path, path: Sequence[PathKey]) -> int:
    """The line, from 1, of a key in its section; of the section where that lacks it; else 0."""
    try:
        text = file.read_text()
        tomllib.loads(text)
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        return 0
    wanted = [str(key) for key in path if not isinstance(key, int)]
    section, best, depth = "", 0, 0
    for number, line in enumerate(text.splitlines(), start=1):
        if table := _TABLE.match(line):
            section = table[1]
            here = section.split(".")
        elif entry := _ENTRY.match(line):
            here = [*filter(None, section.split(".")), entry[1]]
        else:
            continue
        if here == wanted[: len(here)] and len(here) > depth:
            best, depth = number, len(here)
    return best
