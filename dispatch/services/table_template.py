"""The empty intake file an office downloads, fills and sends back, as CSV and as XLSX."""

import csv
import io

from dispatch.services.cells import MAX_FILE_BYTES, MAX_ROWS
from dispatch.services.columns import COLUMNS
from dispatch.services.kinds import KINDS

_TEXT = "@"


def template_csv() -> bytes:
    """Headings and one example row; UTF-8 with a mark, so that Excel shows it right."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(column.heading for column in COLUMNS)
    writer.writerow(column.example for column in COLUMNS)
    return text.getvalue().encode("utf-8-sig")


def template_xlsx() -> bytes:
    """The same with every column formatted as text, so that Excel cannot round an NIK, and a sheet of notes."""
    # openpyxl takes a second to load and only this function needs it
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = "Dokumen"
    sheet.freeze_panes = "A2"
    for number, column in enumerate(COLUMNS, start=1):
        letter = get_column_letter(number)
        # the format of the column reaches the cells nobody has filled yet
        sheet.column_dimensions[letter].number_format = _TEXT
        sheet.column_dimensions[letter].width = max(14, len(column.heading) + 2)
        for row, text in enumerate((column.heading, column.example), start=1):
            cell = sheet.cell(row=row, column=number, value=text or None)
            cell.number_format = _TEXT
        sheet.cell(row=1, column=number).font = Font(bold=True)
    notes = workbook.create_sheet("Petunjuk")
    for line in _notes():
        notes.append(line)
    notes.column_dimensions["A"].width = 22
    notes.column_dimensions["C"].width = 100
    written = io.BytesIO()
    workbook.save(written)
    return written.getvalue()


def _notes() -> list[tuple[str, str, str]]:
    columns = [(column.heading, "wajib" if column.required else "", column.note) for column in COLUMNS]
    kinds = [(kind.name, "", "dikirim kurir" if kind.deliverable else "tidak dikirim kurir") for kind in KINDS]
    limits = f"Paling banyak {MAX_ROWS} baris dan {MAX_FILE_BYTES // 1024**2} MB. Baris CONTOH tidak ikut masuk."
    return [("Kolom", "", "Keterangan"), *columns, ("", "", ""), ("Jenis dokumen", "", ""), *kinds, ("", "", limits)]
