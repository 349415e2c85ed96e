"""Cards that are recorded and not printed: they wait for a blank, are printed in runs, and are ready then.

A recorded card is a document from the start, without anything to hold: its print point owes it. A run takes the cards
that are next at one print point, urgent ones first and then by the day they were recorded, as many as the day's quota,
the printers' hours and the blanks allow; each takes a blank with it. A card that came out spoiled waits again and its
blank is gone; one that was not printed gives its blank back.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.errors import Conflict, FieldError, Invalid, NotFound
from dispatch.services import blanks
from dispatch.services.absent import hold_absent
from dispatch.services.calendar import Calendar, calendar_of, today
from dispatch.services.hours import Hours, hours_of, seconds
from dispatch.services.quotas import quota_on
from dispatch.store import audit, work
from dispatch.store.audit import Actor
from dispatch.store.db import new_id, now
from dispatch.store.models import Depot, Document, Printer, PrintLine, PrintRun
from dispatch.store.states import move_all

WAITING, PRINTING = "waiting_blank", "printing"
UNPRINTED = (WAITING, PRINTING)
LARGEST_RUN = 2_000


def blank_of(kind: str) -> str:
    """The blank a kind of document is printed on; empty: plain paper."""
    return kind if kind in blanks.BLANKS else ""


def add_printer(session: Session, office: str, depot_id: str, *, name: str, cards_per_hour: int) -> Printer:
    """A printer at a print point, or what is known of it now: the name tells it again."""
    if session.scalar(select(Depot.id).where(Depot.office == office, Depot.id == depot_id)) is None:
        raise Invalid(fields=[FieldError("depot_id", "titik cetak tidak dikenal")])
    if not name.strip() or not 1 <= cards_per_hour <= 1_000:
        raise Invalid(fields=[FieldError("cards_per_hour", "isi nama pencetak dan kartu per jam (1 sampai 1000)")])
    row = session.scalar(
        select(Printer).where(Printer.office == office, Printer.depot_id == depot_id, Printer.name == name.strip())
    )
    if row is None:
        row = Printer(id=new_id(), office=office, depot_id=depot_id, name=name.strip()[:60])
        session.add(row)
    row.cards_per_hour, row.is_active, row.note = cards_per_hour, True, ""
    session.flush()
    return row


def set_printer(session: Session, office: str, printer_id: str, *, is_active: bool, note: str = "") -> Printer:
    """A printer is broken, or works again."""
    row = session.scalar(select(Printer).where(Printer.office == office, Printer.id == printer_id))
    if row is None:
        raise NotFound(f"there is no printer {printer_id}")
    row.is_active, row.note = is_active, note[:200]
    return row


def cards_on(printers: Sequence[Printer], calendar: Calendar, hours: Hours, depot_id: str, day: date) -> int | None:
    """How many cards a print point's printers make on a day; None where no printer was ever named (unknown)."""
    own = [printer for printer in printers if printer.depot_id == depot_id]
    if not calendar.prints_at(depot_id, day):
        return 0
    if not own:
        return None
    open_s = seconds(hours.print_point(depot_id, day))
    return sum(printer.cards_per_hour * open_s // 3600 for printer in own if printer.is_active)


def printers_of(session: Session, office: str) -> Sequence[Printer]:
    """All printers, by print point and name."""
    return session.scalars(
        select(Printer).where(Printer.office == office).order_by(Printer.depot_id, Printer.name)
    ).all()


def room_today(session: Session, office: str, depot_id: str) -> int:
    """How many more cards may be set to print at a print point today."""
    calendar = calendar_of(session, office)
    day = today(session, calendar)
    taken = taken_on(session, office, day)
    left = quota_on(session, office, day).prints_per_day - taken.total()
    made = cards_on(printers_of(session, office), calendar, hours_of(session, office, day), depot_id, day)
    return max(0, left if made is None else min(left, made - taken[depot_id]))


def taken_on(session: Session, office: str, day: date) -> Counter[str]:
    """Print point → cards that were set to print on a day and not given back."""
    rows = session.execute(
        select(PrintRun.depot_id, func.count())
        .join(PrintLine, (PrintLine.office == PrintRun.office) & (PrintLine.run_id == PrintRun.id))
        .where(PrintRun.office == office, PrintRun.day == day, PrintLine.outcome != "unused")
        .group_by(PrintRun.depot_id)
    )
    return Counter(dict(rows.all()))


def begin_run(session: Session, office: str, depot_id: str, *, by: Actor, at_most: int = LARGEST_RUN) -> PrintRun:
    """Set the next cards of a print point to print. Invalid when nothing can be printed, with the reason."""
    audit.begin(session, office)  # taken first: a twin run waits here and then finds what is left
    if session.scalar(select(Depot.id).where(Depot.office == office, Depot.id == depot_id)) is None:
        raise NotFound(f"there is no print point {depot_id}")
    room = room_today(session, office, depot_id)
    stock = {blank: blanks.stock(session, office).get((depot_id, blank), 0) for blank in blanks.BLANKS}
    chosen: list[Document] = []
    left = dict(stock)
    for document in waiting_at(session, office, depot_id, limit=max(room, 1) + 2 * LARGEST_RUN):
        if len(chosen) >= min(room, at_most, LARGEST_RUN):
            break
        if left[blank_of(document.kind)]:
            left[blank_of(document.kind)] -= 1
            chosen.append(document)
    if not chosen:
        why = "kuota atau kemampuan cetak hari ini sudah habis" if not room else "tidak ada kartu yang dapat dicetak"
        raise Invalid(fields=[FieldError("depot_id", why if any(stock.values()) else "blangko habis")])
    return _run(session, office, depot_id, chosen, by=by)


def end_run(
    session: Session,
    office: str,
    run_id: str,
    *,
    spoiled: Collection[str] = (),
    unused: Collection[str] = (),
    by: Actor,
) -> PrintRun:
    """The run is done: its cards are ready, but for those that came out spoiled or were not printed at all."""
    audit.begin(session, office)
    run = run_of(session, office, run_id)
    if run.ended_at is not None:
        raise Conflict(f"print run {run_id} is done already")
    lines = session.scalars(
        select(PrintLine).where(PrintLine.office == office, PrintLine.run_id == run_id, PrintLine.outcome == "")
    ).all()
    strangers = (set(spoiled) | set(unused)) - {line.document_id for line in lines}
    if strangers or set(spoiled) & set(unused):
        raise Invalid(fields=[FieldError("spoiled", "dokumen ini tidak ada dalam cetakan ini, atau disebut dua kali")])
    outcome = {line.document_id: "printed" for line in lines}
    outcome |= dict.fromkeys(spoiled, "spoiled") | dict.fromkeys(unused, "unused")
    for line in lines:
        line.outcome = outcome[line.document_id]
    run.ended_at = now(session)
    documents = {document.id: document for document in _documents(session, office, list(outcome))}
    for result, why in (("spoiled", "rusak saat dicetak"), ("unused", "belum dicetak")):
        again = [documents[key] for key, found in outcome.items() if found == result]
        move_all(session, again, WAITING, by=by, why=why)
    back = Counter(line.blank for line in lines if line.outcome == "unused")
    for blank, pieces in back.items():
        blanks.moved(session, office, run.depot_id, blank, pieces, "unused", by=by, run_id=run.id)
    printed = [documents[key] for key, found in outcome.items() if found == "printed"]
    finish(session, office, printed, by=by)
    return run


def finish(session: Session, office: str, documents: Sequence[Document], *, by: Actor, on: date | None = None) -> None:
    """Cards that are printed: from now on they are documents to deliver, aged from their print day."""
    day = on or today(session, calendar_of(session, office))
    for document in documents:
        document.printed_on = day
    move_all(session, documents, "ready", by=by)
    hold_absent(session, documents, by=by)
    if documents:
        work.want(session, "promises", office, office=office)


def reported(session: Session, office: str, documents: Sequence[Document], printed_on: date, *, by: Actor) -> None:
    """Another program says that these were printed: those without a run get one, with the blanks it took."""
    waiting = [document for document in documents if document.state == WAITING]
    for depot_id in sorted({document.depot_id for document in waiting}):
        run = _run(session, office, depot_id, [d for d in waiting if d.depot_id == depot_id], by=by)
        run.ended_at = now(session)
    lines = session.scalars(
        select(PrintLine).where(
            PrintLine.office == office,
            PrintLine.document_id.in_([document.id for document in documents]),
            PrintLine.outcome == "",
        )
    ).all()
    for line in lines:
        line.outcome = "printed"
    session.flush()
    for run_id in {line.run_id for line in lines}:
        _end_if_empty(session, office, run_id)
    finish(session, office, documents, by=by, on=printed_on)


def waiting_at(session: Session, office: str, depot_id: str, *, limit: int = 50_000) -> Sequence[Document]:
    """The cards of a print point that wait, in the order in which they are printed."""
    return session.scalars(
        select(Document)
        .where(Document.office == office, Document.depot_id == depot_id, Document.state == WAITING)
        .order_by(Document.is_urgent.desc(), Document.printed_on, Document.created_at, Document.code)
        .limit(limit)
    ).all()


def open_runs(session: Session, office: str) -> Sequence[PrintRun]:
    """Runs that are not done."""
    return session.scalars(
        select(PrintRun).where(PrintRun.office == office, PrintRun.ended_at.is_(None)).order_by(PrintRun.begun_at)
    ).all()


def run_of(session: Session, office: str, run_id: str) -> PrintRun:
    """One print run."""
    run = session.scalar(select(PrintRun).where(PrintRun.office == office, PrintRun.id == run_id))
    if run is None:
        raise NotFound(f"there is no print run {run_id}")
    return run


def lines_of(session: Session, office: str, run_id: str) -> Sequence[tuple[PrintLine, Document]]:
    """A run's cards by their codes."""
    rows = session.execute(
        select(PrintLine, Document)
        .join(Document, (Document.office == PrintLine.office) & (Document.id == PrintLine.document_id))
        .where(PrintLine.office == office, PrintLine.run_id == run_id)
        .order_by(Document.code)
    )
    return [(line, document) for line, document in rows]


def _run(session: Session, office: str, depot_id: str, documents: Sequence[Document], *, by: Actor) -> PrintRun:
    run = PrintRun(
        id=new_id(),
        office=office,
        depot_id=depot_id,
        day=today(session, calendar_of(session, office)),
        documents=len(documents),
        begun_by=str(by),
        begun_at=now(session),
    )
    session.add(run)
    session.flush()
    needed: Mapping[str, int] = Counter(blank_of(document.kind) for document in documents)
    for blank, pieces in needed.items():
        blanks.moved(session, office, depot_id, blank, -pieces, "print", by=by, run_id=run.id)
    session.add_all(
        PrintLine(office=office, run_id=run.id, document_id=document.id, blank=blank_of(document.kind))
        for document in documents
    )
    move_all(session, documents, PRINTING, by=by, why=f"run {run.id}")
    return run


def _end_if_empty(session: Session, office: str, run_id: str) -> None:
    left = session.scalar(
        select(func.count()).where(PrintLine.office == office, PrintLine.run_id == run_id, PrintLine.outcome == "")
    )
    run = session.get_one(PrintRun, run_id)
    if not left and run.ended_at is None:
        run.ended_at = now(session)


def _documents(session: Session, office: str, ids: Sequence[str]) -> Sequence[Document]:
    return session.scalars(
        select(Document)
        .where(Document.office == office, Document.id.in_(ids))
        .execution_options(populate_existing=True)
    ).all()
