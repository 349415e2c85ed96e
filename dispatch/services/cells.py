"""What a table is made of before anybody asks what it means: cells, limits, and why a whole file is refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_UNPACKED_BYTES = 50 * 1024 * 1024
MAX_RATIO = 50
MAX_ROWS = 20_000  # besides the heading
MAX_COLUMNS = 60
MAX_CELL_CHARACTERS = 500


class TableError(ValueError):
    """The file as a whole cannot be read. `rule` names the rule, the text is an Indonesian sentence."""

    def __init__(self, rule: str, sentence: str) -> None:
        super().__init__(sentence)
        self.rule = rule
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A cell nobody should guess at: a formula, an error value, a text without end."""

    rule: str
    sentence: str


FORMULA = Unreadable("formula", "Sel berisi rumus; tempel sebagai nilai (Paste Values).")
ERROR_VALUE = Unreadable("error_value", "Sel berisi nilai kesalahan dari Excel, misalnya #N/A.")
TOO_LONG = Unreadable("too_long", f"Isi sel lebih dari {MAX_CELL_CHARACTERS} huruf.")
TIME_OF_DAY = Unreadable("time_of_day", "Sel berisi jam, bukan teks atau tanggal.")

Cell = str | float | bool | date | datetime | Unreadable

Line = tuple[int, Sequence[Cell]]
"""Row number as a spreadsheet shows it (from 1) and its cells from column A on; empty cells are ""."""


def usable_text(text: str) -> Cell:
    """The text without surrounding blanks, unless it is a formula or too long."""
    stripped = text.strip()
    if stripped.startswith("="):
        return FORMULA
    return stripped if len(stripped) <= MAX_CELL_CHARACTERS else TOO_LONG


def too_many_rows() -> TableError:
    return TableError(
        "too_many_rows", f"Berkas berisi lebih dari {MAX_ROWS:,} baris; bagi menjadi beberapa berkas.".replace(",", ".")
    )


def too_many_columns() -> TableError:
    return TableError("too_many_columns", f"Berkas berisi lebih dari {MAX_COLUMNS} kolom.")
