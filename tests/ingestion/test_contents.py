"""What a file is by its first bytes."""

import gzip

import pytest

from ingestion.contents import other_format, unreadable_kind

TEXT = b"datetime,machineID,errorID\n"


@pytest.mark.parametrize("stated", ["csv", "csv.gz", "parquet"])
def test_what_is_as_its_name_says_is_not_spoken_of(stated: str) -> None:
    heads = {"csv": TEXT, "csv.gz": gzip.compress(TEXT), "parquet": b"PAR1\x00\x01"}
    assert [name for name, head in heads.items() if not other_format(head, stated)] == [stated]


def test_other_bytes_are_left_to_who_reads_them() -> None:
    assert other_format("sep=;\ndatum;störung\n".encode("utf-16"), "csv") == ""
    assert other_format("\ufeffdatetime,".encode(), "csv") == ""
    assert other_format(b"\x00\x01", "parquet") == ""
    assert other_format(b"", "csv") == ""


def test_what_cannot_be_looked_into_has_a_cure() -> None:
    assert unreadable_kind(b"\x28\xb5\x2f\xfd...") == "is packed with zstd: unpack it, or pack it with gzip"
    assert unreadable_kind(b"rows", "a.jsonl").startswith("is JSON")
