"""The invariants of money, asked by `antar verify` beside those of custody. Answers carry ids and rupiah only."""

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from dispatch.services import ledger
from dispatch.services.commitments import LIVE
from dispatch.services.tariffs import EVENT as TARIFF
from dispatch.services.tariffs import fingerprint
from dispatch.store.files import FileStore
from dispatch.store.models import Assignment, BudgetLine, Event, LedgerEntry, Plan, Route, Shipment, Tariff


def tariffs_kept(session: Session, _files: FileStore) -> Iterator[str]:
    """A tariff that somebody decided is as it was decided: its event in the trail carries the hash of it."""
    rows = session.execute(
        select(Tariff, Event.evidence)
        .outerjoin(
            Event, (Event.office == Tariff.office) & (Event.subject_kind == TARIFF) & (Event.subject_id == Tariff.id)
        )
        .where(Tariff.decided_at.is_not(None))
    )
    for row, evidence in rows:
        if fingerprint(row) != evidence:
            yield f"tariff {row.id} is not what was decided"


def ledger_balances(session: Session, _files: FileStore) -> Iterator[str]:
    """Every entry moves rupiah between two accounts as its act allows; a line's sums are those of its entries."""
    accounts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    rows = session.execute(
        select(
            LedgerEntry.line_id,
            LedgerEntry.act,
            LedgerEntry.taken_from,
            LedgerEntry.given_to,
            func.sum(LedgerEntry.rupiah),
            func.min(LedgerEntry.number),
        ).group_by(LedgerEntry.line_id, LedgerEntry.act, LedgerEntry.taken_from, LedgerEntry.given_to)
    )
    moves = {str(act): {(str(one), str(other)) for one, other in ways} for act, ways in ledger.MOVES.items()}
    for line_id, act, taken_from, given_to, rupiah, number in rows:
        if (taken_from, given_to) not in moves.get(act, set()):
            yield f"entry {number}: {act} moves nothing from {taken_from} to {given_to}"
        accounts[line_id][taken_from] -= int(rupiah)
        accounts[line_id][given_to] += int(rupiah)
    for line in session.scalars(select(BudgetLine)):
        said = accounts.pop(line.id, {})
        for account in ("available", "committed", "realised"):
            if said.get(account, 0) != getattr(line, account):
                yield f"line {line.id} says {getattr(line, account)} {account}, its entries {said.get(account, 0)}"
        if sum(said.values()):
            yield f"the entries of line {line.id} do not sum to zero"


def not_overdrawn(session: Session, _files: FileStore) -> Iterator[str]:
    """Told entry by entry, no account of a line was ever below zero."""
    standing: dict[tuple[str, str], int] = defaultdict(int)
    entries = session.execute(
        select(
            LedgerEntry.line_id, LedgerEntry.number, LedgerEntry.taken_from, LedgerEntry.given_to, LedgerEntry.rupiah
        ).order_by(LedgerEntry.office, LedgerEntry.number)
    )
    for line_id, number, taken_from, given_to, rupiah in entries:
        standing[line_id, taken_from] -= rupiah
        standing[line_id, given_to] += rupiah
        if taken_from != "granted" and standing[line_id, taken_from] < 0:
            yield f"entry {number} takes {-standing[line_id, taken_from]} too much from {taken_from} of {line_id}"


def ledger_kept(session: Session, _files: FileStore) -> Iterator[str]:
    """Entries are numbered from 1 without a hole, and each is as it was booked: its event carries the hash of it."""
    rows = session.execute(
        select(LedgerEntry, Event.evidence)
        .outerjoin(
            Event,
            (Event.office == LedgerEntry.office)
            & (Event.subject_kind == ledger.EVENT)
            & (Event.subject_id == LedgerEntry.id),
        )
        .order_by(LedgerEntry.office, LedgerEntry.number)
        .execution_options(yield_per=1000)
    )
    counted: dict[str, int] = defaultdict(int)
    for entry, evidence in rows:
        counted[entry.office] += 1
        if entry.number != counted[entry.office]:
            yield f"entry {entry.number} of {entry.office} follows a hole"
        if ledger.fingerprint(entry) != evidence:
            yield f"entry {entry.number} of {entry.office} is not what was booked"


def orders_booked(session: Session, _files: FileStore) -> Iterator[str]:
    """Committed is what live orders cost, realised what finished ones did, and an order that ended holds nothing."""
    held: dict[str | None, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    sums = select(
        LedgerEntry.assignment_id, LedgerEntry.taken_from, LedgerEntry.given_to, func.sum(LedgerEntry.rupiah)
    ).where(LedgerEntry.assignment_id.is_not(None))
    for offer_id, taken_from, given_to, rupiah in session.execute(
        sums.group_by(LedgerEntry.assignment_id, LedgerEntry.taken_from, LedgerEntry.given_to)
    ):
        held[offer_id][taken_from] -= int(rupiah)
        held[offer_id][given_to] += int(rupiah)
    begun = _first_lines(session)
    for offer in session.scalars(select(Assignment).execution_options(yield_per=1000)):
        cost = offer.rupiah + offer.rounding - offer.uncovered
        wanted = {
            "committed": cost if offer.state in LIVE else 0,
            "realised": cost if offer.state == "finished" else 0,
        }
        mine = held.get(offer.id)
        if mine is None:
            if any(wanted.values()) and offer.id in begun:
                yield f"assignment {offer.id} is {offer.state} and no line pays for it"
            continue
        for account, amount in wanted.items():
            has = mine.get(account, 0)
            if has != amount:
                yield f"assignment {offer.id} is {offer.state}: {amount} should be {account}, not {has}"


def _first_lines(session: Session) -> set[str]:
    """The orders that were offered after their year's budget had begun."""
    found = (
        select(Assignment.id)
        .outerjoin(Route, Route.id == Assignment.route_id)
        .outerjoin(Shipment, Shipment.id == Assignment.shipment_id)
        .join(Plan, or_(Plan.id == Route.plan_id, Plan.id == Shipment.plan_id))
        .join(BudgetLine, (BudgetLine.office == Assignment.office) & (BudgetLine.created_at < Assignment.created_at))
        .where(BudgetLine.year <= func.extract("year", Plan.service_date))
    )
    return set(session.scalars(found.distinct()))
