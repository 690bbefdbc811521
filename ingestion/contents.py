"""What a file is by its first bytes, whatever its name says, and what a person is told of it."""

import zlib

LOOKED_AT_BYTES = 1 << 16
GZIP_MAGIC, PARQUET_MAGIC, ZIP_MAGIC = b"\x1f\x8b", b"PAR1", b"PK\x03\x04"
# What a file begins with that cannot be looked into here.
NOT_LOOKED_INTO = (
    (b"%PDF", "is a PDF: ask for the data as CSV or Parquet"),
    (b"\xd0\xcf\x11\xe0", "is an old Excel or Office file: save each sheet as CSV (UTF-8)"),
    (b"SQLite format 3", "is an SQLite database: export its tables as CSV or Parquet"),
    (b"\x89HDF", "is an HDF5 file: export its tables as CSV or Parquet"),
    (b"BZh", "is packed with bzip2: unpack it, or pack it with gzip"),
    (b"\xfd7zXZ", "is packed with xz: unpack it, or pack it with gzip"),
    (b"\x28\xb5\x2f\xfd", "is packed with zstd: unpack it, or pack it with gzip"),
    (b"7z\xbc\xaf", "is a 7z archive: unpack it here"),
    (b"Rar!", "is a RAR archive: unpack it here"),
    (b"\x89PNG", "is a picture"),
    (b"\xff\xd8\xff", "is a picture"),
)


def unreadable_kind(head: bytes, name: str = "") -> str:
    """Why what begins with `head` and is called `name` is no text to read, with the cure; empty where it may be one.

    What is packed with gzip is judged by its unpacked bytes.
    """
    if head.startswith(ZIP_MAGIC):
        excel = b"xl/" in head or name.lower().endswith((".xlsx", ".xlsm"))
        return "is an Excel workbook: save each sheet as CSV (UTF-8)" if excel else "is a zip archive: unpack it here"
    for magic, told in NOT_LOOKED_INTO:
        if head.startswith(magic):
            return told
    plain = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if (plain and plain in b"{[") or name.lower().endswith((".json", ".jsonl")):
        return "is JSON: export it as CSV or Parquet"
    return "is XML or HTML: export it as CSV or Parquet" if plain == b"<" else ""


def other_format(head: bytes, stated: str, name: str = "") -> str:
    """What a file that begins with `head` is instead of the `stated` format (csv, csv.gz or parquet), with the cure.

    Empty where it may be what its name says.
    """
    magics = {"csv.gz": GZIP_MAGIC, "parquet": PARQUET_MAGIC}
    for kind, magic in magics.items():
        if stated != kind and head.startswith(magic):
            return f"is a {kind} file by its content: name it .{kind}"
    packed = stated == "csv.gz" and head.startswith(GZIP_MAGIC)
    if told := unreadable_kind(unpacked(head) if packed else head, name):
        return told
    if stated in magics and not head.startswith(magics[stated]) and _is_text(head):
        return "is plain text by its content: name it .csv"
    return ""


def unpacked(head: bytes) -> bytes:
    """The beginning of what gzip has packed, as far as `head` tells; empty where it is broken."""
    try:
        return zlib.decompressobj(wbits=31).decompress(head, len(head))
    except zlib.error:
        return b""


def _is_text(head: bytes) -> bool:
    return bool(head) and b"\0" not in head and all(byte >= 32 or byte in b"\t\r\n" for byte in head[:256])
