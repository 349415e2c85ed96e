"""Blanks as a stock of each print point: receipts, use, and transfers that are counted when they leave and arrive.

Every change is one movement, never altered; the stock row beside it is their sum and may not fall below nothing. What
was announced for a day feeds the forecast until it came. Where fewer or more blanks arrive than were sent, or a person
counts another number than the books say, a case asks for a look.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import Conflict, FieldError, Invalid, NotFound
from dispatch.services import cases
from dispatch.services.text import clean
from dispatch.store import audit, work
from dispatch.store.audit import Actor, Change
from dispatch.store.db import insert_if_absent, new_id, now
from dispatch.store.models import BlankDelivery, BlankMovement, BlankStock, BlankTransfer, Depot

BLANKS: Mapping[str, str] = {"ktp_el": "KTP-el", "kia": "KIA"}
"""Cards are printed on blanks of their own kind; papers on plain paper, which nobody counts."""
MOST = 200_000
EVENT = "blank_movement"


def receive(
    session: Session, office: str, depot_id: str, blank: str, pieces: int, *, by: Actor, reference: str = ""
) -> BlankMovement:
    """Blanks came from the ministry or the province; of what was announced for this point, the oldest is closed."""
    _refuse_wrong(session, office, [depot_id], blank, pieces)
    movement = moved(session, office, depot_id, blank, pieces, "receipt", by=by, reference=reference)
    announced = session.scalars(
        select(BlankDelivery)
        .where(BlankDelivery.office == office, BlankDelivery.depot_id == depot_id, BlankDelivery.blank == blank)
        .where(BlankDelivery.closed_at.is_(None))
        .order_by(BlankDelivery.expected_on)
        .limit(1)
    ).first()
    if announced is not None:
        announced.closed_at = now(session)
    return movement


def announce(
    session: Session,
    office: str,
    depot_id: str,
    blank: str,
    pieces: int,
    expected_on: date,
    *,
    by: Actor,
    reference: str = "",
) -> BlankDelivery:
    """Somebody said that blanks will come on a day; the forecast counts on them from then on."""
    _refuse_wrong(session, office, [depot_id], blank, pieces)
    row = BlankDelivery(
        id=new_id(),
        office=office,
        depot_id=depot_id,
        blank=blank,
        expected_on=expected_on,
        pieces=pieces,
        reference=clean(reference),
        announced_by=str(by),
        announced_at=now(session),
    )
    session.add(row)
    session.flush()
    work.want(session, "promises", office, office=office)
    return row


def never_mind(session: Session, office: str, delivery_id: str) -> BlankDelivery:
    """What was announced does not come; nobody counts on it any more."""
    row = session.scalar(
        select(BlankDelivery).where(BlankDelivery.office == office, BlankDelivery.id == delivery_id).with_for_update()
    )
    if row is None:
        raise NotFound(f"no blanks were announced as {delivery_id}")
    if row.closed_at is not None:
        raise Conflict("these blanks came already, or were called off")
    row.closed_at = now(session)
    work.want(session, "promises", office, office=office)
    return row


def send(
    session: Session, office: str, *, from_depot: str, to_depot: str, blank: str, pieces: int, by: Actor
) -> BlankTransfer:
    """Blanks leave one print point for another, counted; they are nobody's stock until they are counted in."""
    _refuse_wrong(session, office, [from_depot, to_depot], blank, pieces)
    if from_depot == to_depot:
        raise Invalid(fields=[FieldError("to_depot", "pilih titik cetak yang lain")])
    transfer = BlankTransfer(
        id=new_id(),
        office=office,
        blank=blank,
        from_depot_id=from_depot,
        to_depot_id=to_depot,
        sent=pieces,
        sent_by=str(by),
        sent_at=now(session),
    )
    session.add(transfer)
    session.flush()
    moved(session, office, from_depot, blank, -pieces, "sent", by=by, transfer_id=transfer.id)
    return transfer


def arrive(session: Session, office: str, transfer_id: str, pieces: int, *, by: Actor) -> BlankTransfer:
    """The other print point counts what arrived; a difference is a case for a person."""
    audit.begin(session, office)
    transfer = session.scalar(
        select(BlankTransfer)
        .where(BlankTransfer.office == office, BlankTransfer.id == transfer_id)
        .execution_options(populate_existing=True)
    )
    if transfer is None:
        raise NotFound(f"there is no transfer {transfer_id}")
    if transfer.received is not None:
        raise Conflict(f"transfer {transfer_id} was counted already: {transfer.received}")
    if not 0 <= pieces <= MOST:
        raise Invalid(fields=[FieldError("pieces", "isi jumlah yang dihitung")])
    transfer.received, transfer.received_by, transfer.received_at = pieces, str(by), now(session)
    if pieces:
        kind = "arrived"
        moved(session, office, transfer.to_depot_id, transfer.blank, pieces, kind, by=by, transfer_id=transfer.id)
    if pieces != transfer.sent:
        cases.open_case(
            session,
            office,
            "blanks_differ",
            subject_kind="blank_transfer",
            subject_id=transfer.id,
            detail=f"Blangko {BLANKS[transfer.blank]}: {transfer.sent} dikirim, {pieces} dihitung saat tiba.",
        )
    return transfer


def count(
    session: Session, office: str, depot_id: str, blank: str, pieces: int, why: str, *, by: Actor
) -> BlankMovement | None:
    """A person counted the blanks by hand: the books follow, with a case where they differed."""
    audit.begin(session, office)
    wrong = [] if why.strip() else [FieldError("why", "isi alasannya")]
    if blank not in BLANKS or not 0 <= pieces <= MOST:
        wrong.append(FieldError("pieces", "isi jenis blangko dan jumlahnya"))
    if wrong:
        raise Invalid(fields=wrong)
    _refuse_wrong(session, office, [depot_id], blank, 1)
    before = stock(session, office).get((depot_id, blank), 0)
    if before == pieces:
        return None
    movement = moved(session, office, depot_id, blank, pieces - before, "counted", by=by, reference=clean(why)[:80])
    cases.open_case(
        session,
        office,
        "blanks_differ",
        subject_kind=EVENT,
        subject_id=movement.id,
        detail=f"Blangko {BLANKS[blank]}: {before} menurut catatan, {pieces} dihitung.",
    )
    return movement


def stock(session: Session, office: str) -> Mapping[tuple[str, str], int]:
    """(Print point, blank) → pieces there now."""
    rows = session.execute(
        select(BlankStock.depot_id, BlankStock.blank, BlankStock.pieces).where(BlankStock.office == office)
    )
    return {(depot_id, blank): pieces for depot_id, blank, pieces in rows}


def announced(session: Session, office: str) -> Sequence[BlankDelivery]:
    """What is still to come, the earliest first."""
    return session.scalars(
        select(BlankDelivery)
        .where(BlankDelivery.office == office, BlankDelivery.closed_at.is_(None))
        .order_by(BlankDelivery.expected_on, BlankDelivery.id)
    ).all()


def on_the_way(session: Session, office: str) -> Sequence[BlankTransfer]:
    """Transfers that nobody counted in yet."""
    return session.scalars(
        select(BlankTransfer)
        .where(BlankTransfer.office == office, BlankTransfer.received.is_(None))
        .order_by(BlankTransfer.sent_at)
    ).all()


def moved(
    session: Session,
    office: str,
    depot_id: str,
    blank: str,
    pieces: int,
    kind: str,
    *,
    by: Actor,
    reference: str = "",
    transfer_id: str | None = None,
    run_id: str | None = None,
) -> BlankMovement:
    """Write one movement and the stock it leaves. Conflict when there are fewer blanks than would go."""
    head = audit.begin(session, office)
    values: dict[str, object] = {"id": new_id(), "office": office, "depot_id": depot_id, "blank": blank, "pieces": 0}
    insert_if_absent(session, BlankStock, values, unique=["office", "depot_id", "blank"])
    row = session.scalars(
        select(BlankStock)
        .where(BlankStock.office == office, BlankStock.depot_id == depot_id, BlankStock.blank == blank)
        .execution_options(populate_existing=True)
    ).one()
    if row.pieces + pieces < 0:
        raise Conflict(f"only {row.pieces} blanks {blank} are at this print point, not {-pieces}")
    row.pieces += pieces
    movement = BlankMovement(
        id=new_id(),
        office=office,
        depot_id=depot_id,
        blank=blank,
        kind=kind,
        pieces=pieces,
        reference=clean(reference),
        transfer_id=transfer_id,
        run_id=run_id,
        moved_by=str(by),
        moved_at=now(session),
    )
    session.add(movement)
    session.flush()
    change = Change(
        subject_kind=EVENT, subject_id=movement.id, version=1, from_state="", to_state=kind, why=f"{pieces:+d} {blank}"
    )
    audit.append(session, head, [change], by=by, at=movement.moved_at)
    if kind != "print":
        work.want(session, "promises", office, office=office)
    return movement


def _refuse_wrong(session: Session, office: str, depots: Sequence[str], blank: str, pieces: int) -> None:
    wrong = []
    known = set(session.scalars(select(Depot.id).where(Depot.office == office, Depot.id.in_(depots))))
    if set(depots) - known:
        wrong.append(FieldError("depot_id", "titik cetak tidak dikenal"))
    if blank not in BLANKS:
        wrong.append(FieldError("blank", f"pilih dari {', '.join(BLANKS)}"))
    if not 0 < pieces <= MOST:
        wrong.append(FieldError("pieces", f"isi jumlah dari 1 sampai {MOST}"))
    if wrong:
        raise Invalid(fields=wrong)
