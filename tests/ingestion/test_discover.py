"""Which files belong to which feed of a mapping."""

import pytest

from ingestion.discover import matches as fits


@pytest.mark.parametrize(
    ("pattern", "place", "matches"),
    [
        ("*.csv", "a.csv", True),
        ("*.csv", "A.CSV", True),
        ("*.csv", "2015/01/a.csv", True),
        ("*.csv", "a.csv.gz", False),
        ("2015/*.csv", "2015/a.csv", True),
        ("2015/*.csv", "2015/01/a.csv", False),
        ("2015/**/*.csv", "2015/a.csv", True),
        ("2015/**/*.csv", "2015/01/02/a.csv", True),
        ("**/a.csv", "a.csv", True),
        ("2015/**", "2015/x/y.csv", True),
        ("a[12].csv", "a2.csv", True),
        ("a?.csv", "a.csv", False),
    ],
)
def test_patterns(pattern: str, place: str, matches: bool) -> None:
    assert fits(place, pattern) is matches
