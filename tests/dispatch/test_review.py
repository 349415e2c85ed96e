"""Rows whose village nobody can tell wait for a person, and end as a document or refused."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from dispatch import jobs
from dispatch.store.models import Document, Import, ImportRow
from tests.dispatch.test_imports import SAMPLE, hand_in, report, sums
from tests.dispatch.test_tables import csv_file

UNCLEAR = csv_file(
    ["nomor_permohonan", "jenis", "nik", "nama", "desa", "tanggal_cetak"],
    ["N-1", "KTP-el", "3505015507900003", "SITI AMINAH", "Sumberagung", "2026-11-18"],
)


@pytest.fixture
def dispatcher(sign_in):
    return sign_in("dispatcher")


@pytest.fixture
def waiting(dispatcher, runtime) -> dict:
    """One row that waits, and the import it came with."""
    answer = hand_in(dispatcher, UNCLEAR)
    jobs.perform_due(runtime)
    (row,) = dispatcher.get("/api/v1/reviews").json["items"]
    return row | {"import": answer}


def decide(client, row, **decision):
    return client.post(f"/api/v1/reviews/{row['id']}", json=decision)


def test_a_waiting_row_says_what_was_written_and_what_it_may_mean(waiting):
    assert (waiting["name"], waiting["nik"], waiting["village"]) == ("SITI AMINAH", "************0003", "Sumberagung")
    assert "kecamatan" in waiting["reason"]
    assert len({candidate["code"] for candidate in waiting["candidates"]}) >= 2


def test_the_chosen_village_gets_the_document(dispatcher, runtime, waiting):
    code = waiting["candidates"][1]["code"]

    answer = decide(dispatcher, waiting, village_code=code)

    assert (answer.status_code, answer.json["outcome"]) == (200, "accepted")
    document = dispatcher.get(f"/api/v1/documents/{answer.json['document_id']}").json
    assert (document["village_code"], document["request_number"], document["state"]) == (code, "N-1", "ready")
    assert sums(report(dispatcher, waiting["import"])) == {
        "total": 1,
        "accepted": 1,
        "known": 0,
        "review": 0,
        "refused": 0,
    }
    assert dispatcher.get("/api/v1/reviews").json == {"waiting": 0, "items": [], "next": None}


def test_a_refused_row_keeps_its_reason_and_nothing_about_the_person(dispatcher, runtime, waiting):
    answer = decide(dispatcher, waiting, refuse="Alamat tidak jelas, kembalikan ke loket.")

    assert (answer.json["outcome"], answer.json["document_id"]) == ("refused", None)
    (row,) = dispatcher.get(waiting["import"].headers["Location"] + "/rows?state=refused").json["items"]
    assert row["reason"] == "Alamat tidak jelas, kembalikan ke loket."
    with runtime.db.reading() as session:
        kept = session.scalars(select(ImportRow)).one()
        assert (kept.row_sealed, kept.decided_by.split(":")[0]) == ("", "user")
        assert session.scalar(select(func.count()).select_from(Document)) == 0


def test_a_row_is_decided_once(dispatcher, sign_in, waiting):
    code = waiting["candidates"][0]["code"]
    decide(dispatcher, waiting, village_code=code)

    late = decide(sign_in("supervisor"), waiting, refuse="Sudah pindah.")

    assert late.status_code == 409
    assert sums(report(dispatcher, waiting["import"]))["accepted"] == 1


def test_the_same_row_again_is_known_before_and_after_the_decision(dispatcher, runtime, waiting):
    before = hand_in(dispatcher, UNCLEAR + b"\r\n")
    jobs.perform_due(runtime)
    decide(dispatcher, waiting, village_code=waiting["candidates"][0]["code"])
    after = hand_in(dispatcher, UNCLEAR + b"\r\n\r\n")
    jobs.perform_due(runtime)

    assert report(dispatcher, before)["known"] == report(dispatcher, after)["known"] == 1
    with runtime.db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Document)) == 1


def test_a_corrected_row_is_not_let_past_the_one_that_waits(dispatcher, runtime, waiting):
    """Else the citizen would have two documents once the first is decided."""
    corrected = hand_in(dispatcher, UNCLEAR.replace(b"Sumberagung", b"Kanigoro"))
    jobs.perform_due(runtime)

    (row,) = dispatcher.get(corrected.headers["Location"] + "/rows").json["items"]
    assert row["outcome"] == "refused"
    assert "menunggu pemeriksaan" in row["reason"]


def test_a_village_of_another_office_cannot_be_chosen(dispatcher, waiting):
    assert decide(dispatcher, waiting, village_code="35.03.01.2001").status_code == 422
    assert decide(dispatcher, waiting, village_code="Sumberagung").status_code == 422


@pytest.mark.parametrize("decision", [{}, {"village_code": "35.05.01.2003", "refuse": "x"}, {"refuse": ""}])
def test_a_decision_is_one_thing_or_the_other(dispatcher, waiting, decision):
    assert decide(dispatcher, waiting, **decision).status_code == 422


def test_who_may_not_decide_changes_nothing(dispatcher, sign_in, api_client, waiting):
    code = waiting["candidates"][0]["code"]

    assert decide(sign_in("viewer"), waiting, village_code=code).status_code == 403
    assert decide(api_client("documents:write"), waiting, village_code=code).status_code == 403
    assert decide(sign_in("dispatcher", "35.03"), waiting, village_code="35.03.01.2001").status_code == 404
    assert dispatcher.get("/api/v1/reviews").json["waiting"] == 1


def test_rows_wait_in_the_order_they_came_and_are_read_a_page_at_a_time(dispatcher, runtime, clock, waiting):
    clock.advance(timedelta(minutes=1))
    hand_in(dispatcher, SAMPLE)
    jobs.perform_due(runtime)
    seen, after = [], ""

    while after is not None:
        page = dispatcher.get(f"/api/v1/reviews?limit=3&after={after}").json
        seen += [row["row"] for row in page["items"]]
        after = page["next"]

    assert seen[0] == waiting["row"]
    assert seen[1:] == sorted(seen[1:])
    assert len(seen) == page["waiting"] == 7


def test_after_all_decisions_the_sums_still_add_up(dispatcher, runtime):
    answer = hand_in(dispatcher, SAMPLE)
    jobs.perform_due(runtime)
    for number, row in enumerate(dispatcher.get("/api/v1/reviews").json["items"]):
        if number % 2:
            decide(dispatcher, row, refuse="Tidak jelas.")
        else:
            decide(dispatcher, row, village_code=row["candidates"][0]["code"])

    found = report(dispatcher, answer)

    assert sums(found) == {"total": 412, "accepted": 397, "known": 0, "review": 0, "refused": 15}
    with runtime.db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Document)) == 397
        assert session.scalar(select(Import.review)) == 0
