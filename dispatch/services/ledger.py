"""The ledger: rupiah of one budget line move from one of its accounts to another, and nothing is ever erased.

    granted ──grant──► available ──commit──► committed ──realise──► realised
            ◄──grant── (lowered)   ◄─reverse─            (correct: any of the last two against available)

An entry takes from one account what it gives to another, so the whole always sums to zero. `transfer` is the only
writer of an entry and of a line's three sums; it refuses to take more than an account holds, and so does the database.
The event of an entry in the office's trail carries a hash of it, so that one changed by hand is found.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.errors import NotFound, OverBudget
from dispatch.services.calendar import calendar_of, today
from dispatch.store import audit
from dispatch.store.audit import Actor, Change
from dispatch.store.db import now
from dispatch.store.models import BudgetLine, LedgerEntry

type Account = Literal["granted", "available", "committed", "realised"]
type Act = Literal["grant", "commit", "realise", "reverse", "correct"]

EVENT = "ledger_entry"
MOVES: Mapping[Act, frozenset[tuple[Account, Account]]] = {
    "grant": frozenset({("granted", "available"), ("available", "granted")}),
    "commit": frozenset({("available", "committed")}),
    "realise": frozenset({("committed", "realised")}),
    "reverse": frozenset({("committed", "available")}),
    "correct": frozenset(
        {
            ("available", "committed"),
            ("committed", "available"),
            ("available", "realised"),
            ("realised", "available"),
        }
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """What one entry says. `item`: of an assignment, its "fare" or the "rounding" beyond it."""

    act: Act
    taken_from: Account
    given_to: Account
    rupiah: int
    item: str = ""
    assignment_id: str | None = None
    why: str = ""


def transfer(session: Session, line: BudgetLine, moves: Sequence[Transfer], *, by: Actor) -> Sequence[LedgerEntry]:
    """Write entries of one line, numbered after the office's last, with their events and the line's new sums."""
    wanted = [move for move in moves if move.rupiah]
    if not wanted:
        return []
    head = audit.begin(session, line.office)
    session.flush()
    at, day = now(session), today(session, calendar_of(session, line.office))
    last = session.scalar(select(func.max(LedgerEntry.number)).where(LedgerEntry.office == line.office)) or 0
    entries = []
    for number, move in enumerate(wanted, start=last + 1):
        assert (move.taken_from, move.given_to) in MOVES[move.act], f"{move.act} moves nothing that way"
        _take(line, move)
        entry = LedgerEntry(
            office=line.office,
            number=number,
            line_id=line.id,
            taken_from=move.taken_from,
            given_to=move.given_to,
            rupiah=move.rupiah,
            act=move.act,
            item=move.item,
            assignment_id=move.assignment_id,
            day=day,
            at=at,
            by=str(by),
            why=move.why[:200],
        )
        entries.append(entry)
    session.add_all(entries)
    session.flush()
    changes = [
        Change(
            subject_kind=EVENT,
            subject_id=entry.id,
            version=1,
            from_state="",
            to_state="booked",
            evidence=fingerprint(entry),
        )
        for entry in entries
    ]
    audit.append(session, head, changes, by=by, at=at)
    return entries


def _take(line: BudgetLine, move: Transfer) -> None:
    if move.taken_from != "granted":
        left = getattr(line, move.taken_from) - move.rupiah
        if left < 0:
            raise OverBudget(f"line {line.id} has {-left} rupiah too little {move.taken_from}")
        setattr(line, move.taken_from, left)
    if move.given_to != "granted":
        setattr(line, move.given_to, getattr(line, move.given_to) + move.rupiah)


def fingerprint(entry: LedgerEntry) -> str:
    """The same for the same entry; 40 hex characters, as an event can carry them."""
    said = [
        entry.office, entry.number, entry.line_id, entry.taken_from, entry.given_to, entry.rupiah, entry.act,
        entry.item, entry.assignment_id, str(entry.day), entry.by, entry.why,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:40]


def line_of(session: Session, office: str, line_id: str) -> BudgetLine:
    """One line of the office."""
    found = session.scalar(select(BudgetLine).where(BudgetLine.office == office, BudgetLine.id == line_id))
    if found is None:
        raise NotFound(f"there is no budget line {line_id}")
    return found


def lines_of(session: Session, office: str, year: int) -> Sequence[BudgetLine]:
    """The lines of a year in the order in which they pay."""
    return session.scalars(
        select(BudgetLine)
        .where(BudgetLine.office == office, BudgetLine.year == year)
        .order_by(BudgetLine.position, BudgetLine.created_at, BudgetLine.id)
        .execution_options(populate_existing=True)
    ).all()


def ceiling(line: BudgetLine) -> int:
    """What was granted to the line, rupiah."""
    return line.available + line.committed + line.realised


def named(line: BudgetLine) -> str:
    """A line as people call it: "APBD 2026 Pengiriman dokumen"."""
    return f"{line.source} {line.year} {line.name}"
