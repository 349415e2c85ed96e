"""Reads the first sheet of an XLSX file, measured before it is believed.

A workbook is a zip of XML, and both can be small on disk and endless when opened. So every part is unpacked under a
limit, the sheet is surveyed with a streaming parser (how far it reaches, where formulas are, how much text it would
become), and only what passed is packed again for calamine, which is fast but would lay out a cell in XFD1048576 as
seventeen billion cells. calamine shows a formula's last value as if somebody had typed it; the survey tells them apart.
"""

import io
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from xml.parsers import expat

from python_calamine import CalamineError, CalamineWorkbook

from dispatch.services.cells import (
    ERROR_VALUE,
    FORMULA,
    MAX_COLUMNS,
    MAX_RATIO,
    MAX_ROWS,
    MAX_UNPACKED_BYTES,
    TIME_OF_DAY,
    Cell,
    Line,
    TableError,
    Unreadable,
    too_many_columns,
    too_many_rows,
    usable_text,
)

_WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_TEXTS = "xl/sharedStrings.xml"
_NEEDED = ("[Content_Types].xml", "_rels/.rels", _WORKBOOK, _RELATIONS, _TEXTS, "xl/styles.xml")
_MAX_PARTS = 1_000
_INDEX_DIGITS = 12  # as much of a value as the number of a shared text can need
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")

# what zipfile raises for files that are torn, encrypted, packed in a way it does not know, or made up
_TORN_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    KeyError,
    ValueError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
    OSError,
)

_Attributes = Mapping[str, str]


def read_xlsx(content: bytes) -> Iterator[Line]:
    """The rows of the first visible sheet. Raises TableError."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = _Parts(packed, packed_bytes=len(content))
            workbook = {name: parts.read(name) for name in _NEEDED if name in parts}
            name, path = _first_sheet(workbook)
            workbook[path] = parts.read(path)
    except TableError:
        raise
    except _TORN_ZIP:
        raise _broken() from None
    survey = _survey(workbook[path], _text_lengths(workbook.get(_TEXTS, b"")))
    return _lines(workbook, name, survey.unusable)


def _broken() -> TableError:
    return TableError("broken_xlsx", "Berkas XLSX rusak atau bukan XLSX; simpan ulang dari Excel atau LibreOffice.")


class _Parts:
    """The members of a zip, unpacked under one common limit whatever their headers claim."""

    def __init__(self, packed: zipfile.ZipFile, packed_bytes: int) -> None:
        names = packed.namelist()
        if len(names) > _MAX_PARTS or len(set(names)) != len(names):
            raise _broken()
        claimed = sum(info.file_size for info in packed.infolist())
        if claimed > MAX_UNPACKED_BYTES or claimed > MAX_RATIO * packed_bytes:
            raise TableError("zip_bomb", "Isi berkas XLSX terlalu besar dibanding ukurannya.")
        self._packed = packed
        self._names = frozenset(names)

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def read(self, name: str) -> bytes:
        # zipfile stops at the size the header claims and then checks the sum, so a lying header ends as BadZipFile
        return self._packed.read(name)


def _first_sheet(workbook: Mapping[str, bytes]) -> tuple[str, str]:
    """Name and path of the first sheet that is not hidden."""
    targets: dict[str, str] = {}
    sheets: list[tuple[str, str]] = []

    def relation(tag: str, attributes: _Attributes) -> None:
        if tag == "Relationship":
            targets[attributes["Id"]] = posixpath.normpath(posixpath.join("/xl", attributes["Target"])).lstrip("/")

    def sheet(tag: str, attributes: _Attributes) -> None:
        if tag == "sheet" and attributes.get("state", "visible") == "visible":
            key = next((value for name, value in attributes.items() if name.rpartition(":")[2] == "id"), "")
            sheets.append((attributes["name"], key))

    _walk(workbook[_RELATIONS], start=relation)
    _walk(workbook[_WORKBOOK], start=sheet)
    if not sheets:
        raise TableError("no_sheet", "Berkas XLSX tidak berisi lembar yang terlihat.")
    name, key = sheets[0]
    return name, targets[key]


def _walk(
    xml: bytes,
    *,
    start: Callable[[str, _Attributes], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Stream through one part; tags come without their namespace prefix, and a document type is never accepted."""
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise _broken()

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda tag, attributes: start(tag.rpartition(":")[2], attributes)
    if end is not None:
        ended = end
        parser.EndElementHandler = lambda tag: ended(tag.rpartition(":")[2])
    if text is not None:
        parser.CharacterDataHandler = text
    try:
        parser.Parse(xml, True)
    except expat.ExpatError:
        raise _broken() from None


def _text_lengths(xml: bytes) -> list[int]:
    """How long each shared text is, in the order cells refer to them."""
    lengths: list[int] = []

    def start(tag: str, _: _Attributes) -> None:
        if tag == "si":
            lengths.append(0)

    def text(found: str) -> None:
        if lengths:
            lengths[-1] += len(found)

    if xml:
        _walk(xml, start=start, text=text)
    return lengths


@dataclass(slots=True)
class _Survey:
    """What one sheet holds, learnt without laying it out. Rows and columns count from 1; 0 means none yet."""

    text_lengths: list[int]
    unusable: dict[tuple[int, int], Unreadable] = field(default_factory=dict)
    row: int = 0
    column: int = 0
    first_row: int = 0
    kind: str = ""
    in_value: bool = False
    value: str = ""
    length: int = 0
    characters: int = 0

    def start(self, tag: str, attributes: _Attributes) -> None:
        if tag == "c":
            self._enter_cell(attributes)
        elif tag == "row":
            self.row = int(attributes["r"]) if "r" in attributes else self.row + 1
            self.column = 0
        elif tag == "f":
            self._reach()
            self.unusable[self.row, self.column] = FORMULA
        elif tag in ("v", "is"):
            self._reach()
            self.in_value, self.value, self.length = True, "", 0
            if self.kind == "e":
                self.unusable.setdefault((self.row, self.column), ERROR_VALUE)

    def text(self, found: str) -> None:
        if self.in_value:
            self.length += len(found)
            if len(self.value) < _INDEX_DIGITS:
                self.value += found

    def end(self, tag: str) -> None:
        if tag in ("v", "is"):
            self.in_value = False
            self.characters += self._length()
            if self.characters > MAX_UNPACKED_BYTES:
                raise TableError("too_much_text", "Isi berkas XLSX terlalu besar.")

    def _enter_cell(self, attributes: _Attributes) -> None:
        self.kind = attributes.get("t", "n")
        if "r" not in attributes:
            self.column += 1
            return
        found = _REFERENCE.fullmatch(attributes["r"])
        if found is None:
            raise _broken()
        self.row, self.column = int(found[2]), _column_number(found[1])

    def _reach(self) -> None:
        self.first_row = self.first_row or self.row
        if self.column > MAX_COLUMNS:
            raise too_many_columns()
        if not 0 <= self.row - self.first_row <= MAX_ROWS:
            raise too_many_rows()

    def _length(self) -> int:
        if self.kind != "s":
            return self.length
        index = int(self.value)
        return self.text_lengths[index] if 0 <= index < len(self.text_lengths) else 0


def _survey(xml: bytes, text_lengths: list[int]) -> _Survey:
    survey = _Survey(text_lengths)
    try:
        _walk(xml, start=survey.start, end=survey.end, text=survey.text)
    except TableError:
        raise
    except ValueError:  # a reference, row or index that is no number
        raise _broken() from None
    return survey


@lru_cache(maxsize=1_024)
def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _lines(
    workbook: Mapping[str, bytes], sheet_name: str, unusable: Mapping[tuple[int, int], Unreadable]
) -> Iterator[Line]:
    measured = io.BytesIO()
    with zipfile.ZipFile(measured, "w", zipfile.ZIP_STORED) as packed:
        for name, part in workbook.items():
            packed.writestr(name, part)
    try:
        measured.seek(0)
        sheet = CalamineWorkbook.from_filelike(measured).get_sheet_by_name(sheet_name)
        if sheet.start is None:
            return
        first_column = sheet.start[1]
        for number, values in enumerate(sheet.iter_rows(), start=1):
            cells: list[Cell] = [""] * first_column
            cells += [_cell(value) for value in values]
            for column in range(1, len(cells) + 1):
                if (number, column) in unusable:
                    cells[column - 1] = unusable[number, column]
            yield number, cells
    except CalamineError:
        raise _broken() from None


def _cell(value: float | str | bool | time | date | datetime | timedelta) -> Cell:
    if isinstance(value, str):
        return usable_text(value)
    return TIME_OF_DAY if isinstance(value, time | timedelta) else value
