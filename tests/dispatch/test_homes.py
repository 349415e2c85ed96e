"""Home delivery and kecamatan offices: one envelope per household, short stops, a desk that serves many villages."""

from dataclasses import replace

import pytest

from dispatch.errors import Conflict, Invalid
from dispatch.services import batching, desks, links, planning, planning_problem
from dispatch.services.desks import NewDesk
from dispatch.services.recipients import Place, household_of
from dispatch.store.models import Batch, Document, Recipient, Stop
from dispatch.store.privacy import KeyRing
from routing.travel.straight_line import StraightLine
from tests.databases import OFFICE
from tests.dispatch.finished import SARI, TUESDAY, finished, villages
from tests.dispatch.homes import for_home
from tests.dispatch.stories import (
    a_day,
    all_is_well,
    courier_phone,
    documents_of,
    held,
    open_cases,
    rows,
    states,
    village_phone,
)
from tests.dispatch.test_village_pages import PAGE

SITI = {
    "request_number": "R-1",
    "kind": "KTP-el",
    "nik": "3505105005900001",
    "name": "Siti Aminah",
    "phone": "081200000001",
    "hamlet": "Krajan",
    "rt": "3",
    "rw": "2",
    "landmark": "selatan masjid",
    "village_code": "35.05.10.1008",
    "printed_on": "2026-11-20",
}


def released_homes(session, households, **how):
    village = villages(session)[0]
    for_home(session, village, households, **how)
    return village, batching.release(session, OFFICE, by=SARI, villages=[village.code]).batches


def question(session):
    """What a plan of all sealed batches asks of the routes."""
    return planning_problem.question_of(session, planning.request_plan(session, OFFICE, service_date=TUESDAY, by=SARI))


def test_every_household_gets_one_envelope(session):
    _, batches = released_homes(session, (3, 1, 2))

    assert sorted(batch.documents for batch in batches) == [1, 2, 3]
    assert {batch.destination for batch in batches} == {"home"}
    assert len({batch.household for batch in batches}) == 3


def test_homes_of_a_village_are_released_together_once_there_are_enough(session):
    village = villages(session)[0]
    for_home(session, village, (1,) * 7)
    assert batching.release(session, OFFICE, by=SARI).batches == []

    for_home(session, village, (1,))
    # the eighth document is of the first household again: seven envelopes, eight documents
    assert sorted(b.documents for b in batching.release(session, OFFICE, by=SARI).batches) == [1] * 6 + [2]


def test_one_family_card_is_one_household_whatever_else_is_written():
    keys = KeyRing.new()

    def home(nik, phone="", **place):
        return household_of(keys, OFFICE, nik=nik, phone=phone, place=Place(village_code="35.05.10.1008", **place))

    card = home("1", family_card="3505100101900001", address="RT 1")
    assert card == home("2", family_card="3505100101900001", address="RT 2")
    assert home("1", "0812", address="Dsn. Krajan, RT 003/RW 002") == home("2", "0812", address="dsn krajan RT 3 RW 2")
    # an officer's number on many rows makes no family of a village, and an address alone is no proof
    assert home("1", "0812", address="RT 1") != home("2", "0812", address="RT 2")
    assert home("1", address="RT 1") != home("2", address="RT 1")
    assert home("1", "0812") != home("2", "0812")


def test_the_family_cards_number_is_kept_nowhere(runtime, sign_in):
    office = sign_in("dispatcher")
    mine = {**SITI, "family_card": "3505100101900009", "destination": "rumah", "lat": "-8.1362", "lon": "112.2341"}
    wife = {**mine, "request_number": "R-2", "nik": "3505104107900002", "name": "Budi", "phone": ""}

    answer = office.post("/api/v1/documents", json=[mine, wife])

    assert answer.status_code in (200, 201), answer.text
    people = list(rows(runtime, Recipient))
    assert len({person.household for person in people}) == 1
    assert "3505100101900009" not in repr([vars(person) for person in people])
    assert [(p.lat, p.lon, p.landmark) for p in people] == [(-8.1362, 112.2341, "selatan masjid")] * 2
    assert {document.destination for document in rows(runtime, Document)} == {"home"}


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"destination": "bulan"}, "destination"),
        ({"lat": "-8.1"}, "lat"),
        ({"lat": "utara", "lon": "112.2"}, "lat"),
        ({"family_card": "123"}, "family_card"),
        ({"destination": "rumah", "hamlet": "", "rt": "", "rw": "", "landmark": ""}, "address"),
    ],
)
def test_what_is_wrong_about_a_place_is_said_by_its_column(sign_in, said, field):
    answer = sign_in("dispatcher").post("/api/v1/documents", json={**SITI, **said})

    assert answer.status_code == 422
    assert field in answer.text


def test_the_offices_default_decides_for_rows_that_say_nothing(runtime, sign_in):
    with runtime.db.transaction() as session:
        desks.set_default(session, OFFICE, "home", village_code="35.05.10.1008", kind="ktp_el")
    office = sign_in("dispatcher")

    office.post("/api/v1/documents", json=SITI)
    office.post("/api/v1/documents", json={**SITI, "request_number": "R-2", "kind": "KK"})
    office.post("/api/v1/documents", json={**SITI, "request_number": "R-3", "destination": "desa"})
    nowhere = {"hamlet": "", "rt": "", "rw": "", "landmark": ""}
    office.post("/api/v1/documents", json={**SITI, **nowhere, "request_number": "R-4"})

    went = {document.request_number: document.destination for document in rows(runtime, Document)}
    assert went == {"R-1": "home", "R-2": "village_office", "R-3": "village_office", "R-4": "village_office"}


def test_houses_nobody_measured_stand_at_the_village_and_still_cost_a_ride(session):
    village, _ = released_homes(session, (1, 1, 2))

    asked = question(session)
    built = planning_problem.build(asked, StraightLine())

    stops = built.problem.stops
    ways = built.problem.matrices["motorbike"]
    at = len(built.problem.depots)
    assert len(stops) == 3
    assert {(stop.point.lat, stop.point.lon) for stop in stops} == {(village.lat, village.lon)}
    assert ways.metres[at, at + 1] == 400
    assert ways.seconds[at, at + 1] == 120
    assert sorted(stop.service_s for stop in stops) == [180 + 20, 180 + 20, 180 + 2 * 20]
    assert {vehicle.max_stops for vehicle in asked.vehicles} == {80}
    assert asked.estimated == {load.place for load in asked.loads}


def test_measured_houses_stand_where_they_are(session):
    village, _ = released_homes(session, (1, 1), measured=True)

    asked = question(session)
    built = planning_problem.build(asked, StraightLine())

    assert asked.estimated == set()
    assert all(stop.point.lat > village.lat for stop in built.problem.stops)
    assert built.problem.matrices["motorbike"].metres[1, 2] < 400


def test_on_a_day_without_village_offices_only_homes_are_visited(session):
    village, _ = released_homes(session, (1,))
    other = villages(session)[1]
    finished(session, other, 2)
    batching.release(session, OFFICE, by=SARI, villages=[other.code])
    asked = question(session)

    built = planning_problem.build(replace(asked, hours=()), StraightLine())

    assert [stop.id.split("/")[0] for stop in built.problem.stops] == [village.code]
    assert len(built.places) == 2
    assert built.problem.matrices["motorbike"].size == len(built.problem.depots) + 1


def at_home(runtime, households=(2,)):
    """A planned route whose stops are the homes of one village."""
    day = a_day(runtime, on_route=tuple((size,) for size in households))
    with runtime.db.transaction() as session:
        for number, batch_id in enumerate(day.batch_ids):
            batch = session.get_one(Batch, batch_id)
            batch.destination, batch.household = "home", f"{number:064}"
            for document in documents_of(runtime, batch_id):
                session.get_one(Document, document.id).destination = "home"
                person = session.get_one(Recipient, document.recipient_id)
                person.household = batch.household
                person.name, person.phone = "Bu Siti", "081200000009"
                person.address, person.landmark = "Dsn. Krajan, RT 003/RW 002", "selatan masjid"
    return day


def test_the_courier_sees_whose_house_it_is_and_what_is_near_it(app, runtime):
    day = at_home(runtime)
    phone = courier_phone(app, runtime, day.route_id)
    phone.load(day.batch_ids)

    page = phone.client.get("/c/route", headers=PAGE).text
    data = phone.client.get("/c/data").json["stops"][0]

    for seen in ("Bu Siti", "Dsn. Krajan, RT 003/RW 002", "Patokan: selatan masjid", "titik desa"):
        assert seen in page
    assert (data["place"], data["landmark"], data["is_estimate"]) == ("Bu Siti", "selatan masjid", True)
    assert data["phone"] == "081200000009"


def test_at_a_door_the_receivers_word_is_the_count(app, runtime):
    day = at_home(runtime, (2, 1))
    phone = courier_phone(app, runtime, day.route_id)
    phone.load(day.batch_ids)

    for stop_id in day.stop_ids:
        assert phone.confirm(stop_id, received_by="Bu Siti", relation="Orangnya sendiri").status_code == 200

    assert held(runtime, day.batch_ids[0]) == [("delivered", "citizen")] * 2
    assert states(runtime, Batch, *day.batch_ids) == ["closed", "closed"]
    assert all_is_well(runtime)


def test_a_kecamatan_office_takes_in_for_all_its_villages(app, runtime):
    with runtime.db.transaction() as session:
        first = villages(session)[0]
        desk = desks.add_district_desk(session, OFFICE, NewDesk(district_code=first.district_code))
        siblings = [v for v in villages(session) if v.district_code == desk.code and v.kind != "kecamatan"][:3]
        for village in siblings:
            for document in finished(session, village, 3):
                document.destination = "district_office"
        (batch,) = batching.release(session, OFFICE, by=SARI, villages=[desk.code]).batches
        assert (batch.village_code, batch.destination, batch.documents) == (desk.code, "district_office", 9)
        code, batch_id = desk.code, batch.id
    day = a_day(runtime, on_route=((1,),))
    with runtime.db.transaction() as session:
        # the batch rides on a route like any other
        stop = session.get_one(Stop, day.stop_ids[0])
        stop.village_code = code
        batch = session.get_one(Batch, day.batch_ids[0])
        batch.village_code, batch.destination = code, "district_office"
        session.get_one(Document, documents_of(runtime, batch.id)[0].id).destination = "district_office"
    phone = courier_phone(app, runtime, day.route_id)
    phone.load(day.batch_ids)
    assert "Kantor Kecamatan" in phone.client.get("/c/route", headers=PAGE).text
    phone.confirm(day.stop_ids[0])

    office = village_phone(app, runtime, code)
    page = office.client.get("/v/batches", headers=PAGE).text
    assert "Kecamatan" in page
    assert batch_id not in page  # not on its way yet
    office.count(day.batch_ids[0])
    assert held(runtime, day.batch_ids[0]) == [("at_village", "district_office")]
    document = documents_of(runtime, day.batch_ids[0])[0]
    assert office.hand(document.id).status_code == 200
    assert open_cases(runtime) == []
    assert all_is_well(runtime)


def test_a_default_for_a_kecamatan_needs_its_desk(session):
    with pytest.raises(Invalid):
        desks.set_default(session, OFFICE, "district_office")
    desks.add_district_desk(session, OFFICE, NewDesk(district_code="35.05.10", contact_name="Bu Camat"))
    desks.set_default(session, OFFICE, "district_office")

    found = desks.defaults_of(session, OFFICE)

    assert found.of("35.05.10.1008", "ktp_el") == "district_office"
    assert found.of("35.05.01.2003", "ktp_el") == "village_office"  # its kecamatan receives nothing
    with pytest.raises(Conflict):
        desks.add_district_desk(session, OFFICE, NewDesk(district_code="35.05.10"))
    assert links.issue_village_link(session, OFFICE, "35.05.10", by=SARI)
