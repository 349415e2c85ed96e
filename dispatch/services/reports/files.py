"""A report or a list as a file: CSV that spreadsheets read as it is meant, or XLSX; no cell ever calculates.

Text that would start a formula gets an apostrophe before it, also after a blank; in XLSX every text is a text besides.
Numbers go out as numbers, shares as fractions, so that somebody can go on counting with them.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from dispatch.services.reports.tables import Form, Table, Value

Format = Literal["csv", "xlsx"]
MEDIA: dict[str, str] = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|")
_SHOWN: dict[Form, str] = {"share": "0.0%", "rupiah": '"Rp" #,##0', "count": "#,##0", "days": "#,##0"}
_UNITS: dict[Form, str] = {"km": "meter", "minutes": "menit", "days": "hari kerja", "rupiah": "Rp"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What goes into a file. `note`: who exported it, when and why; it stands below the last row."""

    title: str
    headings: Sequence[str]
    forms: Sequence[Form]
    rows: Iterable[Sequence[Value | date]]
    note: str = ""


def not_a_formula(text: str) -> str:
    """Text that a spreadsheet shows and never calculates."""
    is_formula = text.lstrip(" \u00a0\u3000\u200b\ufeff")[:1] in _STARTS or text[:1] in _STARTS
    return f"'{text}" if text and is_formula else text


def sheet_of(title: str, table: Table, note: str = "") -> Sheet:
    """A report's table with its sum as the last row."""
    return Sheet(
        title=title,
        headings=[_heading(column.word, column.form) for column in table.columns],
        forms=[column.form for column in table.columns],
        rows=[*table.rows, *([table.total] if table.total else [])],
        note=note,
    )


def written(sheet: Sheet, form: Format) -> bytes:
    """The file's bytes."""
    return _csv(sheet) if form == "csv" else _xlsx(sheet)


def _heading(word: str, form: Form) -> str:
    return f"{word} ({_UNITS[form]})" if form in _UNITS and _UNITS[form] not in word else word


def _csv(sheet: Sheet) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow([not_a_formula(heading) for heading in sheet.headings])
    for row in sheet.rows:
        writer.writerow([_plain(value) for value in row])
    if sheet.note:
        writer.writerow([])
        writer.writerow([not_a_formula(sheet.note)])
    return text.getvalue().encode("utf-8-sig")


def _plain(value: Value | date) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return not_a_formula(value)
    if isinstance(value, float):
        # a share keeps its digits, an average of rupiah needs none
        return f"{value:.6g}" if abs(value) <= 1 else str(round(value))
    return str(value)


def _xlsx(sheet: Sheet) -> bytes:
    book = Workbook(write_only=True)
    page = book.create_sheet(_sheet_name(sheet.title))
    page.freeze_panes = "A2"

    def cell(value: Value | date, form: Form = "text", *, bold: bool = False) -> Cell:
        made = WriteOnlyCell(page)
        if isinstance(value, str):
            made.value = ILLEGAL_CHARACTERS_RE.sub("\ufffd", not_a_formula(value))
            made.data_type = "s"  # openpyxl takes a text that begins with = for a formula
        elif value is not None:
            made.value = value
            if form in _SHOWN:
                made.number_format = _SHOWN[form]
        if bold:
            made.font = Font(bold=True)
        return made

    page.append([cell(heading, bold=True) for heading in sheet.headings])
    for row in sheet.rows:
        page.append([cell(value, form) for value, form in zip(row, sheet.forms, strict=True)])
    if sheet.note:
        page.append([])
        page.append([cell(sheet.note)])
    body = io.BytesIO()
    book.save(body)
    return body.getvalue()


def _sheet_name(title: str) -> str:
    """At most 31 letters without those that Excel forbids in a sheet's name."""
    return "".join(letter for letter in title if letter not in r"[]:*?/\'" and letter.isprintable())[:31] or "Antar"
