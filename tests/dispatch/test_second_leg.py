"""What a desk holds: a household fetches at once, old cards are swapped, questions get answers, the rest goes back."""

from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import update

from dispatch.services import codes, enquiries, old_cards, policies, policy_changes, returns, second_leg
from dispatch.services.cases import cases_of, close_case
from dispatch.store.db import new_id
from dispatch.store.models import (
    Document,
    Enquiry,
    OldCardCount,
    OldCards,
    Proof,
    Recipient,
    Reminder,
    Route,
    User,
)
from dispatch.store.states import Holder
from tests.databases import OFFICE
from tests.dispatch.finished import SARI, TUESDAY
from tests.dispatch.stories import (
    all_is_well,
    courier_phone,
    documents_of,
    held,
    open_cases,
    rows,
    states,
    under_way,
    village_of,
    village_phone,
)
from tests.dispatch.test_homes import at_home
from tests.dispatch.test_photos import picture
from tests.dispatch.test_village_pages import PAGE


@pytest.fixture
def counted(app, runtime):
    """A desk that has counted a batch of four; the route goes on to a second village."""
    day, courier = under_way(app, runtime, on_route=((4,), (1,)))
    courier.confirm(day.stop_ids[0])
    desk = village_phone(app, runtime, village_of(runtime, day.batch_ids[0]))
    assert desk.count(day.batch_ids[0]).status_code == 200
    return day, courier, desk


def rules(runtime, *, proofs: dict[str, str] | None = None, **terms: object) -> None:
    """Let the office's release policies say this, for every kind of document."""
    with runtime.db.transaction() as session:
        changed = {
            kind: replace(policy, proofs={**policy.proofs, **(proofs or {})}, **terms)
            for kind, policy in policies.in_force(session, OFFICE, TUESDAY).items()
        }
        policy_changes.lay_down(session, OFFICE, changed, valid_from=TUESDAY, by=SARI)


def test_a_household_fetches_its_documents_at_once(runtime, counted):
    day, _, desk = counted
    first, second, third, other = documents_of(runtime, day.batch_ids[0])
    with runtime.db.transaction() as session:
        for document in (first, second, third):
            session.get_one(Recipient, document.recipient_id).household = "k" * 64

    offered = desk.client.get("/v/batches", headers=PAGE).text
    answer = desk.hand(first.id, **{"with": [second.id, third.id]}, received_by="Bu Siti", relation="Keluarga satu KK")

    assert "3 dokumen satu keluarga" in offered
    assert answer.status_code == 200
    assert states(runtime, Document, first.id, second.id, third.id, other.id) == ["delivered"] * 3 + ["at_village"]
    assert len([proof for proof in rows(runtime, Proof) if proof.received_by == "Bu Siti"]) == 1
    assert all_is_well(runtime)


def test_all_of_a_household_or_nothing(runtime, counted):
    day, _, desk = counted
    first, second, *_ = documents_of(runtime, day.batch_ids[0])
    desk.hand(second.id)

    assert desk.hand(first.id, **{"with": [second.id]}).status_code == 409
    assert states(runtime, Document, first.id) == ["at_village"]


def test_what_the_release_policy_wants_is_asked_for(runtime, counted):
    day, _, desk = counted
    document = documents_of(runtime, day.batch_ids[0])[0]
    needed = {"photo": "required", "code": "required"}
    rules(runtime, swap_old_card=True, proofs=needed, receivers=frozenset({"holder"}))

    page = desk.client.get(f"/v/documents/{document.id}", headers=PAGE).text
    refused = desk.hand(document.id, relation="Keluarga satu KK", code="000000")
    code = codes.document_code(runtime.keys, OFFICE, document.id)
    given = desk.client.post(
        f"/v/documents/{document.id}",
        data={
            "event_id": new_id(), "received_by": "Siti", "relation": "Orangnya sendiri", "code": code, "old_cards": "1",
            "photo": (BytesIO(picture()), "foto.jpg"),
        },
        headers={"Accept": "application/json"},
    )  # fmt: skip

    assert "Foto penerima (wajib)" in page
    assert "Keluarga satu KK" not in page
    assert refused.status_code == 422
    assert {"relation", "photo", "code", "old_cards"} <= {error["field"] for error in refused.json["errors"]}
    assert given.status_code == 200, given.text
    assert [(cards.cards, cards.holder_kind, cards.state) for cards in rows(runtime, OldCards)] == [
        (1, "village_office", "at_desk")
    ]
    assert next(p for p in rows(runtime, Proof) if p.code_checked).received_sha
    assert all_is_well(runtime)


def test_a_signature_is_kept_with_the_proof(runtime, counted):
    day, _, desk = counted
    document = documents_of(runtime, day.batch_ids[0])[0]

    answer = desk.hand(document.id, signature=(BytesIO(picture()), "tanda-tangan.png"))

    assert answer.status_code == 200, answer.text
    assert next(p for p in rows(runtime, Proof) if p.id == answer.json["proof_id"]).signature_sha
    assert all_is_well(runtime)


def test_one_desk_never_reaches_what_another_has(app, runtime, counted):
    day, _, _ = counted
    other = village_phone(app, runtime, village_of(runtime, day.batch_ids[1]))
    document = documents_of(runtime, day.batch_ids[0])[0]

    assert other.client.get(f"/v/documents/{document.id}", headers=PAGE).status_code == 404
    assert other.hand(document.id).status_code == 404
    for what in ("return", "remind", "ask"):
        data = {"event_id": new_id(), "reason": "PINDAH"}
        assert other.client.post(f"/v/documents/{document.id}/{what}", data=data).status_code == 404
    assert states(runtime, Document, document.id) == ["at_village"]


def test_what_waits_too_long_is_on_top_and_counted_in_working_days(runtime, counted, clock):
    _, _, desk = counted
    rules(runtime, waiting_days=5)
    fresh = desk.client.get("/v/batches", headers=PAGE).text
    clock.advance(timedelta(days=4))  # Tuesday to Saturday: three working days
    friday = desk.client.get("/v/batches", headers=PAGE).text
    clock.advance(timedelta(days=4))  # Wednesday
    late = desk.client.get("/v/batches", headers=PAGE).text

    assert "baru hari ini" in fresh
    assert "3 hari kerja" in friday
    assert "terlalu lama" not in friday
    assert "4 terlalu lama" in late
    assert late.count("is-late") == 4


def test_a_reminder_is_ready_to_send_and_noted(runtime, counted):
    day, _, desk = counted
    document = documents_of(runtime, day.batch_ids[0])[0]
    with runtime.db.transaction() as session:
        session.get_one(Recipient, document.recipient_id).phone = "081234567890"

    shown = desk.client.post(f"/v/documents/{document.id}/remind", headers=PAGE).text

    assert "https://wa.me/6281234567890" in shown
    assert "NIK" not in shown
    assert [reminder.document_id for reminder in rows(runtime, Reminder)] == [document.id]
    assert "diingatkan" in desk.client.get("/v/batches", headers=PAGE).text


def test_a_question_is_a_case_with_a_clock_that_the_office_answers(runtime, counted, sign_in):
    day, _, desk = counted
    document = documents_of(runtime, day.batch_ids[0])[0]

    for _ in range(2):  # pressed twice, asked once
        assert desk.client.post(f"/v/documents/{document.id}/ask", headers=PAGE).status_code == 303
    asked = desk.client.get("/v/questions", headers=PAGE).text
    office = sign_in("dispatcher")
    seen = office.get("/cases").text
    with runtime.db.transaction() as session:
        (case,) = cases_of(session, OFFICE)
        assert case.kind == enquiries.KIND
        close_case(session, OFFICE, case.id, "Pemiliknya sudah pindah, kembalikan.", by=SARI)

    (enquiry,) = rows(runtime, Enquiry)
    assert str(enquiry.due_on) == "2026-12-14"  # fourteen working days after Tuesday 24 November
    assert "paling lambat Sen 14 Des" in asked
    assert "dijawab paling lambat Sen 14 Des" in seen
    assert "Pemiliknya sudah pindah" in desk.client.get("/v/questions", headers=PAGE).text
    assert all_is_well(runtime)


def test_a_desk_asks_for_a_batch_that_has_not_come(app, runtime):
    day, _ = under_way(app, runtime, on_route=((2,),))
    desk = village_phone(app, runtime, village_of(runtime, day.batch_ids[0]))

    desk.client.post(f"/v/batches/{day.batch_ids[0]}/ask", headers=PAGE)

    assert open_cases(runtime) == ["enquiry"]
    assert desk.client.post(f"/v/batches/{'0' * 16}/ask", headers=PAGE).status_code == 404


def test_what_finds_no_citizen_travels_back_with_the_next_courier(runtime, counted, sign_in):
    """The desk sends one back and gives it to the courier, with two old cards; the office ticks it off."""
    day, courier, desk = counted
    moved, swapped, *_ = documents_of(runtime, day.batch_ids[0])
    rules(runtime, swap_old_card=True)
    desk.hand(swapped.id, old_cards="1")
    desk.client.post(f"/v/documents/{moved.id}/return", data={"event_id": new_id(), "reason": "PINDAH"})
    assert held(runtime, day.batch_ids[0])[0] == ("returning", "village_office")

    event = new_id()
    for _ in range(2):  # sent twice, given once
        answer = desk.client.post(
            "/v/back", data={"event_id": event, "route_id": day.route_id}, headers={"Accept": "application/json"}
        )
        assert answer.json["old_cards"] == 1
    assert held(runtime, day.batch_ids[0])[0] == ("returning", "courier")
    with runtime.db.reading() as session:
        rider = session.get_one(Route, day.route_id).courier_id
    courier.confirm(day.stop_ids[1])
    office = sign_in("dispatcher")
    listed = office.get("/returns").text
    page = office.get(f"/returns/courier/{rider}").text
    done = office.post(
        f"/returns/courier/{rider}", data={"code": moved.code, "is_all": "yes", "old_cards": "1"}, follow_redirects=True
    )

    assert "Ojek 1" in listed
    assert "Sudah pindah rumah" in page
    assert "1 dokumen diterima kembali, 1 ditahan" in done.text
    assert held(runtime, day.batch_ids[0])[0] == ("held", "depot")
    assert [(count.expected, count.found) for count in rows(runtime, OldCardCount)] == [(1, 1)]
    assert open_cases(runtime) == []
    assert all_is_well(runtime)


def test_what_is_not_in_the_bag_is_a_case_and_stays_with_the_courier(app, runtime, sign_in):
    day, courier = under_way(app, runtime, on_route=((2,),))
    courier.confirm(day.stop_ids[0], "failed", reason="KANTOR_DESA_TUTUP")
    there, gone = documents_of(runtime, day.batch_ids[0])
    with runtime.db.reading() as session:
        rider = session.get_one(Route, day.route_id).courier_id

    sign_in("dispatcher").post(f"/returns/courier/{rider}", data={"code": there.code, "is_all": "yes"})

    assert states(runtime, Document, there.id, gone.id) == ["ready", "returning"]
    assert open_cases(runtime) == ["return_short"]
    with runtime.db.transaction() as session:
        assert [d.id for d in returns.carried_by(session, OFFICE, Holder("courier", rider))] == [gone.id]
    assert all_is_well(runtime)


def test_old_cards_from_doors_are_counted_and_a_difference_is_a_case(app, runtime):
    day = at_home(runtime, (2, 1))
    courier = courier_phone(app, runtime, day.route_id)
    courier.load(day.batch_ids)
    courier.confirm(day.stop_ids[0], received_by="Bu Siti", relation="Orangnya sendiri", old_cards="2")
    courier.confirm(day.stop_ids[1], received_by="Bu Siti", relation="Orangnya sendiri", old_cards="1")

    with runtime.db.transaction() as session:
        (rider,) = old_cards.outside(session, OFFICE)
        assert rider.cards == 3
        old_cards.count_in(session, OFFICE, rider.holder, 2, by=SARI)
        assert old_cards.outside(session, OFFICE) == []

    assert open_cases(runtime) == ["old_cards"]
    assert {cards.holder_kind for cards in rows(runtime, OldCards)} == {"depot"}
    assert all_is_well(runtime)


def test_a_courier_who_takes_more_old_cards_than_the_desk_noted_is_asked_about(app, runtime, counted):
    day, _, desk = counted
    rules(runtime, swap_old_card=True)
    first = documents_of(runtime, day.batch_ids[0])[0]
    desk.hand(first.id, old_cards="1")
    again, other = under_way(app, runtime, on_route=((1,),), courier=1)  # the next visit to the same desk

    other.confirm(again.stop_ids[0], old_cards="3")

    with runtime.db.transaction() as session:
        (rider,) = old_cards.outside(session, OFFICE)
    assert (rider.holder.kind, rider.cards) == ("courier", 3)
    assert open_cases(runtime) == ["old_cards"]
    assert all_is_well(runtime)


def test_a_village_officer_signs_in_and_works_at_one_desk(app, runtime, counted, sign_in):
    day, _, _ = counted
    officer = sign_in("village")
    assert officer.get("/v/batches", headers=PAGE).status_code == 404  # of no desk yet
    with runtime.db.transaction() as session:
        session.execute(
            update(User).where(User.role == "village").values(village_code=village_of(runtime, day.batch_ids[0]))
        )
    document = documents_of(runtime, day.batch_ids[0])[0]

    assert officer.get("/").headers["Location"].endswith("/v/batches")
    page = officer.get("/v/batches", headers=PAGE).text
    assert document.code in page
    assert "Keluar" in page
    data = {"event_id": new_id(), "received_by": "Siti", "relation": "Orangnya sendiri"}
    without = officer.environ_base.pop("HTTP_X_CSRF_TOKEN")
    assert officer.post(f"/v/documents/{document.id}", data=data).status_code == 403
    officer.environ_base["HTTP_X_CSRF_TOKEN"] = without
    assert officer.post(f"/v/documents/{document.id}", data=data, headers=PAGE).status_code == 303
    proof = next(p for p in rows(runtime, Proof) if p.received_by == "Siti")
    assert proof.source.startswith("user:")
    assert officer.get("/documents").status_code == 403
    assert all_is_well(runtime)


def test_the_office_sees_what_waits_where_and_reminds_the_desk(runtime, counted, clock, sign_in):
    day, _, _ = counted
    rules(runtime, waiting_days=3)
    clock.advance(timedelta(days=8))
    office = sign_in("dispatcher")
    code = village_of(runtime, day.batch_ids[0])
    office.post(f"/desks/{code}/contact", data={"name": "Bu Endang", "phone": "0812-3456-7890"})

    listed = office.get("/desks").text
    shown = office.post(f"/desks/{code}/remind").text

    assert "4 terlalu lama" in listed
    assert "Bu Endang" in listed
    assert "https://wa.me/6281234567890" in shown
    assert [(r.village_code, r.document_id) for r in rows(runtime, Reminder)] == [(code, None)]
    assert "/v/" in office.post(f"/desks/{code}/link").text


def test_a_document_goes_back_for_having_waited_too_long(runtime, counted):
    day, _, _ = counted
    document = documents_of(runtime, day.batch_ids[0])[0]
    assert second_leg.TOO_LONG in second_leg.REASONS_AT_DESK
    with runtime.db.transaction() as session:
        desk = village_of(runtime, day.batch_ids[0])
        event = new_id()
        for _ in range(2):
            said = {"reason": second_leg.TOO_LONG, "source": "link:v", "event_id": event}
            second_leg.send_back(session, OFFICE, desk, [document.id], by=SARI, **said)

    assert states(runtime, Document, document.id) == ["returning"]
