"""The month in one picture: what was printed, came in, left, arrived and waits, by cause; and whether promises held."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from dispatch.said import say
from dispatch.services.calendar import Calendar
from dispatch.services.printing import UNPRINTED
from dispatch.services.reports.period import Period
from dispatch.services.reports.stock import ENDED, moves, stock_at
from dispatch.store.db import now
from dispatch.store.models import Document, Event

CAUSES: dict[str, tuple[str, tuple[str, ...]]] = {
    "blank": (say("menunggu blangko"), ("waiting_blank",)),
    "printing": (say("sedang dicetak"), ("printing",)),
    "office": (say("di kantor, menunggu isi batch atau hari berangkat"), ("ready",)),
    "batched": (say("dalam batch, menunggu rute"), ("batched",)),
    "road": (say("di jalan"), ("out",)),
    "desk": (say("di kantor desa, menunggu diambil warga"), ("at_village",)),
    "back": (say("kembali karena gagal diserahkan"), ("returning", "returned")),
    "held": (say("ditahan"), ("held",)),
}
"""Why a document waits: the words, and the states it is read from. A state that is in none is told by its own name."""


@dataclass(slots=True)
class Picture:
    """One place's month. `opening + entered = delivered + ended + waiting`, document for document."""

    printed: int = 0
    opening: int = 0
    entered: int = 0
    departures: int = 0
    """Times a document left the office; one that came back and left again counts twice."""
    delivered: int = 0
    ended: int = 0
    """Withdrawn, printed by the holder, or lost."""
    waiting: Counter[str] = field(default_factory=Counter)
    promised: int = 0
    """Promised for a day of the period: kept + late + open + not due + without an end at the citizen's."""
    kept: int = 0
    late: int = 0
    overdue: int = 0
    due_later: int = 0
    promise_void: int = 0

    @property
    def still_waiting(self) -> int:
        """All that had no end when the period was over."""
        return sum(self.waiting.values())

    @property
    def kept_share(self) -> float | None:
        """Of the promises whose day has come, those that were kept."""
        judged = self.kept + self.late + self.overdue
        return self.kept / judged if judged else None

    def add(self, other: "Picture") -> None:
        """Join another place's month to this one."""
        for name in _NUMBERS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.waiting.update(other.waiting)


_NUMBERS = (
    "printed", "opening", "entered", "departures", "delivered", "ended", "promised", "kept", "late", "overdue",
    "due_later", "promise_void",
)  # fmt: skip


def by_village(session: Session, office: str, period: Period, calendar: Calendar) -> dict[str, Picture]:
    """The month of every village that had documents. The end of a period still going on is now."""
    found: dict[str, Picture] = {}

    def of(village: str) -> Picture:
        return found.setdefault(village, Picture())

    for (village, state), number in stock_at(session, office, period.start).items():
        if state not in ENDED:
            of(village).opening += number
    for (village, state), number in stock_at(session, office, min(period.end, now(session))).items():
        if state not in ENDED:
            of(village).waiting[cause_of(state)] += number
    for (village, start, end), number in moves(session, office, period).items():
        picture = of(village)
        picture.entered += number if not start else 0
        picture.departures += number if end == "out" else 0
        picture.delivered += number if end == "delivered" else 0
        picture.ended += number if end in ENDED - {"delivered"} else 0
    _printed(session, office, period, of)
    _promises(session, office, period, calendar, of)
    return found


def together(pictures: dict[str, Picture]) -> Picture:
    """The whole office, or a kecamatan, from its villages."""
    whole = Picture()
    for picture in pictures.values():
        whole.add(picture)
    return whole


def by_district(pictures: dict[str, Picture]) -> dict[str, Picture]:
    """The same by kecamatan."""
    found: dict[str, Picture] = {}
    for village, picture in pictures.items():
        found.setdefault(village[:8], Picture()).add(picture)
    return found


def cause_of(state: str) -> str:
    """The key of the cause a state is read as."""
    return next((key for key, (_, states) in CAUSES.items() if state in states), state)


def cause_words(key: str) -> str:
    """A cause as people say it."""
    return CAUSES[key][0] if key in CAUSES else key


def _printed(session: Session, office: str, period: Period, of: Callable[[str], Picture]) -> None:
    rows = session.execute(
        select(Document.village_code, func.count())
        .where(Document.office == office, Document.printed_on.between(period.first, period.last))
        .where(Document.state.not_in(UNPRINTED))
        .group_by(Document.village_code)
    )
    for village, number in rows:
        of(village).printed += number


def _promises(session: Session, office: str, period: Period, calendar: Calendar, of: Callable[[str], Picture]) -> None:
    today = calendar.local_date(now(session))
    # nothing follows a hand-over, so a delivered document's newest event is that: found by its version
    newest = and_(Event.subject_kind == "document", Event.subject_id == Document.id, Event.version == Document.version)
    rows = session.execute(
        select(Document.village_code, Document.promised_on, Document.state, Event.at)
        .outerjoin(Event, newest)
        .where(Document.office == office, Document.promised_on.between(period.first, period.last))
    )
    for village, promised_on, state, at in rows:
        picture = of(village)
        picture.promised += 1
        name = _judged(promised_on, state, calendar.local_date(at) if state == "delivered" else None, today)
        setattr(picture, name, getattr(picture, name) + 1)


def _judged(promised_on: date, state: str, delivered_on: date | None, today: date) -> str:
    if delivered_on is not None:
        return "kept" if delivered_on <= promised_on else "late"
    if state in ENDED:
        return "promise_void"
    return "overdue" if promised_on < today else "due_later"
