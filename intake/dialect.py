"""How a text file is written: encoding, lines above the table, separator, quotes, header, decimal sign."""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ingestion.words import MISSING
from intake.files import SeenFile
from settings.mapping import ReadOption

DELIMITERS = (",", ";", "\t", "|", " ")
_LINES = 300
_WHOLE_FILE = 1 << 25  # bytes that are looked through for their encoding
_SEP_LINE = re.compile(r"^\"?sep=(.)\"?$", re.IGNORECASE)
NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?%?")
_MOMENT = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*|\d{1,2}:\d{2}.*|\d{8}T?\d*")
_WITH_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")
_WITH_POINT = re.compile(r"[+-]?\d*\.\d+([eE][+-]?\d+)?")
_GROUPED = {
    ",": re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?"),
    ".": re.compile(r"[+-]?\d{1,3}(\.\d{3})+(,\d+)?"),
}


@dataclass(frozen=True)
class Dialect:
    """How a text file is to be read. `decimal` and `thousands` are empty where its numbers give no evidence.

    columns: the names of the header, or made up where there is none.
    """

    delim: str
    columns: tuple[str, ...]
    header: bool = True
    encoding: str = "utf-8"
    quote: str = '"'
    skip: int = 0
    decimal: str = ""
    thousands: str = ""
    compression: str = ""

    @property
    def key(self) -> tuple[object, ...]:
        """What files of one kind share."""
        return (self.delim, self.header, self.encoding, self.quote, self.skip, self.compression)

    @property
    def read(self) -> dict[str, ReadOption]:
        """The options of vars.mapping's `read`, without those that are as by default."""
        out: dict[str, ReadOption] = {}
        if self.delim != ",":
            out["delim"] = self.delim
        if self.encoding != "utf-8":
            out["encoding"] = self.encoding
        if self.quote != '"':
            out["quote"] = self.quote
        if self.skip:
            out["skip"] = self.skip
        if not self.header:
            out |= {"header": False, "names": self.columns}
        if self.decimal == ",":
            out["decimal_separator"] = ","
        if self.thousands:
            out["thousands"] = self.thousands
        if self.compression:
            out["compression"] = self.compression
        return out

    @property
    def words(self) -> str:
        """For people: `semicolons, decimal comma, latin-1`."""
        names = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "spaces"}
        told = [names[self.delim], self.encoding, "a header" if self.header else "no header"]
        if self.decimal == ",":
            told.append("decimal comma")
        if self.thousands:
            told.append(f"thousands grouped by {'a comma' if self.thousands == ',' else 'a point'}")
        if self.skip:
            told.append(f"{self.skip} line{'s' if self.skip > 1 else ''} above the table")
        return ", ".join(told)


class NoTable(ValueError):
    """A text file in which no table can be found; the message says why and what to do."""


def dialect_of(file: SeenFile) -> Dialect:
    """Find out how a text file is written. Raises NoTable."""
    encoding, text = _decoded(file)
    lines = text.splitlines()[:_LINES]
    if len(file.head) >= 1 << 18 and len(lines) < _LINES:
        lines = lines[:-1]  # cut off
    told = _SEP_LINE.match(lines[0].strip()) if lines else None
    above = 1 if told else 0
    delim, skip = _delimiter(lines[above:], told[1] if told else "")
    body = [line for line in lines[above + skip :] if line.strip()]
    rows = _rows(body, delim)
    header = _is_header(rows)
    columns = _names(rows[0], header)
    numbers = [cell.strip() for row in rows[int(header) :] for cell in row]
    decimal, thousands = _signs(numbers, delim)
    return Dialect(
        delim=delim,
        columns=columns,
        header=header,
        encoding=encoding,
        skip=above + skip,
        decimal=decimal,
        thousands=thousands,
        compression=_compression(file),
    )


def _decoded(file: SeenFile) -> tuple[str, str]:
    head = file.head
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", head.decode("utf-16", errors="ignore")
    if _is_utf8(head) and (file.packed or not head.isascii() or file.size > _WHOLE_FILE or _whole_is_utf8(file)):
        return "utf-8", head.decode("utf-8-sig", errors="ignore")
    return "latin-1", head.decode("cp1252", errors="replace")


def _is_utf8(data: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data, final=False)
    except UnicodeDecodeError:
        return False
    return True


def _whole_is_utf8(file: SeenFile) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with file.path.open("rb") as handle:
            while block := handle.read(1 << 20):
                decoder.decode(block)
    except (UnicodeDecodeError, OSError):
        return False
    return True


def _rows(lines: Sequence[str], delim: str) -> list[list[str]]:
    try:
        return [row for row in csv.reader(lines, delimiter=delim) if row]
    except csv.Error:
        return [line.split(delim) for line in lines]


def _delimiter(lines: Sequence[str], told: str) -> tuple[str, int]:
    """The separator, and how many lines stand above the table: what most lines agree on, from the earliest line on."""
    best: tuple[tuple[float, ...], str, int] | None = None
    for delim in (told,) if told in DELIMITERS else DELIMITERS:
        widths = [len(row[0]) if (row := _rows([line], delim)) else 0 for line in lines]
        counts = Counter(width for width in widths if width > 1)
        if not counts:
            continue
        width, agreeing = counts.most_common(1)[0]
        first = widths.index(width)
        filled = sum(1 for one in widths[first:] if one)
        score = (-float(first), agreeing / max(filled, 1) if delim != " " else agreeing / max(filled, 1) - 0.5, width)
        if agreeing >= 0.6 * filled and (best is None or score > best[0]):
            best = score, delim, first
    if best is None and _is_one_column(lines):
        return ",", 0
    if best is not None and best[1] == " " and not _is_of_numbers(lines):
        best = None
    if best is None:
        raise NoTable(
            "no separator divides its lines into columns: export it with commas, semicolons or tabs, or give "
            "read.delim in the mapping"
        )
    return best[1], best[2]


def _is_one_column(lines: Sequence[str]) -> bool:
    """Whether each line is one word, as in a list of machines."""
    words = [line.strip() for line in lines if line.strip()]
    return len(words) > 1 and all(len(word) <= 60 and not re.search(r"[\s,;|<>]", word) for word in words)


def _is_of_numbers(lines: Sequence[str]) -> bool:
    """Prose is divided by spaces too."""
    cells = [cell for line in lines for cell in line.split()]
    return 2 * sum(1 for cell in cells if NUMBER.fullmatch(cell) or _MOMENT.fullmatch(cell)) > len(cells)


def _is_header(rows: Sequence[Sequence[str]]) -> bool:
    return not any(NUMBER.fullmatch(cell.strip()) or _MOMENT.fullmatch(cell.strip()) for cell in rows[0])


def _names(first: Sequence[str], header: bool) -> tuple[str, ...]:
    if header:
        return tuple(cell.strip() for cell in first)
    return tuple(f"c{place + 1}" for place in range(len(first)))


def _signs(cells: Sequence[str], delim: str) -> tuple[str, str]:
    """The decimal sign and that between thousands; each empty where the cells do not tell."""
    known = [cell for cell in cells if cell and cell.lower() not in MISSING]
    grouped = {
        sign: sum(1 for cell in known if pattern.fullmatch(cell) and (cell.count(sign) > 1 or other in cell))
        for (sign, pattern), other in zip(_GROUPED.items(), (".", ","), strict=True)
    }
    commas = sum(1 for cell in known if _WITH_COMMA.fullmatch(cell))
    points = sum(1 for cell in known if _WITH_POINT.fullmatch(cell))
    if grouped[","] > grouped["."]:
        return ".", ","
    if grouped["."] > grouped[","]:
        return ",", "."
    if commas > points and delim != "" and commas:
        return ",", ""
    return (".", "") if points else ("", "")


def _compression(file: SeenFile) -> str:
    named = file.path.suffix.lower() == ".gz"
    if named and not file.packed:
        return "none"
    return "gzip" if file.packed and not named else ""
