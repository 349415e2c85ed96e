"""The manifest of a route: what the courier takes where, in order, with boxes to tick. No citizen is on it."""

from dataclasses import dataclass
from datetime import date

from dispatch.papers.sheet import A4, BOLD, LEFT, LINE, RIGHT, SMALL, TINY, Letterhead, Person, Sheet
from dispatch.papers.words import day_of_week, in_words

WIDTH = A4[0] - LEFT - RIGHT
_LEFT_PART = 96.0  # mm for the place; batches and boxes stand to its right
_BATCH_STEP = 5.6


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestBatch:
    """A batch on a stop."""

    code: str
    documents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestStop:
    """One visit. Times are written already ("08.40"); `window`: when the place receives."""

    position: int
    place: str
    area: str
    contact: str
    arrival: str
    window: str
    batches: tuple[ManifestBatch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The list one courier leaves with."""

    letterhead: Letterhead
    day: date
    route: int
    courier: str
    depot: str
    leaves: str
    returns: str
    distance: str
    stops: tuple[ManifestStop, ...]

    @property
    def format(self) -> tuple[float, float]:
        return A4

    @property
    def documents(self) -> int:
        return sum(batch.documents for stop in self.stops for batch in stop.batches)

    def draw(self, sheet: Sheet) -> None:
        """Facts, one row a stop, totals, signatures of who loads and who carries."""
        sheet.foot(f"Manifes rute {self.route} · {self.day:%d-%m-%Y} · {self.courier}")
        sheet.letterhead(self.letterhead)
        sheet.title_of(f"MANIFES RUTE {self.route}")
        batches = sum(len(stop.batches) for stop in self.stops)
        sheet.facts(
            (
                ("Hari, tanggal", day_of_week(self.day)),
                ("Kurir", self.courier),
                ("Berangkat", f"{self.leaves} dari {self.depot}, kembali sekitar {self.returns} ({self.distance})"),
                ("Muatan", f"{self.documents} dokumen dalam {batches} batch, {len(self.stops)} tujuan"),
            )
        )
        sheet.down(3)
        _heading(sheet)
        for stop in self.stops:
            _stop(sheet, stop)
        sheet.down(3)
        sheet.lines(
            f"Jumlah: {self.documents} ({in_words(self.documents)}) dokumen, {batches} ({in_words(batches)}) batch.",
            style=BOLD,
        )
        sheet.lines("Batch yang tidak ada saat dimuat tetap di kantor; coret barisnya.", size=SMALL)
        sheet.down(5)
        sheet.room(34)
        top = sheet.get_y()
        sheet.signature(LEFT, WIDTH / 2, ("Kurir, yang membawa",), Person(name=self.courier))
        sheet.set_y(top)
        sheet.signature(LEFT + WIDTH / 2, WIDTH / 2, ("Petugas, yang memuat",), Person())


def _heading(sheet: Sheet) -> None:
    sheet.room(20)
    y = sheet.get_y()
    sheet.set_fill_color(232)
    sheet.rect(LEFT, y, WIDTH, 6, style="F")
    sheet.body(SMALL, BOLD)
    for text, x in (("No.", 1.5), ("Tujuan", 11), ("Batch", 98), ("Dok.", 122), ("Muat", 137), ("Serah", 154)):
        sheet.put(text, LEFT + x, y, 30, 6)
    sheet.set_y(y + 6)


def _stop(sheet: Sheet, stop: ManifestStop) -> None:
    sheet.body(SMALL)
    area, contact = sheet.wrapped(stop.area, _LEFT_PART - 12), sheet.wrapped(stop.contact, _LEFT_PART - 12)
    tall = max((2 + len(area) + (len(contact) if stop.contact else 0)) * 4.3 + 2, len(stop.batches) * _BATCH_STEP + 3)
    if sheet.will_page_break(tall):
        sheet.next_page()
        _heading(sheet)
    y = sheet.get_y()
    sheet.body(11, BOLD)
    sheet.put(str(stop.position), LEFT, y + 1, 9, LINE, "C")
    sheet.body(style=BOLD)
    sheet.put(stop.place, LEFT + 11, y + 1, _LEFT_PART, LINE)
    sheet.body(SMALL)
    below = y + 1 + LINE
    for line in (*area, f"Tiba {stop.arrival} · terima {stop.window}", *(contact if stop.contact else ())):
        sheet.put(line, LEFT + 11, below, _LEFT_PART, 4.3)
        below += 4.3
    for number, batch in enumerate(stop.batches):
        row = y + 1 + number * _BATCH_STEP
        sheet.body(style=BOLD)
        sheet.put(batch.code, LEFT + 98, row, 24, _BATCH_STEP)
        sheet.body()
        sheet.put(str(batch.documents), LEFT + 118, row, 12, _BATCH_STEP, "R")
        sheet.box(LEFT + 140, row + 0.9)
        sheet.box(LEFT + 158, row + 0.9)
    sheet.set_draw_color(150)
    sheet.set_line_width(0.2)
    sheet.line(LEFT, y + tall, A4[0] - RIGHT, y + tall)
    sheet.set_y(y + tall)
    sheet.body(TINY)
