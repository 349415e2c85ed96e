"""The invariants of the trail: rows and events say the same, nothing was changed after it was written or stored."""

import hashlib
from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.errors import Invalid
from dispatch.services import set_up
from dispatch.services.policies import policy_of
from dispatch.store import audit
from dispatch.store.db import Base
from dispatch.store.files import FileStore
from dispatch.store.models import ChainHead, Document, Event, Office, ReleasePolicy, SetUpChange, StoredFile
from dispatch.store.states import DESKS, HELD, MACHINES

# where a document of each state is; "depot" and so on are kinds of holder
HOLDERS: dict[str, frozenset[str]] = {
    "waiting_blank": frozenset({"depot"}),
    "printing": frozenset({"depot"}),
    "ready": frozenset({"depot"}),
    "batched": frozenset({"depot"}),
    "held": frozenset({"depot"}),
    "returned": frozenset({"depot"}),
    "withdrawn": frozenset({"depot"}),
    "self_printed": frozenset({"depot"}),
    "out": frozenset({"courier", "partner"}),
    "returning": frozenset({"courier", "partner", *DESKS}),
    "at_village": DESKS,
    "delivered": frozenset({"citizen"}),
    "lost": frozenset({"courier", "partner", *DESKS}),
}

QUERIES: tuple[tuple[str, str, str], ...] = (
    (
        "holder-known",
        "whoever holds something exists: a depot, a courier, a desk, a person of this office",
        "SELECT d.id FROM document d LEFT JOIN depot p ON p.office = d.office AND p.id = d.holder_id "
        "LEFT JOIN courier c ON c.office = d.office AND c.id = d.holder_id "
        "LEFT JOIN village v ON v.office = d.office AND v.code = d.holder_id "
        "LEFT JOIN recipient r ON r.office = d.office AND r.id = d.holder_id "
        "WHERE (d.holder_kind = 'depot' AND p.id IS NULL) OR (d.holder_kind = 'courier' AND c.id IS NULL) "
        "OR (d.holder_kind IN ('village_office','district_office') AND v.code IS NULL) "
        "OR (d.holder_kind = 'citizen' AND (r.id IS NULL OR d.holder_id <> d.recipient_id))",
    ),
    (
        "versions",
        "each change has exactly one event, numbered without a hole",
        "SELECT subject_id FROM event GROUP BY subject_kind, subject_id HAVING COUNT(*) <> MAX(version)",
    ),
    (
        "joined",
        "the events of one row join up",
        "SELECT e.subject_id FROM event e JOIN event p ON p.subject_kind = e.subject_kind "
        "AND p.subject_id = e.subject_id AND p.version = e.version - 1 WHERE e.from_state <> p.to_state",
    ),
    (
        "actor",
        "every event says who and when",
        "SELECT seq FROM event WHERE actor_kind = '' OR actor_id = '' OR at IS NULL",
    ),
    (
        "delivered-once",
        "no document is delivered twice",
        "SELECT subject_id FROM event WHERE subject_kind = 'document' AND to_state = 'delivered' "
        "GROUP BY subject_id HAVING COUNT(*) > 1",
    ),
)


def holders(session: Session, _files: FileStore) -> Iterator[str]:
    """A document is where its state says."""
    for document_id, state, holder in session.execute(select(Document.id, Document.state, Document.holder_kind)):
        if holder not in HOLDERS.get(state, frozenset()):
            yield f"document {document_id} is {state} and held by {holder}"


def last_events(session: Session, _files: FileStore) -> Iterator[str]:
    """Nobody wrote a state, a version or a holder by hand."""
    for machine in MACHINES:
        table = Base.metadata.tables[machine]
        rows = session.execute(
            select(table.c.id, table.c.state, Event.to_state)
            .select_from(table)
            .outerjoin(
                Event,
                (Event.subject_kind == machine) & (Event.subject_id == table.c.id) & (Event.version == table.c.version),
            )
            .where(Event.seq.is_(None) | (Event.to_state != table.c.state) | (Event.office != table.c.office))
        )
        for row_id, state, said in rows:
            yield f"{machine} {row_id} is {state}, its last event says {said}"
    for kind in HELD:
        table = Base.metadata.tables[kind.__tablename__]
        held = session.execute(
            select(table.c.id)
            .join(
                Event,
                (Event.subject_kind == kind.__tablename__)
                & (Event.subject_id == table.c.id)
                & (Event.version == table.c.version),
            )
            .where((Event.holder_kind != table.c.holder_kind) | (Event.holder_id != table.c.holder_id))
        )
        for (row_id,) in held:
            yield f"{kind.__tablename__} {row_id} is held by somebody its last event does not name"


def sums(session: Session, _files: FileStore) -> Iterator[str]:
    """How many things each holder has, counted in the trail's last words and in the rows: the two are one."""
    for kind in HELD:
        table = Base.metadata.tables[kind.__tablename__]
        rows = session.execute(
            select(table.c.office, table.c.holder_kind, table.c.holder_id, func.count()).group_by(
                table.c.office, table.c.holder_kind, table.c.holder_id
            )
        )
        newest = (
            select(Event.subject_id, func.max(Event.version).label("version"))
            .where(Event.subject_kind == kind.__tablename__)
            .group_by(Event.subject_id)
            .subquery()
        )
        told = session.execute(
            select(Event.office, Event.holder_kind, Event.holder_id, func.count())
            .join(newest, (newest.c.subject_id == Event.subject_id) & (newest.c.version == Event.version))
            .where(Event.subject_kind == kind.__tablename__)
            .group_by(Event.office, Event.holder_kind, Event.holder_id)
        )
        has = {(office, who, what): count for office, who, what, count in rows}
        said = {(office, who, what): count for office, who, what, count in told}
        for office, who, what in sorted(has.keys() | said.keys()):
            mine, theirs = has.get((office, who, what), 0), said.get((office, who, what), 0)
            if mine != theirs:
                yield f"{who} {what} of {office} has {mine} {kind.__tablename__}, the trail says {theirs}"


def allowed(session: Session, _files: FileStore) -> Iterator[str]:
    """Each event is a move of the table, with evidence where the table asks for it."""
    seen = select(Event.subject_kind, Event.from_state, Event.to_state, Event.office, Event.seq, Event.evidence)
    for kind, start, end, office, seq, evidence in session.execute(seen.where(Event.subject_kind.in_(MACHINES))):
        step = MACHINES[kind].get((start, end))
        if step is None:
            yield f"event {office}/{seq}: a {kind} went from {start or 'nothing'} to {end}"
        elif step.evidence and not evidence:
            yield f"event {office}/{seq}: a {kind} became {end} without evidence"


def set_up_kept(session: Session, _files: FileStore) -> Iterator[str]:
    """The history of the set-up is as it was written: the trail carries the hash of each change."""
    rows = session.execute(
        select(SetUpChange, Event.evidence).outerjoin(
            Event,
            (Event.office == SetUpChange.office)
            & (Event.subject_kind == set_up.EVENT)
            & (Event.subject_id == SetUpChange.id),
        )
    )
    for row, evidence in rows:
        if set_up.fingerprint(row) != evidence:
            yield f"change {row.id} of the set-up is not as it was made"


def policies_kept(session: Session, _files: FileStore) -> Iterator[str]:
    """A release policy is never changed: its terms are those its event in the trail carries the hash of."""
    rows = session.execute(
        select(ReleasePolicy, Event.evidence).outerjoin(
            Event,
            (Event.office == ReleasePolicy.office)
            & (Event.subject_kind == "release_policy")
            & (Event.subject_id == ReleasePolicy.id),
        )
    )
    for row, evidence in rows:
        try:
            is_same = policy_of(row).fingerprint() == evidence
        except Invalid:
            is_same = False
        if not is_same:
            yield f"release policy {row.id} is not what was decided"


def chain(session: Session, _files: FileStore) -> Iterator[str]:
    """Recompute every hash: numbers 1..n, each joined to the one before, the head at the end."""
    columns = [c.name for c in Event.__table__.c if c.name not in ("prev_hash", "hash")]
    for office, head_seq, head_hash in session.execute(select(ChainHead.office, ChainHead.seq, ChainHead.hash)).all():
        prev, count = audit.GENESIS, 0
        events = session.scalars(
            select(Event).where(Event.office == office).order_by(Event.seq).execution_options(yield_per=1000)
        )
        for event in events:
            count += 1
            if event.seq != count or event.prev_hash != prev:
                yield f"event {office}/{event.seq} does not follow the one before"
            if event.hash != audit.digest(event.prev_hash, {name: getattr(event, name) for name in columns}):
                yield f"event {office}/{event.seq} was changed after it was written"
            prev = event.hash
        if (count, prev) != (head_seq, head_hash):
            yield f"the trail of {office} ends at {count}, its head says {head_seq}"
    for (office,) in session.execute(select(Office.code).where(Office.code.not_in(select(ChainHead.office)))):
        yield f"office {office} has no trail"


def files_kept(session: Session, files: FileStore) -> Iterator[str]:
    """Every file that the database names is in the store, byte for byte."""
    kept = select(StoredFile.office, StoredFile.sha256, StoredFile.size)
    for office, sha, size in session.execute(kept.execution_options(yield_per=500)):
        try:
            body = files.get(office, sha)
        except FileNotFoundError:
            yield f"file {sha} of {office} is missing"
            continue
        if len(body) != size or hashlib.sha256(body).hexdigest() != sha:
            yield f"file {sha} of {office} is not what was stored"
