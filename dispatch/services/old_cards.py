"""Old cards travel back: counted where they are given up, held by one person at a time, counted in at the office.

A bundle (`OldCards`) is what was given up on one occasion. A courier who takes cards at a home holds a new bundle. A
desk holds its bundles until a courier takes them along on a later visit. The office counts what a courier or a desk
brings; when the count differs, the bundles are the office's all the same and a case names both figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.errors import Conflict, FieldError, Invalid
from dispatch.said import say
from dispatch.services.cases import open_case
from dispatch.store import audit
from dispatch.store.audit import Actor
from dispatch.store.db import now
from dispatch.store.models import Courier, Depot, OldCardCount, OldCards, Proof, Village
from dispatch.store.states import DESKS, Holder, born, move_all

MOST = 500  # cards in one count


@dataclass(frozen=True, slots=True, kw_only=True)
class InHand:
    """How many old cards somebody outside the office has, and since when the oldest."""

    holder: Holder
    name: str
    cards: int


def collect(
    session: Session, proof: Proof, village_code: str, cards: int, holder: Holder, *, route_id: str | None, by: Actor
) -> OldCards | None:
    """Somebody gave up old cards against this proof; None when there were none."""
    if cards <= 0:
        return None
    bundle = OldCards(
        office=proof.office,
        proof_id=proof.id,
        village_code=village_code,
        route_id=route_id,
        cards=cards,
        collected_at=now(session),
    )
    born(session, [bundle], "at_desk" if holder.kind in DESKS else "with_courier", by=by, holder=holder)
    return bundle


def take_from_desk(
    session: Session, proof: Proof, desk_code: str, cards: int, courier_id: str, *, route_id: str, by: Actor
) -> None:
    """A courier at a desk says how many old cards were taken along. More than the desk had noted opens a case."""
    handed = session.scalar(
        select(func.coalesce(func.sum(OldCards.cards), 0)).where(
            OldCards.office == proof.office, OldCards.village_code == desk_code, OldCards.route_id == route_id
        )
    )
    left = cards - int(handed or 0)  # what the desk itself had given this courier is among them
    taken: list[OldCards] = []
    for bundle in at_desk(session, proof.office, desk_code):
        if bundle.cards <= left:
            taken.append(bundle)
            left -= bundle.cards
    _give(session, taken, Holder("courier", courier_id), route_id, evidence=proof.id, by=by)
    if left > 0:
        collect(session, proof, desk_code, left, Holder("courier", courier_id), route_id=route_id, by=by)
    if left:
        place = session.get_one(Village, (proof.office, desk_code))
        more = "lebih" if left > 0 else "kurang"
        detail = f"Kurir menerima {cards} KTP lama di {place.name}: {abs(left)} {more} dari catatan kantor desa."
        open_case(session, proof.office, "old_cards", subject_kind="proof", subject_id=proof.id, detail=detail)


def give_to_courier(
    session: Session, office: str, desk_code: str, courier_id: str, *, route_id: str, evidence: str, by: Actor
) -> int:
    """The desk hands all its old cards to a courier; how many that were."""
    bundles = at_desk(session, office, desk_code)
    _give(session, bundles, Holder("courier", courier_id), route_id, evidence=evidence, by=by)
    return sum(bundle.cards for bundle in bundles)


def at_desk(session: Session, office: str, desk_code: str) -> Sequence[OldCards]:
    """The bundles a desk holds, oldest first."""
    return session.scalars(
        select(OldCards)
        .where(OldCards.office == office, OldCards.state == "at_desk", OldCards.holder_id == desk_code)
        .order_by(OldCards.collected_at, OldCards.id)
        .execution_options(populate_existing=True)
    ).all()


def outside(session: Session, office: str) -> Sequence[InHand]:
    """Who outside the office holds old cards: couriers first, then desks, by name."""
    rows = session.execute(
        select(OldCards.holder_kind, OldCards.holder_id, func.sum(OldCards.cards))
        .where(OldCards.office == office, OldCards.state != "returned")
        .group_by(OldCards.holder_kind, OldCards.holder_id)
    ).all()
    couriers = dict(session.execute(select(Courier.id, Courier.name).where(Courier.office == office)).all())
    places = dict(session.execute(select(Village.code, Village.name).where(Village.office == office)).all())
    names = {**places, **couriers}
    found = [InHand(holder=Holder(kind, who), name=names.get(who, who), cards=int(cards)) for kind, who, cards in rows]
    return sorted(found, key=lambda one: (one.holder.kind != "courier", one.name))


def count_in(session: Session, office: str, holder: Holder, found: int, *, by: Actor) -> OldCardCount:
    """The office counted the old cards this holder brought. A difference opens a case with both figures."""
    audit.begin(session, office)
    if not 0 <= found <= MOST:
        raise Invalid(fields=[FieldError("old_cards", say("isi jumlah KTP lama, 0 sampai %(most)s", most=MOST))])
    bundles = session.scalars(
        select(OldCards)
        .where(OldCards.office == office, OldCards.state.in_(("at_desk", "with_courier")))
        .where(OldCards.holder_kind == holder.kind, OldCards.holder_id == holder.id)
        .order_by(OldCards.collected_at, OldCards.id)
        .execution_options(populate_existing=True)
    ).all()
    if not bundles:
        raise Conflict("nobody holds old cards there")
    depot = session.scalars(
        select(Depot.id).where(Depot.office == office, Depot.is_active).order_by(Depot.name, Depot.id)
    ).first()
    assert depot is not None, "an office has a depot"
    count = OldCardCount(
        office=office,
        holder_kind=holder.kind,
        holder_id=holder.id,
        expected=sum(bundle.cards for bundle in bundles),
        found=found,
        counted_by=str(by),
        counted_at=now(session),
    )
    session.add(count)
    session.flush()
    for bundle in bundles:
        bundle.count_id = count.id
    move_all(session, bundles, "returned", by=by, evidence=count.id, holder=Holder("depot", depot))
    if count.found != count.expected:
        detail = f"KTP lama dihitung {count.found}, tercatat {count.expected}. Tanyakan kepada yang membawanya."
        open_case(session, office, "old_cards", subject_kind="old_card_count", subject_id=count.id, detail=detail)
    return count


def _give(
    session: Session, bundles: Sequence[OldCards], holder: Holder, route_id: str, *, evidence: str, by: Actor
) -> None:
    for bundle in bundles:
        bundle.route_id = route_id
    move_all(session, bundles, "with_courier", by=by, evidence=evidence, holder=holder)
