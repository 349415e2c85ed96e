"""The invariants of custody as questions to the database; every one must come back empty.

Run nightly, after every restore, and whenever somebody doubts. A check answers with ids only, never with a person's
data. Checks that need code (the hash chain, stored files) stand beside those that are one query.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from dispatch.errors import Invalid
from dispatch.services import set_up, verify_capacity, verify_messages, verify_money, verify_plans
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


@dataclass(frozen=True, slots=True)
class Finding:
    """One row that should not be there."""

    check: str
    what: str


@dataclass(frozen=True, slots=True)
class Check:
    """A name, what it promises, and the question. A query's rows, or a function's findings, are the violations."""

    name: str
    promise: str
    query: str = ""
    ask: Callable[[Session, FileStore], Iterator[str]] | None = None


def verify(session: Session, files: FileStore, only: Sequence[str] = ()) -> list[Finding]:
    """Everything that is wrong, in the order of the checks; empty when all is well."""
    findings: list[Finding] = []
    for check in CHECKS:
        if only and check.name not in only:
            continue
        found = check.ask(session, files) if check.ask else (str(row[0]) for row in session.execute(text(check.query)))
        findings += [Finding(check.name, what) for what in found]
    return findings


def _holders(session: Session, _files: FileStore) -> Iterator[str]:
    for document_id, state, holder in session.execute(select(Document.id, Document.state, Document.holder_kind)):
        if holder not in HOLDERS.get(state, frozenset()):
            yield f"document {document_id} is {state} and held by {holder}"


def _last_events(session: Session, _files: FileStore) -> Iterator[str]:
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


def _sums(session: Session, _files: FileStore) -> Iterator[str]:
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


def _allowed(session: Session, _files: FileStore) -> Iterator[str]:
    seen = select(Event.subject_kind, Event.from_state, Event.to_state, Event.office, Event.seq, Event.evidence)
    for kind, start, end, office, seq, evidence in session.execute(seen.where(Event.subject_kind.in_(MACHINES))):
        step = MACHINES[kind].get((start, end))
        if step is None:
            yield f"event {office}/{seq}: a {kind} went from {start or 'nothing'} to {end}"
        elif step.evidence and not evidence:
            yield f"event {office}/{seq}: a {kind} became {end} without evidence"


def _set_up_kept(session: Session, _files: FileStore) -> Iterator[str]:
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


def _chain(session: Session, _files: FileStore) -> Iterator[str]:
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


def _policies_kept(session: Session, _files: FileStore) -> Iterator[str]:
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


def _files_kept(session: Session, files: FileStore) -> Iterator[str]:
    kept = select(StoredFile.office, StoredFile.sha256, StoredFile.size)
    for office, sha, size in session.execute(kept.execution_options(yield_per=500)):
        try:
            body = files.get(office, sha)
        except FileNotFoundError:
            yield f"file {sha} of {office} is missing"
            continue
        if len(body) != size or hashlib.sha256(body).hexdigest() != sha:
            yield f"file {sha} of {office} is not what was stored"


CHECKS: tuple[Check, ...] = (
    Check("holder", "every document has a known state and a holder that fits it", ask=_holders),
    Check("last-event", "the last event says the same as the row", ask=_last_events),
    Check("sums", "what each holder has by the trail is what the rows say, document for document", ask=_sums),
    Check(
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
    Check(
        "right-desk",
        "a desk holds only what came to it in a batch of its own",
        "SELECT d.id FROM document d LEFT JOIN batch b ON b.id = d.batch_id WHERE d.state = 'at_village' "
        "AND (b.id IS NULL OR b.village_code <> d.holder_id OR b.destination <> d.holder_kind)",
    ),
    Check(
        "one-envelope",
        "what lies in one envelope for a home belongs to one household",
        "SELECT i.batch_id FROM batch_item i JOIN batch b ON b.id = i.batch_id AND b.destination = 'home' "
        "JOIN document d ON d.id = i.document_id JOIN recipient r ON r.id = d.recipient_id "
        "WHERE CASE WHEN r.household = '' THEN r.id ELSE r.household END <> b.household",
    ),
    Check(
        "old-cards-told",
        "old cards are on the proof they were given up for, never more than it says",
        "SELECT p.id FROM old_cards o JOIN proof p ON p.id = o.proof_id "
        "GROUP BY p.id, p.old_cards HAVING SUM(o.cards) > p.old_cards",
    ),
    Check(
        "old-cards-counted",
        "old cards are the office's only by a count, and each count names what it was told",
        "SELECT o.id FROM old_cards o WHERE (o.state = 'returned') <> (o.count_id IS NOT NULL) "
        "UNION ALL SELECT n.id FROM old_card_count n LEFT JOIN old_cards o ON o.count_id = n.id "
        "GROUP BY n.id, n.expected HAVING COALESCE(SUM(o.cards), 0) <> n.expected",
    ),
    Check(
        "old-cards-differ",
        "where fewer or more old cards were counted than told, a person was asked",
        "SELECT n.id FROM old_card_count n LEFT JOIN exception_case c ON c.office = n.office "
        "AND c.subject_kind = 'old_card_count' AND c.subject_id = n.id WHERE n.found <> n.expected AND c.id IS NULL",
    ),
    Check(
        "enquiry-asked",
        "every enquiry is a case of the same office",
        "SELECT e.id FROM enquiry e JOIN exception_case c ON c.id = e.case_id "
        "WHERE c.office <> e.office OR c.kind <> 'enquiry'",
    ),
    Check(
        "versions",
        "each change has exactly one event, numbered without a hole",
        "SELECT subject_id FROM event GROUP BY subject_kind, subject_id HAVING COUNT(*) <> MAX(version)",
    ),
    Check(
        "joined",
        "the events of one row join up",
        "SELECT e.subject_id FROM event e JOIN event p ON p.subject_kind = e.subject_kind "
        "AND p.subject_id = e.subject_id AND p.version = e.version - 1 WHERE e.from_state <> p.to_state",
    ),
    Check("allowed", "only moves of the table, with evidence where it is needed", ask=_allowed),
    Check(
        "actor",
        "every event says who and when",
        "SELECT seq FROM event WHERE actor_kind = '' OR actor_id = '' OR at IS NULL",
    ),
    Check(
        "delivered-once",
        "no document is delivered twice",
        "SELECT subject_id FROM event WHERE subject_kind = 'document' AND to_state = 'delivered' "
        "GROUP BY subject_id HAVING COUNT(*) > 1",
    ),
    Check(
        "one-route",
        "no batch is on two open stops",
        "SELECT sb.batch_id FROM stop_batch sb JOIN stop s ON s.id = sb.stop_id JOIN route r ON r.id = s.route_id "
        "WHERE s.state IN ('pending','arrived') AND r.state IN ('planned','under_way') "
        "GROUP BY sb.batch_id HAVING COUNT(*) > 1",
    ),
    Check(
        "out-on-the-way",
        "a document is out if and only if it is on one open attempt",
        "SELECT d.id FROM document d LEFT JOIN attempt a ON a.document_id = d.id AND a.state = 'pending' "
        "GROUP BY d.id, d.state "
        "HAVING (d.state = 'out' AND COUNT(a.id) <> 1) OR (d.state <> 'out' AND COUNT(a.id) > 0)",
    ),
    Check(
        "batch-count",
        "a sealed batch holds as many lines as it says",
        "SELECT b.id FROM batch b LEFT JOIN batch_item i ON i.batch_id = b.id WHERE b.state <> 'open' "
        "GROUP BY b.id, b.documents HAVING COUNT(i.id) <> b.documents",
    ),
    Check(
        "one-batch",
        "a document is in at most one open batch, the one it names",
        "SELECT i.document_id FROM batch_item i JOIN batch b ON b.id = i.batch_id "
        "JOIN document d ON d.id = i.document_id WHERE b.state IN ('open','sealed','planned') "
        "AND (d.batch_id IS NULL OR d.batch_id <> b.id OR d.state <> 'batched')",
    ),
    Check(
        "batched-somewhere",
        "a batched document is in an open batch",
        "SELECT d.id FROM document d LEFT JOIN batch b ON b.id = d.batch_id AND b.state IN ('open','sealed','planned') "
        "WHERE d.state = 'batched' AND b.id IS NULL",
    ),
    Check(
        "reserved",
        "a planned batch is in one live plan or rides to one mobile service, and only planned batches wait in one",
        "SELECT b.id FROM batch b LEFT JOIN plan_batch pb ON pb.batch_id = b.id AND pb.is_live "
        "LEFT JOIN plan p ON p.id = pb.plan_id GROUP BY b.id, b.state, b.outreach_id "
        "HAVING (b.state = 'planned' AND COUNT(pb.id) + CASE WHEN b.outreach_id IS NULL THEN 0 ELSE 1 END <> 1) "
        "OR SUM(CASE WHEN p.state IN ('discarded','closed') THEN 1 ELSE 0 END) > 0",
    ),
    Check(
        "elsewhere-by-post",
        "nobody rides to somebody who is not at home here",
        "SELECT a.id FROM attempt a JOIN document d ON d.id = a.document_id "
        "WHERE a.state = 'pending' AND a.stop_id IS NOT NULL AND d.circumstance <> ''",
    ),
    Check(
        "officer-brings",
        "what an officer has to bring is with no other rider",
        "SELECT a.id FROM attempt a JOIN document d ON d.id = a.document_id JOIN batch b ON b.id = d.batch_id "
        "JOIN stop s ON s.id = a.stop_id JOIN route r ON r.id = s.route_id JOIN courier c ON c.id = r.courier_id "
        "WHERE a.state = 'pending' AND d.by_officer AND b.destination = 'home' AND c.kind <> 'staff'",
    ),
    Check(
        "abroad-by-letter",
        "what belongs to somebody abroad went to the holder, or to a proxy whose letter is kept",
        "SELECT d.id FROM document d WHERE d.circumstance = 'abroad' AND d.state = 'delivered' "
        "AND NOT EXISTS (SELECT 1 FROM power_of_attorney l WHERE l.document_id = d.id) "
        "AND NOT EXISTS (SELECT 1 FROM event e JOIN proof p ON p.id = e.evidence WHERE e.subject_kind = 'document' "
        "AND e.subject_id = d.id AND e.to_state = 'delivered' "
        "AND p.relation IN ('holder', 'Orangnya sendiri', 'Pemilik', 'Ybs', 'Yang bersangkutan'))",
    ),
    Check(
        "dead-receive-nothing",
        "what belongs to somebody who died is handed to nobody",
        "SELECT id FROM document WHERE circumstance = 'deceased' AND state IN ('out', 'at_village', 'delivered')",
    ),
    Check(
        "outreach-load",
        "what rides to a mobile service waits with it, leaves with it and is accounted for before it ends",
        "SELECT b.id FROM batch b LEFT JOIN outreach o ON o.office = b.office AND o.id = b.outreach_id "
        "WHERE (b.destination = 'outreach') <> (o.id IS NOT NULL) "
        "OR (b.outreach_id IS NOT NULL AND o.id IS NULL) OR (o.state = 'cancelled' AND b.state <> 'dissolved') "
        "OR (b.state = 'planned' AND o.state NOT IN ('planned','confirmed')) "
        "OR (b.state = 'out' AND o.id IS NOT NULL AND o.state <> 'under_way')",
    ),
    Check(
        "outreach-handed",
        "an attempt at a mobile service is of this office, and what was handed over there has its proof",
        "SELECT a.id FROM attempt a LEFT JOIN outreach o ON o.office = a.office AND o.id = a.outreach_id "
        "LEFT JOIN proof p ON p.id = a.proof_id WHERE a.outreach_id IS NOT NULL AND (o.id IS NULL "
        "OR (a.state = 'succeeded' AND (p.id IS NULL OR p.outreach_id IS NULL OR p.outreach_id <> a.outreach_id)))",
    ),
    Check(
        "decided",
        "an approved plan says what becomes of each batch",
        "SELECT pb.id FROM plan_batch pb JOIN plan p ON p.id = pb.plan_id "
        "WHERE p.state IN ('solved','approved','closed') AND pb.outcome NOT IN ('route','post','wait','unassigned')",
    ),
    Check(
        "proof-told",
        "every proof is in the trail, or is an open or decided conflict",
        # gathered first: no index leads from an evidence to its events, and a month has tens of thousands
        "SELECT p.id FROM proof p LEFT JOIN (SELECT DISTINCT office, evidence FROM event WHERE evidence <> '') e "
        "ON e.office = p.office AND e.evidence = p.id "
        "WHERE e.evidence IS NULL AND NOT p.is_conflict AND p.kind <> 'arrived'",
    ),
    Check(
        "photo-kept",
        "the photo of every proof is a stored file",
        "SELECT p.id FROM proof p LEFT JOIN stored_file f ON f.office = p.office AND f.sha256 = p.received_sha "
        "WHERE p.received_sha <> '' AND f.id IS NULL",
    ),
    Check(
        "handover-sums",
        "a count names each document of its batch once: received, missing or damaged",
        "SELECT h.id FROM handover h JOIN batch b ON b.id = h.batch_id "
        "LEFT JOIN handover_line l ON l.handover_id = h.id AND l.result <> 'extra' "
        "GROUP BY h.id, b.documents HAVING COUNT(DISTINCT l.document_id) <> b.documents OR COUNT(l.id) <> b.documents",
    ),
    Check(
        "import-sums",
        "the rows of a file are accepted, known, in review or refused, and each accepted row made a document",
        "SELECT f.id FROM import f LEFT JOIN import_row r ON r.import_id = f.id WHERE f.status = 'done' "
        "AND NOT f.is_dry_run GROUP BY f.id, f.total, f.accepted, f.known, f.review, f.refused "
        "HAVING f.accepted + f.known + f.review + f.refused <> f.total OR COUNT(r.id) <> f.total "
        "OR SUM(CASE WHEN r.outcome = 'accepted' AND r.document_id IS NOT NULL THEN 1 ELSE 0 END) <> f.accepted "
        "OR SUM(CASE WHEN r.outcome = 'refused' AND r.reason <> '' THEN 1 ELSE 0 END) <> f.refused",
    ),
    Check(
        "one-assignment",
        "at most one live assignment for each route and each shipment",
        "SELECT COALESCE(route_id, shipment_id) FROM assignment "
        "WHERE state IN ('offered','intent','sending','unknown','accepted') "
        "GROUP BY COALESCE(route_id, shipment_id) HAVING COUNT(*) > 1",
    ),
    Check(
        "partner-reference",
        "an order that a partner accepted carries the partner's own reference",
        "SELECT id FROM assignment WHERE partner NOT IN ('ojek_link','post_counter') "
        "AND state IN ('accepted','finished') AND partner_reference = ''",
    ),
    Check(
        "job-bounds",
        "a job's tries stay within bounds, and a finished job holds no lease",
        "SELECT id FROM job WHERE attempt > max_attempts + 1 OR (state <> 'open' AND lease_until IS NOT NULL)",
    ),
    Check(
        "link-sealed",
        "no link is kept in clear, none is without an end",
        "SELECT id FROM link WHERE LENGTH(token_hash) <> 64 OR act_until IS NULL OR sync_until IS NULL "
        "OR (device_hash IS NOT NULL AND LENGTH(device_hash) <> 64) OR purpose NOT IN ('courier','village')",
    ),
    Check(
        "nik-sealed",
        "no NIK is kept in clear",
        "SELECT id FROM recipient WHERE nik_sealed NOT LIKE 'k%.%' OR LENGTH(nik_match) <> 64",
    ),
    Check(
        "paper-numbers",
        "papers of one kind and year are numbered from 1 without a hole, and each says something",
        "SELECT MAX(p.id) FROM paper p GROUP BY p.office, p.kind, p.year HAVING COUNT(*) <> MAX(p.number) "
        "UNION ALL SELECT p.id FROM paper p LEFT JOIN paper_revision r ON r.paper_id = p.id "
        "GROUP BY p.id HAVING COUNT(r.id) = 0 OR COUNT(r.id) <> MAX(r.revision)",
    ),
    Check(
        "paper-kept",
        "the file of every drawn paper is a stored file",
        "SELECT r.id FROM paper_revision r LEFT JOIN stored_file f ON f.office = r.office AND f.sha256 = r.sha256 "
        "WHERE r.sha256 <> '' AND f.id IS NULL",
    ),
    Check(
        "export-told",
        "every list of people that left has a reason, and a large one a second person",
        "SELECT id FROM access_event WHERE kind = 'export' AND (LENGTH(reason) < 10 OR (found > 500 AND second = ''))",
    ),
    Check("policy-kept", "a release policy is as it was decided", ask=_policies_kept),
    Check(
        "ledger-balances",
        "each entry moves rupiah from one account of a line to another, and a line holds what its entries say",
        ask=verify_money.ledger_balances,
    ),
    Check("not-overdrawn", "no account of a budget line was ever below zero", ask=verify_money.not_overdrawn),
    Check(
        "ledger-kept", "ledger entries are as they were booked, numbered without a hole", ask=verify_money.ledger_kept
    ),
    Check(
        "orders-booked",
        "committed is the sum of live orders, realised that of finished ones, each from a line",
        ask=verify_money.orders_booked,
    ),
    Check("tariff-kept", "a tariff is as it was decided", ask=verify_money.tariffs_kept),
    Check("set-up-kept", "the history of the set-up is as it was written", ask=_set_up_kept),
    Check(
        "next-step",
        "what failed says what follows, and by which policy",
        "SELECT a.id FROM attempt a WHERE (a.policy_id IS NOT NULL) <> (a.next_step <> '') "
        "OR (a.next_step = 'wait') <> (a.next_until IS NOT NULL) OR (a.next_step <> '' AND a.state <> 'failed')",
    ),
    Check(
        "gap-told",
        "a hand-over that lacks something by its policy was shown to a person",
        "SELECT p.id FROM proof p LEFT JOIN exception_case c ON c.office = p.office AND c.subject_kind = 'proof' "
        "AND c.subject_id = p.id AND c.kind = 'proof_lacking' WHERE p.gaps <> '' AND c.id IS NULL",
    ),
    Check("announced", "each announced change has exactly one outbox row", ask=verify_messages.announced),
    Check(
        "message-tells",
        "every message tells of a change, and says who sent what went out by hand",
        "SELECT m.id FROM message m LEFT JOIN announced a ON a.office = m.office AND a.message_id = m.id "
        "GROUP BY m.id, m.status, m.channel, m.sent_by "
        "HAVING COUNT(a.event_seq) = 0 OR (m.status = 'sent' AND m.channel = 'clerk' AND m.sent_by = '')",
    ),
    *(Check(name, promise, query) for name, promise, query in verify_capacity.QUERIES),
    Check(
        "webhook-sealed",
        "no secret of a webhook is kept in clear, and what was taken says when",
        "SELECT id FROM webhook_endpoint WHERE secrets_sealed NOT LIKE 'k%.%' UNION ALL "
        "SELECT id FROM webhook_delivery WHERE (status = 'sent') <> (sent_at IS NOT NULL AND next_at IS NULL)",
    ),
    *(Check(name, promise, query) for name, promise, query in verify_plans.QUERIES),
    Check("chain", "the trail of every office recomputes to its head", ask=_chain),
    Check("files", "every stored file is there and unchanged", ask=_files_kept),
)
