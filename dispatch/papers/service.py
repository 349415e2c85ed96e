"""The service BAST: what a courier or partner did in a month, what it is paid for it, with the list of proofs.

It lists orders, codes and rupiah, and no citizen: a partner's bill needs no names.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dispatch.papers.bast import Printing
from dispatch.papers.sheet import A4, BODY, BOLD, LEFT, LINE, RIGHT, SMALL, TINY, Column, Letterhead, Person, Sheet
from dispatch.papers.words import day_in_words, day_written, in_words

WIDTH = A4[0] - LEFT - RIGHT


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLine:
    """One order that was carried to its end. `agreed`: the fare of the plan; `charged`: what is paid.

    `proofs`: code and local time of each proof, as the register of proofs has them."""

    day: date
    reference: str
    what: str
    documents: int
    delivered: int
    returned: int
    agreed: int
    rounding: int
    charged: int
    proofs: tuple[tuple[str, str], ...]

    @property
    def difference(self) -> int:
        """What is charged beyond the agreed fare and the courier's rounding."""
        return self.charged - self.agreed - self.rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceBast:
    """One month of one courier or partner."""

    letterhead: Letterhead
    number: str
    day: date
    month: str
    provider: Person
    office: Person
    knows: Person
    signed_in: str
    lines: tuple[ServiceLine, ...]
    printing: Printing
    verify_url: str

    @property
    def format(self) -> tuple[float, float]:
        return A4

    @property
    def found(self) -> int:
        """How many documents it speaks of."""
        return sum(line.documents for line in self.lines)

    @property
    def total(self) -> int:
        return sum(line.charged for line in self.lines)

    def draw(self, sheet: Sheet) -> None:
        """Both parties, the sums, the signatures; then the orders and the proofs."""
        printing = self.printing
        sheet.foot(f"BAST jasa {self.number} · {self.month} · revisi {printing.revision} · sidik {printing.seal}")
        sheet.letterhead(self.letterhead)
        sheet.title_of("BERITA ACARA SERAH TERIMA JASA PENGANTARAN", self.number)
        if printing.note:
            sheet.lines(f"Revisi {printing.revision}. {printing.note}", size=SMALL, style=BOLD, align="C")
            sheet.down(2)
        _parties(sheet, self)
        _sums(sheet, self)
        _signatures(sheet, self)
        _orders(sheet, self)
        _proofs(sheet, self)


def rupiah(amount: int) -> str:
    """ "1.482.000", with a minus where it is less than nothing."""
    return f"{amount:,}".replace(",", ".").replace("-", "−")


def _parties(sheet: Sheet, paper: ServiceBast) -> None:
    sheet.paragraph(
        f"Pada hari ini, {day_in_words(paper.day)} ({paper.day:%d-%m-%Y}), kami yang bertanda tangan di bawah ini:"
    )
    for order, person, called in ((1, paper.provider, "PIHAK PERTAMA"), (2, paper.office, "PIHAK KEDUA")):
        sheet.room(5 * LINE)
        sheet.put(f"{order}.", LEFT, sheet.get_y(), 7, LINE)
        rows = [("Nama", person.name), ("Jabatan", person.position), ("Alamat", person.address)]
        sheet.facts(rows, indent=7, label=22)
        sheet.lines(f"selanjutnya disebut {called}.", x=LEFT + 7)
        sheet.down(1.5)


def _sums(sheet: Sheet, paper: ServiceBast) -> None:
    delivered, returned = sum(one.delivered for one in paper.lines), sum(one.returned for one in paper.lines)
    sheet.paragraph(
        f"PIHAK PERTAMA telah melaksanakan jasa pengantaran dokumen kependudukan selama bulan {paper.month}, dan PIHAK "
        f"KEDUA menerima hasil pekerjaan itu: {len(paper.lines)} pesanan dengan {paper.found} dokumen, {delivered} "
        f"sampai, {returned} kembali atau tidak sampai. Rincian pesanan dan daftar bukti ada di lampiran."
    )
    agreed, rounding = sum(one.agreed for one in paper.lines), sum(one.rounding for one in paper.lines)
    columns = (Column(title="Uraian", width=100), Column(title="Rupiah", width=WIDTH - 100, align="R"))
    rows = [
        ("Ongkos menurut rencana", rupiah(agreed)),
        ("Pembulatan dan tarif terendah", rupiah(rounding)),
        ("Selisih harga mitra", rupiah(sum(one.difference for one in paper.lines))),
    ]
    sheet.ruled(columns, rows, total=("Jumlah yang dibayarkan", rupiah(paper.total)))
    sheet.down(1)
    sheet.paragraph(f"Terbilang: {in_words(paper.total)} rupiah.")
    sheet.paragraph(
        "Demikian berita acara ini dibuat dalam rangkap dua sebagai dasar pembayaran jasa pengantaran.", gap=4
    )


def _signatures(sheet: Sheet, paper: ServiceBast) -> None:
    sheet.room(66)
    half, top = WIDTH / 2, sheet.get_y()
    sheet.signature(LEFT, half, (" ", "PIHAK PERTAMA, pelaksana"), paper.provider)
    sheet.set_y(top)
    where = f"{paper.signed_in}, {day_written(paper.day)}" if paper.signed_in else day_written(paper.day)
    sheet.signature(LEFT + half, half, (where, "PIHAK KEDUA, yang menerima"), paper.office)
    sheet.down(2)
    below = sheet.get_y()
    sheet.qr(paper.verify_url, LEFT, below, 24)
    sheet.set_y(below + 24)
    sheet.lines("Pindai untuk memeriksa nomor dan keaslian surat ini.", width=42, size=TINY)
    sheet.set_y(below)
    sheet.signature(LEFT + WIDTH / 4, half, ("Mengetahui,", paper.knows.position or "." * 34), paper.knows)
    sheet.body(BODY)


def _orders(sheet: Sheet, paper: ServiceBast) -> None:
    sheet.next_page()
    sheet.lines("LAMPIRAN 1. RINCIAN PESANAN", style=BOLD)
    sheet.down(2)
    columns = (
        Column(title="No.", width=9, align="C"),
        Column(title="Tanggal", width=19),
        Column(title="Pesanan", width=36),
        Column(title="Isi", width=34),
        Column(title="Dok.", width=11, align="R"),
        Column(title="Sampai", width=14, align="R"),
        Column(title="Ongkos", width=17, align="R"),
        Column(title="Selisih", width=14, align="R"),
        Column(title="Dibayar", width=WIDTH - 154, align="R"),
    )
    rows = [
        (
            str(n), f"{one.day:%d-%m-%Y}", one.reference, one.what, str(one.documents), str(one.delivered),
            rupiah(one.agreed), rupiah(one.rounding + one.difference), rupiah(one.charged),
        )
        for n, one in enumerate(paper.lines, start=1)
    ]  # fmt: skip
    total = (
        "", "", "Jumlah", "", str(paper.found), str(sum(one.delivered for one in paper.lines)),
        rupiah(sum(one.agreed for one in paper.lines)),
        rupiah(sum(one.rounding + one.difference for one in paper.lines)), rupiah(paper.total),
    )  # fmt: skip
    sheet.ruled(columns, rows, total=total, size=TINY, height=4.6)


def _proofs(sheet: Sheet, paper: ServiceBast) -> None:
    proofs: Sequence[tuple[str, str, str]] = [
        (one.reference, code, at) for one in paper.lines for code, at in one.proofs
    ]
    sheet.down(6)
    sheet.room(30)
    sheet.lines(f"LAMPIRAN 2. DAFTAR BUKTI ({len(proofs)})", style=BOLD)
    sheet.down(2)
    columns = (
        Column(title="No.", width=12, align="C"),
        Column(title="Pesanan", width=50),
        Column(title="Kode bukti", width=50),
        Column(title="Dicatat", width=WIDTH - 112),
    )
    rows = [(str(n), *proof) for n, proof in enumerate(proofs, start=1)]
    sheet.ruled(columns, rows, size=TINY, height=4.6)
    sheet.down(3)
    sheet.paragraph(f"Ujung catatan saat dicetak: {paper.printing.head}.", size=TINY)
