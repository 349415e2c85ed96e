"""Holders who are not at home here, and those to whom an officer goes: each is one rule, from file to hand-over."""

import re

import pytest
from sqlalchemy import select

from dispatch.errors import NotFound
from dispatch.services import (
    batching,
    booking,
    delivery,
    held,
    intake,
    loading,
    offices,
    outreach,
    planning,
    planning_problem,
)
from dispatch.services.delivery import Report
from dispatch.services.held import AtCounter
from dispatch.services.intake_rows import from_plain, read_row
from dispatch.services.places import place_of
from dispatch.services.proxies import Letter
from dispatch.services.verify import verify
from dispatch.store.audit import Actor
from dispatch.store.db import new_id
from dispatch.store.models import Courier, Document, PowerOfAttorney, Recipient, Shipment
from dispatch.store.privacy import KeyRing
from dispatch.store.states import born
from routing.travel.straight_line import StraightLine
from tests.databases import OFFICE
from tests.dispatch.finished import SARI, TUESDAY, finished, villages
from tests.dispatch.outreaches import a_car, refuses, to

KEYS = KeyRing.new()
LETTER = Letter(form_number="F-1.07/1", giver_name="Siti", proxy_name="Budi", giver_checked=True, proxy_checked=True)
PROXY = "Membawa surat kuasa"


def taken_in(session, number: int = 1, **cells: str) -> Document:
    """One row of a file, taken in."""
    row = {
        "request_number": f"R-{number}", "kind": "KIA", "nik": f"350501410790{number:04}", "name": f"Warga {number}",
        "printed_on": "2026-11-20", "village_code": villages(session)[0].code, **cells,
    }  # fmt: skip
    desk = intake.desk_of(session, KEYS, OFFICE, source="office")
    (outcome,) = intake.settle(session, desk, [intake.weigh(desk, number, row)], by=SARI)
    assert outcome.document_id, outcome.faults
    return session.get_one(Document, outcome.document_id)


def faults(session, **cells: str) -> set[str]:
    row = {
        "kind": "KIA", "nik": "3505014107900001", "name": "Warga", "printed_on": "2026-11-20",
        "village_code": villages(session)[0].code, **cells,
    }  # fmt: skip
    desk = intake.desk_of(session, KEYS, OFFICE, source="office")
    return {fault.field for fault in intake.weigh(desk, 1, row).faults}


def built(session, **how):
    """The problem of a plan of all that is sealed, and its batches' prices."""
    batching.release(session, OFFICE, by=SARI)
    plan = planning.request_plan(session, OFFICE, service_date=TUESDAY, seconds=1, by=SARI, **how)
    question = planning_problem.question_of(session, plan)
    return question, planning_problem.build(question, StraightLine())


def at_counter(session, document, relation, letter=None, **more):
    said = AtCounter(event_id=new_id(), received_by="Budi", relation=relation, letter=letter, **more)
    return held.hand_over_at_counter(session, OFFICE, document.id, said, by=SARI)


def clean(session, runtime):
    session.flush()
    return verify(session, runtime.files) == []


def test_s4_4_a_holder_elsewhere_gets_it_by_post_and_by_no_rider(session, runtime):
    away = taken_in(
        session,
        circumstance="luar daerah",
        address="Jl. Kenanga 7 RT 02/05",
        outside_regency="Kota Surabaya, Jawa Timur",
    )
    here = taken_in(session, 2, destination="rumah", address="Jl. Melati 5")

    question, made = built(session)

    loads = {load.is_outside: load for load in question.loads}
    assert (away.destination, len(question.loads)) == ("home", 1)  # the other waits; this one gains nothing by waiting
    assert made.problem.stops == ()
    assert made.prices[loads[True].batch_id].post == 20_000 + 400
    assert here.state == "ready"
    batch = batching.batch_of(session, OFFICE, loads[True].batch_id)
    assert place_of(session, batch).regency == "Kota Surabaya, Jawa Timur"
    assert clean(session, runtime)


def test_a_family_member_elsewhere_is_in_no_envelope_of_the_family(session, runtime):
    card = {"family_card": "3505100101900001"}
    taken_in(session, 1, destination="rumah", address="Jl. Melati 5", **card)
    taken_in(session, 2, circumstance="luar daerah", address="Jl. Kenanga 7", outside_regency="Surabaya", **card)

    made = batching.release(session, OFFICE, by=SARI, villages=[villages(session)[0].code])

    assert [batch.documents for batch in made.batches] == [1, 1]
    assert clean(session, runtime)


def test_a_partner_is_told_no_position_and_no_village_of_a_home_elsewhere(session):
    """An instant rider would go to the village the holder once lived in; without a position it refuses the order."""
    away = taken_in(session, circumstance="elsewhere", address="Jl. Kenanga 7", outside_regency="Surabaya")
    batching.release(session, OFFICE, by=SARI)
    batch = batching.batch_of(session, OFFICE, away.batch_id)

    place = booking.destination_place(session, batch, villages(session)[0], "Kabupaten Blitar")

    assert (place.lat, place.lon, place.village, place.postcode) == (None, None, "", "")
    assert place.address == "Jl. Kenanga 7, Surabaya"


def test_what_the_post_brings_elsewhere_is_received_there(session, runtime):
    away = taken_in(session, circumstance="elsewhere", address="Jl. Kenanga 7", outside_regency="Surabaya")
    batching.release(session, OFFICE, by=SARI)
    plan = planning.request_plan(session, OFFICE, service_date=TUESDAY, seconds=1, by=SARI)
    shipment = Shipment(office=OFFICE, plan_id=plan.id, batch_id=away.batch_id, partner="post_counter", rupiah=20_400)
    born(session, [shipment], "planned", by=SARI)
    loading.hand_to_counter(session, OFFICE, [shipment.id], clerk="Pos", by=SARI)
    said = Report(source="partner:post", event_id=new_id(), kind="delivered", received_by="Warga 1", relation="holder")

    delivery.record(session, shipment, said, by=Actor(kind="partner", id="post"))

    assert (away.state, away.holder_kind) == ("delivered", "citizen")


def test_s4_5_a_holder_abroad_is_held_and_only_a_proxy_with_a_letter_gets_it(session, runtime):
    document = taken_in(session, circumstance="luar negeri")

    assert document.state == "held"
    assert batching.release(session, OFFICE, by=SARI, villages=[document.village_code]).batches == []
    with refuses("destination"):
        held.send_again(session, OFFICE, document.id, destination="village_office", why="-", by=SARI)
    with refuses("relation"):
        at_counter(session, document, "Keluarga satu KK")
    with refuses("form_number"):
        at_counter(session, document, PROXY)

    at_counter(session, document, PROXY, LETTER, old_cards=1)

    (letter,) = session.scalars(select(PowerOfAttorney)).all()
    assert (letter.form_number, letter.giver_name, letter.proxy_name) == ("F-1.07/1", "Siti", "Budi")
    assert (letter.giver_checked, letter.proxy_checked) == (True, True)
    assert document.state == "delivered"
    assert clean(session, runtime)


def test_an_event_in_the_village_does_not_take_along_what_is_held_for_somebody_abroad(session):
    document = taken_in(session, circumstance="abroad")

    made = outreach.plan_outreach(session, OFFICE, to(villages(session)[0], a_car(session)), by=SARI)

    assert outreach.reserve(session, OFFICE, made.id, by=SARI) == []
    assert document.state == "held"


def test_whoever_moved_is_waited_for_until_the_new_address_is_known(session, runtime):
    document = taken_in(session, circumstance="pindah")
    with refuses("destination"):
        held.send_again(session, OFFICE, document.id, destination="home", why="-", by=SARI)
    with refuses("regency"):
        held.send_elsewhere(session, OFFICE, document.id, address="Jl. Baru 1", regency="", why="-", by=SARI)

    held.send_elsewhere(
        session, OFFICE, document.id, address="Jl. Baru 1", regency="Kab. Malang", why="ditelepon", by=SARI
    )

    person = session.get_one(Recipient, document.recipient_id)
    assert (document.state, document.circumstance, person.regency) == ("ready", "elsewhere", "Kab. Malang")
    question, made = built(session)
    assert (question.loads[0].is_outside, made.problem.stops) == (True, ())
    assert clean(session, runtime)


def test_what_belongs_to_the_deceased_goes_to_nobody(session, runtime):
    document = taken_in(session, circumstance="meninggal")

    with refuses("relation"):
        at_counter(session, document, "Keluarga satu KK", LETTER)
    with refuses("destination"):
        held.send_again(session, OFFICE, document.id, destination="home", why="-", by=SARI)
    held.withdraw(session, OFFICE, document.id, why="meninggal", by=SARI)

    assert document.state == "withdrawn"
    assert clean(session, runtime)


def test_whoever_is_back_gets_it_like_everybody(session):
    document = taken_in(session, circumstance="abroad")

    held.set_circumstance(session, OFFICE, document.id, "")
    held.send_again(session, OFFICE, document.id, destination="village_office", why="sudah pulang", by=SARI)

    assert (document.state, document.circumstance) == ("ready", "")
    with pytest.raises(NotFound):
        held.set_circumstance(session, "35.03", document.id, "")


def test_the_vulnerable_are_visited_by_an_officer_who_takes_time(session, runtime):
    staff = offices.add_courier(session, OFFICE, name="Bu Rini", phone="", kind="staff")
    document = taken_in(session, 1, by_officer="ya", landmark="selatan masjid")
    other = taken_in(session, 2, destination="rumah", address="Jl. Melati 5")
    batching.release(session, OFFICE, by=SARI, villages=[document.village_code])

    question, made = built(session)

    stops = {stop.kinds: stop for stop in made.problem.stops}
    batches = {load.by_officer: load for load in question.loads}
    assert set(stops) == {frozenset({"staff"}), None}
    assert stops[frozenset({"staff"})].service_s == stops[None].service_s + 900
    assert made.prices[batches[True].batch_id].post is None  # no postman
    assert staff.id in {vehicle.id for vehicle in question.vehicles if vehicle.kind == "staff"}
    assert (document.destination, other.by_officer) == ("home", False)
    assert clean(session, runtime)


def test_nowhere_is_a_reason_for_an_officers_visit(session):
    document = taken_in(session, by_officer="ya", landmark="selatan masjid")

    columns = {column.name for table in (Document, Recipient) for column in table.__table__.c}

    assert document.by_officer
    assert not [name for name in columns if re.search("reason|why|disab|sick|aged|elder|vulner", name)]


@pytest.mark.parametrize(
    ("cells", "wrong"),
    [
        ({"circumstance": "luar daerah"}, {"address", "outside_regency"}),
        ({"circumstance": "di bulan"}, {"circumstance"}),
        ({"by_officer": "ya"}, {"address"}),
        ({"by_officer": "mungkin"}, {"by_officer"}),
        ({"circumstance": "luar negeri"}, set()),
    ],
)
def test_intake_asks_for_what_is_needed(session, cells, wrong):
    assert faults(session, **cells) == wrong


def test_a_row_from_before_these_columns_is_still_the_same_row():
    row = {
        "kind": "KIA", "nik": "3505014107900001", "name": "Warga", "printed_on": "2026-11-20",
        "village_code": "35.05.01.2003",
    }  # fmt: skip
    plain = read_row(row, today=TUESDAY).to_plain()

    assert not {"circumstance", "outside_regency", "by_officer"} & set(plain)
    full = read_row({**row, "by_officer": "ya", "address": "X"}, today=TUESDAY)
    assert from_plain(full.to_plain()) == full


def test_the_page_shows_it_and_the_clerk_decides(sign_in, runtime):
    page = {"Accept": "text/html"}
    with runtime.db.transaction() as session:
        document = taken_in(session, circumstance="abroad")
    sari = sign_in("dispatcher")
    assert "Di luar negeri" in sari.get("/held", headers=page).text

    sari.post(f"/held/{document.id}/circumstance", data={"circumstance": "moved"}, headers=page)
    sari.post(
        f"/held/{document.id}/elsewhere", data={"address": "Jl. Baru 1", "regency": "Malang", "why": "ditelepon"},
        headers=page,
    )  # fmt: skip

    with runtime.db.reading() as session:
        assert session.get_one(Document, document.id).state == "ready"


def test_riders_by_link_see_the_visits_of_officers_only_when_they_are_officers(session):
    """All couriers but one are ojek riders: with no officer free the document waits, and a rider is never sent."""
    finished(session, villages(session)[3], 1)
    assert {courier.kind for courier in session.scalars(select(Courier).where(Courier.office == OFFICE))} == {"ojek"}
    taken_in(session, by_officer="ya", landmark="selatan masjid")
    batching.release(session, OFFICE, by=SARI, villages=[villages(session)[0].code])

    question, made = built(session)

    (stop,) = [stop for stop in made.problem.stops if stop.kinds is not None]
    assert not [vehicle for vehicle in question.vehicles if vehicle.kind in stop.kinds]
