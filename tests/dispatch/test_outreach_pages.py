"""The office's pages about mobile services, and the village's word that place and hours are right."""

import re

import pytest
from sqlalchemy import select

from dispatch.services import outreach, trips
from dispatch.store.models import Document, Outreach, OutreachNotice, ServiceVehicle, VillageContact
from tests.databases import OFFICE
from tests.dispatch.finished import finished, villages
from tests.dispatch.outreaches import WEDNESDAY, a_car, planned
from tests.dispatch.stories import all_is_well, rows, under_way, village_of, village_phone

PAGE = {"Accept": "text/html"}


@pytest.fixture
def made(runtime) -> Outreach:
    with runtime.db.transaction() as session:
        return planned(session, documents=2)


def event_of(page: str) -> str:
    return re.search(r'name="event_id" value="([^"]+)"', page).group(1)


def test_a_service_is_planned_on_its_page_and_goes_its_whole_way(sign_in, runtime):
    sari = sign_in("dispatcher")
    sari.post("/outreach/vehicles", data={"name": "Mobil 1", "crew_lead": "Pak Joko", "printers": "2"}, headers=PAGE)
    with runtime.db.transaction() as session:
        village = villages(session)[0]
        finished(session, village, 2)
        car = session.scalars(select(ServiceVehicle)).one()
        code, car_id = village.code, car.id
    form = {
        "service_date": WEDNESDAY.isoformat(), "village": code, "place": "Balai Desa", "place_kind": "balai_desa",
        "vehicle": car_id, "starts": "08:00", "ends": "12:00",
    }  # fmt: skip
    to = sari.post("/outreach", data=form, headers=PAGE).location
    page = sari.get(to, headers=PAGE).text
    assert "120 orang" in page
    assert "2 printer, 4 menit per orang" in page

    sari.post(f"{to}/depart", data={"event_id": event_of(page)}, headers=PAGE)
    first, second = rows(runtime, Document)
    page = sari.get(to, headers=PAGE).text
    said = {"event_id": event_of(page), "document": first.id, "received_by": "Siti", "relation": "Orangnya sendiri"}
    sari.post(f"{to}/hand", data=said, headers=PAGE)
    sari.post(f"{to}/count-in", data={"code": second.code}, headers=PAGE)
    sari.post(f"{to}/complete", data={"recorded": "12", "printed": "9"}, headers=PAGE)

    assert sorted(d.state for d in rows(runtime, Document)) == ["delivered", "ready"]
    page = sari.get(to, headers=PAGE).text
    assert "12 orang" in page
    assert "diterima warga" in page
    assert "13" in sari.get("/outreach", headers=PAGE).text  # 12 people served, one document handed over
    assert all_is_well(runtime)


def test_what_is_wrong_is_said_on_the_page(sign_in, runtime):
    with runtime.db.transaction() as session:
        car = a_car(session).id
        code = villages(session)[0].code
    sari = sign_in("dispatcher")
    form = {"service_date": "besok", "village": code, "place": "Balai", "vehicle": car, "starts": "08:00", "ends": "9"}

    sari.post("/outreach", data=form, headers=PAGE)

    assert "isi tanggal" in sari.get("/outreach", headers=PAGE).text.lower()
    assert list(rows(runtime, Outreach)) == []


def test_s0_3_the_village_is_told_before_and_confirms(app, sign_in, runtime, made):
    """Head, secretary, Babinsa and Bhabinkamtibmas are told; the village says that the slot is right."""
    sari = sign_in("dispatcher")
    for role, phone in (("village_head", "0812 3456 7890"), ("babinsa", ""), ("bhabinkamtibmas", "081200000001")):
        data = {"village": made.village_code, "role": role, "name": f"Pak {role}", "phone": phone}
        sari.post(f"/outreach/{made.id}/contacts", data=data, headers=PAGE)
    contacts = {one.role: one for one in rows(runtime, VillageContact)}

    message = sari.post(f"/outreach/{made.id}/told/{contacts['village_head'].id}", headers=PAGE).text
    assert "https://wa.me/6281234567890" in message
    assert "pukul 08.00 sampai 12.00" in message
    sari.post(f"/outreach/{made.id}/told/{contacts['babinsa'].id}", headers=PAGE)
    assert {one.contact_id for one in rows(runtime, OutreachNotice)} == {
        contacts[role].id for role in ("village_head", "babinsa")
    }

    phone = village_phone(app, runtime, made.village_code)
    assert "Jamnya sesuai" in phone.client.get("/v/outreach", headers=PAGE).text
    phone.client.post(f"/v/outreach/{made.id}/confirm", data={"name": ""}, headers=PAGE)
    phone.client.post(f"/v/outreach/{made.id}/confirm", data={"name": "Bu Sekdes"}, headers=PAGE)
    assert "Sudah disetujui oleh Bu Sekdes" in phone.client.get("/v/outreach", headers=PAGE).text
    assert [one.state for one in rows(runtime, Outreach)] == ["confirmed"]


def test_another_village_neither_sees_nor_confirms_it(app, runtime, made):
    with runtime.db.reading() as session:
        other = villages(session)[7].code
    phone = village_phone(app, runtime, other)

    assert made.place not in phone.client.get("/v/outreach", headers=PAGE).text
    assert phone.client.post(f"/v/outreach/{made.id}/confirm", data={"name": "X"}, headers=PAGE).status_code == 404
    assert [one.state for one in rows(runtime, Outreach)] == ["planned"]


def test_a_viewer_looks_and_another_office_does_not(sign_in, made):
    assert "Dokumen yang ikut (2)" in re.sub(
        r"<[^>]+>", "", sign_in("viewer").get(f"/outreach/{made.id}", headers=PAGE).text
    )
    assert sign_in("viewer").post(f"/outreach/{made.id}/cancel", data={"why": "x"}, headers=PAGE).status_code == 403
    assert sign_in("dispatcher", "35.03").get(f"/outreach/{made.id}", headers=PAGE).status_code == 404


def test_s2_8_the_registration_officer_is_named_and_the_journeys_saved_are_counted(app, sign_in, runtime):
    """What the village counts its officer did not have to fetch; there and back by the office's estimate."""
    day, _courier = under_way(app, runtime, on_route=((2,),))
    code = village_of(runtime, day.batch_ids[0])
    with runtime.db.reading() as session:
        assert trips.saved(session, OFFICE, WEDNESDAY.replace(day=1), WEDNESDAY).officer_trips == 0
    village_phone(app, runtime, code).count(day.batch_ids[0])

    with runtime.db.reading() as session:
        saved = trips.saved(session, OFFICE, WEDNESDAY.replace(day=1), WEDNESDAY)
        one_way = trips.metres_to(session, OFFICE, {code})[code]
    assert (saved.officer_trips, saved.metres) == (1, 2 * one_way)
    assert outreach.SERVICE_S == 240
