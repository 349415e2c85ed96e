"""What the office holds: fetched at the counter, sent again, or withdrawn, always by a person."""

import re
from datetime import timedelta

import pytest

from dispatch.store.models import Document, Proof
from tests.dispatch.stories import all_is_well, documents_of, held, rows
from tests.dispatch.test_policy_stories import adopt, at_home, counted_in

PAGE = {"Accept": "text/html"}


@pytest.fixture
def kept(app, runtime, sign_in) -> Document:
    """A card whose holder did not give up the old one; it waits in the office."""
    adopt(runtime, "nganjuk_cod")
    day, phone = at_home(app, runtime)
    phone.confirm(day.stop_ids[0], "failed", reason="KTP_LAMA_TIDAK_DISERAHKAN")
    counted_in(sign_in, day)
    (document,) = documents_of(runtime, day.batch_ids[0])
    return document


def state(runtime, document: Document) -> tuple[str, str, str]:
    with runtime.db.reading() as session:
        now = session.get_one(Document, document.id)
    return now.state, now.holder_kind, now.destination


def form(page: str, **more: str) -> dict[str, str]:
    event_id = re.search(r'name="event_id" value="([^"]+)"', page).group(1)
    return {"event_id": event_id, "received_by": "Siti", "relation": "Orangnya sendiri", **more}


def test_the_page_says_why_and_until_when(kept, sign_in, clock):
    page = sign_in("viewer").get("/held", headers=PAGE).text

    assert "KTP lama tidak diserahkan, percobaan ke-1: <b>menunggu diambil</b> di kantor Dukcapil" in page
    assert "sampai Sel 22 Des" in page
    assert "lewat waktu" not in page
    clock.advance(timedelta(days=60))
    assert "lewat waktu" in sign_in("viewer").get("/held", headers=PAGE).text


def test_the_citizen_comes_with_the_old_card(kept, sign_in, runtime):
    sari = sign_in("dispatcher")
    said = form(sari.get("/held", headers=PAGE).text)

    sari.post(f"/held/{kept.id}/fetched", data=said, headers=PAGE)
    assert "KTP lama" in sari.get("/held", headers=PAGE).text
    assert state(runtime, kept)[0] == "held"
    for _ in range(2):  # pressed twice
        sari.post(f"/held/{kept.id}/fetched", data={**said, "old_cards": "1"}, headers=PAGE)

    assert state(runtime, kept)[:2] == ("delivered", "citizen")
    assert [proof.old_cards for proof in rows(runtime, Proof) if proof.kind == "delivered"] == [1]
    assert all_is_well(runtime)


def test_a_neighbour_gets_nothing_at_the_counter(kept, sign_in, runtime):
    sari = sign_in("dispatcher")
    said = form(sari.get("/held", headers=PAGE).text, relation="Tetangga", old_cards="1")

    sari.post(f"/held/{kept.id}/fetched", data=said, headers=PAGE)

    assert "Yang boleh menerima: Orangnya sendiri, Keluarga satu KK" in sari.get("/held", headers=PAGE).text
    assert state(runtime, kept)[0] == "held"


def test_it_goes_out_again_to_the_village_desk(kept, sign_in, runtime):
    said = {"destination": "village_office", "why": "warga minta lewat desa"}

    sign_in("dispatcher").post(f"/held/{kept.id}/again", data=said, headers=PAGE)

    assert state(runtime, kept) == ("ready", "depot", "village_office")
    assert all_is_well(runtime)


def test_only_a_supervisor_withdraws(kept, sign_in, runtime):
    refused = sign_in("dispatcher").post(f"/held/{kept.id}/withdraw", data={"why": "dicetak ulang"}, headers=PAGE)
    assert refused.status_code == 403

    sign_in("supervisor").post(f"/held/{kept.id}/withdraw", data={"why": "dicetak ulang"}, headers=PAGE)

    assert state(runtime, kept)[:2] == ("withdrawn", "depot")
    assert all_is_well(runtime)


def test_a_torn_document_waits_for_its_new_print(app, runtime, sign_in):
    day, phone = at_home(app, runtime)
    phone.confirm(day.stop_ids[0], "failed", reason="DOKUMEN_RUSAK")
    counted_in(sign_in, day)

    assert "perlu dicetak ulang" in sign_in("supervisor").get("/held", headers=PAGE).text
    assert held(runtime, day.batch_ids[0]) == [("held", "depot")]
