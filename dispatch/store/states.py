"""Every life cycle as one table, and `move()`, the only writer of a state, a version and a document's holder.

A move is one conditional UPDATE (the row must still be in the state and version that was read) and one event in the
office's trail, in the same transaction. Whoever comes second gets `Conflict`, never a silent overwrite.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Table, bindparam, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from dispatch.errors import Conflict
from dispatch.store import audit
from dispatch.store.audit import Actor, Change
from dispatch.store.db import now
from dispatch.store.models import (
    Assignment,
    Attempt,
    Batch,
    Document,
    OldCards,
    Outreach,
    Plan,
    Route,
    Shipment,
    Stop,
    TourPlan,
)

Row = Document | Batch | Plan | Route | Stop | Shipment | Assignment | Attempt | OldCards | Outreach | TourPlan
HELD = (Document, OldCards)  # what somebody physically has


@dataclass(frozen=True, slots=True)
class Holder:
    """Who physically has a document: depot, courier, partner, village_office, district_office or citizen."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Step:
    """One allowed move. `holders`: the kinds of the new holder (empty: it stays where it is)."""

    holders: frozenset[str] = frozenset()
    evidence: bool = False


_PLAIN = Step()
_TO_DEPOT = Step(frozenset({"depot"}), evidence=True)
_CARRIED = Step(frozenset({"courier", "partner"}), evidence=True)
DESKS = frozenset({"village_office", "district_office"})
"""Offices that take documents in for their citizens."""

_COUNTED = Step(DESKS, evidence=True)
_FETCHED = Step(frozenset({"courier"}), evidence=True)
_HANDED = Step(frozenset({"citizen"}), evidence=True)
_SEEN = Step(evidence=True)


def _plain(*moves: str) -> dict[tuple[str, str], Step]:
    """`"a>b|c"` allows a → b and a → c."""
    steps: dict[tuple[str, str], Step] = {}
    for text in moves:
        start, _, ends = text.partition(">")
        for end in ends.split("|"):
            steps[start, end] = _PLAIN
    return steps


MACHINES: dict[str, dict[tuple[str, str], Step]] = {
    "document": {
        ("", "ready"): Step(frozenset({"depot"})),
        ("", "waiting_blank"): Step(frozenset({"depot"})),  # recorded, not printed: its print point owes it
        **_plain("waiting_blank>printing|withdrawn", "printing>ready|waiting_blank"),
        **_plain("ready>batched|held|withdrawn|self_printed", "batched>ready", "held>ready|withdrawn"),
        **_plain("returned>ready|held|withdrawn", "out>lost", "returning>lost", "at_village>lost"),
        ("batched", "out"): _CARRIED,
        ("out", "delivered"): _HANDED,
        ("out", "at_village"): _COUNTED,
        ("out", "returning"): _SEEN,  # whoever carries it still has it
        ("at_village", "delivered"): _HANDED,
        ("held", "delivered"): _HANDED,  # fetched at the office's counter
        ("at_village", "returning"): _SEEN,
        ("returning", "returning"): _FETCHED,  # a courier takes it along from a desk
        ("returning", "returned"): _TO_DEPOT,
    },
    "batch": _plain(
        ">open", "open>sealed", "sealed>planned|dissolved", "planned>sealed|out", "out>handed_over|closed",
        "handed_over>closed",
    ),  # out > closed: every document of it came back
    "plan": _plain(
        ">requested", "requested>solved|failed|discarded", "failed>requested|discarded", "approved>closed",
        "solved>solved|requested|approved|discarded",
    ),  # solved > solved: a person edited it; > requested: the rest is searched again
    "route": _plain(">planned", "planned>under_way|cancelled", "under_way>completed"),
    "stop": _plain(">pending", "pending>arrived|done|failed|skipped", "arrived>done|failed|skipped"),
    "shipment": _plain(
        ">planned", "planned>handed_to_partner|cancelled", "handed_to_partner>in_transit|delivered|returned|lost",
        "in_transit>delivered|returned|lost",
    ),
    "assignment": _plain(
        ">offered", "offered>accepted|intent|expired|declined", "intent>sending|expired|declined",
        # sending > intent: for certain nothing was taken in, so it may be tried again
        "sending>accepted|unknown|rejected|intent", "unknown>accepted|rejected|cancelled",
        "accepted>finished|cancelled",
    ),
    "attempt": _plain(">pending", "pending>succeeded|failed"),
    "outreach": _plain(
        ">planned", "planned>confirmed|under_way|cancelled", "confirmed>under_way|cancelled", "under_way>completed",
    ),
    "tour_plan": _plain(
        ">requested", "requested>solved|failed|discarded", "failed>requested|discarded", "solved>accepted|discarded",
    ),
    "old_cards": {
        ("", "at_desk"): Step(DESKS),
        ("", "with_courier"): Step(frozenset({"courier", "partner"})),
        ("at_desk", "with_courier"): _FETCHED,
        ("at_desk", "returned"): _TO_DEPOT,
        ("with_courier", "returned"): _TO_DEPOT,
    },
}  # fmt: skip


def next_moves(row: Row) -> tuple[str, ...]:
    """The states a row may move to now; pages ask this for their buttons."""
    return tuple(end for start, end in MACHINES[row.__tablename__] if start == row.state)


def is_final(machine: str, state: str) -> bool:
    """Whether nothing ever follows this state."""
    return all(start != state for start, _ in MACHINES[machine])


def born(session: Session, rows: Sequence[Row], state: str, *, by: Actor, holder: Holder | None = None) -> None:
    """Add new rows (all of one kind and office) in their first state."""
    if not rows:
        return
    machine = rows[0].__tablename__
    if ("", state) not in MACHINES[machine]:
        raise Conflict(f"a {machine} cannot begin as {state}")
    head = audit.begin(session, rows[0].office)
    for row in rows:
        row.state, row.version = state, 1
        if isinstance(row, HELD):
            assert holder is not None, "whatever is carried is always held by someone"
            row.holder_kind, row.holder_id = holder.kind, holder.id
    session.add_all(rows)
    session.flush()
    audit.append(session, head, [_change(row, machine, "", "", "") for row in rows], by=by, at=now(session))
    _follow(session, machine, rows, by=by, why="")


def move(
    session: Session,
    row: Row,
    to: str,
    *,
    by: Actor,
    why: str = "",
    evidence: str = "",
    holder: Holder | None = None,
) -> None:
    """Move one row to its next state, with its event."""
    move_all(session, [row], to, by=by, why=why, evidence=evidence, holder=holder)


def move_all(
    session: Session,
    rows: Iterable[Row],
    to: str,
    *,
    by: Actor,
    why: str = "",
    evidence: str = "",
    holder: Holder | None = None,
) -> None:
    """Move rows of one kind and office together; all of them or none."""
    rows = list(rows)
    if not rows:
        return
    machine = rows[0].__tablename__
    for row in rows:
        _refuse_impossible(row, machine, to, evidence, holder)
    session.flush()
    head = audit.begin(session, rows[0].office)
    _write(session, rows, to, holder)
    changes = []
    for row in rows:
        start = row.state
        set_committed_value(row, "state", to)
        set_committed_value(row, "version", row.version + 1)
        if holder is not None and isinstance(row, HELD):
            set_committed_value(row, "holder_kind", holder.kind)
            set_committed_value(row, "holder_id", holder.id)
        changes.append(_change(row, machine, start, why, evidence))
    audit.append(session, head, changes, by=by, at=now(session))
    _follow(session, machine, rows, by=by, why=why)


def _follow(session: Session, machine: str, rows: Sequence[Row], *, by: Actor, why: str) -> None:
    """What else becomes true in the same transaction: the ledger follows every assignment, whoever moves it."""
    follower = session.info.get("followers", {}).get(machine)
    if follower is not None:
        follower(session, rows, by=by, why=why)


def _refuse_impossible(row: Row, machine: str, to: str, evidence: str, holder: Holder | None) -> None:
    step = MACHINES[machine].get((row.state, to))
    if step is None:
        raise Conflict(f"{machine} {row.id} is {row.state} and cannot become {to}")
    if step.evidence and not evidence:
        raise Conflict(f"{machine} {row.id} cannot become {to} without evidence")
    if step.holders and (holder is None or holder.kind not in step.holders):
        raise Conflict(
            f"{machine} {row.id} cannot become {to} without a {' or '.join(sorted(step.holders))} to hold it"
        )
    if not step.holders and holder is not None:
        raise Conflict(f"{machine} {row.id} keeps its holder when it becomes {to}")


def _write(session: Session, rows: Sequence[Row], to: str, holder: Holder | None) -> None:
    table = rows[0].__table__
    assert isinstance(table, Table)
    values: dict[str, object] = {"state": to, "version": table.c.version + 1}
    if holder is not None and table.name in ("document", "old_cards"):
        values |= {"holder_kind": holder.kind, "holder_id": holder.id}
    statement = (
        update(table)
        .where(table.c.id == bindparam("of_id"), table.c.state == bindparam("of_state"))
        .where(table.c.version == bindparam("of_version"))
        .values(values)
    )
    read = [{"of_id": row.id, "of_state": row.state, "of_version": row.version} for row in rows]
    changed = session.connection().execute(statement, read).rowcount
    if changed != len(rows):
        raise Conflict(f"{len(rows) - changed} of {len(rows)} {table.name} rows were changed by somebody else first")


def _change(row: Row, machine: str, start: str, why: str, evidence: str) -> Change:
    holder = (row.holder_kind, row.holder_id) if isinstance(row, HELD) else ("", "")
    return Change(
        subject_kind=machine,
        subject_id=row.id,
        version=row.version,
        from_state=start,
        to_state=row.state,
        why=why,
        evidence=evidence,
        holder_kind=holder[0],
        holder_id=holder[1],
    )
