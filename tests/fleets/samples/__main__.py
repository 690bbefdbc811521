"""The samples of the shipped fleets, made by us: `python -m tests.fleets.samples` writes them anew, byte for byte."""

import sys
from collections.abc import Callable

from settings import ROOT
from tests.fleets.samples import chillers, drives, engines, historian, two_types

SAMPLES: dict[str, Callable[[], dict[str, str]]] = {
    "chillers": chillers.sample,
    "drives": drives.sample,
    "engines": engines.sample,
    "historian": historian.sample,
    "two_types": two_types.sample,
}


def main() -> int:
    for fleet, sample in SAMPLES.items():
        for name, text in sample().items():
            (ROOT / "fleets" / fleet / "sample" / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
