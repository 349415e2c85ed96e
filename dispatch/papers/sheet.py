"""The paper itself: A4, one embedded typeface, an office's letterhead, tables whose headings repeat, QR codes, footers.

Several papers may share one file; each counts its own pages ("halaman 1/3"), so the footers are written when a paper
ends. The same values always give the same bytes: the only date in the file is the one that is passed in.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Protocol

import segno
from fpdf import FPDF

FONTS = Path(__file__).parent / "fonts"
FAMILY = "DejaVu"
LEFT, RIGHT, TOP, BOTTOM = 22.0, 18.0, 13.0, 17.0  # mm; wide enough on the left to be filed
A4 = (210.0, 297.0)
LINE = 4.7  # mm of a line of body text
BODY, SMALL, TINY = 9.5, 8.5, 7.0  # pt
PAD = 1.2  # mm between a table's line and its text
DOTS = "." * 44

Align = Literal["L", "C", "R"]
Style = Literal["", "B"]
PLAIN: Style = ""
BOLD: Style = "B"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """What stands on top of every paper of an office. `lines`: largest unit first; `small`: address, telephone."""

    lines: tuple[str, ...]
    small: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who signs. What is empty is left as dots, to be filled in by hand."""

    name: str = ""
    number: str = ""  # NIP of a civil servant
    position: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table. `width` in mm."""

    title: str
    width: float
    align: Align = "L"


class Paper(Protocol):
    """Anything that can draw itself. `format`: mm wide, mm high; it begins on a fresh page."""

    @property
    def format(self) -> tuple[float, float]: ...

    def draw(self, sheet: "Sheet") -> None: ...


def pdf(
    papers: Sequence[Paper], *, title: str, made_at: datetime, on_drawn: Callable[[int], None] = lambda _count: None
) -> bytes:
    """One file with these papers, one after another. `on_drawn` hears how many are done."""
    sheet = Sheet(title, made_at)
    for count, paper in enumerate(papers, start=1):
        sheet.begin(paper.format)
        paper.draw(sheet)
        sheet.end()
        on_drawn(count)
    return bytes(sheet.output())


class Sheet(FPDF):
    """Pages with what our papers share."""

    def __init__(self, title: str, made_at: datetime) -> None:
        super().__init__(format="A4", unit="mm")
        # the fonts are given without a date of their own; the file's only date is the caller's
        self.set_creation_date(made_at.astimezone(UTC))
        self.set_title(title)
        self.set_creator("Antar")
        self.set_lang("id")
        self.add_font(FAMILY, "", FONTS / "DejaVuSans.ttf")
        self.add_font(FAMILY, "B", FONTS / "DejaVuSans-Bold.ttf")
        self.set_margins(LEFT, TOP, RIGHT)
        self._format = A4
        self._first = 1
        self._foot = ""
        self._widths: dict[str, dict[str, float]] = {}  # style → sign → width at size 1

    def begin(self, size: tuple[float, float]) -> None:
        """A new paper on a new page."""
        self._format, self._foot = size, ""
        self.set_auto_page_break(size == A4, BOTTOM)
        self.next_page()
        self._first = self.page

    def next_page(self) -> None:
        self.add_page(format=self._format)
        self.body()

    def foot(self, text: str) -> None:
        """What the footer of this paper's pages says beside the page number; none without it."""
        self._foot = text

    def end(self) -> None:
        """Write the footers of the paper that ends: only now is it known how many pages it has."""
        if not self._foot:
            return
        last, pages = self.page, self.page - self._first + 1
        self.set_auto_page_break(False)
        for number in range(1, pages + 1):
            self.page = self._first + number - 1
            self.font_family = ""  # another page knows nothing of the font that was chosen last
            self.set_font(FAMILY, "", TINY)
            self.set_draw_color(150)
            y = A4[1] - 13
            self.line(LEFT, y, A4[0] - RIGHT, y)
            self.put(self._foot, LEFT, y + 1, 130, 4)
            self.put(f"halaman {number}/{pages}", A4[0] - RIGHT - 40, y + 1, 40, 4, "R")
        self.page = last

    # text: written line by line; fpdf's own breaking of lines takes two thirds of the time of a paper

    def body(self, size: float = BODY, style: Style = "") -> None:
        self.set_font(FAMILY, style, size)

    def text_width(self, text: str) -> float:
        """How wide the text is in the present font, in mm."""
        known = self._widths.setdefault(self.font_style, {})
        total = 0.0
        for sign in text:
            if sign not in known:
                known[sign] = self.get_string_width(sign) / self.font_size
            total += known[sign]
        return total * self.font_size

    def put(self, text: str, x: float, y: float, width: float, height: float, align: Align = "L") -> None:
        """One line of text in a place, in the present font; nothing is cut, nothing moves."""
        if not text:
            return
        if align != "L":
            spare = width - self.text_width(text)
            x += spare / 2 if align == "C" else spare
        # DejaVu's letters stand on a line a third of their size below the middle
        self.text(x, y + height / 2 + self.font_size * 0.34, text)

    def lines(
        self, text: str, *, x: float = LEFT, width: float = 0, size: float = BODY, style: Style = "", align: Align = "L"
    ) -> None:
        """Text in as many lines as it needs, from x on; the next text begins below it."""
        self.body(size, style)
        width = width or A4[0] - RIGHT - x
        step = LINE * size / BODY
        for line in self.wrapped(text, width):
            self.room(step)
            self.put(line, x, self.get_y(), width, step, align)
            self.set_y(self.get_y() + step)
        self.body()

    def paragraph(self, text: str, *, size: float = BODY, gap: float = 1.8) -> None:
        self.lines(text, size=size)
        self.down(gap)

    def down(self, gap: float) -> None:
        """Leave so many mm free."""
        self.set_y(self.get_y() + gap)

    def letterhead(self, head: Letterhead) -> None:
        """The office's name between the margins and the double line under it."""
        for number, line in enumerate(head.lines):
            self.lines(line, size=12 if number == 0 else 13, style="B", align="C")
        for line in head.small:
            self.lines(line, size=SMALL, align="C")
        y = self.get_y() + 1.5
        self.set_draw_color(0)
        self.set_line_width(0.8)
        self.line(LEFT, y, A4[0] - RIGHT, y)
        self.set_line_width(0.25)
        self.line(LEFT, y + 1, A4[0] - RIGHT, y + 1)
        self.set_y(y + 5)

    def title_of(self, title: str, number: str = "") -> None:
        """The paper's name, and under it its number."""
        self.lines(title, size=12, style="B", align="C")
        if number:
            self.lines(f"Nomor: {number}", align="C")
        self.down(3.5)

    def facts(self, rows: Sequence[tuple[str, str]], *, indent: float = 0, label: float = 32) -> None:
        """ "Nama : …" lines; what is empty is dots."""
        for name, value in rows:
            self.room(LINE)
            y = self.get_y()
            self.put(name, LEFT + indent, y, label, LINE)
            self.put(":", LEFT + indent + label, y, 4, LINE)
            self.lines(value or DOTS, x=LEFT + indent + label + 4)

    # tables

    def ruled(
        self,
        columns: Sequence[Column],
        rows: Sequence[Sequence[str]],
        *,
        total: Sequence[str] = (),
        size: float = SMALL,
        height: float = 5.4,
    ) -> None:
        """A ruled table; its headings come again on every page, a row is never torn apart."""
        self.set_line_width(0.2)
        self.set_draw_color(90)
        self._heading(columns, size, height)
        for row in rows:
            self._row(columns, row, size, height)
        if total:
            self._row(columns, total, size, height, style="B")
        self.body()

    def _heading(self, columns: Sequence[Column], size: float, height: float) -> None:
        self.set_fill_color(232)
        self.body(size, "B")
        wrapped = [self.wrapped(column.title, column.width - 2 * PAD) for column in columns]
        tall = height * max(map(len, wrapped))
        self.room(tall + height)
        self._cells(columns, wrapped, size, height, tall, style="B", fill=True, centred=True)

    def _row(
        self, columns: Sequence[Column], row: Sequence[str], size: float, height: float, style: Style = ""
    ) -> None:
        self.body(size, style)
        wrapped = [self.wrapped(text, c.width - 2 * PAD) for text, c in zip(row, columns, strict=True)]
        step = height if max(map(len, wrapped)) == 1 else height * 0.8
        tall = max(height, step * max(map(len, wrapped)))
        if self.will_page_break(tall):
            self.next_page()
            self.set_line_width(0.2)
            self.set_draw_color(90)
            self._heading(columns, size, height)
        self._cells(columns, wrapped, size, step, tall, style=style)

    def _cells(
        self,
        columns: Sequence[Column],
        wrapped: Sequence[Sequence[str]],
        size: float,
        step: float,
        tall: float,
        *,
        style: Style = "",
        fill: bool = False,
        centred: bool = False,
    ) -> None:
        self.body(size, style)
        x, y = LEFT, self.get_y()
        for column, lines in zip(columns, wrapped, strict=True):
            self.rect(x, y, column.width, tall, style="DF" if fill else "D")
            below = y + (tall - step * len(lines)) / 2
            for number, line in enumerate(lines):
                place = (x + PAD, below + number * step, column.width - 2 * PAD, step)
                self.put(line, *place, "C" if centred else column.align)
            x += column.width
        self.set_xy(LEFT, y + tall)

    def wrapped(self, text: str, room: float) -> list[str]:
        """The text in lines of the present font that fit into `room` mm; a word longer than a line is cut."""
        if self.text_width(text) <= room:
            return [text]
        lines, line = [], ""
        for word in text.split():
            longer = f"{line} {word}".strip()
            if self.text_width(longer) <= room:
                line = longer
                continue
            if line:
                lines.append(line)
            while self.text_width(word) > room:
                fits = next(n for n in range(len(word) - 1, 0, -1) if n == 1 or self.text_width(word[:n]) <= room)
                lines.append(word[:fits])
                word = word[fits:]
            line = word
        return [*lines, line] if line else lines

    # marks

    def qr(self, text: str, x: float, y: float, side: float) -> None:
        """A QR code as vector squares, with the quiet zone inside `side` mm."""
        code = segno.make(text, error="m", micro=False)
        rows = [list(row) for row in code.matrix]
        quiet = 2
        step = side / (len(rows) + 2 * quiet)
        self.set_fill_color(0)
        for line, row in enumerate(rows):
            start = 0
            while start < len(row):
                end = start
                while end < len(row) and row[end] == row[start]:
                    end += 1
                if row[start]:
                    place = (x + (quiet + start) * step, y + (quiet + line) * step)
                    # a hair taller than a row, so that no white line shows between two of them
                    self.rect(*place, (end - start) * step, step * 1.03, style="F")
                start = end

    def box(self, x: float, y: float, side: float = 3.6) -> None:
        """An empty square to tick."""
        self.set_line_width(0.25)
        self.set_draw_color(0)
        self.rect(x, y, side, side)

    def signature(self, x: float, width: float, heading: Sequence[str], person: Person, *, space: float = 14) -> None:
        """Who signs, space for the signature and the stamp, the name or dots in brackets. Leaves y below."""
        for line in heading:
            self.lines(line or " ", x=x, width=width, align="C")
        self.down(space)
        name, style = (person.name, BOLD) if person.name else ("(" + "." * 36 + ")", PLAIN)
        self.lines(name, x=x, width=width, align="C", style=style)
        if person.number:
            self.lines(f"NIP {person.number}", x=x, width=width, align="C")

    def room(self, height: float) -> None:
        """Go to the next page when less than this is left here."""
        if self.will_page_break(height):
            self.next_page()
