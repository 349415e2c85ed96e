"""Labels for the envelopes: where a batch goes and its code, large, and as a QR that says exactly the code."""

from collections.abc import Sequence
from dataclasses import dataclass

from dispatch.papers.sheet import A4, BOLD, SMALL, TINY, Sheet

ACROSS, DOWN = 3, 8
SINGLE = (100.0, 60.0)  # mm, a common label of thermal printers


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One envelope. `way`: by which route and stop, or that it goes with the post."""

    code: str
    place: str
    area: str
    documents: int
    way: str
    office: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelSheet:
    """At most 24 labels on one A4 sheet of 70 × 37 mm labels, row by row."""

    labels: tuple[Label, ...]

    @property
    def format(self) -> tuple[float, float]:
        return A4

    def draw(self, sheet: Sheet) -> None:
        width, height = A4[0] / ACROSS, A4[1] / DOWN
        sheet.set_auto_page_break(False)
        for number, label in enumerate(self.labels):
            x, y = (number % ACROSS) * width, (number // ACROSS) * height
            _small(sheet, label, x, y, width, height)


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleLabel:
    """One label on a page of its own, for a label printer."""

    label: Label

    @property
    def format(self) -> tuple[float, float]:
        return SINGLE

    def draw(self, sheet: Sheet) -> None:
        label, side = self.label, 40.0
        sheet.qr(label.code, SINGLE[0] - side - 3, 3, side)
        room = SINGLE[0] - side - 8
        sheet.body(SMALL)
        sheet.put(label.office, 4, 4, room, 5)
        sheet.body(26, BOLD)
        sheet.put(label.code, 4, 12, room, 12)
        sheet.body(11)
        sheet.put(f"{label.documents} dokumen", 4, 25, room, 6)
        sheet.body(SMALL)
        for number, line in enumerate(sheet.wrapped(label.way, room)[:2]):
            sheet.put(line, 4, 32 + number * 4, room, 4)
        _fitted(sheet, label.place, 4, 44, SINGLE[0] - 8, 15)
        sheet.body(10)
        sheet.put(label.area, 4, 51, SINGLE[0] - 8, 5)


def label_sheets(labels: Sequence[Label]) -> list[LabelSheet]:
    """As many A4 sheets as the labels need."""
    each = ACROSS * DOWN
    return [LabelSheet(labels=tuple(labels[at : at + each])) for at in range(0, len(labels), each)]


def _small(sheet: Sheet, label: Label, x: float, y: float, width: float, height: float) -> None:
    """Nothing within 4 mm of the edge: office printers do not print there, and sheets slip."""
    side, edge = 24.0, 5.0
    sheet.qr(label.code, x + width - side - edge + 1, y + edge - 2, side)
    room = width - side - 2 * edge
    sheet.body(17, BOLD)
    sheet.put(label.code, x + edge, y + edge, room, 8)
    sheet.body(SMALL)
    sheet.put(f"{label.documents} dokumen", x + edge, y + 13.5, room, 4)
    sheet.body(TINY)
    for number, line in enumerate(sheet.wrapped(label.way, room)[:2]):
        sheet.put(line, x + edge, y + 17.8 + number * 3, room, 3)
    _fitted(sheet, label.place, x + edge, y + height - 12.6, width - 2 * edge, 10)
    sheet.body(TINY)
    sheet.put(f"{label.area} · {label.office}", x + edge, y + height - 7.4, width - 2 * edge, 3.4)


def _fitted(sheet: Sheet, text: str, x: float, y: float, room: float, size: float) -> None:
    """Bold text on one line, as large as fits."""
    sheet.body(size, BOLD)
    wide = sheet.text_width(text)
    if wide > room:
        sheet.body(max(6.0, size * room / wide), BOLD)
    sheet.put(text, x, y, room, 5)
