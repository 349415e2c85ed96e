"""Another program hands finished documents in and reads back where they are."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from dispatch.store.models import Document, Import

SITI = {
    "request_number": "ESIAP-1",
    "kind": "KTP-el",
    "nik": "3505015507900003",
    "name": "SITI AMINAH",
    "phone": "+62 812-0000-0001",
    "hamlet": "Krajan",
    "rt": "3",
    "rw": "2",
    "village_code": "35.05.01.2003",
    "printed_on": "2026-11-23",
    "urgent": False,
    "channel": "online",
}
SOMEWHERE = {"village": "Sumberagung", "village_code": ""}
"""A village of two kecamatan, and no kecamatan said."""


@pytest.fixture
def esiap(api_client):
    return api_client("documents:write", "documents:read")


def hand_in(client, body):
    return client.post("/api/v1/documents", json=body)


def count(runtime, model=Document) -> int:
    with runtime.db.reading() as session:
        return session.scalar(select(func.count()).select_from(model))


def test_a_document_is_taken_in_and_read_back_by_its_number(esiap):
    answer = hand_in(esiap, SITI)

    assert answer.status_code == 201
    document = answer.json["document"]
    assert (document["state"], document["holder"]) == ("ready", "depot")
    assert (document["village"], document["kind_name"], document["promised_on"]) == (
        "Rejosari",
        "KTP-el",
        "2026-11-30",
    )
    assert esiap.get(answer.headers["Location"]).json == document
    assert esiap.get("/api/v1/documents/ESIAP-1").json == document


def test_a_number_with_a_slash_can_be_asked_for_too(esiap):
    hand_in(esiap, SITI | {"request_number": "470/12/2026"})

    assert esiap.get("/api/v1/documents/470/12/2026").json["request_number"] == "470/12/2026"


def test_the_same_document_again_is_known_and_changes_nothing(esiap, runtime):
    first = hand_in(esiap, SITI)

    again = hand_in(esiap, SITI)

    assert (again.status_code, again.json["outcome"]) == (200, "known")
    assert again.json["document"] == first.json["document"]
    assert count(runtime) == count(runtime, Import) == 1


def test_the_same_number_for_something_else_is_a_conflict(esiap, runtime):
    hand_in(esiap, SITI)

    answer = hand_in(esiap, SITI | {"name": "SITI AMINAH S."})

    assert answer.status_code == 409
    assert answer.json["errors"] == [
        {"field": "request_number", "reason": "Nomor permohonan ini sudah dipakai untuk dokumen dengan isi berbeda."}
    ]
    assert count(runtime) == 1


def test_without_a_number_kind_nik_and_print_date_tell_it_again(esiap, runtime):
    nameless = SITI | {"request_number": ""}

    first, again = hand_in(esiap, nameless), hand_in(esiap, nameless)
    other_day = hand_in(esiap, nameless | {"printed_on": "2026-11-24"})

    assert (first.status_code, again.status_code, other_day.status_code) == (201, 200, 201)
    assert first.json["document"]["request_number"] == ""
    assert count(runtime) == 2


def test_a_repeated_request_reads_the_first_answer(esiap):
    key = {"Idempotency-Key": "esiap-2026-11-24-1"}

    first = esiap.post("/api/v1/documents", json=SITI, headers=key)
    again = esiap.post("/api/v1/documents", json=SITI, headers=key)

    assert (again.status_code, again.json) == (201, first.json)
    assert again.headers["Idempotent-Replay"] == "true"


def test_everything_wrong_with_one_document_is_said_at_once(esiap, runtime):
    answer = hand_in(esiap, SITI | {"nik": "350501550790000", "name": "", "printed_on": "2026-12-24"})

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == ["nik", "name", "printed_on"]
    assert "350501550790000" not in answer.text
    assert count(runtime) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"state": "delivered"},
        {"office": "35.03"},
        {"nik": 3505015507900003},
        {"urgent": "ya"},
        {"name": None},
        {"name": "A" * 501},
    ],
)
def test_fields_that_are_not_ours_to_send_or_of_another_type_are_refused(esiap, runtime, change):
    answer = hand_in(esiap, SITI | change)

    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"].endswith(next(iter(change)))
    assert count(runtime) == 0


def test_a_list_is_answered_item_by_item(esiap, runtime):
    nik = "350501550790%04d"
    people = [SITI | {"request_number": f"ESIAP-{n}", "nik": nik % n} for n in range(1, 201)]
    people[7]["nik"] = "123"
    people[9] |= SOMEWHERE
    people[11] = people[10]

    answer = hand_in(esiap, people)

    assert answer.status_code == 200
    assert {name: answer.json[name] for name in ("accepted", "known", "review", "refused")} == {
        "accepted": 197,
        "known": 1,
        "review": 1,
        "refused": 1,
    }
    items = answer.json["items"]
    assert [item["index"] for item in items] == list(range(200))
    assert items[7]["errors"][0]["rule"] == "nik_length"
    assert len(items[9]["candidates"]) >= 2
    assert items[11]["document"] == items[10]["document"]
    assert count(runtime) == 197


def test_a_list_sent_twice_is_known_the_second_time(esiap, runtime):
    """Also the one that waits for its village: it does not wait twice."""
    people = [SITI, SITI | {"request_number": "ESIAP-2"}, SITI | {"request_number": "ESIAP-3"} | SOMEWHERE]
    hand_in(esiap, people)

    again = hand_in(esiap, people)

    assert (again.json["known"], again.json["accepted"], again.json["review"]) == (3, 0, 0)
    assert (count(runtime), count(runtime, Import)) == (2, 1)


def test_a_person_first_registered_elsewhere_is_taken_in_with_a_word_about_it(esiap):
    moved = hand_in(esiap, SITI | {"nik": "3578015507900003"})
    stayed = hand_in(esiap, SITI | {"request_number": "ESIAP-2"})

    assert (moved.status_code, len(moved.json["warnings"])) == (201, 1)
    assert "pernah pindah" in moved.json["warnings"][0]
    assert stayed.json["warnings"] == []


@pytest.mark.parametrize("body", [[], [SITI] * 1001, "KTP", 3])
def test_nothing_too_much_or_something_else_is_refused(esiap, body):
    assert hand_in(esiap, body).status_code == 422


def test_a_village_that_cannot_be_told_waits_and_says_for_what(esiap, sign_in):
    answer = hand_in(esiap, SITI | SOMEWHERE)

    assert (answer.status_code, answer.json["outcome"]) == (202, "review")
    assert [candidate["label"].split(",")[0] for candidate in answer.json["candidates"]][:2] == ["Sumberagung"] * 2
    (review,) = sign_in("dispatcher").get("/api/v1/reviews").json["items"]
    assert review["id"] == answer.json["review_id"]


def test_a_code_and_a_name_that_disagree_are_asked_about(esiap):
    """A wrong village is far worse than a question."""
    agreeing = hand_in(esiap, SITI | {"village": "Ds. Redjo Sari"})
    disagreeing = hand_in(esiap, SITI | {"request_number": "ESIAP-2", "village": "Kanigoro", "district": "Kanigoro"})

    assert (agreeing.status_code, disagreeing.status_code) == (201, 202)
    assert disagreeing.json["candidates"][0]["code"] == "35.05.01.2003"


@pytest.mark.parametrize(
    ("code", "rule"), [("35.03.01.2001", "Trenggalek"), ("35.05.01.2999", "Kemendagri"), ("abc", "Kem")]
)
def test_a_code_of_another_regency_or_of_none_is_refused(esiap, code, rule):
    answer = hand_in(esiap, SITI | {"village_code": code})

    assert answer.status_code == 422
    assert rule in answer.json["errors"][0]["reason"]


def test_an_unknown_print_point_is_refused(esiap):
    assert hand_in(esiap, SITI | {"print_point": "kantor dukcapil"}).status_code == 201
    assert (
        hand_in(esiap, SITI | {"request_number": "2", "print_point": "Srengat"}).json["errors"][0]["field"]
        == "print_point"
    )


def test_a_program_sees_its_own_documents_only_and_no_persons(esiap, api_client, sign_in):
    document_id = hand_in(esiap, SITI).json["document"]["id"]
    path = f"/api/v1/documents/{document_id}"

    assert esiap.get(path).json["recipient"] is None
    assert api_client("documents:read").get(path).status_code == 404
    assert api_client("documents:read", office="35.03").get(path).status_code == 404
    assert sign_in("viewer", "35.03").get(path).status_code == 404
    assert sign_in("admin").get(path).status_code == 403
    assert api_client("documents:write").get(path).status_code == 403


def test_people_of_the_office_see_the_person_with_a_masked_nik(esiap, sign_in):
    document_id = hand_in(esiap, SITI).json["document"]["id"]

    person = sign_in("viewer").get(f"/api/v1/documents/{document_id}").json["recipient"]

    assert person == {
        "name": "SITI AMINAH",
        "nik": "************0003",
        "phone": "081200000001",
        "address": "Dsn. Krajan, RT 003/RW 002",
        "landmark": "",
    }


def test_two_programs_may_use_the_same_numbers(esiap, api_client, sign_in):
    siak = api_client("documents:write", "documents:read")
    first, second = hand_in(esiap, SITI), hand_in(siak, SITI)

    assert (first.status_code, second.status_code) == (201, 201)
    assert siak.get("/api/v1/documents/ESIAP-1").json["id"] == second.json["document"]["id"]
    viewer = sign_in("viewer")
    assert viewer.get("/api/v1/documents/ESIAP-1").status_code == 409
    assert len(viewer.get("/api/v1/documents?request_number=ESIAP-1").json["items"]) == 2


def test_documents_are_listed_a_page_at_a_time(esiap, clock):
    for number in range(5):
        hand_in(esiap, SITI | {"request_number": f"N-{number}"})
    listed, after = [], ""

    while after is not None:
        page = esiap.get(f"/api/v1/documents?limit=2&after={after}").json
        listed += [item["request_number"] for item in page["items"]]
        after = page["next"]

    assert sorted(listed) == [f"N-{number}" for number in range(5)]
    assert esiap.get("/api/v1/documents?state=batched").json["items"] == []
    assert esiap.get("/api/v1/documents?village_code=35.05.01.2003&limit=3").json["next"] is not None
    assert esiap.get("/api/v1/documents?colour=red").status_code == 422


def test_six_at_once_bring_one_document(esiap, app, runtime):
    """An impatient program sends the same document again before the first answer is there."""
    barrier = threading.Barrier(6)

    def impatient(_: int) -> int:
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = esiap.environ_base["HTTP_AUTHORIZATION"]
        barrier.wait()
        return hand_in(client, SITI).status_code

    with ThreadPoolExecutor(max_workers=6) as pool:
        codes = sorted(pool.map(impatient, range(6)))

    assert codes == [200] * 5 + [201]
    assert count(runtime) == 1


def test_a_dispatcher_may_type_one_in_by_hand(sign_in):
    assert hand_in(sign_in("dispatcher"), SITI).status_code == 201
    assert hand_in(sign_in("viewer"), SITI).status_code == 403


def test_nobody_in_particular_gets_nothing(app):
    assert hand_in(app.test_client(), SITI).status_code == 401
