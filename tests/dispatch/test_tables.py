"""Files as offices really send them, and files nobody should open."""

import io
import random
import zipfile
from contextlib import suppress
from datetime import date, datetime

import pytest
from openpyxl import Workbook, load_workbook

from dispatch.services.cells import ERROR_VALUE, FORMULA, TOO_LONG, TableError
from dispatch.services.columns import COLUMNS, field_of
from dispatch.services.table_template import template_csv, template_xlsx
from dispatch.services.tables import read_table

HEADINGS = ["jenis", "nik", "nama", "kode_desa", "tanggal_cetak"]
FIRST_SHEET = "xl/worksheets/sheet1.xml"
SHARED_TEXTS = "xl/sharedStrings.xml"
SITI = ["KTP-el", "3505015507900003", "SITI AMINAH", "35.05.01.2003", "2026-11-18"]


def csv_file(*lines: list[str], delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    return "".join(delimiter.join(line) + "\r\n" for line in lines).encode(encoding)


def xlsx_file(*lines: list[object]) -> bytes:
    workbook = Workbook()
    for line in lines:
        workbook.worksheets[0].append(line)
    written = io.BytesIO()
    workbook.save(written)
    return written.getvalue()


def with_part(content: bytes, name: str, part: bytes) -> bytes:
    """The same workbook with one of its parts replaced or added."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for other in old.namelist():
            if other != name:
                new.writestr(other, old.read(other))
        new.writestr(name, part)
    return written.getvalue()


def excel_file(rows: str, texts: list[str], head: str = "") -> bytes:
    """A workbook as Excel itself writes one: texts kept apart and cells referring to them by number."""
    namespace = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    shared = "".join(f"<si><t>{text}</t></si>" for text in texts)
    content = with_part(xlsx_file(HEADINGS), SHARED_TEXTS, f"<sst {namespace}>{shared}</sst>".encode())
    sheet = f"{head}<worksheet {namespace}><sheetData>{rows}</sheetData></worksheet>"
    return with_part(content, FIRST_SHEET, sheet.encode())


def excel_row(number: int, *cells: str) -> str:
    """One row of cells such as "s0" (shared text 0), "e#N/A" (an error) or "fSITI" (a formula's last value)."""
    written = ""
    for letter, cell in zip("ABCDEFGH", cells, strict=False):
        formula = "<f>1+1</f>" if cell[0] == "f" else ""
        kind = "str" if cell[0] == "f" else cell[0]
        written += f'<c r="{letter}{number}" t="{kind}">{formula}<v>{cell[1:]}</v></c>'
    return f'<row r="{number}">{written}</row>'


def refusal(content: bytes) -> str:
    with pytest.raises(TableError) as refused:
        read_table(content)
    assert refused.value.sentence
    return refused.value.rule


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_csv_is_read_however_excel_wrote_it(delimiter, encoding):
    siti = [*SITI[:2], "SITI AMINÉH", *SITI[3:]]

    table = read_table(csv_file(HEADINGS, siti, delimiter=delimiter, encoding=encoding))

    (row,) = table.rows
    assert row.number == 2
    assert row.cells == dict(zip(["kind", "nik", "name", "village_code", "printed_on"], siti, strict=True))


def test_excels_own_delimiter_line_is_followed():
    table = read_table(b"sep=;\r\n" + csv_file(HEADINGS, SITI, delimiter=";"))

    assert table.rows[0].cells["name"] == "SITI AMINAH"


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Nomor Permohonan", "request_number"),
        ("NO. HP", "phone"),
        ("\ufeffNIK", "nik"),
        ("Desa/Kelurahan", "village"),
        ("  kode_desa ", "village_code"),
        ("Tgl. Cetak", "printed_on"),
        ("RT/RW", "rt_rw"),
        ("print point", "print_point"),
        ("keterangan", None),
    ],
)
def test_headings_are_recognised_in_any_common_spelling(heading, field):
    assert field_of(heading) == field


def test_both_languages_name_every_column():
    assert all(field_of(column.field) == field_of(column.heading) == column.field for column in COLUMNS)


def test_blank_lines_count_for_the_row_number_but_are_no_rows():
    table = read_table(csv_file(HEADINGS, ["", "", "", "", ""], SITI, [""], SITI))

    assert [row.number for row in table.rows] == [3, 5]


def test_headings_of_no_use_are_listed_and_dropped():
    table = read_table(csv_file(["no", *HEADINGS, "keterangan"], ["1", *SITI, "3505010101010001"]))

    assert table.ignored == ["no", "keterangan"]
    assert "3505010101010001" not in table.rows[0].cells.values()


def test_cells_beyond_the_last_heading_are_noticed():
    assert read_table(csv_file(HEADINGS, [*SITI, "", "geser"])).rows[0].surplus


def test_a_missing_column_refuses_the_file_by_name():
    with pytest.raises(TableError, match="tanggal_cetak"):
        read_table(csv_file(HEADINGS[:-1], SITI[:-1]))
    assert refusal(csv_file(HEADINGS[:3] + HEADINGS[4:], SITI[:3] + SITI[4:])) == "missing_columns"


def test_two_columns_of_one_meaning_refuse_the_file():
    assert refusal(csv_file([*HEADINGS, "nama lengkap"], [*SITI, "SITI"])) == "doubled_columns"


def test_a_quote_that_is_never_closed_does_not_swallow_the_rows_after_it():
    assert refusal(csv_file(HEADINGS, ['"KTP-el', *SITI[1:]], SITI, SITI)) == "open_quote"
    assert refusal(csv_file(HEADINGS, ['"KTP-el', *SITI[1:]], *[SITI] * 5_000)) == "open_quote"


def test_a_formula_in_a_csv_is_not_taken_for_text():
    table = read_table(csv_file(HEADINGS, [*SITI[:2], '=HYPERLINK("x")', *SITI[3:]]))

    assert table.rows[0].cells["name"] == FORMULA


def test_a_cell_without_end_is_refused_alone():
    assert read_table(csv_file(HEADINGS, [*SITI[:2], "A" * 501, *SITI[3:]])).rows[0].cells["name"] == TOO_LONG


def test_twenty_thousand_rows_are_the_limit():
    assert len(read_table(csv_file(HEADINGS, *[SITI] * 20_000)).rows) == 20_000
    assert refusal(csv_file(HEADINGS, *[SITI] * 20_001)) == "too_many_rows"
    assert refusal(xlsx_file(HEADINGS, *[SITI] * 20_001)) == "too_many_rows"


def test_a_file_of_more_than_ten_megabytes_is_not_opened():
    assert refusal(b" " * (10 * 1024 * 1024 + 1)) == "too_large"


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n\x00", b"<html></html>", b"{}"])
def test_what_is_no_table_is_refused(content):
    assert refusal(content) in {"missing_columns", "not_text"}


def test_the_old_excel_format_is_named():
    assert refusal(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600) == "old_format"


def test_a_workbook_keeps_dates_and_tells_numbers_from_text():
    table = read_table(
        xlsx_file(HEADINGS, [SITI[0], 3505015507900003, SITI[2], SITI[3], date(2026, 11, 18)], [None], SITI)
    )

    assert [row.number for row in table.rows] == [2, 4]
    assert table.rows[0].cells["nik"] == 3505015507900003.0
    assert table.rows[0].cells["printed_on"] in (date(2026, 11, 18), datetime(2026, 11, 18))
    assert table.rows[1].cells["nik"] == SITI[1]


def test_a_table_that_starts_further_down_keeps_its_row_numbers():
    table = read_table(xlsx_file([], ["", ""], ["", "", *HEADINGS], ["", "", *SITI]))

    assert table.rows[0].number == 4
    assert table.rows[0].cells["name"] == "SITI AMINAH"


def test_formulas_and_excel_errors_are_not_taken_for_values():
    """Excel keeps the last value of a formula beside it; nobody typed that value."""
    heading = excel_row(1, "s0", "s1", "s2", "s3", "s4")
    content = excel_file(heading + excel_row(2, "e#N/A", "s5", "fSITI AMINAH", "s6"), [*HEADINGS, *SITI[1:4:2]])

    (row,) = read_table(content).rows

    assert row.cells == {"kind": ERROR_VALUE, "nik": SITI[1], "name": FORMULA, "village_code": SITI[3]}


def test_only_the_first_visible_sheet_is_read():
    workbook = Workbook()
    workbook.worksheets[0].sheet_state = "hidden"
    sheet = workbook.create_sheet("Dokumen")
    sheet.append(HEADINGS)
    sheet.append(SITI)
    written = io.BytesIO()
    workbook.active = 1
    workbook.save(written)

    assert len(read_table(written.getvalue()).rows) == 1


@pytest.mark.parametrize(("corner", "rule"), [("XFD2", "too_many_columns"), ("A1048576", "too_many_rows")])
def test_a_cell_in_the_last_corner_is_not_laid_out(corner, rule):
    """Laying out everything between A1 and XFD1048576 would take 17 billion cells."""
    number = corner.lstrip("AFDX")
    rows = excel_row(1, "s0") + f'<row r="{number}"><c r="{corner}"><v>1</v></c></row>'

    assert refusal(excel_file(rows, HEADINGS)) == rule


def test_a_zip_bomb_is_not_unpacked():
    assert refusal(with_part(xlsx_file(HEADINGS, SITI), "xl/media/a.bin", b"\0" * 60_000_000)) == "zip_bomb"
    assert refusal(with_part(xlsx_file(HEADINGS, SITI), "xl/media/a.bin", b"\0" * 3_000_000)) == "zip_bomb"


def test_a_text_shared_by_many_cells_is_counted_for_every_cell():
    """One text of 30,000 letters in 2,000 cells is a small file and 60 MB when read."""
    noise = random.Random(1).choices("abcdefghijklmnopqrstuvwxyz", k=30_000)
    rows = "".join(excel_row(number, "s0") for number in range(1, 2_001))

    assert refusal(excel_file(rows, ["".join(noise)])) == "too_much_text"


def test_entities_are_never_expanded():
    declared = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'

    assert refusal(excel_file(excel_row(1, "s0"), HEADINGS, head=declared)) == "broken_xlsx"


@pytest.mark.parametrize("rows", ['<row r="x"/>', '<c r="1A"><v>1</v></c>', excel_row(1, "sx"), "<row>"])
def test_a_sheet_that_makes_no_sense_is_refused(rows):
    assert refusal(excel_file(rows, HEADINGS)) == "broken_xlsx"


@pytest.mark.parametrize("cut", [10, 500, 3000])
def test_a_torn_workbook_is_refused(cut):
    assert refusal(xlsx_file(HEADINGS, SITI)[:cut]) == "broken_xlsx"


def test_the_template_reads_back_as_one_example_row():
    for content in (template_csv(), template_xlsx()):
        (row,) = read_table(content).rows
        assert row.cells["request_number"] == "CONTOH-0001"
        assert row.cells["nik"] == "3505104107900012"


def test_the_template_keeps_an_nik_as_text_and_explains_itself():
    workbook = load_workbook(io.BytesIO(template_xlsx()))

    nik = [column.field for column in COLUMNS].index("nik") + 1
    assert workbook["Dokumen"].cell(row=2, column=nik).number_format == "@"
    assert "wajib" in {cell.value for cell in workbook["Petunjuk"]["B"]}


def spoilt(rng: random.Random, content: bytes) -> bytes:
    """The bytes with a few changed, lost, put in or repeated."""
    found = bytearray(content)
    for _ in range(rng.randint(1, 5)):
        at, kind = rng.randrange(len(found)), rng.randrange(4)
        if kind == 0:
            found[at] = rng.randrange(256)
        elif kind == 1 and len(found) > 40:
            del found[at : at + rng.randint(1, 20)]
        elif kind == 2:
            found[at:at] = rng.randbytes(rng.randint(1, 8))
        else:
            found[at:at] = found[: rng.randint(1, 40)]
    return bytes(found)


@pytest.mark.parametrize("seed", range(4))
def test_a_spoilt_file_is_read_or_refused_and_nothing_else(seed):
    rng = random.Random(seed)
    heading = excel_row(1, "s0", "s1", "s2", "s3", "s4")
    workbook = excel_file(heading + excel_row(2, "s0", "n1", "fSITI", "e#N/A", "b1"), HEADINGS)
    with zipfile.ZipFile(io.BytesIO(workbook)) as packed:
        parts = {name: packed.read(name) for name in packed.namelist() if name.endswith((".xml", ".rels"))}
    files = [spoilt(rng, workbook), spoilt(rng, csv_file(HEADINGS, SITI))]
    for _ in range(100):
        name = rng.choice(sorted(parts))
        files.append(with_part(workbook, name, spoilt(rng, parts[name])))

    for file in files:
        with suppress(TableError):  # any other error fails the test
            read_table(file)
