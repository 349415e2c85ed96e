"""The village desk: counting a batch on one screen, then handing each document to its citizen."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from dispatch.services import links
from dispatch.services.recipients import nik_place
from dispatch.store.db import new_id
from dispatch.store.models import Document, Event, Handover, HandoverLine, Proof, Recipient
from tests.databases import OFFICE
from tests.dispatch.finished import SARI
from tests.dispatch.stories import (
    all_is_well,
    documents_of,
    held,
    open_cases,
    rows,
    states,
    under_way,
    village_of,
    village_phone,
)
from tests.dispatch.test_courier_pages import phone_screen, site

__all__ = ["phone_screen", "site"]

PAGE = {"Accept": "text/html"}


@pytest.fixture
def desk(app, runtime):
    """A village whose batch of three has just been handed over: (day, the courier's phone, the desk's phone)."""
    day, phone = under_way(app, runtime, on_route=((3,),))
    phone.confirm(day.stop_ids[0])
    return day, phone, village_phone(app, runtime, village_of(runtime, day.batch_ids[0]))


def named(runtime, batch_id: str, *people: tuple[str, str]) -> None:
    """Give the people on a batch's list names and NIKs."""
    with runtime.db.transaction() as session:
        for document, (name, nik) in zip(documents_of(runtime, batch_id), people, strict=True):
            person = session.get_one(Recipient, document.recipient_id)
            person.name, person.address = name, "Dsn. Krajan RT 03 RW 01"
            person.nik_sealed = runtime.keys.seal(nik, nik_place(OFFICE))


def test_everything_is_here_with_one_press(runtime, desk):
    day, _, phone = desk

    answer = phone.client.post(
        f"/v/batches/{day.batch_ids[0]}",
        data={"event_id": new_id(), "received_by": "Pak Lurah", "all": "received"},
        headers=PAGE,
    )
    receipt = phone.client.get(answer.headers["Location"], headers=PAGE)

    assert "Tanda terima" in receipt.text
    assert "Pak Lurah" in receipt.text
    assert open_cases(runtime) == []
    assert all_is_well(runtime)


def test_the_same_count_twice_is_one_and_another_is_refused(runtime, desk):
    day, _, phone = desk
    event_id = new_id()

    first = phone.count(day.batch_ids[0], event_id=event_id)
    again = phone.count(day.batch_ids[0], event_id=event_id)
    other = phone.count(day.batch_ids[0], event_id=event_id, received_by="Orang lain")

    assert first.json == again.json
    assert other.status_code == 422
    assert phone.count(day.batch_ids[0]).status_code == 409
    assert len(list(rows(runtime, Handover))) == 1


def test_every_line_has_to_be_decided(runtime, desk):
    day, _, phone = desk
    one = documents_of(runtime, day.batch_ids[0])[0]

    answer = phone.count(day.batch_ids[0], {one.id: "received"}, all="")

    assert answer.status_code == 422
    assert list(rows(runtime, Handover)) == []


def test_each_difference_opens_its_own_case(runtime, desk):
    """One missing, one torn, one too many that nobody knows and one that belongs elsewhere."""
    day, _, phone = desk
    missing, torn, _ = documents_of(runtime, day.batch_ids[0])

    phone.count(day.batch_ids[0], {missing.id: "missing", torn.id: "damaged"}, extra=f"zz99, {missing.code}")

    assert open_cases(runtime) == ["damaged", "extra_document", "short_count"]
    results = sorted((line.result, line.document_id is not None) for line in rows(runtime, HandoverLine))
    assert results == [("damaged", True), ("extra", False), ("extra", True), ("missing", True), ("received", True)]
    assert held(runtime, day.batch_ids[0])[1] == ("returning", "village_office")
    assert all_is_well(runtime)


def test_the_end_of_the_nik_is_shown_only_for_people_of_one_name(runtime, desk):
    day, _, phone = desk
    people = [("Siti Aminah", "3505014107900001"), ("SITI  aminah", "3505014107900002"), ("Budi", "3505010107907777")]
    named(runtime, day.batch_ids[0], *people)

    page = phone.client.get(f"/v/batches/{day.batch_ids[0]}", headers=PAGE).text

    assert "NIK …0001" in page
    assert "NIK …0002" in page
    assert "7777" not in page
    assert all(nik not in page for _, nik in people)


def test_a_document_goes_to_its_citizen_once(runtime, desk):
    day, _, phone = desk
    phone.count(day.batch_ids[0])
    document = documents_of(runtime, day.batch_ids[0])[0]
    event_id = new_id()

    first = phone.hand(document.id, event_id=event_id)
    again = phone.hand(document.id, event_id=event_id)
    other = phone.hand(document.id)

    assert first.json == again.json
    assert other.status_code == 409
    assert held(runtime, day.batch_ids[0])[0] == ("delivered", "citizen")
    proof = next(p for p in rows(runtime, Proof) if p.id == first.json["proof_id"])
    assert (proof.received_by, proof.relation) == ("Siti", "Orangnya sendiri")
    trail = [e for e in rows(runtime, Event) if e.subject_id == document.id and e.to_state == "delivered"]
    assert [(e.evidence, e.actor_kind) for e in trail] == [(proof.id, "village")]
    assert all_is_well(runtime)


def test_waiting_documents_are_listed_by_name_with_their_days(runtime, desk, clock):
    day, _, phone = desk
    named(
        runtime,
        day.batch_ids[0],
        ("Wati", "3505014107900001"),
        ("Agus", "3505010107900002"),
        ("Budi", "3505010107900003"),
    )
    before = phone.client.get("/v/batches", headers=PAGE).text
    phone.count(day.batch_ids[0])
    clock.advance(timedelta(days=3))

    page = phone.client.get("/v/batches", headers=PAGE).text

    assert "Agus" not in before  # count first
    assert page.index("Agus") < page.index("Budi") < page.index("Wati")
    assert page.count("3 hari kerja") == 3


def test_what_was_missing_is_marked_and_can_still_be_handed_out_when_it_turns_up(runtime, desk):
    day, _, phone = desk
    missing = documents_of(runtime, day.batch_ids[0])[0]
    phone.count(day.batch_ids[0], {missing.id: "missing"})

    assert "saat dihitung tidak ada" in phone.client.get("/v/batches", headers=PAGE).text
    assert phone.hand(missing.id).status_code == 200
    assert states(runtime, Document, missing.id) == ["delivered"]


def test_a_batch_that_failed_and_is_counted_all_the_same_is_contested(app, runtime):
    """The rider says nobody was there; the village says it has them. A person looks."""
    day, phone = under_way(app, runtime, on_route=((2,),))
    desk = village_phone(app, runtime, village_of(runtime, day.batch_ids[0]))
    listed = desk.client.get("/v/batches", headers=PAGE).text
    phone.confirm(day.stop_ids[0], "failed", reason="KANTOR_DESA_TUTUP")

    assert day.batch_ids[0] in listed
    assert day.batch_ids[0] not in desk.client.get("/v/batches", headers=PAGE).text
    assert desk.count(day.batch_ids[0]).status_code == 200
    assert held(runtime, day.batch_ids[0]) == [("returning", "courier")] * 2
    assert open_cases(runtime) == ["count_conflict"]
    assert all_is_well(runtime)


@pytest.mark.browser
def test_a_count_in_a_real_browser(app, runtime, site, browser: Browser, phone_screen):
    """One tap away from "Semua lengkap"; two lines that differ change the button and the sum."""
    day, phone = under_way(app, runtime, on_route=((8,),))
    phone.confirm(day.stop_ids[0])
    with runtime.db.transaction() as session:
        token = links.issue_village_link(session, OFFICE, village_of(runtime, day.batch_ids[0]), by=SARI)
    page = phone_screen.new_page()

    page.goto(f"{site}/v/{token}")
    page.get_by_role("button", name="Mulai").click()
    page.get_by_role("link", name="Hitung").click()
    expect(page.get_by_role("button", name="Semua lengkap")).to_be_visible()
    page.get_by_role("radio", name="Tidak ada").nth(1).check()
    page.get_by_role("radio", name="Rusak").nth(2).check()
    expect(page.get_by_text("6 ada · 1 tidak ada · 1 rusak")).to_be_visible()
    page.get_by_label("Dihitung oleh").fill("Bu Sari")
    page.get_by_role("button", name="Simpan hitungan").click()
    expect(page.get_by_role("heading", name="Tanda terima")).to_be_visible()
    page.get_by_role("link", name="Lanjut").click()
    page.get_by_role("link", name="Serahkan").first.click()
    page.get_by_role("button", name="Serahkan").click()
    expect(page.get_by_text("Tercatat: sudah diterima warga.")).to_be_visible()

    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert sorted({state for state, _ in held(runtime, day.batch_ids[0])}) == ["at_village", "delivered", "returning"]
    assert all_is_well(runtime)
