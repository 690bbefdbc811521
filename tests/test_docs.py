"""The documentation names only files, modules and make targets that exist."""

import re
import subprocess
from pathlib import Path

import pytest

from settings import ROOT

LISTED = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
TRACKED = frozenset(
    name
    for name in subprocess.run(LISTED, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    if (ROOT / name).exists()
)
FOLDERS = frozenset(str(parent) for name in TRACKED for parent in Path(name).parents) - {"."}
TARGETS = frozenset(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
# The changelog tells of files that are no more; its links and its table of moves are tried below.
PAGES = sorted(name for name in TRACKED if name.endswith(".md") and not name.startswith("dbt_project/"))
CHANGELOG = "CHANGELOG.md"

SOURCE_FILE = re.compile(r"[\w.-]+(?:/[\w.-]+)*\.(?:py|sql|ya?ml|toml|md|j2|lock|png)")
PATH = re.compile(r"\.?\w[\w.-]*(?:/[\w.-]+)*/?")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_names_only_what_exists(page: str) -> None:
    text = (ROOT / page).read_text()
    problems = dead_links(text, page) + ([] if page == CHANGELOG else unknown_names(text, page))
    assert not problems


def test_every_move_in_the_changelog_leads_from_what_is_gone_to_what_is_there() -> None:
    text = (ROOT / CHANGELOG).read_text()
    moves = re.findall(r"\| `python -m ([\w.]+)` \| `python -m ([\w.]+)` \|", text)
    assert len(moves) >= 12
    for before, now in moves:
        assert not is_module(before), before
        assert is_module(now), now


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("see [it](docs/nowhere.md)", "docs/nowhere.md"),
        ("see [it](CONTRIBUTING.md#no-such-heading)", "CONTRIBUTING.md#no-such-heading"),
        ("`ml/nowhere.py` does it", "ml/nowhere.py"),
        ("`nowhere.py` does it", "nowhere.py"),
        ("`ml/nowhere/` holds it", "ml/nowhere/"),
        ("`macros/nowhere/` holds it", "macros/nowhere/"),
        ("call `make nonsense` first", "make nonsense"),
        ("```sh\nNIGHTSHIFT_HOME=/x make nonsense NIGHT=2025-12-31   # make it\n```", "make nonsense"),
        ("run `.venv/bin/python -m data.landing`", "python -m data.landing"),
    ],
)
def test_what_does_not_exist_is_found(text: str, problem: str) -> None:
    assert dead_links(text, "README.md") + unknown_names(text, "README.md") == [problem]


@pytest.mark.parametrize(
    "text",
    [
        "[there](docs/outgrowing.md), [a folder](ml), [elsewhere](https://example.org/x.md), [here](README.md#ask-it)",
        "`settings/reading.py`, `cross_db/time.sql`, `ml/`, `macros/cross_db/`, `data/published/nightshift.duckdb`",
        "`make run`, `make night NIGHT=2025-12-31`, `python -m ingestion`, `python -m tests.benchmarks.growth --peers`",
        "make it so, and ml/ in plain words, as `telemetry*`, `<sensor>_n`, `reports/morning_2025-12-31.html` or `a/b`",
    ],
)
def test_what_exists_or_is_generated_is_let_be(text: str) -> None:
    assert not dead_links(text, "README.md") + unknown_names(text, "README.md")


MEASURED = re.compile(
    r"\b0\.\d{3}\b|\bF1 0\.\d|\b\d{2,} of \d{2,}\b|\bper machine-month|^\|.*\b\d[\d.,]* (?:s|GB)\b", flags=re.MULTILINE
)
COMMAND = re.compile(r"`[^`\n]*(?:make [a-z]|python -m )|^(?:make|\S*python -m) ", flags=re.MULTILINE)


@pytest.mark.parametrize("page", [page for page in PAGES if page == "README.md" or page.startswith("docs/")])
def test_every_figure_names_the_command_that_prints_it(page: str) -> None:
    assert unfounded((ROOT / page).read_text()) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("# A\n## B\nIt scores F1 0.918 alone.\n", ["B"]),
        ("# A\n## B\n| a | b |\n|---|---|\n| x | 36.1 s |\n## C\n`make bench`: 36.1 s\n", ["B"]),
        ("# A\n## B\n`python -m tests.benchmarks.azure DROPS` prints 702 of 719.\n", []),
        ("# A\n## B\nThree files, each of its own.\n", []),
    ],
)
def test_a_figure_without_a_command_is_found(text: str, found: list[str]) -> None:
    assert unfounded(text) == found


def unfounded(text: str) -> list[str]:
    """The sections of a page that show something measured and name no command that measures it."""
    sections = re.split(r"^#{1,2} (.+)$", text, flags=re.MULTILINE)[1:]
    named = zip(sections[::2], sections[1::2], strict=True)
    return [title for title, body in named if MEASURED.search(body) and not COMMAND.search(body)]


def dead_links(text: str, page: str) -> list[str]:
    """The link targets in `text` that lead nowhere; those within the repository alone are tried."""
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    return [link for link in links if "://" not in link and not _leads_somewhere(link, page)]


def unknown_names(text: str, page: str) -> list[str]:
    """Paths, modules and make targets in the code of `text` (in backticks or fences) that do not exist."""
    fences = re.findall(r"^ *```.*?\n(.*?)^ *```", text, flags=re.MULTILINE | re.DOTALL)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL))
    code = [line.partition("#")[0] for fence in fences for line in fence.splitlines()] + spans
    targets = [target for line in code for target in re.findall(r"(?:^|\s)make ([a-z][a-z-]*)", line)]
    modules = [module for line in code for module in re.findall(r"python -m ([\w.]+)", line)]
    return [
        *(f"make {target}" for target in targets if target not in TARGETS),
        *(f"python -m {module}" for module in modules if not is_module(module)),
        *(span for span in spans if _names_a_file(span) and not _is_there(span, page)),
    ]


def is_module(name: str) -> bool:
    """Whether `python -m name` finds a file of this repository."""
    path = name.replace(".", "/")
    return f"{path}.py" in TRACKED or f"{path}/__main__.py" in TRACKED


def _names_a_file(span: str) -> bool:
    """Source files by their suffix; folders by a slash at the end, or by beginning with one of our own."""
    if SOURCE_FILE.fullmatch(span):
        return True
    return bool(PATH.fullmatch(span)) and "/" in span and (span.endswith("/") or span.partition("/")[0] in FOLDERS)


def _is_there(span: str, page: str) -> bool:
    """By its whole path, by the end of it (`cross_db/time.sql`), or as something generated, which git ignores."""
    name = span.rstrip("/")
    known = TRACKED | FOLDERS
    if name in known or any(path.endswith(f"/{name}") for path in known):
        return True
    here = [name, *(f"{folder}/{name}" for folder in ("data", str(Path(page).parent)))]
    return any(_is_ignored(path + ("/" if span.endswith("/") else "")) for path in here)


def _is_ignored(path: str) -> bool:
    return subprocess.run(["git", "check-ignore", "-q", path], cwd=ROOT, check=False).returncode == 0


def _leads_somewhere(link: str, page: str) -> bool:
    path, _, heading = link.partition("#")
    target = (ROOT / page).parent / path if path else ROOT / page
    if not target.exists():
        return False
    return not heading or heading in anchors(target.read_text())


def anchors(text: str) -> set[str]:
    """The fragments that lead to the headings of `text`, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}
