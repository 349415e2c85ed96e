"""The ledger follows every assignment: committed when it is offered, realised when it is done, given back when it ends.

`follow` is called by `states.born` and `states.move_all` for each assignment, whoever moves it, in the same
transaction; what no line can pay is refused there, so no order is ever placed without money for it. Which line pays:
of the year's active ones that may pay for this channel and these kinds of documents, the first that has enough left.
An office (or year) that never had a line pays without one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import FieldError, OverBudget
from dispatch.said import say
from dispatch.services.cases import open_case
from dispatch.services.ledger import Account, Act, Transfer, lines_of, named, transfer
from dispatch.services.offices import tariff_on
from dispatch.services.planning_reasons import rupiah
from dispatch.services.tariffs import rounding_of
from dispatch.store import audit
from dispatch.store.audit import Actor
from dispatch.store.models import (
    Assignment,
    Batch,
    BatchItem,
    BudgetLine,
    Document,
    LedgerEntry,
    Plan,
    Route,
    Shipment,
    Stop,
    StopBatch,
)

LIVE = ("offered", "intent", "sending", "unknown", "accepted")
CHANNELS = ("ojek", "post", "partner")


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What carrying one route or shipment would take from the budget of a year."""

    office: str
    year: int
    channel: str
    kinds: frozenset[str]
    fare: int
    rounding: int = 0

    @property
    def rupiah(self) -> int:
        return self.fare + self.rounding


def follow(session: Session, offers: Sequence[Assignment], *, by: Actor, why: str) -> None:
    """Book what the new state of these offers means for the budget."""
    for offer in offers:
        if offer.version == 1:
            _commit(session, offer, by=by)
        elif offer.state == "finished":
            _settle(session, offer, "realise", "realised", by=by, why=why)
        elif offer.state not in LIVE:
            _settle(session, offer, "reverse", "available", by=by, why=why or offer.state)
            offer.uncovered = 0


def reprice(session: Session, offer: Assignment, price: int, *, by: Actor, why: str = "harga berubah") -> None:
    """The partner names another price for what it carries: the difference is booked as a correction.

    An order that is placed has to be paid. Of a raised price that no line can cover any more the rest stands as
    `uncovered` beside the order, and a person is asked to raise the ceiling; the ledger itself is never overdrawn."""
    difference = price - offer.rupiah
    if difference == 0 or price < 0:
        return
    audit.begin(session, offer.office)
    offer.rupiah = price
    held = holdings(session, offer)
    if not held and not offer.uncovered:
        return  # it is not paid from a line
    account: Account = "realised" if offer.state == "finished" else "committed"
    if difference < 0:
        forgiven = min(offer.uncovered, -difference)
        offer.uncovered -= forgiven
        _give_back(session, offer, -difference - forgiven, account, by=by, why=why)
        return
    offer.uncovered += difference
    cover(session, offer, by=by, why=why)
    if offer.uncovered:
        _ask(session, offer)


def cover(session: Session, offer: Assignment, *, by: Actor, why: str) -> None:
    """Take what is uncovered of an order from the first line that has all of it left."""
    account: Account = "realised" if offer.state == "finished" else "committed"
    charge = _charge_of(session, offer)
    for line in paying(session, charge):
        if line.available >= offer.uncovered:
            move = Transfer(
                act="correct",
                taken_from="available",
                given_to=account,
                rupiah=offer.uncovered,
                item="fare",
                assignment_id=offer.id,
                why=why,
            )
            transfer(session, line, [move], by=by)
            offer.uncovered = 0
            return


def cover_all(session: Session, office: str, *, by: Actor) -> None:
    """After a line got more: cover what orders still lack, the oldest first."""
    waiting = session.scalars(
        select(Assignment)
        .where(Assignment.office == office, Assignment.uncovered > 0)
        .order_by(Assignment.created_at, Assignment.id)
    ).all()
    for offer in waiting:
        cover(session, offer, by=by, why="pagu dinaikkan")


def holdings(session: Session, offer: Assignment) -> dict[tuple[str, str, str], int]:
    """What the ledger holds for an order: (line, item, account) → rupiah, only what is not 0."""
    held: dict[tuple[str, str, str], int] = {}
    entries = session.scalars(
        select(LedgerEntry)
        .where(LedgerEntry.office == offer.office, LedgerEntry.assignment_id == offer.id)
        .order_by(LedgerEntry.number)
    )
    for entry in entries:
        for account, amount in ((entry.taken_from, -entry.rupiah), (entry.given_to, entry.rupiah)):
            if account != "available":
                key = (entry.line_id, entry.item, account)
                held[key] = held.get(key, 0) + amount
    return {key: amount for key, amount in held.items() if amount}


def paying(session: Session, charge: Charge) -> Sequence[BudgetLine]:
    """The lines that may pay for it, in their order."""
    return [
        line
        for line in lines_of(session, charge.office, charge.year)
        if line.is_active
        and (not line.channels or charge.channel in line.channels)
        and (not line.kinds or charge.kinds <= set(line.kinds))
    ]


def has_budget(session: Session, office: str, year: int) -> bool:
    """Whether what is carried in this year is paid from lines: from the first year on that has one."""
    known = select(BudgetLine.id).where(BudgetLine.office == office, BudgetLine.year <= year).limit(1)
    return session.scalar(known) is not None


def refuse_short(session: Session, plan: Plan) -> None:
    """OverBudget, with the amount that is missing, when approving the plan would overdraw the budget."""
    audit.begin(session, plan.office)
    said = shortage(session, plan)
    if said:
        raise OverBudget(said, fields=[FieldError("budget", said)])


def shortage(session: Session, plan: Plan) -> str:
    """What the budget lacks for the routes and shipments of a solved plan, in a sentence; empty when nothing."""
    if not has_budget(session, plan.office, plan.service_date.year):
        return ""
    return short_of(session, list(_charges(session, plan)))


def short_of(session: Session, charges: Sequence[Charge]) -> str:
    """What the budget lacks to pay for all of these, in a sentence that names the line; empty when nothing."""
    left: dict[str, int] = {}
    lines: dict[str, BudgetLine] = {}
    unpaid: list[Charge] = []
    for charge in charges:
        able = paying(session, charge)
        lines |= {line.id: line for line in able}
        for line in able:
            left.setdefault(line.id, line.available)
        payer = next((line for line in able if left[line.id] >= charge.rupiah), None)
        if payer is None:
            unpaid.append(charge)
        else:
            left[payer.id] -= charge.rupiah
    if not unpaid:
        return ""
    able = paying(session, unpaid[0])
    if not able:
        carrier = {"ojek": say("ojek"), "post": say("Pos"), "partner": say("mitra")}[unpaid[0].channel]
        return say(
            "belum ada mata anggaran %(year)s yang boleh membayar %(carrier)s", year=unpaid[0].year, carrier=carrier
        )
    fullest = max(able, key=lambda line: left[line.id])
    missing = sum(charge.rupiah for charge in unpaid) - left[fullest.id]
    needed = sum(charge.rupiah for charge in charges)
    return say(
        "pagu %(line)s kurang %(missing)s: diperlukan %(needed)s, yang masih tersedia %(available)s",
        line=named(fullest),
        missing=rupiah(missing),
        needed=rupiah(needed),
        available=rupiah(sum(line.available for line in lines.values())),
    )


def charge_for(session: Session, row: Route | Shipment, *, channel: str, fare: int) -> Charge:
    """What it would cost the budget if this channel carried the route or shipment."""
    plan = session.get_one(Plan, row.plan_id)
    rounding = rounding_of(tariff_on(session, row.office, plan.service_date), fare) if channel == "ojek" else 0
    return Charge(
        office=row.office,
        year=plan.service_date.year,
        channel=channel,
        kinds=_kinds(session, row),
        fare=fare,
        rounding=rounding,
    )


def channel_of(partner: str) -> str:
    """How a budget names whoever carries: ojek, post or partner."""
    return {"ojek_link": "ojek", "post_counter": "post"}.get(partner, "partner")


def _charges(session: Session, plan: Plan) -> Iterator[Charge]:
    routes = session.scalars(
        select(Route)
        .where(Route.office == plan.office, Route.plan_id == plan.id, Route.state == "planned")
        .order_by(Route.number)
    )
    for route in routes.all():
        yield charge_for(session, route, channel="ojek", fare=route.fare)
    shipments = session.scalars(
        select(Shipment)
        .where(Shipment.office == plan.office, Shipment.plan_id == plan.id, Shipment.state == "planned")
        .order_by(Shipment.id)
    )
    for shipment in shipments.all():
        yield charge_for(session, shipment, channel="post", fare=shipment.rupiah)


def _carried(session: Session, offer: Assignment) -> Route | Shipment:
    if offer.route_id is not None:
        return session.get_one(Route, offer.route_id)
    assert offer.shipment_id is not None
    return session.get_one(Shipment, offer.shipment_id)


def _charge_of(session: Session, offer: Assignment) -> Charge:
    return charge_for(session, _carried(session, offer), channel=channel_of(offer.partner), fare=offer.rupiah)


def _commit(session: Session, offer: Assignment, *, by: Actor) -> None:
    charge = _charge_of(session, offer)
    offer.rounding = charge.rounding
    if charge.rupiah == 0 or not has_budget(session, offer.office, charge.year):
        return
    line = next((line for line in paying(session, charge) if line.available >= charge.rupiah), None)
    if line is None:
        said = short_of(session, [charge])
        raise OverBudget(said, fields=[FieldError("budget", said)])
    moves = [
        Transfer(
            act="commit", taken_from="available", given_to="committed", rupiah=amount, item=item, assignment_id=offer.id
        )
        for item, amount in (("fare", charge.fare), ("rounding", charge.rounding))
    ]
    transfer(session, line, moves, by=by)


def _settle(session: Session, offer: Assignment, act: Act, given_to: Account, *, by: Actor, why: str) -> None:
    """Move what is still committed for an order to where its end takes it."""
    held = {key: amount for key, amount in holdings(session, offer).items() if key[2] == "committed"}
    for line_id in sorted({line_id for line_id, _, _ in held}):
        moves = [
            Transfer(
                act=act,
                taken_from="committed",
                given_to=given_to,
                rupiah=amount,
                item=item,
                assignment_id=offer.id,
                why=why,
            )
            for (line, item, _), amount in held.items()
            if line == line_id
        ]
        transfer(session, session.get_one(BudgetLine, line_id, populate_existing=True), moves, by=by)


def _give_back(session: Session, offer: Assignment, amount: int, account: Account, *, by: Actor, why: str) -> None:
    for (line_id, item, where), held in reversed(holdings(session, offer).items()):
        back = min(amount, held)
        if where != account or item != "fare" or back <= 0:
            continue
        move = Transfer(
            act="correct",
            taken_from=account,
            given_to="available",
            rupiah=back,
            item=item,
            assignment_id=offer.id,
            why=why,
        )
        transfer(session, session.get_one(BudgetLine, line_id, populate_existing=True), [move], by=by)
        amount -= back


def _ask(session: Session, offer: Assignment) -> None:
    detail = (
        f"Mitra {offer.partner} menaikkan harga pesanan {offer.reference} menjadi {rupiah(offer.rupiah)}; "
        f"{rupiah(offer.uncovered)} belum tertampung di pagu mana pun. Naikkan pagu, atau bicarakan dengan mitra."
    )
    open_case(session, offer.office, "budget_short", subject_kind="assignment", subject_id=offer.id, detail=detail)


def _kinds(session: Session, row: Route | Shipment) -> frozenset[str]:
    """The kinds of documents on a route or in a shipment."""
    asked = (
        select(Document.kind)
        .join(BatchItem, BatchItem.document_id == Document.id)
        .join(Batch, Batch.id == BatchItem.batch_id)
        .where(Batch.office == row.office)
        .distinct()
    )
    if isinstance(row, Shipment):
        return frozenset(session.scalars(asked.where(Batch.id == row.batch_id)))
    on_route = asked.join(StopBatch, StopBatch.batch_id == Batch.id).join(Stop, Stop.id == StopBatch.stop_id)
    return frozenset(session.scalars(on_route.where(Stop.route_id == row.id)))
