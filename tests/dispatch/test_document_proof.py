"""The proof of one document: downloaded today, checked against the trail on any later day."""

import io
import json

import pytest
from click.testing import CliRunner
from PIL import Image
from pypdf import PdfReader
from sqlalchemy import text

from dispatch.cli import antar
from dispatch.jobs import perform_due
from dispatch.services.custody_proof import check_file
from dispatch.store.models import Recipient
from tests.databases import OTHER_OFFICE
from tests.dispatch.stories import documents_of, under_way, village_of, village_phone


def a_photo() -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (900, 700), "steelblue").save(kept, "JPEG")
    return kept.getvalue()


@pytest.fixture
def handed(app, runtime):
    """A document whose whole life is behind it: road, village, citizen; the courier took a photo."""
    day, phone = under_way(app, runtime, on_route=((2,),))
    phone.confirm(day.stop_ids[0], photo=(io.BytesIO(a_photo()), "foto.jpg"))
    perform_due(runtime)
    desk = village_phone(app, runtime, village_of(runtime, day.batch_ids[0]))
    desk.count(day.batch_ids[0])
    document = documents_of(runtime, day.batch_ids[0])[0]
    assert desk.hand(document.id).status_code == 200
    return document


def proof_of(client, document) -> dict:
    answer = client.get(f"/api/v1/documents/{document.id}/proof")
    assert answer.status_code == 200, answer.text
    return answer.json


def problems(runtime, body: dict) -> list[str]:
    with runtime.db.reading() as session:
        return check_file(session, body)


def test_the_story_is_told_from_hand_to_hand(handed, sign_in):
    proof = proof_of(sign_in("viewer"), handed)

    assert [step["state"] for step in proof["story"]] == ["ready", "batched", "out", "at_village", "delivered"]
    assert [(step["from"], step["to"]) for step in proof["story"][2:]] == [
        ("kantor Dukcapil", "kurir Ojek 1"),
        ("kurir Ojek 1", proof["story"][3]["to"]),
        (proof["story"][3]["to"], "warga"),
    ]
    assert proof["story"][2]["at"] == "2026-11-24T08:00:00+07:00"
    arrived = proof["story"][3]["evidence"]
    assert arrived["what"] == "bukti lapangan"
    assert len(arrived["sha256_kept"]) == 64
    assert proof["chain"]["seq"] > proof["events"][-1]["seq"] - 1


def test_a_proof_matches_the_trail_also_after_more_has_happened(app, runtime, handed, sign_in):
    viewer = sign_in("viewer")
    proof = proof_of(viewer, handed)
    assert problems(runtime, proof) == []

    under_way(app, runtime, on_route=((1,),), courier=1, first_village=6)

    assert problems(runtime, proof) == []
    assert proof_of(viewer, handed)["chain"]["seq"] > proof["chain"]["seq"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda p: p["events"][4].update(actor_id="somebody"), "does not have the hash"),
        (lambda p: p["events"].pop(2), "from the first on"),
        (lambda p: p["chain"].update(hash="0" * 64), "no longer passes"),
        (lambda p: p["document"].update(id="0" * 16), "is not about document"),
    ],
)
def test_a_proof_that_was_changed_is_found_out(runtime, handed, sign_in, change, told):
    proof = proof_of(sign_in("viewer"), handed)

    change(proof)

    assert any(told in problem for problem in problems(runtime, proof))


@pytest.mark.parametrize(
    "rewritten",
    [
        "UPDATE event SET actor_id = 'somebody' WHERE to_state = 'delivered'",
        "UPDATE event SET hash = prev_hash WHERE to_state = 'delivered'",
        "DELETE FROM event WHERE to_state = 'delivered'",
        "UPDATE chain_head SET hash = 'GENESIS'",
    ],
)
def test_a_trail_that_was_rewritten_is_found_out(runtime, handed, sign_in, rewritten):
    proof = proof_of(sign_in("viewer"), handed)
    with runtime.db.transaction() as session:
        session.execute(text(rewritten))

    assert problems(runtime, proof)


def test_the_command_says_whether_a_file_matches(runtime, settings, handed, sign_in, tmp_path, monkeypatch):
    file = tmp_path / "bukti.json"
    proof = proof_of(sign_in("viewer"), handed)
    monkeypatch.setenv("ANTAR_HOME", str(settings.home))
    monkeypatch.setenv("ANTAR_DATABASE_URL", settings.database_url)

    file.write_text(json.dumps(proof))
    good = CliRunner().invoke(antar, ["proof-check", str(file)])
    proof["events"][0]["why"] = "another"
    file.write_text(json.dumps(proof))
    bad = CliRunner().invoke(antar, ["proof-check", str(file)])
    file.write_text("{}")
    none = CliRunner().invoke(antar, ["proof-check", str(file)])

    assert (good.exit_code, good.output) == (0, "bukti.json matches the trail.\n")
    assert bad.exit_code == 1
    assert "does not match the trail" in bad.output
    assert none.exit_code == 2


def test_the_printed_proof_shows_the_photo_to_the_office_and_not_to_programs(runtime, handed, sign_in, api_client):
    with runtime.db.transaction() as session:
        session.get_one(Recipient, handed.recipient_id).name = "Siti Rahmawati"
        session.execute(text("UPDATE document SET source = 'nobody'"))
    office = PdfReader(io.BytesIO(sign_in("viewer").get(f"/api/v1/documents/{handed.id}/proof.pdf").data))
    said = " ".join(" ".join(page.extract_text() for page in office.pages).split())
    program = api_client("documents:read")

    assert "BUKTI PERJALANAN DOKUMEN" in said
    assert "Siti Rahmawati" in said
    assert "24 November 2026 08.00 WIB" in said
    assert "kurir Ojek 1" in said
    assert "ujung rantai" in said
    assert sum(len(page.images) for page in office.pages) == 1
    assert program.get(f"/api/v1/documents/{handed.id}/proof.pdf").status_code == 404  # not its own

    with runtime.db.transaction() as session:
        source = session.execute(text("SELECT id FROM api_client")).scalar_one()
        session.execute(text("UPDATE document SET source = :source"), {"source": f"client:{source}"})
    own = program.get(f"/api/v1/documents/{handed.id}/proof.pdf")
    assert own.status_code == 200
    assert sum(len(page.images) for page in PdfReader(io.BytesIO(own.data)).pages) == 0


def test_another_office_finds_nothing(handed, sign_in):
    elsewhere = sign_in("supervisor", OTHER_OFFICE)

    assert elsewhere.get(f"/api/v1/documents/{handed.id}/proof").status_code == 404
    assert elsewhere.get(f"/api/v1/documents/{handed.id}/proof.pdf").status_code == 404
