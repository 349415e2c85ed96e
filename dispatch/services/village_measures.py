"""What a map of the office's villages can show: one row of MEASURES per figure, each counted from rows and the trail.

A figure is two whole numbers, an amount and what it is counted from, so that a kecamatan's figure is made of its
villages' and not of their averages. A new measure is one function and one row here; page, map and legend follow.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.errors import NotFound
from dispatch.services import calendar
from dispatch.services.reports import costs, month, tries
from dispatch.services.reports.period import Period, days_before, month_of
from dispatch.services.reports.stock import ENDED
from dispatch.store.db import now
from dispatch.store.models import Document, Event

LOOK_BACK = 90
"""Days over which what happened is counted when no month is asked for."""

WAITING = ("ready", "batched")
Form = Literal["count", "days", "share", "rupiah"]


@dataclass(frozen=True, slots=True)
class Figure:
    """An amount, of so many; `of` None: the amount speaks for itself."""

    amount: int
    of: int | None = None

    @property
    def value(self) -> float | None:
        """What is shown; None where there is nothing to measure."""
        if self.of is None:
            return self.amount or None
        return self.amount / self.of if self.of else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """For which office, on which day; and over which days what happened is counted."""

    office: str
    calendar: calendar.Calendar
    today: date
    period: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One figure per village. `joined`: how villages make a kecamatan, by sum or by their highest."""

    key: str
    word: str
    about: str
    form: Form
    ask: Callable[[Session, Asked], Mapping[str, Figure]]
    joined: Literal["sum", "most"] = "sum"
    is_now: bool = False
    """How it stands now; all others tell of a period."""


def measure_of(key: str) -> Measure:
    """The measure with this key. NotFound when there is none."""
    found = next((measure for measure in MEASURES if measure.key == key), None)
    if found is None:
        raise NotFound(f"there is no measure {key[:40]}")
    return found


def asked_now(session: Session, office: str, month: str = "") -> Asked:
    """Today, and the month written "2026-11" or, without one, the last days. Invalid for a month written otherwise."""
    found = calendar.calendar_of(session, office)
    today = found.local_date(now(session))
    period = month_of(month, found.zone) if month else days_before(today, LOOK_BACK, found.zone)
    return Asked(office=office, calendar=found, today=today, period=period)


def joined(measure: Measure, figures: Iterable[Figure]) -> Figure:
    """The figure of many villages together."""
    parts = list(figures)
    if measure.joined == "most":
        return max(parts, key=lambda figure: figure.value or 0, default=Figure(0))
    of = None if all(part.of is None for part in parts) else sum(part.of or 0 for part in parts)
    return Figure(sum(part.amount for part in parts), of)


def by_district(measure: Measure, villages: Mapping[str, Figure]) -> dict[str, Figure]:
    """The same by kecamatan."""
    parts: dict[str, list[Figure]] = defaultdict(list)
    for code, figure in villages.items():
        parts[code[:8]].append(figure)
    return {code: joined(measure, figures) for code, figures in parts.items()}


def _waiting(session: Session, asked: Asked) -> dict[str, Figure]:
    return _in_states(session, asked.office, WAITING)


def _at_desk(session: Session, asked: Asked) -> dict[str, Figure]:
    return _in_states(session, asked.office, ("at_village",))


def _in_states(session: Session, office: str, states: tuple[str, ...]) -> dict[str, Figure]:
    counted = session.execute(
        select(Document.village_code, func.count())
        .where(Document.office == office, Document.state.in_(states))
        .group_by(Document.village_code)
    )
    return {village: Figure(number) for village, number in counted}


def _oldest_waiting(session: Session, asked: Asked) -> dict[str, Figure]:
    oldest = session.execute(
        select(Document.village_code, func.min(Document.printed_on))
        .where(Document.office == asked.office, Document.state.in_(WAITING))
        .group_by(Document.village_code)
    )
    return {village: Figure(asked.calendar.working_days_between(day, asked.today)) for village, day in oldest}


def _delivered(session: Session, asked: Asked) -> dict[str, Figure]:
    period = asked.period
    counted = session.execute(
        select(Document.village_code, func.count())
        .join(Event, (Event.office == Document.office) & (Event.subject_id == Document.id))
        .where(Event.office == asked.office, Event.subject_kind == "document", Event.to_state == "delivered")
        .where(Event.at >= period.start, Event.at < period.end)
        .group_by(Document.village_code)
    )
    return {village: Figure(number) for village, number in counted}


def _overdue(session: Session, asked: Asked) -> dict[str, Figure]:
    counted = session.execute(
        select(Document.village_code, func.count())
        .where(Document.office == asked.office, Document.promised_on < asked.today)
        .where(Document.state.not_in(ENDED))
        .group_by(Document.village_code)
    )
    return {village: Figure(number) for village, number in counted}


def _first_try(session: Session, asked: Asked) -> dict[str, Figure]:
    arrived: dict[str, int] = defaultdict(int)
    tried: dict[str, int] = defaultdict(int)
    for row in tries.first_tries(session, asked.office, asked.period):
        tried[row.village_code] += row.documents
        arrived[row.village_code] += row.documents if row.arrived else 0
    return {village: Figure(arrived[village], number) for village, number in tried.items()}


def _printed(session: Session, asked: Asked) -> dict[str, Figure]:
    return {village: Figure(picture.printed) for village, picture in _month(session, asked).items()}


def _entered(session: Session, asked: Asked) -> dict[str, Figure]:
    return {village: Figure(picture.entered) for village, picture in _month(session, asked).items()}


def _kept(session: Session, asked: Asked) -> dict[str, Figure]:
    pictures = _month(session, asked).items()
    return {village: Figure(one.kept, one.kept + one.late + one.overdue) for village, one in pictures}


def _month(session: Session, asked: Asked) -> dict[str, month.Picture]:
    return month.by_village(session, asked.office, asked.period, asked.calendar)


def _rupiah(session: Session, asked: Asked) -> dict[str, Figure]:
    rupiah: dict[str, int] = defaultdict(int)
    arrived: dict[str, int] = defaultdict(int)
    period = asked.period
    for part in costs.carried(session, asked.office, period):
        rupiah[part.village_code] += part.rupiah
        arrived[part.village_code] += part.arrived
    return {village: Figure(amount, arrived[village]) for village, amount in rupiah.items()}


MEASURES: tuple[Measure, ...] = (
    Measure(
        key="waiting", word="Dokumen menunggu", form="count", ask=_waiting, is_now=True,
        about="Dokumen siap atau dalam batch yang masih di kantor.",
    ),
    Measure(
        key="age", word="Umur tertua", form="days", ask=_oldest_waiting, joined="most", is_now=True,
        about="Hari kerja sejak dicetak, dari dokumen tertua yang masih di kantor.",
    ),
    Measure(
        key="overdue", word="Lewat hari janji", form="count", ask=_overdue, is_now=True,
        about="Dokumen yang belum diterima warga padahal hari janjinya sudah lewat.",
    ),
    Measure(
        key="desk", word="Belum diambil", form="count", ask=_at_desk, is_now=True,
        about="Dokumen di kantor desa atau kecamatan yang belum diterima warga.",
    ),
    Measure(
        key="delivered", word="Diterima warga", form="count", ask=_delivered,
        about="Dokumen yang diterima warga.",
    ),
    Measure(
        key="promise", word="Janji ditepati", form="share", ask=_kept,
        about="Dari dokumen yang hari janjinya sudah tiba, bagian yang diterima warga sampai hari itu.",
    ),
    Measure(
        key="printed", word="Dicetak", form="count", ask=_printed,
        about="Dokumen menurut hari cetaknya.",
    ),
    Measure(
        key="entered", word="Masuk", form="count", ask=_entered,
        about="Dokumen yang masuk ke kantor sebagai siap diantar.",
    ),
    Measure(
        key="first-try", word="Sekali antar", form="share", ask=_first_try,
        about="Bagian yang sampai pada antaran pertama.",
    ),
    Measure(
        key="rupiah", word="Rupiah per dokumen", form="rupiah", ask=_rupiah,
        about="Ongkos rute dan kiriman dibagi dokumen yang sampai.",
    ),
)  # fmt: skip
