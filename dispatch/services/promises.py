"""The day each document is promised for, moved honestly when it cannot be kept, and whether promises were kept.

A recorded card is promised for the day it will be printed (queue, quota, printers, blanks and what was announced) plus
what follows a print: the office's own promise, or longer where filling a batch and the recent routes took longer. A
printed document keeps its promise; it is moved only when its day can no longer be met. Every move is kept, so that
"kept" is measured against the first promise and against the last one told, both. A move is told by a message where the
office sends such messages; what no message can bring stays on the list of whom a person has to tell.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from dispatch.runtime import Runtime
from dispatch.said import say
from dispatch.services import blanks, printing
from dispatch.services.announcing import announce_moves
from dispatch.services.calendar import Calendar, calendar_of, today
from dispatch.services.desks import HOME, desk_code
from dispatch.services.hours import hours_of
from dispatch.services.message_words import MOVED
from dispatch.services.offices import rules_on
from dispatch.services.print_forecast import Blanks, Expected, PrintDay, Waits, expected_prints
from dispatch.services.quotas import quota_on
from dispatch.store import audit, work
from dispatch.store.db import now
from dispatch.store.models import BlankMovement, Depot, Document, Event, Message, PromiseChange, Rules, Village
from dispatch.store.work import Claim

HORIZON = 400
"""Working days that a forecast looks ahead."""
LOOK_BACK = timedelta(days=42)
"""How far back "recently" goes: about thirty working days."""
BLANK_GAP = 10
"""Working days until blanks come that nobody announced, for an office that has not received any twice."""
NOON = 12
SLOWEST_SHARE = 0.9
"""A promise is for nine documents of ten, so the slowest tenth of the recent routes does not stretch it."""

CAUSES: Mapping[str, str] = {
    "blanks": say("blangko habis"),
    "queue": say("antrean cetak"),
    "late": say("belum sampai pada harinya"),
    "sooner": say("lebih cepat"),
}
UNREACHED = ("no_contact", "opted_out", "failed", "stopped")
"""States of a message that told nobody."""
OPEN = ("ready", "batched", "out", "at_village", "returning", "returned")


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterPrint:
    """Working days from the print to the village: the office's promise, or what filling and the routes really take."""

    promise: int
    release: int
    release_documents: int
    per_day: Mapping[str, float]
    """Desk → documents a working day, recently."""
    routes: int
    """From the release of a batch until nine of ten documents arrived, recently."""

    def days(self, desk: str) -> int:
        """For a document that goes to this desk."""
        rate = self.per_day.get(desk, 0.0)
        fill = self.release if rate <= 0 else min(self.release, int(self.release_documents / rate))
        return max(self.promise, fill + self.routes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How promises that fell due were kept: against the first promise, and against the last one told."""

    due: int
    kept_first: int
    kept_last: int

    @property
    def share_first(self) -> float | None:
        return self.kept_first / self.due if self.due else None

    @property
    def share_last(self) -> float | None:
        return self.kept_last / self.due if self.due else None


def handle(runtime: Runtime, claim: Claim) -> None:
    """The job "promises": look at every promise of an office again."""
    work.run(
        claim,
        load=lambda _session, office: office,
        act=lambda _office, _claim: None,
        save=_review,
        give_up=lambda _session, _office, _error: None,
    )


def _review(session: Session, office: str, _loaded: str, _done: None) -> None:
    review(session, office)


def review(session: Session, office: str) -> Sequence[PromiseChange]:
    """Move the promises that the forecast or the calendar cannot keep, and those of waiting cards that come sooner."""
    audit.begin(session, office)  # taken first: nobody prints or delivers meanwhile
    calendar = calendar_of(session, office)
    this_day = today(session, calendar)
    after = after_print(session, office, calendar, this_day)
    changes: list[PromiseChange] = []
    for document, expected in forecast(session, office, calendar, this_day):
        day = promised_for(calendar, document, expected.day, after)
        # a promise that was told is moved for a real reason; a day sooner is told only once it is printed
        if day > document.promised_on or (expected.cause == "" and day < document.promised_on):
            cause = "sooner" if day < document.promised_on else expected.cause or "queue"
            changes.append(_moved(session, document, day, cause))
    for document in _overdue(session, office, this_day):
        changes.append(_moved(session, document, _late_day(calendar, document, now(session)), "late"))
    _number(session, changes)
    announce_moves(session, office, changes)
    return changes


def promise_first(session: Session, office: str, documents: Sequence[Document]) -> None:
    """The first promise of cards that were just recorded: nothing was told yet, so nothing moves."""
    calendar = calendar_of(session, office)
    this_day = today(session, calendar)
    after = after_print(session, office, calendar, this_day)
    fresh = {document.id for document in documents}
    for document, expected in forecast(session, office, calendar, this_day):
        if document.id in fresh:
            document.promised_on = promised_for(calendar, document, expected.day, after)
    session.flush()


def forecast(session: Session, office: str, calendar: Calendar, this_day: date) -> Sequence[tuple[Document, Expected]]:
    """Every card that is not printed, with the day it will be."""
    depots = session.scalars(select(Depot.id).where(Depot.office == office)).all()
    running = session.scalars(
        select(Document).where(Document.office == office, Document.state == printing.PRINTING)
    ).all()
    found = [(document, Expected(day=this_day, cause="")) for document in running]
    queue = [document for depot_id in depots for document in printing.waiting_at(session, office, depot_id)]
    queue.sort(key=lambda d: (not d.is_urgent, d.printed_on, d.created_at, d.code))
    if not queue:
        return found
    coming: dict[tuple[str, str], list[tuple[date, int]]] = defaultdict(list)
    for row in blanks.announced(session, office):
        coming[row.depot_id, row.blank].append((row.expected_on, row.pieces))
    waits = [Waits(document_id=d.id, depot_id=d.depot_id, blank=printing.blank_of(d.kind)) for d in queue]
    expected = expected_prints(
        waits,
        print_days(session, office, calendar, this_day, depots),
        Blanks(stock=blanks.stock(session, office), coming=coming),
        blank_gap=blank_gap(session, office, calendar),
    )
    return found + [(document, expected[document.id]) for document in queue if document.id in expected]


def print_days(
    session: Session, office: str, calendar: Calendar, this_day: date, depots: Sequence[str]
) -> Iterator[PrintDay]:
    """The working days from this one on, with what each can still print."""
    printers = printing.printers_of(session, office)
    hours = hours_of(session, office, this_day)
    taken = printing.taken_on(session, office, this_day)
    day = this_day if calendar.is_working_day(this_day) else calendar.add_working_days(this_day, 1)
    for _ in range(HORIZON):
        points = {depot: printing.cards_on(printers, calendar, hours, depot, day) for depot in depots}
        quota = quota_on(session, office, day).prints_per_day
        if day == this_day:
            quota = max(0, quota - taken.total())
            points = {d: None if made is None else max(0, made - taken[d]) for d, made in points.items()}
        yield PrintDay(day=day, quota=quota, points=points)
        day = calendar.add_working_days(day, 1)


def after_print(session: Session, office: str, calendar: Calendar, this_day: date) -> AfterPrint:
    """What follows a print, by the rules and by the last weeks."""
    rules = rules_on(session, office, this_day)
    since = this_day - LOOK_BACK
    worked = max(1, calendar.working_days_between(since, this_day))
    rows = session.execute(
        select(Document.destination, Document.village_code, func.count())
        .where(Document.office == office, Document.printed_on > since, Document.state.not_in(printing.UNPRINTED))
        .group_by(Document.destination, Document.village_code)
    )
    per_desk: dict[str, float] = defaultdict(float)
    for destination, village, count in rows:
        per_desk[desk_code(destination, village)] += count / worked
    return AfterPrint(
        promise=rules.promise_working_days,
        release=rules.release_working_days,
        release_documents=rules.release_documents,
        per_day=per_desk,
        routes=_routes_take(session, office, calendar, rules, since),
    )


def promised_for(calendar: Calendar, document: Document, printed_on: date, after: AfterPrint) -> date:
    """The day to tell for a card that is printed on a day."""
    day = calendar.add_working_days(printed_on, after.days(desk_code(document.destination, document.village_code)))
    return day if document.destination == HOME else calendar.desk_day(day, document.village_code)


def blank_gap(session: Session, office: str, calendar: Calendar) -> int:
    """Working days between receipts of blanks, as they were; of fewer than two a shipped guess."""
    days = sorted(
        {
            calendar.local_date(at)
            for at in session.scalars(
                select(BlankMovement.moved_at).where(BlankMovement.office == office, BlankMovement.kind == "receipt")
            )
        }
    )
    if len(days) < 2:
        return BLANK_GAP
    return max(1, round(calendar.working_days_between(days[0], days[-1]) / (len(days) - 1)))


def kept(session: Session, office: str, calendar: Calendar, first: date, last: date) -> Kept:
    """Of the documents first promised for these days (and not withdrawn or self-printed), how many came in time.

    A document counts from the day it reached its desk, its door or the counter."""
    firsts = _first_promises(session, office)
    rows = session.execute(
        select(Document.id, Document.promised_on, Document.state).where(
            Document.office == office, Document.state.not_in(("withdrawn", "self_printed"))
        )
    ).all()
    due = {
        document_id: (firsts.get(document_id, promised), promised)
        for document_id, promised, _ in rows
        if first <= firsts.get(document_id, promised) <= last
    }
    arrived = {
        document_id: calendar.local_date(at)
        for document_id, at in session.execute(
            select(Event.subject_id, func.min(Event.at))
            .where(Event.office == office, Event.subject_kind == "document")
            .where(Event.to_state.in_(("at_village", "delivered")))
            .group_by(Event.subject_id)
        )
    }
    return Kept(
        due=len(due),
        kept_first=sum(key in arrived and arrived[key] <= day for key, (day, _) in due.items()),
        kept_last=sum(key in arrived and arrived[key] <= day for key, (_, day) in due.items()),
    )


def changes_of(session: Session, office: str, document_id: str) -> Sequence[PromiseChange]:
    """What a document was promised, move by move."""
    return session.scalars(
        select(PromiseChange)
        .where(PromiseChange.office == office, PromiseChange.document_id == document_id)
        .order_by(PromiseChange.seq)
    ).all()


def untold(session: Session, office: str) -> Sequence[tuple[PromiseChange, Document, Village]]:
    """Whom it concerns: the last move of each document that nobody told its holder or village of."""
    newest = (
        select(PromiseChange.document_id, func.max(PromiseChange.seq).label("seq"))
        .where(PromiseChange.office == office)
        .group_by(PromiseChange.document_id)
        .subquery()
    )
    rows = session.execute(
        select(PromiseChange, Document, Village)
        .join(newest, (newest.c.document_id == PromiseChange.document_id) & (newest.c.seq == PromiseChange.seq))
        .join(Document, (Document.office == PromiseChange.office) & (Document.id == PromiseChange.document_id))
        .join(Village, (Village.office == Document.office) & (Village.code == Document.village_code))
        .where(PromiseChange.office == office, *_nobody_told(office))
        .order_by(Village.district, Village.name, Document.code)
    )
    return [(change, document, village) for change, document, village in rows]


def told(session: Session, office: str, *, village_code: str = "") -> int:
    """Somebody passed the new days on, to one village or to all."""
    asked = update(PromiseChange).where(PromiseChange.office == office, *_nobody_told(office))
    if village_code:
        of_village = select(Document.id).where(Document.office == office, Document.village_code == village_code)
        asked = asked.where(PromiseChange.document_id.in_(of_village))
    return len(session.execute(asked.values(told_at=now(session)).returning(PromiseChange.id)).all())


def _nobody_told(office: str) -> tuple[ColumnElement[bool], ...]:
    """Neither a person nor a message: none was written, or it reached nobody."""
    lost = select(Message.id).where(Message.office == office, Message.news == MOVED, Message.status.in_(UNREACHED))
    return (
        PromiseChange.told_at.is_(None),
        or_(PromiseChange.message_id.is_(None), PromiseChange.message_id.in_(lost)),
    )


def _moved(session: Session, document: Document, day: date, cause: str) -> PromiseChange:
    change = PromiseChange(
        office=document.office,
        document_id=document.id,
        was=document.promised_on,
        becomes=day,
        cause=cause,
        changed_at=now(session),
    )
    document.promised_on = day
    return change


def _number(session: Session, changes: Sequence[PromiseChange]) -> None:
    if not changes:
        return
    before: dict[str, int] = dict(
        session.execute(
            select(PromiseChange.document_id, func.max(PromiseChange.seq))
            .where(PromiseChange.office == changes[0].office)
            .group_by(PromiseChange.document_id)
        ).all()
    )
    for change in changes:
        change.seq = before.get(change.document_id, 0) + 1
    session.add_all(changes)
    session.flush()


def _overdue(session: Session, office: str, this_day: date) -> Sequence[Document]:
    """Printed documents whose day is over and that are still on this side of their desk or door."""
    return session.scalars(
        select(Document).where(
            Document.office == office,
            Document.state.in_(("ready", "batched", "out", "returning", "returned")),
            Document.promised_on < this_day,
        )
    ).all()


def _late_day(calendar: Calendar, document: Document, at: datetime) -> date:
    """Today while a route can still be made, else the next day: so a plan may not let it wait once more."""
    day, local = calendar.local_date(at), at.astimezone(calendar.zone)
    if local.hour >= NOON or not calendar.is_working_day(day):
        day = calendar.add_working_days(day, 1)
    return day if document.destination == HOME else calendar.desk_day(day, document.village_code)


def _first_promises(session: Session, office: str) -> Mapping[str, date]:
    rows = session.execute(
        select(PromiseChange.document_id, PromiseChange.was).where(
            PromiseChange.office == office, PromiseChange.seq == 1
        )
    )
    return dict(rows.all())


def _routes_take(session: Session, office: str, calendar: Calendar, rules: Rules, since: date) -> int:
    """Working days from the release of a batch until it arrived, for nine of ten; 1 where nothing was observed."""
    start = datetime.combine(since, datetime.min.time(), calendar.zone)
    seen = select(Event.subject_id, Event.to_state, Event.at).where(
        Event.office == office,
        Event.subject_kind == "document",
        Event.at >= start,
        Event.to_state.in_(("batched", "at_village", "delivered")),
    )
    left: dict[str, datetime] = {}
    took: list[int] = []
    for document_id, state, at in session.execute(seen.order_by(Event.seq)):
        if state == "batched":
            left[document_id] = at
        elif document_id in left:
            began = calendar.local_date(left.pop(document_id))
            took.append(calendar.working_days_between(began, calendar.local_date(at)))
    if not took:
        return 1
    return sorted(took)[int(SLOWEST_SHARE * (len(took) - 1))]
