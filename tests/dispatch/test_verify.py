"""Every invariant is empty on a sound office, and catches its own planted violation."""

from datetime import date

import pytest
from sqlalchemy import select, text

from dispatch.services import budgets, enquiries, old_cards, set_up
from dispatch.services.verify import CHECKS, verify
from dispatch.store import files
from dispatch.store.audit import SYSTEM
from dispatch.store.db import now
from dispatch.store.models import (
    Assignment,
    Attempt,
    Batch,
    BatchItem,
    Courier,
    Depot,
    Document,
    Handover,
    HandoverLine,
    Import,
    ImportRow,
    Job,
    Link,
    Paper,
    PaperRevision,
    Plan,
    PlanBatch,
    Proof,
    Recipient,
    Route,
    Stop,
    StopBatch,
)
from dispatch.store.states import Holder, born, move, move_all
from tests.databases import OFFICE

VILLAGE = "35.05.01.2003"


@pytest.fixture
def sound(runtime):
    """An office in the middle of its day: one batch on the road, one waiting in a plan, one counted by its village."""
    with runtime.db.transaction() as session:
        depot = session.scalars(select(Depot).where(Depot.office == OFFICE)).one()
        courier = session.scalars(select(Courier).where(Courier.office == OFFICE)).first()
        set_up.put(session, courier, {"bag_documents": 90}, name=courier.name, by=SYSTEM)
        documents = [a_document(session, runtime, depot, number) for number in range(6)]
        born(session, documents, "ready", by=SYSTEM, holder=Holder("depot", depot.id))
        road, waiting, counted = (
            a_batch(session, depot, code, documents[at : at + 2]) for code, at in (("A", 0), ("B", 2), ("C", 4))
        )
        budgets.add_line(
            session, OFFICE, year=2026, source="APBD", activity="A", account="B", name="Antar", rupiah_granted=90_000,
            by=SYSTEM,
        )  # fmt: skip
        plan = a_plan(session, depot, courier, [road, waiting, counted])
        route, stops = a_route(session, plan, depot, courier, [road, counted])
        load = "load-check-00001"
        move_all(session, [road, counted], "out", by=SYSTEM)
        out = documents[:2] + documents[4:]
        move_all(session, out, "out", by=SYSTEM, evidence=load, holder=Holder("courier", courier.id))
        move(session, route, "under_way", by=SYSTEM)
        attempts = [
            Attempt(office=OFFICE, document_id=d.id, stop_id=stops[0 if d in documents[:2] else 1].id) for d in out
        ]
        born(session, attempts, "pending", by=SYSTEM)
        a_count(session, runtime, counted, stops[1], documents[4:], attempts[2:], courier)
        enquiries.ask_about_batch(session, OFFICE, VILLAGE, counted.id, by=SYSTEM)
        an_import(session, documents)
        a_paper(session, road)
        session.add(
            Job(
                id="job0000000000001",
                kind="solve",
                ref=plan.id,
                dedup_key="x",
                state="done",
                run_after=now(session),
                created_at=now(session),
            )
        )
        session.add(
            Link(
                office=OFFICE,
                purpose="courier",
                token_hash="a" * 64,
                route_id=route.id,
                act_until=now(session),
                sync_until=now(session),
                created_at=now(session),
            )
        )
    return runtime


def a_document(session, runtime, depot, number):
    recipient = Recipient(
        office=OFFICE,
        name=f"Warga {number}",
        nik_sealed=runtime.keys.seal("3505016708900001", "35.05:nik"),
        nik_match=runtime.keys.match("3505016708900001", "35.05:nik"),
        nik_last4_match=runtime.keys.match("0001", "35.05:last4"),
    )
    session.add(recipient)
    session.flush()
    return Document(
        office=OFFICE,
        source="file",
        request_number=f"P-{number}",
        code=f"D{number}",
        kind="ktp_el",
        recipient_id=recipient.id,
        village_code=VILLAGE,
        depot_id=depot.id,
        printed_on=date(2026, 11, 20),
        promised_on=date(2026, 11, 27),
        fingerprint="f" * 64,
        created_at=now(session),
    )


def a_batch(session, depot, code, documents):
    batch = Batch(
        office=OFFICE, code=code, village_code=VILLAGE, depot_id=depot.id, documents=2, created_at=now(session)
    )
    born(session, [batch], "open", by=SYSTEM)
    for line, document in enumerate(documents, 1):
        session.add(BatchItem(office=OFFICE, batch_id=batch.id, document_id=document.id, line_no=line))
        document.batch_id = batch.id
    move_all(session, documents, "batched", by=SYSTEM)
    move(session, batch, "sealed", by=SYSTEM)
    return batch


def a_plan(session, depot, courier, batches):
    plan = Plan(
        office=OFFICE,
        service_date=date(2026, 11, 24),
        requested_by="user:x",
        requested_at=now(session),
        seconds_allowed=5,
        depot_ids=[depot.id],
        courier_ids=[courier.id],
    )
    born(session, [plan], "requested", by=SYSTEM)
    session.add_all(PlanBatch(office=OFFICE, plan_id=plan.id, batch_id=b.id, outcome="route") for b in batches)
    move_all(session, batches, "planned", by=SYSTEM)
    move(session, plan, "solved", by=SYSTEM)
    return plan


def a_route(session, plan, depot, courier, batches):
    route = Route(
        office=OFFICE, plan_id=plan.id, number=1, courier_id=courier.id, depot_id=depot.id,
        leaves_s=28800, returns_s=32400, metres=10_000, documents=4, fare=25_000,
    )  # fmt: skip
    born(session, [route], "planned", by=SYSTEM)
    stops = []
    for position, batch in enumerate(batches, 1):
        stop = Stop(
            office=OFFICE, route_id=route.id, position=position, village_code=VILLAGE, lat=-8.0, lon=112.0,
            arrival_s=30000, departure_s=30300, metres=5_000,
        )  # fmt: skip
        born(session, [stop], "pending", by=SYSTEM)
        session.add(StopBatch(office=OFFICE, stop_id=stop.id, batch_id=batch.id))
        stops.append(stop)
    assignment = Assignment(
        office=OFFICE, route_id=route.id, partner="ojek_link", courier_id=courier.id, reference="R1", rupiah=25_000,
        created_at=now(session),
    )  # fmt: skip
    born(session, [assignment], "offered", by=SYSTEM)
    session.flush()
    return route, stops


def a_count(session, runtime, batch, stop, documents, attempts, courier):
    photo = runtime.files.put(OFFICE, b"photo")
    files.record(session, OFFICE, photo, size=5, media_type="image/jpeg", purpose="photo")
    proof = Proof(
        office=OFFICE, source="link:x", event_id="e1", fingerprint="f" * 64, kind="delivered", stop_id=stop.id,
        received_sha=photo, old_cards=2, received_at=now(session),
    )  # fmt: skip
    session.add(proof)
    session.flush()
    brings = Holder("courier", courier.id)
    old_cards.collect(session, proof, VILLAGE, 2, brings, route_id=stop.route_id, by=SYSTEM)
    old_cards.count_in(session, OFFICE, brings, 2, by=SYSTEM)
    move_all(session, attempts, "succeeded", by=SYSTEM, evidence=proof.id)
    move_all(session, documents, "at_village", by=SYSTEM, evidence=proof.id, holder=Holder("village_office", VILLAGE))
    move(session, stop, "done", by=SYSTEM, evidence=proof.id)
    move(session, batch, "handed_over", by=SYSTEM)
    handover = Handover(
        office=OFFICE, source="link:v", event_id="h1", fingerprint="f" * 64, batch_id=batch.id, received_by="Sekdes",
        counted={"received": 2}, received_at=now(session),
    )  # fmt: skip
    session.add(handover)
    session.flush()
    session.add_all(
        HandoverLine(office=OFFICE, handover_id=handover.id, document_id=d.id, result="received") for d in documents
    )


def an_import(session, documents):
    brought = Import(
        office=OFFICE, source="file", status="done", total=1, accepted=1, created_by="user:x", created_at=now(session)
    )
    session.add(brought)
    session.flush()
    session.add(
        ImportRow(office=OFFICE, import_id=brought.id, row_no=1, outcome="accepted", document_id=documents[0].id)
    )


def a_paper(session, batch):
    """The BAST of a batch, numbered and printed once."""
    at = now(session)
    paper = Paper(
        office=OFFICE, kind="bast", year=2026, number=1, label="470/001/BAST/2026", subject_kind="batch",
        subject_id=batch.id, code="c" * 32, made_at=at,
    )  # fmt: skip
    session.add(paper)
    session.flush()
    session.add(
        PaperRevision(
            office=OFFICE,
            paper_id=paper.id,
            revision=1,
            seal="5" * 64,
            day=date(2026, 11, 24),
            items=2,
            head_seq=1,
            head_hash="a" * 64,
            made_by="user:sari",
            made_at=at,
        )
    )
    session.flush()


PLANTS = {
    "edit-told": 'INSERT INTO plan_edit (id, office, plan_id, number, kind, said, version, at, "by", before, after, '
    "cost_before, cost_after, undone_by) SELECT 'edit000000000001', office, id, 1, 'move', 'x', 2, requested_at, 'x', "
    "CAST('{}' AS JSON), CAST('{}' AS JSON), 0, 0, '' FROM plan",
    "solved-rows": "UPDATE plan SET state = 'solved', matrix_sha = 'x'",
    "solved-sums": "UPDATE plan SET state = 'solved', ojek_rupiah = 5",
    "offered-fare": "UPDATE assignment SET state = 'offered', rupiah = 1",
    "holder": "UPDATE document SET holder_kind = 'citizen' WHERE code = 'D2'",
    "sums": "UPDATE document SET holder_id = 'elsewhere' WHERE code = 'D0'",
    "holder-known": "UPDATE document SET holder_id = 'elsewhere' WHERE code = 'D0'",
    "right-desk": "UPDATE batch SET destination = 'district_office' WHERE code = 'C'",
    "one-envelope": "UPDATE batch SET destination = 'home', household = 'x' WHERE code = 'B'",
    "old-cards-told": "UPDATE proof SET old_cards = 1",
    "old-cards-counted": "UPDATE old_card_count SET expected = 9",
    "old-cards-differ": "UPDATE old_card_count SET found = 1",
    "enquiry-asked": "UPDATE exception_case SET kind = 'other'",
    "last-event": "UPDATE document SET state = 'delivered', holder_kind = 'citizen' WHERE code = 'D4'",
    "versions": "UPDATE event SET version = 9 WHERE subject_kind = 'document' AND to_state = 'batched' AND seq = "
    "(SELECT MIN(seq) FROM event WHERE to_state = 'batched')",
    "joined": "UPDATE event SET from_state = 'held' WHERE subject_kind = 'document' AND to_state = 'batched'",
    "allowed": "UPDATE event SET evidence = '' WHERE subject_kind = 'document' AND to_state = 'at_village'",
    "actor": "UPDATE event SET actor_id = '' WHERE seq = 1",
    "delivered-once": "UPDATE event SET to_state = 'delivered' WHERE subject_kind = 'document' AND version >= 3",
    "one-route": "UPDATE stop_batch SET batch_id = (SELECT id FROM batch WHERE code = 'A') "
    "; UPDATE stop SET state = 'pending'",
    "out-on-the-way": "UPDATE attempt SET state = 'failed' "
    "WHERE document_id = (SELECT id FROM document WHERE code = 'D0')",
    "batch-count": "UPDATE batch SET documents = 3 WHERE code = 'B'",
    "one-batch": "UPDATE document SET batch_id = (SELECT id FROM batch WHERE code = 'A') WHERE code = 'D2'",
    "batched-somewhere": "UPDATE batch SET state = 'dissolved' WHERE code = 'B'",
    "reserved": "UPDATE plan_batch SET is_live = false",
    "decided": "UPDATE plan_batch SET outcome = ''",
    "proof-told": "UPDATE event SET evidence = 'other' WHERE evidence = (SELECT id FROM proof)",
    "elsewhere-by-post": "UPDATE document SET circumstance = 'elsewhere'",
    "officer-brings": "UPDATE document SET by_officer = true; UPDATE batch SET destination = 'home'",
    "abroad-by-letter": "UPDATE document SET circumstance = 'abroad', state = 'delivered'",
    "dead-receive-nothing": "UPDATE document SET circumstance = 'deceased'",
    "outreach-load": "UPDATE batch SET destination = 'outreach' WHERE code = 'B'",
    "outreach-handed": "UPDATE attempt SET outreach_id = 'nowhere'",
    "photo-kept": "DELETE FROM stored_file",
    "handover-sums": "DELETE FROM handover_line WHERE document_id = (SELECT id FROM document WHERE code = 'D4')",
    "import-sums": "UPDATE import_row SET outcome = 'refused'",
    "one-assignment": "INSERT INTO assignment (id, office, route_id, partner, reference, partner_reference, "
    "last_event, rupiah, created_at, state, version) SELECT 'assignment000002', office, route_id, partner, 'R2', "
    "'', '', 0, created_at, 'offered', 1 FROM assignment",
    "partner-reference": "UPDATE assignment SET partner = 'reference', state = 'accepted'",
    "job-bounds": "UPDATE job SET attempt = 99",
    "link-sealed": "UPDATE link SET token_hash = 'kunci-terbuka'",
    "nik-sealed": "UPDATE recipient SET nik_sealed = '3505016708900001'",
    "set-up-kept": "UPDATE set_up_change SET subject_name = 'Pak Lain'",
    "policy-kept": "UPDATE release_policy SET attempts = 9 WHERE kind = ''",
    "ledger-balances": "UPDATE budget_line SET available = available + 1",
    "not-overdrawn": "UPDATE ledger_entry SET rupiah = 1 WHERE act = 'grant'",
    "ledger-kept": "UPDATE ledger_entry SET why = 'elsewhere'",
    "orders-booked": "UPDATE assignment SET rupiah = rupiah + 1",
    "tariff-kept": "UPDATE tariff SET decided_at = (SELECT MIN(at) FROM event)",
    "next-step": "UPDATE attempt SET next_step = 'wait'",
    "gap-told": "UPDATE proof SET gaps = 'signature'",
    "export-told": "INSERT INTO access_event (id, office, at, actor, kind, subject, found, reason, second) "
    "SELECT office, office, at, 'user:sari', 'export', 'documents', 3, '', '' FROM event WHERE seq = 1",
    "paper-numbers": "UPDATE paper SET number = 2",
    "paper-kept": "UPDATE paper_revision SET sha256 = 'elsewhere'",
    "announced": "INSERT INTO message_settings (id, office, revision, from_seq, is_on, news, channels, templates, "
    "whatsapp_templates, quiet_start_s, quiet_end_s, decided_by, decided_at) VALUES ('plant00000000001', '35.05', 1, "
    "1, "
    "true, '[\"finished\"]', '[]', '{}', '{}', 0, 0, 'x', '2026-11-24 00:00:00')",
    "message-tells": "INSERT INTO message_settings (id, office, revision, from_seq, is_on, news, channels, templates, "
    "whatsapp_templates, quiet_start_s, quiet_end_s, decided_by, decided_at) VALUES ('plant00000000001', '35.05', 1, "
    "1, "
    "false, '[]', '[]', '{}', '{}', 0, 0, 'x', '2026-11-24 00:00:00'); INSERT INTO message (id, office, settings_id, "
    "news, recipient_id, document_id, documents, is_named, place, fee_rupiah, status, channel, step, tries, round, "
    "partner_reference, error, sent_by, created_at) SELECT 'plant00000000002', office, 'plant00000000001', 'finished', "
    "recipient_id, id, 1, true, '', 0, 'waiting', '', 0, 0, 0, '', '', '', created_at FROM document LIMIT 1",
    "webhook-sealed": "INSERT INTO webhook_endpoint (id, office, url, states, secrets_sealed, is_active, created_by, "
    "created_at) VALUES ('plant00000000001', '35.05', 'https://x.id', '[]', 'whsec_x', true, 'x', "
    "'2026-11-24 00:00:00')",
    "chain": "UPDATE event SET why = 'rewritten' WHERE seq = 3",
    "files": "UPDATE stored_file SET size = 6",
}

# cards, blanks, numbers and promises are planted beside their stories: test_blanks, test_promises,
# test_moved_promises, test_service_days
PLANTED_ELSEWHERE = {
    "blank-for-card",
    "blanks-add-up",
    "blanks-differ",
    "blanks-transferred",
    "moves-told",
    "number-once",
    "printing-somewhere",
    "promise-moves",
    "promise-numbers",
    "urgent-on-paper",
}


def found(runtime):
    with runtime.db.reading() as session:
        return {finding.check for finding in verify(session, runtime.files)}


def test_a_sound_office_has_no_findings(sound):
    with sound.db.reading() as session:
        assert verify(session, sound.files) == []


def test_every_check_has_its_plant():
    assert set(PLANTS) | PLANTED_ELSEWHERE == {check.name for check in CHECKS}
    assert not set(PLANTS) & PLANTED_ELSEWHERE


@pytest.mark.parametrize("check", PLANTS)
def test_a_planted_violation_is_caught(sound, check):
    with sound.db.transaction() as session:
        if check == "one-assignment":  # the database itself refuses a second one; take its guard away to test ours
            session.execute(text("DROP INDEX ux_assignment_live_route"))
        for statement in PLANTS[check].split(";"):
            session.execute(text(statement))

    assert check in found(sound)


def test_a_file_that_rotted_is_caught(sound):
    with sound.db.reading() as session:
        sha = session.execute(text("SELECT sha256 FROM stored_file")).scalar_one()
    sound.files.path(OFFICE, sha).write_bytes(b"rot!!")

    assert found(sound) == {"files"}
