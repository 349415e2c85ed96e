"""One field finds everything; looking for a person leaves a trace; a list leaves only with a reason."""

import csv
import io
import re

import pytest
from sqlalchemy import select, update

from dispatch.services import accounts
from dispatch.services.recipients import last4_match, nik_match
from dispatch.store.models import AccessEvent, Courier, Document, Recipient, User, Village
from tests.databases import OFFICE, OTHER_OFFICE
from tests.dispatch.finished import finished, villages
from tests.dispatch.stories import under_way

NIK = "3505014107900001"


@pytest.fixture
def people(runtime):
    """Three documents of one village: Aminah has a known NIK, Budi none of note, Aminah came once more."""
    with runtime.db.transaction() as session:
        found = finished(session, villages(session)[3], 3)
        for document, name in zip(found, ("Aminah Putri", "Budi 100%_", "Aminah Putri"), strict=True):
            known = name == "Aminah Putri"
            session.execute(
                update(Recipient)
                .where(Recipient.id == document.recipient_id)
                .values(
                    name=name,
                    nik_match=nik_match(runtime.keys, OFFICE, NIK) if known else "0" * 64,
                    nik_last4_match=last4_match(runtime.keys, OFFICE, NIK[-4:]) if known else "0" * 64,
                    nik_sealed=runtime.keys.seal(NIK, f"{OFFICE}:nik"),
                )
            )
        return [document.id for document in found]


def shown(page) -> list[str]:
    """The ids of the documents on a page."""
    assert page.status_code == 200
    return re.findall(r'class="code nowrap" href="/documents/([^"]+)"', page.text)


def find(client, text: str):
    return client.get("/documents", query_string={"q": text})


def looks(runtime) -> list[tuple[str, int]]:
    with runtime.db.reading() as session:
        return [(row.kind, row.found) for row in session.scalars(select(AccessEvent).order_by(AccessEvent.at))]


def test_documents_are_found_by_code_number_name_village_and_the_end_of_a_nik(people, sign_in, runtime):
    viewer = sign_in("viewer")
    with runtime.db.reading() as session:
        document = session.get_one(Document, people[0])
        village = session.get_one(Village, (OFFICE, document.village_code))

    assert shown(find(viewer, document.code.lower())) == [people[0]]
    assert shown(find(viewer, document.request_number)) == [people[0]]
    assert set(shown(find(viewer, "aminah"))) == {people[0], people[2]}
    assert set(shown(find(viewer, village.name))) == set(people)
    assert set(shown(find(viewer, NIK[-4:]))) == {people[0], people[2]}
    assert shown(find(viewer, "budi 100%_")) == [people[1]]
    assert "Tidak ditemukan." in find(viewer, "nobody at all").text


def test_batches_couriers_routes_and_papers_answer_too(app, runtime, sign_in):
    day, _ = under_way(app, runtime)
    with runtime.db.transaction() as session:
        session.execute(update(Courier).where(Courier.name == "Ojek 1").values(name="Pak Darsono"))
    viewer = sign_in("dispatcher")
    printed = viewer.post(f"/api/v1/batches/{day.batch_ids[0]}/bast")
    assert printed.status_code in (200, 201), printed.text
    number = printed.json["label"]

    courier = find(viewer, "darsono").text
    route = find(viewer, "Rute 4").text
    batch_page = find(viewer, "A2-10")

    assert f"/routes/{day.route_id}" in courier
    assert "courier=" in courier
    assert f"/routes/{day.route_id}" in route
    assert f"/batches/{day.batch_ids[0]}" in batch_page.text
    assert len(shown(batch_page)) == 3
    by_paper = find(viewer, number)
    assert "BAST batch A2-10" in by_paper.text
    assert len(shown(by_paper)) == 3


def test_a_whole_nik_is_found_by_its_keyed_hash_and_is_in_no_address(people, sign_in, runtime):
    dispatcher = sign_in("dispatcher")

    asked = find(dispatcher, NIK)
    sent = dispatcher.post("/documents/by-nik", data={"q": NIK})
    none = dispatcher.post("/documents/by-nik", data={"q": "3505014107900002"})

    assert shown(asked) == []
    assert NIK not in asked.text
    assert sent.status_code == 303
    assert NIK not in sent.location
    assert set(shown(dispatcher.get(sent.location))) == {people[0], people[2]}
    assert none.location == "/documents"
    assert looks(runtime) == [("search_nik", 2), ("search_nik", 0)]


def test_looking_for_a_person_is_remembered_without_the_name(people, sign_in, runtime):
    viewer, supervisor = sign_in("viewer"), sign_in("supervisor")
    find(viewer, "Aminah")
    find(viewer, "  AMINAH ")
    find(viewer, NIK[-4:])
    viewer.get("/documents?state=ready")

    assert looks(runtime) == [("search_name", 2), ("search_name", 2), ("search_last4", 2)]
    with runtime.db.reading() as session:
        first, second, third = session.scalars(select(AccessEvent.subject).order_by(AccessEvent.at)).all()
    assert first == second != third
    page = supervisor.get("/looks").text
    assert page.count("mencari nama") == 2
    assert "Aminah" not in page
    assert viewer.get("/looks").status_code == 403


def test_a_list_leaves_with_a_reason_and_no_number_of_a_person(people, sign_in, runtime):
    supervisor = sign_in("supervisor")

    without = supervisor.post("/documents/export", data={"q": "aminah", "reason": "perlu"})
    body = supervisor.post("/documents/export", data={"q": "aminah", "reason": "Diminta camat untuk pencocokan"})

    assert without.status_code == 303
    rows = list(csv.reader(io.StringIO(body.data.decode("utf-8-sig"))))
    assert [row[1] for row in rows[1:3]] == ["Aminah Putri", "Aminah Putri"]
    assert "Diminta camat" in rows[-1][0]
    assert NIK not in body.text
    assert looks(runtime)[-1] == ("export", 2)
    assert sign_in("dispatcher").post("/documents/export", data={"reason": "Ingin tahu semuanya"}).status_code == 403


def test_more_than_five_hundred_names_need_a_second_supervisor(sign_in, runtime):
    supervisor = sign_in("supervisor")
    with runtime.db.transaction() as session:
        finished(session, villages(session)[0], 501)
        second = User(
            office=OFFICE,
            username="bu.tri",
            name="Bu Tri",
            role="supervisor",
            password_hash=accounts._hasher.hash("k" * 12),
        )
        session.add(second)
    asked = {"reason": "Pemeriksaan oleh inspektorat", "second_username": "bu.tri"}

    alone = supervisor.post("/documents/export", data={"reason": asked["reason"]})
    wrong = supervisor.post("/documents/export", data={**asked, "second_password": "salah"})
    both = supervisor.post("/documents/export", data={**asked, "second_password": "k" * 12})

    assert (alone.status_code, wrong.status_code, both.status_code) == (303, 303, 200)
    with runtime.db.reading() as session:
        (look,) = session.scalars(select(AccessEvent)).all()
        assert (look.found, look.second) == (501, f"user:{second.id}")


def test_a_documents_page_tells_its_whole_story(app, runtime, sign_in):
    day, phone = under_way(app, runtime)
    phone.confirm(day.stop_ids[0], lat="-8.1", lon="112.2")
    with runtime.db.reading() as session:
        document = session.scalars(select(Document).where(Document.batch_id == day.batch_ids[0])).first()
    viewer = sign_in("viewer")
    assert document is not None
    with runtime.db.transaction() as session:
        session.execute(
            update(Recipient)
            .where(Recipient.id == document.recipient_id)
            .values(nik_sealed=runtime.keys.seal(NIK, f"{OFFICE}:nik"))
        )

    page = viewer.get(f"/documents/{document.id}").text
    small_map = viewer.get(f"/documents/{document.id}/map").text

    for part in ("dipegang kurir Ojek 1", "dipegang kantor", "bukti lapangan", "hitungan saat dimuat", "Rute 4"):
        assert part in page, part
    for address in (f"/routes/{day.route_id}", f"/plans/{day.plan_id}", f"/batches/{day.batch_ids[0]}"):
        assert address in page, address
    assert '"lat":-8.1,"lon":112.2' in small_map
    assert NIK not in page
    assert sign_in("viewer", OTHER_OFFICE).get(f"/documents/{document.id}/map").status_code == 404


def test_another_office_finds_nothing(people, sign_in, runtime):
    other = sign_in("supervisor", OTHER_OFFICE)

    assert shown(find(other, "aminah")) == []
    assert other.post("/documents/by-nik", data={"q": NIK}).location == "/documents"
