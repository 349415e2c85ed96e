"""The custody BAST: who hands which documents to whom, counted and listed. Never a NIK or a KK number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dispatch.papers.sheet import A4, BODY, LEFT, LINE, RIGHT, SMALL, TINY, Column, Letterhead, Person, Sheet
from dispatch.papers.words import day_in_words, day_written, in_words

WIDTH = A4[0] - LEFT - RIGHT


@dataclass(frozen=True, slots=True, kw_only=True)
class KindCount:
    """So many documents of one kind."""

    kind: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedDocument:
    """One line of the annex. `result`: what the receiver counted ("ada", "tidak ada", "rusak"), empty before."""

    code: str
    kind: str
    holder: str
    registration: str
    result: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What the receiver found when counting, and when (already written in the office's time)."""

    by: str
    at: str
    received: int
    missing: int
    damaged: int
    extra: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Printing:
    """Which print of the paper this is. `seal`: short keyed fingerprint of what it says; `head`: end of the trail."""

    revision: int
    seal: str
    head: str
    note: str = ""  # what a later revision replaces, and why


@dataclass(frozen=True, slots=True, kw_only=True)
class Bast:
    """One paper. `verify_url` is what its QR opens."""

    letterhead: Letterhead
    number: str
    day: date
    place: str
    giver: Person
    receiver: Person
    knows: Person
    signed_in: str
    batch_code: str
    carried_by: str
    kinds: tuple[KindCount, ...]
    documents: tuple[ListedDocument, ...]
    old_cards: int | None  # None: to be filled in by hand
    counted: Counted | None
    printing: Printing
    verify_url: str

    @property
    def format(self) -> tuple[float, float]:
        return A4

    def draw(self, sheet: Sheet) -> None:
        """The paper of one page, then its annex."""
        sheet.foot(_footer(self))
        sheet.letterhead(self.letterhead)
        sheet.title_of("BERITA ACARA SERAH TERIMA DOKUMEN KEPENDUDUKAN", self.number)
        _replaced(sheet, self.printing)
        _parties(sheet, self)
        _counts(sheet, self)
        _transfer(sheet, self)
        _signatures(sheet, self)
        _annex(sheet, self)


def _footer(paper: Bast) -> str:
    printing = paper.printing
    return f"BAST {paper.number} · batch {paper.batch_code} · revisi {printing.revision} · sidik {printing.seal}"


def _replaced(sheet: Sheet, printing: Printing) -> None:
    if printing.note:
        sheet.lines(f"Revisi {printing.revision}. {printing.note}", size=SMALL, style="B", align="C")
        sheet.down(2)


def _parties(sheet: Sheet, paper: Bast) -> None:
    sheet.paragraph(
        f"Pada hari ini, {day_in_words(paper.day)} ({paper.day:%d-%m-%Y}), bertempat di {paper.place}, "
        "kami yang bertanda tangan di bawah ini:"
    )
    for order, person, called in ((1, paper.giver, "PIHAK PERTAMA"), (2, paper.receiver, "PIHAK KEDUA")):
        sheet.room(5 * LINE)
        sheet.put(f"{order}.", LEFT, sheet.get_y(), 7, LINE)
        rows = [("Nama", person.name)]
        if order == 1:
            rows.append(("NIP", person.number))
        rows += [("Jabatan", person.position), ("Alamat", person.address)]
        sheet.facts(rows, indent=7, label=22)
        sheet.lines(f"selanjutnya disebut {called}.", x=LEFT + 7)
        sheet.down(1.5)


def _counts(sheet: Sheet, paper: Bast) -> None:
    total = len(paper.documents)
    sheet.paragraph(
        "PIHAK PERTAMA menyerahkan kepada PIHAK KEDUA, dan PIHAK KEDUA menerima dari PIHAK PERTAMA, dokumen "
        f"kependudukan dalam satu sampul tersegel berkode {paper.batch_code} ({paper.carried_by}), yaitu:"
    )
    columns = (
        Column(title="No.", width=11, align="C"),
        Column(title="Jenis dokumen", width=66),
        Column(title="Jumlah", width=20, align="R"),
        Column(title="Terbilang", width=48),
        Column(title="Keadaan", width=WIDTH - 145, align="C"),
    )
    rows = [
        (str(n), kind.kind, str(kind.count), in_words(kind.count), "baik")
        for n, kind in enumerate(paper.kinds, start=1)
    ]
    sheet.ruled(columns, rows, total=("", "Jumlah", str(total), in_words(total), ""))
    sheet.down(2.5)


def _transfer(sheet: Sheet, paper: Bast) -> None:
    cards = "........ lembar" if paper.old_cards is None else f"{paper.old_cards} ({in_words(paper.old_cards)}) lembar"
    sheet.paragraph(f"KTP-el lama atau surat keterangan yang diserahkan kembali kepada PIHAK PERTAMA: {cards}.")
    if paper.counted is not None:
        found = paper.counted
        words = [
            f"{found.received} ada",
            f"{found.missing} tidak ada",
            f"{found.damaged} rusak",
            f"{found.extra} lebih",
        ]
        sheet.paragraph(f"Hasil hitung oleh {found.by}, {found.at}: {', '.join(words)}. Rincian ada di lampiran.")
    sheet.paragraph(
        "Sejak berita acara ini ditandatangani, tanggung jawab atas penyimpanan dokumen dan penyerahannya kepada yang "
        "berhak beralih kepada PIHAK KEDUA. Dokumen yang tidak dapat diserahkan dikembalikan kepada PIHAK PERTAMA."
    )
    sheet.paragraph(
        "Demikian berita acara ini dibuat dalam rangkap dua untuk dipergunakan sebagaimana mestinya. Daftar dokumen "
        "pada lampiran merupakan bagian yang tidak terpisahkan.",
        gap=4,
    )


def _signatures(sheet: Sheet, paper: Bast) -> None:
    sheet.room(62)
    half = WIDTH / 2
    top = sheet.get_y()
    sheet.signature(LEFT, half, ("", "PIHAK KEDUA, yang menerima"), paper.receiver)
    sheet.set_y(top)
    where = f"{paper.signed_in}, {day_written(paper.day)}" if paper.signed_in else day_written(paper.day)
    sheet.signature(LEFT + half, half, (where, "PIHAK PERTAMA, yang menyerahkan"), paper.giver)
    sheet.down(2)
    below = sheet.get_y()
    sheet.signature(LEFT + WIDTH / 4, half, ("Mengetahui,", paper.knows.position or "." * 34), paper.knows, space=14)
    _verification(sheet, paper, below)


def _verification(sheet: Sheet, paper: Bast, y: float) -> None:
    """The code beside the lowest signature, and in words what it is for."""
    side = 24.0
    sheet.qr(paper.verify_url, LEFT, y, side)
    sheet.set_y(y + side)
    sheet.lines("Pindai untuk memeriksa nomor dan keaslian surat ini.", width=42, size=TINY)


def _annex(sheet: Sheet, paper: Bast) -> None:
    sheet.next_page()
    sheet.lines("LAMPIRAN", size=BODY, style="B")
    sheet.facts(
        (
            ("Berita acara", f"Nomor {paper.number}"),
            ("Tanggal", day_written(paper.day)),
            ("Tujuan", paper.place),
            ("Batch", f"{paper.batch_code}, {len(paper.documents)} ({in_words(len(paper.documents))}) dokumen"),
        )
    )
    sheet.down(3)
    columns = (
        Column(title="No.", width=11, align="C"),
        Column(title="Kode", width=24),
        Column(title="Jenis dokumen", width=35),
        Column(title="Atas nama", width=52),
        Column(title="Nomor registrasi", width=32),
        Column(title="Hasil", width=WIDTH - 154, align="C"),
    )
    sheet.ruled(columns, _annex_rows(paper.documents))
    sheet.down(4)
    sheet.paragraph(f"Ujung catatan serah terima saat dicetak: {paper.printing.head}.", size=TINY)
    sheet.room(18)
    dots = "." * 30
    sheet.lines(f"Paraf PIHAK PERTAMA {dots}     Paraf PIHAK KEDUA {dots}", size=SMALL)


def _annex_rows(documents: Sequence[ListedDocument]) -> list[tuple[str, ...]]:
    return [
        (str(n), line.code, line.kind, line.holder, line.registration, line.result or "☐")
        for n, line in enumerate(documents, start=1)
    ]
