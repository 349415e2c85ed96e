"""Tables on paper's terms: CSV as a clerk's spreadsheet writes and reads it.

Written: UTF-8 with a byte-order mark, `;` between fields (what a spreadsheet set to Indonesian expects), every field
quoted, and an apostrophe before anything a spreadsheet would take for a formula. Read: `;`, `,` or tab; UTF-8, UTF-16
or Windows-1252; headings in any case and order.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from partners.base import NotUnderstood

LARGEST = 10_000_000
MOST_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class RowError:
    """Why one row was not taken: its number as the spreadsheet counts it (heading is 1), the field, the reason."""

    row: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file: its number and its cells by heading, trimmed."""

    number: int
    cells: Mapping[str, str]


def write_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A file for a clerk's spreadsheet."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def read_table(content: bytes, headings: Sequence[str], optional: Sequence[str] = ()) -> Iterator[Row]:
    """The rows that are not empty. Raises NotUnderstood when the file as a whole cannot be read."""
    if len(content) > LARGEST:
        raise NotUnderstood("berkas lebih besar dari 10 MB", content[:10_000])
    text = _decoded(content)
    first_line = text.partition("\n")[0]
    delimiter = max(";,\t", key=first_line.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        table = list(lines)
    except csv.Error:
        raise NotUnderstood("berkas bukan CSV yang utuh", content) from None
    if len(table) > MOST_ROWS + 1:
        raise NotUnderstood(f"berkas berisi lebih dari {MOST_ROWS} baris", content)
    places = _places(table[0] if table else [], (*headings, *optional))
    missing = [heading for heading in headings if heading not in places]
    if missing:
        raise NotUnderstood("kolom tidak ada: " + ", ".join(missing), content)
    for number, cells in enumerate(table[1:], start=2):
        if any(cell.strip() for cell in cells):
            yield Row(number, {h: _cell(cells, place) for h, place in places.items()})


_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the start of a formula, also after spaces and also in full width."""


def guarded(cell: str) -> str:
    """The same text on one line, with an apostrophe in front where a spreadsheet would calculate it."""
    line = " ".join(cell.replace("\0", "").split())
    return "'" + line if line and cell.lstrip(" \n").startswith(_FORMULA) else line


def _places(found: Sequence[str], wanted: Sequence[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for heading in wanted:
        at = [i for i, cell in enumerate(found) if " ".join(cell.split()).casefold() == heading.casefold()]
        if at:
            places[heading] = at[0]
    return places


def _cell(cells: Sequence[str], place: int) -> str:
    text = cells[place].strip() if place < len(cells) else ""
    # our own guard comes back with the file
    return text[1:].strip() if text.startswith("'") else text


def _decoded(content: bytes) -> str:
    marked_utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked_utf16 else ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise NotUnderstood("berkas bukan teks", content)
