"""When each waiting card will be printed: the queue, the blanks and what the printers make, day by day. Pure.

Where blanks run out and nobody announced more, they are assumed to come after `blank_gap` working days: a guess, said
as one, that is made anew every day.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """One card of a print point's queue, in its order."""

    document_id: str
    depot_id: str
    blank: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintDay:
    """What one working day can print: in all, and at single print points (None: as many as there are)."""

    day: date
    quota: int
    points: Mapping[str, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """When a card will be printed. `cause`: why not on the first day: "", "queue" or "blanks"; `guessed`: see above."""

    day: date
    cause: str
    guessed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Blanks:
    """(Print point, blank) → pieces there, and what was announced: (print point, blank) → [(day, pieces)]."""

    stock: Mapping[tuple[str, str], int]
    coming: Mapping[tuple[str, str], Sequence[tuple[date, int]]] = field(default_factory=dict)


def expected_prints(
    queue: Sequence[Waits], days: Iterable[PrintDay], blanks: Blanks, *, blank_gap: int
) -> Mapping[str, Expected]:
    """Document → its print day. Cards that `days` does not reach are left out."""
    waiting: dict[tuple[str, str], deque[int]] = defaultdict(deque)
    for place, card in enumerate(queue):
        waiting[card.depot_id, card.blank].append(place)
    stock = dict(blanks.stock)
    coming = {key: sorted(found) for key, found in blanks.coming.items()}
    dry: dict[tuple[str, str], int] = {}
    short: set[tuple[str, str]] = set()
    guessed: set[tuple[str, str]] = set()
    found: dict[str, Expected] = {}
    for number, today in enumerate(days):
        for key in waiting:
            while coming.get(key) and coming[key][0][0] <= today.day:
                stock[key] = stock.get(key, 0) + coming[key].pop(0)[1]
            if stock.get(key, 0) or not waiting[key]:
                dry.pop(key, None)
                continue
            short.add(key)
            if not coming.get(key):
                dry[key] = dry.get(key, 0) + 1
                if dry[key] > blank_gap:
                    stock[key] = len(waiting[key])
                    guessed.add(key)
        _print(today, queue, waiting, stock, found, first=number == 0, guessed=guessed, short=short)
        if not any(waiting.values()):
            break
    return found


def _print(
    today: PrintDay,
    queue: Sequence[Waits],
    waiting: Mapping[tuple[str, str], deque[int]],
    stock: dict[tuple[str, str], int],
    found: dict[str, Expected],
    *,
    first: bool,
    guessed: set[tuple[str, str]],
    short: set[tuple[str, str]],
) -> None:
    quota, room = today.quota, dict(today.points)
    while quota > 0:
        able = [
            (places[0], key)
            for key, places in waiting.items()
            if places and stock.get(key, 0) and room.get(key[0], 0) != 0
        ]
        if not able:
            return
        place, key = min(able)
        waiting[key].popleft()
        stock[key] -= 1
        quota -= 1
        left = room.get(key[0], 0)
        if left is not None:
            room[key[0]] = left - 1
        late = "blanks" if key in short else "queue"
        found[queue[place].document_id] = Expected(day=today.day, cause="" if first else late, guessed=key in guessed)
