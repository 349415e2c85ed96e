"""Reads an intake file, CSV or XLSX, into numbered rows of named cells; what the cells mean is not decided here.

A file is read whole before its first row is handed on, so a file that is refused has changed nothing. Row numbers are
those a spreadsheet shows: the heading is usually row 1.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dispatch.services.cells import (
    MAX_COLUMNS,
    MAX_FILE_BYTES,
    MAX_ROWS,
    Cell,
    Line,
    TableError,
    Unreadable,
    too_many_columns,
    too_many_rows,
    usable_text,
)
from dispatch.services.columns import field_of, missing_headings
from dispatch.services.spreadsheets import read_xlsx

_DELIMITERS = (",", ";", "\t", "|")
_ZIP = b"PK\x03\x04"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_END = "\x00end of file\x00"


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row. Empty cells are absent; `surplus` says that cells stand where no heading is."""

    number: int
    cells: Mapping[str, Cell]
    surplus: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The rows that hold anything, in file order, and the headings nobody here uses."""

    rows: Sequence[TableRow]
    ignored: Sequence[str]


def read_table(content: bytes) -> Table:
    """The rows of a CSV or XLSX file, told apart by its first bytes and never by its name. Raises TableError."""
    if len(content) > MAX_FILE_BYTES:
        raise TableError("too_large", f"Berkas lebih besar dari {MAX_FILE_BYTES // 1024**2} MB.")
    if content.startswith(_OLD_OFFICE):
        raise TableError(
            "old_format", "Berkas .xls lama atau berkata sandi; simpan ulang sebagai XLSX tanpa kata sandi."
        )
    lines = read_xlsx(content) if content.startswith(_ZIP) else _read_csv(content)
    return _named(lines)


def _named(lines: Iterator[Line]) -> Table:
    """Turn lines into rows by the first line that holds anything."""
    filled = ((number, cells) for number, cells in lines if any(cell != "" for cell in cells))
    _, headings = next(filled, (0, ()))
    fields, ignored = _fields(headings)
    rows: list[TableRow] = []
    for number, cells in filled:
        if len(rows) == MAX_ROWS:
            raise too_many_rows()
        rows.append(_row(number, cells, fields))
    return Table(rows, ignored)


def _fields(headings: Sequence[Cell]) -> tuple[list[str | None], list[str]]:
    texts = ["" if isinstance(cell, Unreadable) else str(cell) for cell in headings]
    if len(texts) > MAX_COLUMNS and any(texts[MAX_COLUMNS:]):
        raise too_many_columns()
    fields = [field_of(text) for text in texts]
    known = [field for field in fields if field is not None]
    if missing := missing_headings(known):
        raise TableError("missing_columns", f"Kolom belum ada: {', '.join(missing)}. Pakai judul kolom dari templat.")
    if doubled := sorted({field for field in known if known.count(field) > 1}):
        raise TableError("doubled_columns", f"Dua kolom berarti sama: {', '.join(doubled)}.")
    return fields, [text for text, field in zip(texts, fields, strict=True) if text and field is None]


def _row(number: int, cells: Sequence[Cell], fields: Sequence[str | None]) -> TableRow:
    named = {field: cell for field, cell in zip(fields, cells, strict=False) if field is not None and cell != ""}
    return TableRow(number, named, surplus=any(cell != "" for cell in cells[len(fields) :]))


def _read_csv(content: bytes) -> Iterator[Line]:
    text, delimiter = _delimited(_decoded(content))
    record: list[str] = []
    # a quote that is never closed swallows the mark at the end, and all rows between: better refused than lost
    reader = csv.reader(io.StringIO(f"{text}\r\n{_END}", newline=""), delimiter=delimiter)
    number = 0
    try:
        for number, record in enumerate(reader, start=1):
            if record != [_END]:
                yield number, [usable_text(text) for text in record]
    except csv.Error:
        raise _open_quote(number) from None
    if record != [_END]:
        raise _open_quote(number)


def _open_quote(number: int) -> TableError:
    return TableError("open_quote", f"Ada tanda kutip yang tidak ditutup di sekitar baris {number}.")


def _decoded(content: bytes) -> str:
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _END not in text:
            return text
    raise TableError("not_text", "Berkas bukan CSV atau XLSX yang dapat dibaca.")


def _delimited(text: str) -> tuple[str, str]:
    """The text and its delimiter: the one Excel announces with "sep=", else the one that makes most headings known."""
    first, _, rest = text.partition("\n")
    announced = first.strip().lower()
    if announced.startswith("sep=") and announced[4:] in _DELIMITERS:
        return rest, announced[4:]
    heading = next((line for line in text.splitlines() if line.strip()), "")
    return text, max(_DELIMITERS, key=lambda delimiter: _known_headings(heading, delimiter))


def _known_headings(line: str, delimiter: str) -> int:
    record = next(csv.reader([line], delimiter=delimiter), [])
    return sum(field_of(text) is not None for text in record)
