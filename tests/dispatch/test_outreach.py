"""Jemput bola: the office comes to a village, and finished documents ride along under the same custody as elsewhere."""

from datetime import date

import pytest
from sqlalchemy import select

from dispatch.errors import Conflict, NotFound
from dispatch.services import batching, old_cards, outreach, outreach_custody, paper_contents, planning, returns
from dispatch.services.outreach_custody import CarLoad
from dispatch.services.proxies import Letter
from dispatch.services.verify import verify
from dispatch.store.audit import Actor
from dispatch.store.db import new_id
from dispatch.store.models import Batch, Document, ExceptionCase, PowerOfAttorney, Proof, VillageWork
from dispatch.store.states import Holder
from tests.databases import OFFICE
from tests.dispatch.finished import SARI, TUESDAY, finished, villages
from tests.dispatch.outreaches import WEDNESDAY, a_car, attempts, left, planned, refuses, riding, take, to


def states(session, made):
    return sorted(one.document.state for one in outreach_custody.carried(session, made))


def clean(session, runtime):
    session.flush()
    return verify(session, runtime.files) == []


def test_s0_1_drive_thru_serves_a_person_in_four_minutes_and_hands_finished_documents_over(session, runtime):
    made = planned(session, documents=3, starts_s=8 * 3600, ends_s=12 * 3600, printers=2)
    assert outreach.capacity_of(made) == 2 * 4 * 60 // 4  # hours × 60 / 4 for each printer

    # reserved: neither a release nor a plan finds them
    assert batching.release(session, OFFICE, by=SARI, villages=[made.village_code]).batches == []
    with refuses("depot_ids"):
        planning.request_plan(session, OFFICE, service_date=WEDNESDAY, seconds=1, by=SARI)

    load = CarLoad(event_id=new_id())
    for _ in range(2):  # the form was sent twice
        outreach_custody.depart(session, OFFICE, made.id, load, by=SARI)
    first, second, third = riding(session, made)
    assert {d.holder_kind for d in (first, second, third)} == {"courier"}

    proof = take(session, made, first)
    assert take(session, made, first, event_id=proof.event_id) is proof
    take(session, made, second, received_by="Anaknya", relation="Keluarga satu KK")
    with pytest.raises(Conflict):
        take(session, made, first)
    assert states(session, made) == ["delivered", "delivered", "out"]

    with refuses("documents"):
        outreach_custody.complete(session, OFFICE, made.id, recorded=10, printed=8, by=SARI)
    counted = outreach_custody.count_in(session, OFFICE, made.id, None, by=SARI)
    assert [d.id for d in counted.ready] == [third.id]
    outreach_custody.complete(session, OFFICE, made.id, recorded=10, printed=8, by=SARI)

    assert (made.state, made.recorded, attempts(session, made)) == (
        "completed",
        10,
        ["failed", "succeeded", "succeeded"],
    )
    assert {batch.state for batch in outreach.batches_of(session, made)} == {"closed"}
    assert batching.release(session, OFFICE, by=SARI, villages=[made.village_code]).documents == 1
    assert clean(session, runtime)


def test_a_service_that_is_called_off_frees_its_documents(session, runtime):
    made = planned(session, documents=2)

    outreach.cancel(session, OFFICE, made.id, why="banjir", by=SARI)

    assert batching.release(session, OFFICE, by=SARI, villages=[made.village_code]).documents == 2
    with pytest.raises(Conflict):
        outreach_custody.depart(session, OFFICE, made.id, CarLoad(event_id=new_id()), by=SARI)
    assert clean(session, runtime)


def test_sealed_documents_leave_the_routes_but_what_is_in_a_plan_stays_there(session, runtime):
    here, there = villages(session)[:2]
    finished(session, here, 2)
    finished(session, there, 2)
    batching.release(session, OFFICE, by=SARI, villages=[there.code])
    planning.request_plan(session, OFFICE, service_date=WEDNESDAY, seconds=1, by=SARI)
    batching.release(session, OFFICE, by=SARI, villages=[here.code])

    made = outreach.plan_outreach(session, OFFICE, to(here, a_car(session), villages=(there.code,)), by=SARI)
    batches = outreach.reserve(session, OFFICE, made.id, by=SARI)

    assert [(batch.village_code, batch.documents) for batch in batches] == [(here.code, 2)]
    assert clean(session, runtime)


def test_a_promise_is_not_broken_for_a_later_service(session):
    village = villages(session)[0]
    finished(session, village, 1, printed_on=date(2026, 11, 18))  # promised for Wednesday
    finished(session, village, 1)
    late = outreach.plan_outreach(
        session, OFFICE, to(village, a_car(session), service_date=date(2026, 11, 30)), by=SARI
    )

    (batch,) = outreach.reserve(session, OFFICE, late.id, by=SARI)

    assert batch.documents == 1
    ready = session.scalars(select(Document).where(Document.state == "ready")).all()
    assert [d.printed_on for d in ready] == [date(2026, 11, 18)]


def test_what_was_not_there_when_the_car_was_loaded_is_looked_for(session, runtime):
    made = left(session, documents=3, missing=1)

    assert states(session, made) == ["held", "out", "out"]
    assert [case.kind for case in session.scalars(select(ExceptionCase))] == ["batch_missing"]
    assert clean(session, runtime)


def test_where_nothing_at_all_was_found_the_car_leaves_without(session, runtime):
    made = left(session, documents=2, missing=2)

    assert (made.state, outreach.batches_of(session, made)) == ("under_way", [])
    assert clean(session, runtime)


def test_a_document_that_cannot_be_handed_over_comes_back_with_its_reason(session, runtime):
    made = left(session, documents=2)
    wrong, other = riding(session, made)

    outreach_custody.not_handed(
        session, OFFICE, made.id, wrong.id, reason="DATA_SALAH_CETAK", event_id=new_id(), by=SARI
    )
    crew = Holder("courier", made.crew_lead_id)
    returns.count_in_from(session, OFFICE, crew, [wrong.code, other.code], is_all=True, by=SARI)

    assert (wrong.state, other.state) == ("held", "ready")
    assert clean(session, runtime)


def test_old_cards_given_up_there_are_counted_at_the_office(session, runtime):
    made = left(session, documents=2)
    one, two = riding(session, made)

    take(session, made, one, two, old_cards=2)

    crew = Holder("courier", made.crew_lead_id)
    assert [(cards.holder, cards.cards) for cards in old_cards.outside(session, OFFICE)] == [(crew, 2)]
    old_cards.count_in(session, OFFICE, crew, 2, by=SARI)
    assert clean(session, runtime)


def test_a_proxy_shows_the_letter(session, runtime):
    made = left(session, documents=1)
    (document,) = riding(session, made)

    with refuses("form_number"):
        take(session, made, document, relation="Membawa surat kuasa", received_by="Budi")
    letter = Letter(
        form_number="F-1.07/12/2026", giver_name="Siti", proxy_name="Budi", giver_checked=True, proxy_checked=True
    )
    take(session, made, document, relation="Membawa surat kuasa", received_by="Budi", letter=letter)

    (kept,) = session.scalars(select(PowerOfAttorney)).all()
    assert (kept.form_number, kept.giver_checked, kept.proxy_checked) == ("F-1.07/12/2026", True, True)
    assert clean(session, runtime)


def test_an_identity_that_nobody_looked_at_is_no_letter():
    with refuses("proxy_checked"):
        Letter(form_number="1", giver_name="S", proxy_name="B", giver_checked=True, proxy_checked=False)


def test_the_bast_names_the_crew_and_says_afterwards_what_became_of_each(session):
    made = left(session, documents=2)
    first, _ = riding(session, made)
    take(session, made, first)
    outreach_custody.count_in(session, OFFICE, made.id, None, by=SARI)
    batches = session.scalars(select(Batch).where(Batch.outreach_id == made.id)).all()

    (bast,) = paper_contents.basts(session, OFFICE, batches).values()

    assert bast.receiver.name == "Pak Joko Mobil 1"
    assert made.place in bast.place
    assert sorted(line.result for line in bast.documents) == ["diserahkan", "kembali"]


def test_the_village_confirms_its_hours_and_no_other_village_does(session):
    made = planned(session, documents=0)
    other = villages(session)[5]
    desk = Actor(kind="village", id="link")

    with pytest.raises(NotFound):
        outreach.confirm(session, OFFICE, other.code, made.id, name="Pak Lurah", by=desk)
    for _ in range(2):
        outreach.confirm(session, OFFICE, made.village_code, made.id, name="Bu Sekdes", by=desk)

    assert (made.state, made.confirmed_by) == ("confirmed", "Bu Sekdes")


def test_a_car_is_at_one_place_at_a_time(session):
    made = planned(session, documents=0)

    with refuses("vehicle"):
        outreach.plan_outreach(session, OFFICE, to(villages(session)[1], a_car(session), starts_s=11 * 3600), by=SARI)
    later = to(villages(session)[1], a_car(session), starts_s=12 * 3600, ends_s=14 * 3600)
    assert outreach.plan_outreach(session, OFFICE, later, by=SARI).vehicle_id == made.vehicle_id


def test_whoever_was_served_waits_no_longer(session):
    made = left(session, documents=0)
    session.add(
        VillageWork(
            office=OFFICE, village_code=made.village_code, unrecorded=30, unprinted=5, counted_by=str(SARI),
            counted_at=made.planned_at,
        )
    )  # fmt: skip

    outreach_custody.complete(session, OFFICE, made.id, recorded=20, printed=9, by=SARI)

    work = session.scalars(select(VillageWork)).one()
    assert (work.unrecorded, work.unprinted) == (10, 0)


def test_another_office_reaches_nothing_of_it(session):
    made = left(session, documents=1)
    (document,) = riding(session, made)

    with pytest.raises(NotFound):
        outreach_custody.count_in(session, "35.03", made.id, None, by=SARI)
    assert document.state == "out"
    assert [p.kind for p in session.scalars(select(Proof))] == ["loaded"]
    assert made.service_date > TUESDAY
