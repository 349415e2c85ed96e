"""Receipts a citizen signs when a document is handed over ("tanda terima"): four to a page, to be cut apart."""

from collections.abc import Sequence
from dataclasses import dataclass

from dispatch.papers.sheet import A4, BOLD, DOTS, LINE, SMALL, TINY, Sheet

EACH_PAGE = 4
_EDGE = 16.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One document's receipt. `place`: where it is handed over."""

    office: str
    code: str
    kind: str
    holder: str
    registration: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptPage:
    """At most four receipts."""

    receipts: tuple[Receipt, ...]

    @property
    def format(self) -> tuple[float, float]:
        return A4

    def draw(self, sheet: Sheet) -> None:
        sheet.set_auto_page_break(False)
        height = A4[1] / EACH_PAGE
        for number, receipt in enumerate(self.receipts):
            top = number * height
            if number:
                sheet.set_draw_color(150)
                sheet.set_dash_pattern(dash=1.5, gap=1.5)
                sheet.line(8, top, A4[0] - 8, top)
                sheet.set_dash_pattern()
            _receipt(sheet, receipt, top + 8)


def receipt_pages(receipts: Sequence[Receipt]) -> list[ReceiptPage]:
    """As many pages as the receipts need."""
    return [ReceiptPage(receipts=tuple(receipts[at : at + EACH_PAGE])) for at in range(0, len(receipts), EACH_PAGE)]


def _receipt(sheet: Sheet, receipt: Receipt, y: float) -> None:
    room = A4[0] - 2 * _EDGE
    sheet.body(11, BOLD)
    sheet.put("TANDA TERIMA DOKUMEN KEPENDUDUKAN", _EDGE, y, room, 6)
    sheet.body(SMALL)
    sheet.put(receipt.office, _EDGE, y + 6, room, LINE)
    sheet.qr(receipt.code, A4[0] - _EDGE - 19, y - 2, 19)
    rows = (
        ("Dokumen", f"{receipt.kind}, 1 (satu) lembar/kartu"),
        ("Atas nama", receipt.holder),
        ("Kode · registrasi", f"{receipt.code} · {receipt.registration}"),
        ("Diserahkan di", receipt.place),
        ("Diterima oleh", DOTS),
        ("Hubungan", "sendiri / keluarga satu KK / lainnya: " + "." * 24),
        ("KTP-el lama", "diserahkan / tidak ada / tidak perlu"),
    )
    for number, (name, value) in enumerate(rows):
        row = y + 14 + number * 5.4
        sheet.put(name, _EDGE, row, 32, LINE)
        sheet.put(f": {value}", _EDGE + 30, row, 100, LINE)
    sheet.body(SMALL)
    x = A4[0] - _EDGE - 56
    sheet.put("Tanggal " + "." * 22, x, y + 27, 56, LINE)
    sheet.put("Tanda tangan atau cap jempol,", x, y + 32, 56, LINE)
    sheet.put("(" + "." * 30 + ")", x, y + 53, 56, LINE)
    sheet.body(TINY)
    sheet.put("Dokumen diterima dalam keadaan baik dan datanya sudah diperiksa.", _EDGE, y + 55, 110, LINE)
