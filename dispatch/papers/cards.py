"""The record of old cards that came back: counted, listed by where they were given up, signed by both."""

from dataclasses import dataclass
from datetime import date

from dispatch.papers.bast import Printing
from dispatch.papers.sheet import A4, BODY, BOLD, LEFT, LINE, RIGHT, SMALL, TINY, Column, Letterhead, Person, Sheet
from dispatch.papers.words import day_in_words, day_written, in_words

WIDTH = A4[0] - LEFT - RIGHT


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedCards:
    """What was given up in one place on one occasion; nobody's name is kept with an old card."""

    place: str
    area: str
    collected: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRecord:
    """What one carrier brought back on one day. `expected`: by the notes; `found`: counted."""

    letterhead: Letterhead
    number: str
    day: date
    place: str
    brings: Person
    takes: Person
    knows: Person
    signed_in: str
    source: str
    expected: int
    found: int
    cards: tuple[ReturnedCards, ...]
    printing: Printing
    verify_url: str

    @property
    def format(self) -> tuple[float, float]:
        return A4

    def draw(self, sheet: Sheet) -> None:
        """Both parties, the count, the list, the signatures."""
        printing = self.printing
        sheet.foot(f"Pengembalian {self.number} · revisi {printing.revision} · sidik {printing.seal}")
        sheet.letterhead(self.letterhead)
        sheet.title_of("BERITA ACARA PENGEMBALIAN KTP-EL LAMA", self.number)
        if printing.note:
            sheet.lines(f"Revisi {printing.revision}. {printing.note}", size=SMALL, style=BOLD, align="C")
            sheet.down(2)
        sheet.paragraph(
            f"Pada hari ini, {day_in_words(self.day)} ({self.day:%d-%m-%Y}), bertempat di {self.place}, telah "
            f"diserahkan kembali KTP-el lama dan surat keterangan pengganti KTP-el dari {self.source}:"
        )
        for order, person, called in ((1, self.brings, "PIHAK PERTAMA"), (2, self.takes, "PIHAK KEDUA")):
            sheet.put(f"{order}.", LEFT, sheet.get_y(), 7, LINE)
            sheet.facts((("Nama", person.name), ("Jabatan", person.position)), indent=7, label=22)
            sheet.lines(f"selanjutnya disebut {called}.", x=LEFT + 7)
            sheet.down(1.5)
        _list(sheet, self)
        _signatures(sheet, self)


def _list(sheet: Sheet, record: CardRecord) -> None:
    sheet.paragraph(
        f"PIHAK PERTAMA menyerahkan dan PIHAK KEDUA menerima {record.found} ({in_words(record.found)}) lembar, untuk "
        "disimpan dan dimusnahkan menurut ketentuan, dengan rincian menurut catatan pengambilan:"
    )
    columns = (
        Column(title="No.", width=11, align="C"),
        Column(title="Diambil di", width=62),
        Column(title="Kecamatan", width=44),
        Column(title="Tanggal", width=34),
        Column(title="Lembar", width=WIDTH - 151, align="R"),
    )
    rows = [(str(n), one.place, one.area, one.collected, str(one.count)) for n, one in enumerate(record.cards, start=1)]
    sheet.ruled(columns, rows, total=("", "Jumlah menurut catatan", "", "", str(record.expected)))
    sheet.down(2)
    if record.found != record.expected:
        sheet.paragraph(
            f"Jumlah yang dihitung berbeda dari catatan: dihitung {record.found} ({in_words(record.found)}), tercatat "
            f"{record.expected} ({in_words(record.expected)}). Selisihnya ditelusuri tersendiri."
        )
    sheet.down(2)


def _signatures(sheet: Sheet, record: CardRecord) -> None:
    sheet.room(66)
    half, top = WIDTH / 2, sheet.get_y()
    sheet.signature(LEFT, half, (" ", "PIHAK PERTAMA, yang menyerahkan"), record.brings)
    sheet.set_y(top)
    where = f"{record.signed_in}, {day_written(record.day)}" if record.signed_in else day_written(record.day)
    sheet.signature(LEFT + half, half, (where, "PIHAK KEDUA, yang menerima"), record.takes)
    sheet.down(2)
    below = sheet.get_y()
    sheet.qr(record.verify_url, LEFT, below, 24)
    sheet.set_y(below + 24)
    sheet.lines("Pindai untuk memeriksa nomor dan keaslian surat ini.", width=42, size=TINY)
    sheet.set_y(below)
    sheet.signature(LEFT + WIDTH / 4, half, ("Mengetahui,", record.knows.position or "." * 34), record.knows)
    sheet.body(BODY)
