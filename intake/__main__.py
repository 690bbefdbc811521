"""`python -m intake FOLDER` from the repository root: look at a folder, propose its fleet, and write the page."""

import argparse
import os
import shlex
import sys
from pathlib import Path

from delivery.pages.files import write_report
from intake.look import Intake, look
from intake.page import render_page
from intake.proposal import Written, fleet_named, write_proposal
from intake.sentences import carry_lines, failure_lines, file_lines, headline, readings, to_decide, to_fix, unused_files
from settings import ROOT, SettingsError, load_settings
from warehouse.disk import DiskFull

_MOST = 8
_USAGE = "make intake FOLDER=/path/to/files: name the folder with the files to look at"


def main(arguments: list[str] | None = None) -> int:
    """Look, write, and print the gist; 0 where a fleet file could be proposed, 1 where none could."""
    parser = argparse.ArgumentParser(prog="python -m intake", description=__doc__)
    parser.add_argument("folder", nargs="?", default=os.environ.get("NIGHTSHIFT_DROPS", ""))
    parser.add_argument("--fleet", help="the folder of the fleet; by default fleets/<name of the folder>")
    given = parser.parse_args(arguments)
    if not given.folder:
        print(_USAGE, file=sys.stderr)
        return 1
    folder = Path(given.folder).expanduser()
    if not folder.is_dir():
        print(f"There is no folder {folder}: {_USAGE.partition(': ')[2]}.", file=sys.stderr)
        return 1
    name = fleet_named(Path(given.fleet) if given.fleet else folder)
    target = Path(given.fleet).expanduser() if given.fleet else ROOT / "fleets" / name
    try:
        reports = load_settings(env={**os.environ, "DBT_PROJECT_DIR": ""}).paths.report_dir
        found = look(folder.absolute(), name, lambda line: print(f"    {line}", flush=True))
        written = write_proposal(target, found.text) if found.text and not found.why else None
        steps = next_steps(found, folder.absolute(), written)
        page = write_report(reports, f"intake_{name}.html", render_page(found, steps, where_it_stands(written)))
    except (SettingsError, DiskFull, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(gist(found, steps, where_it_stands(written))))
    print(f"\nThe page with all of it: {shown(page)}")
    return 0 if written else 1


def gist(found: Intake, steps: list[tuple[str, str]], stands: str) -> list[str]:
    """What a person needs at once."""
    out = ["", headline(found), ""]
    for line in file_lines(found)[:20]:
        out.append(f"  {line.names}: {line.feed}; {line.outcome}")
    out += [f"  {name} {why}" for name, why in unused_files(found)[:_MOST]]
    for title, rows in (
        ("Readings", readings(found)),
        ("Failures", failure_lines(found)),
        ("Can carry", carry_lines(found)),
    ):
        if rows:
            out += ["", title, *(f"  {name}: {text}" for name, text in rows)]
    for title, told in (
        ("To decide", to_decide(found)),
        ("To fix, or to know", to_fix(found)),
        ("What to change", list(found.carried.advice) if found.carried else []),
    ):
        if told:
            more = [f"  and {len(told) - _MOST} more on the page"] if len(told) > _MOST else []
            out += ["", title, *(f"  - {text}" for text in told[:_MOST]), *more]
    out += ["", "Next", *([f"  {stands}"] if stands else [])]
    for words, command in steps:
        out.append(f"  {words}")
        out += [f"      {command}"] if command else []
    return out


def where_it_stands(written: Written | None) -> str:
    """Where the fleet file is, and that one that stood there was left alone."""
    if written is None:
        return ""
    if written.stands:
        return f"{shown(written.file)} stands already and was left as it is; the proposal is on the page."
    return f"The proposal has been written to {shown(written.file)}."


def next_steps(found: Intake, folder: Path, written: Written | None) -> list[tuple[str, str]]:
    """From here to the first morning, each as words and a command."""
    if written is None:
        cure = (
            "Correct what the page names, or ask for the data in another form (CSV or Parquet with a column for the "
            "time, one for the machine, and one for each sensor), and look again."
        )
        return [(cure, f"make intake FOLDER={shlex.quote(str(folder))}")]
    fleet = shlex.quote(shown(written.file.parent))
    steps = []
    if found.draft.asks:
        steps.append((f"Read what is to be decided, and correct {shown(written.file)}.", ""))
    steps.append((
        "Choose the fleet, and say where its files are.",
        f"export DBT_PROJECT_DIR={fleet} NIGHTSHIFT_DROPS={shlex.quote(str(folder))}",
    ))  # fmt: skip
    steps.append(("Land, build, train where the failures allow it, and score the last nights.", "make run"))
    steps.append((f"Read the morning: the newest morning page in {shown(written.file.parent)}/data/reports.", ""))
    return steps


def shown(path: Path) -> str:
    """From the repository root, where it lies below."""
    full = path.absolute()
    return str(full.relative_to(ROOT)) if full.is_relative_to(ROOT) else str(full)


if __name__ == "__main__":
    sys.exit(main())
