"""What dbt refused or failed at, in sentences: from its own results where it wrote them, else out of its long words."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster_dbt.errors import DagsterDbtCliRuntimeError

from ml.wording import counted

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
LOGGED_AT = re.compile(r"^\d\d:\d\d:\d\d\s+")
# "Runtime Error in model x (path)", "Database Error", "Failure in test y (path)"; what is wrong stands below.
HEAD = re.compile(r"^(?:\w+ Error|Failure)(?: in (?P<kind>\w+) (?P<name>\S+)(?: \(.*\))?)?$")
WHERE = re.compile(r"^(?:LINE \d+:|> in |> called by |compiled code at |\^$)")  # where in the SQL: for the full log
NOT_WELL = {"fail", "error", "runtime error"}


class DbtFailed(DagsterDbtCliRuntimeError):
    """A dbt command that failed; the text is a line for each thing that it failed at, with the cure."""


@contextmanager
def told_by_dbt(target_path: Path, manifest: Path | None = None) -> Iterator[None]:
    """Raise DbtFailed where a dbt command of the block fails; it writes its artifacts into `target_path`.

    `manifest`: where what it builds is described, for a command that has not parsed the project itself.
    """
    results = target_path / "run_results.json"
    before = _written(results)
    try:
        yield
    except DagsterDbtCliRuntimeError as error:
        lines = failed_results(target_path, manifest) if _written(results) != before else []
        raise DbtFailed("\n".join(lines) or dbt_failures(str(error))) from None


def failed_results(target_path: Path, manifest: Path | None = None) -> list[str]:
    """A sentence for each test and model that failed in the command whose artifacts lie in `target_path`."""
    nodes = _read(manifest or target_path / "manifest.json").get("nodes", {})
    results = _read(target_path / "run_results.json").get("results", [])
    return [
        _sentence(result, nodes.get(result["unique_id"], {})) for result in results if str(result["status"]) in NOT_WELL
    ]


def dbt_failures(text: str, kind: str = "") -> str:
    """The lines in which dbt says what it refused or failed at, without its banner; `text` itself where none does.

    `kind` is the name of the exception that `text` comes from: a DbtFailed has said it already.
    """
    if kind == DbtFailed.__name__:
        return text
    return "\n".join(dict.fromkeys(_told(text))) or text


def _sentence(result: Mapping[str, Any], node: Mapping[str, Any]) -> str:
    kind, name = str(result["unique_id"]).split(".")[0], str(node.get("name") or result["unique_id"].split(".")[2])
    if kind == "test" and result["status"] == "fail":
        rule = f" ({node['description'].strip().rstrip('.')})" if node.get("description") else ""
        return (
            f"The data test {name}{_of(node)} failed: {counted(int(result.get('failures') or 0), 'row')} against it"
            f"{rule}. See them: dbt show --select {name}; then correct the files or the var that they come from and "
            "run again."
        )
    what = {"test": f"data test {name}{_of(node)}", "unit_test": f"unit test {name}"}.get(kind, f"{kind} {name}")
    return f"The {what} failed: {' '.join(_plain(str(result.get('message') or 'dbt gave no reason')))}"


def _of(test: Mapping[str, Any]) -> str:
    """The models and sources that a test reads, the one it is written at first."""
    attached = [test["attached_node"]] if test.get("attached_node") else []
    read = [*attached, *test.get("depends_on", {}).get("nodes", [])][: 1 if attached else None]
    names = [".".join(node.split(".")[2:]) for node in read]
    return f" of {', '.join(names)}" if names else ""


def _told(text: str) -> list[str]:
    lines, told, places = [LOGGED_AT.sub("", line.strip()) for line in COLOUR.sub("", text).splitlines()], [], []
    for at, line in enumerate(lines):
        head, body = HEAD.match(line), " ".join(_body(lines[at + 1 :]))
        if line.startswith("- "):
            told.append(line)
        elif head and body:  # a hook of ours is no place that anybody looks for
            told.append(body if head["kind"] == "operation" else f"{line}: {body}")
        elif head:
            places.append(line)
    return told or places


def _plain(message: str) -> list[str]:
    """An error message's lines without its place in the project and in the SQL."""
    lines = [line.strip() for line in COLOUR.sub("", message).splitlines()]
    body = _body(lines[1:]) if lines and HEAD.match(lines[0]) else []
    return body or _body(lines) or lines


def _body(lines: list[str]) -> list[str]:
    body: list[str] = []
    for line in lines:
        if not line or WHERE.match(line) or HEAD.match(line) or line.startswith("- "):
            break
        body.append(line)
    return body


def _read(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
    except (OSError, ValueError):  # not written, or cut off
        return {}
    return found


def _written(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0
