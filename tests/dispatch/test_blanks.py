"""Rows S2.5 and S3.2 of the domain: blanks as a stock, cards that wait for them, and prints within the day's quota."""

import threading
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select

from dispatch.errors import Conflict, Invalid
from dispatch.services import batching, blanks, printing, quotas
from dispatch.services.intake import desk_of, settle, weigh
from dispatch.services.verify import verify
from dispatch.store.db import new_id
from dispatch.store.models import BlankMovement, Depot, Document, ExceptionCase, PrintLine
from tests.databases import OFFICE
from tests.dispatch.finished import SARI, TUESDAY, villages
from tests.dispatch.recorded import depot_of, recorded, with_blanks


def test_s2_5_waiting_for_a_blank_is_a_state_before_ready(session, runtime):
    """Ten are recorded, four blanks are there: four are printed, one of them badly; the others wait."""
    village = villages(session)[0]
    cards = recorded(session, village, 10)
    depot = with_blanks(session, village, 4)

    run = printing.begin_run(session, OFFICE, depot.id, by=SARI)
    assert [card.state for card in cards] == ["printing"] * 4 + ["waiting_blank"] * 6
    printing.end_run(session, OFFICE, run.id, spoiled=[cards[3].id], by=SARI)

    assert [card.state for card in cards] == ["ready"] * 3 + ["waiting_blank"] * 7
    assert blanks.stock(session, OFFICE) == {(depot.id, "ktp_el"): 0}
    with pytest.raises(Invalid) as refused:
        printing.begin_run(session, OFFICE, depot.id, by=SARI)
    assert refused.value.fields[0].reason == "blangko habis"
    # only what is printed can leave
    assert batching.release(session, OFFICE, by=SARI, villages=[village.code]).documents == 3
    assert verify(session, runtime.files) == []


def test_a_card_that_was_not_printed_gives_its_blank_back(session, runtime):
    village = villages(session)[0]
    cards = recorded(session, village, 3)
    depot = with_blanks(session, village, 3)
    run = printing.begin_run(session, OFFICE, depot.id, by=SARI)

    printing.end_run(session, OFFICE, run.id, unused=[cards[0].id], by=SARI)

    assert blanks.stock(session, OFFICE) == {(depot.id, "ktp_el"): 1}
    with pytest.raises(Conflict):
        printing.end_run(session, OFFICE, run.id, by=SARI)
    assert verify(session, runtime.files) == []


def test_urgent_cards_come_first_then_the_oldest_and_each_on_its_own_blank(session):
    village = villages(session)[0]
    (new,) = recorded(session, village, 1)
    (old,) = recorded(session, village, 1, on=date(2026, 11, 20))
    (child,) = recorded(session, village, 1, on=date(2026, 11, 2), kind="kia")
    (urgent,) = recorded(session, village, 1, urgent=True)
    depot = with_blanks(session, village, 2)

    printing.begin_run(session, OFFICE, depot.id, by=SARI)

    assert [card.state for card in (urgent, old, new, child)] == ["printing"] * 2 + ["waiting_blank"] * 2


def test_s3_2_a_day_prints_no_more_than_its_quota_and_its_printers(session, clock):
    """500 invitations a day are 500 blanks a day; a broken printer makes it fewer."""
    village = villages(session)[0]
    recorded(session, village, 12)
    depot = with_blanks(session, village, 100)
    terms = quotas.Terms(queue_per_day=500, prints_per_day=5, urgent_per_village=1, urgent_needs_grant=False)
    quotas.decide_quota(session, OFFICE, terms, valid_from=TUESDAY, why="uji", by=SARI)

    assert printing.begin_run(session, OFFICE, depot.id, by=SARI, at_most=3).documents == 3
    assert printing.begin_run(session, OFFICE, depot.id, by=SARI).documents == 2
    assert printing.room_today(session, OFFICE, depot.id) == 0
    clock.at = datetime(2026, 11, 25, 1, tzinfo=UTC)
    printer = printing.add_printer(session, OFFICE, depot.id, name="Fargo 1", cards_per_hour=44)
    printing.add_printer(session, OFFICE, depot.id, name="Fargo 2", cards_per_hour=44)
    assert printing.room_today(session, OFFICE, depot.id) == 5
    quotas.decide_quota(session, OFFICE, quotas.shipped(OFFICE), valid_from=date(2026, 11, 25), why="kembali", by=SARI)
    assert printing.room_today(session, OFFICE, depot.id) == 400  # two make 660 in seven and a half hours
    printing.set_printer(session, OFFICE, printer.id, is_active=False, note="head rusak")
    assert printing.room_today(session, OFFICE, depot.id) == 330


def test_a_transfer_of_blanks_is_counted_at_both_ends(session, runtime):
    village = villages(session)[0]
    depot = with_blanks(session, village, 500)
    wlingi = Depot(office=OFFICE, name="Wlingi", lat=-8.08, lon=112.32)
    session.add(wlingi)
    session.flush()

    sent = blanks.send(session, OFFICE, from_depot=depot.id, to_depot=wlingi.id, blank="ktp_el", pieces=200, by=SARI)
    assert blanks.stock(session, OFFICE) == {(depot.id, "ktp_el"): 300}
    assert [row.id for row in blanks.on_the_way(session, OFFICE)] == [sent.id]
    blanks.arrive(session, OFFICE, sent.id, 198, by=SARI)

    assert blanks.stock(session, OFFICE)[wlingi.id, "ktp_el"] == 198
    assert session.scalars(select(ExceptionCase.kind)).all() == ["blanks_differ"]
    assert verify(session, runtime.files) == []
    with pytest.raises(Conflict):
        blanks.arrive(session, OFFICE, sent.id, 200, by=SARI)
    with pytest.raises(Conflict, match="only 300"):
        blanks.send(session, OFFICE, from_depot=depot.id, to_depot=wlingi.id, blank="ktp_el", pieces=301, by=SARI)


def test_two_print_runs_at_once_share_the_blanks(runtime):
    """Real threads: two clerks press the button together."""
    with runtime.db.transaction() as session:
        village = villages(session)[0]
        recorded(session, village, 30)
        depot_id = with_blanks(session, village, 10).id

    def press() -> None:
        try:
            runtime.db.transact(lambda s: printing.begin_run(s, OFFICE, depot_id, by=SARI, at_most=7))
        except Invalid:
            refused.append(1)

    refused: list[int] = []
    threads = [threading.Thread(target=press) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with runtime.db.reading() as session:
        assert session.scalar(select(func.count()).select_from(PrintLine)) == 10
        assert blanks.stock(session, OFFICE)[depot_id, "ktp_el"] == 0
        assert verify(session, runtime.files) == []
    assert refused == [1]


def test_a_finished_card_that_was_recorded_is_printed_by_its_report(session, runtime):
    """The print program reports it under the same number: the card is ready, a blank is gone, nothing is twice."""
    depot = with_blanks(session, villages(session)[0], 3)
    desk = desk_of(session, runtime.keys, OFFICE, source="office")
    waiting = desk.__class__(**{**{f: getattr(desk, f) for f in desk.__slots__}, "as_state": "waiting_blank"})
    settle(session, waiting, [weigh(waiting, 1, cells(printed_on="2026-11-20"))], by=SARI)

    (paper,) = settle(session, waiting, [weigh(waiting, 2, cells(kind="KK", request_number="R-9"))], by=SARI)
    (stranger,) = settle(session, desk, [weigh(desk, 1, cells(nik="3505104107900002"))], by=SARI)
    (report,) = settle(session, desk, [weigh(desk, 1, cells())], by=SARI)

    assert (paper.verdict, paper.faults[0].rule) == ("refused", "no_blank")
    assert (stranger.verdict, report.verdict) == ("refused", "known")
    card = session.scalars(select(Document)).one()
    assert (card.state, card.printed_on) == ("ready", TUESDAY)
    assert blanks.stock(session, OFFICE)[depot.id, "ktp_el"] == 2
    assert verify(session, runtime.files) == []


def test_verify_finds_blanks_and_prints_that_do_not_add_up(session, runtime):
    village = villages(session)[0]
    recorded(session, village, 2)
    depot = with_blanks(session, village, 2)
    run = printing.begin_run(session, OFFICE, depot.id, by=SARI, at_most=1)
    session.add(
        BlankMovement(
            id=new_id(), office=OFFICE, depot_id=depot.id, blank="ktp_el", kind="print", pieces=-1, run_id=run.id,
            moved_by=str(SARI), moved_at=run.begun_at,
        )
    )  # fmt: skip
    session.scalars(select(PrintLine)).one().outcome = "printed"
    session.flush()

    found = {finding.check for finding in verify(session, runtime.files)}

    assert found == {"blanks-add-up", "blank-for-card", "printing-somewhere"}


def test_verify_finds_a_transfer_and_a_grant_that_nobody_answers_for(session, runtime):
    village = villages(session)[0]
    depot = with_blanks(session, village, 50)
    wlingi = Depot(office=OFFICE, name="Wlingi", lat=-8.08, lon=112.32)
    session.add(wlingi)
    session.flush()
    sent = blanks.send(session, OFFICE, from_depot=depot.id, to_depot=wlingi.id, blank="ktp_el", pieces=20, by=SARI)
    sent.received, sent.received_at = 19, sent.sent_at
    new = quotas.NewGrant(
        request_number="M-1", village_code=village.code, need="bpjs", village_reference="1", district_reference="2"
    )
    quotas.grant_urgent(session, OFFICE, new, by=SARI).district_reference = ""
    session.flush()

    found = {finding.check for finding in verify(session, runtime.files)}

    assert found == {"blanks-transferred", "blanks-differ", "urgent-on-paper"}


def test_a_day_is_printed_on_its_page(sign_in, runtime):
    with runtime.db.transaction() as session:
        village = villages(session)[0]
        cards = recorded(session, village, 3)
        codes = [card.code for card in cards]
        depot_id = depot_of(session, village).id
    sari, tono = sign_in("dispatcher"), sign_in("viewer")

    form = {"what": "receipt", "depot_id": depot_id, "blank": "ktp_el", "pieces": "6000", "reference": "SJ 12"}
    assert sari.post("/capacity/blanks", data=form).status_code == 303
    assert tono.post("/capacity/blanks", data=form).status_code == 403
    sari.post("/capacity/runs", data={"depot_id": depot_id})
    page = tono.get("/capacity").text
    assert "3 kartu sedang dicetak" not in page  # a viewer has no buttons
    run_id = sari.get("/capacity").text.partition("/capacity/runs/")[2][:16]
    sari.post(f"/capacity/runs/{run_id}/end", data={"spoiled": codes[0].lower(), "unused": ""})

    numbers = tono.get("/api/v1/capacity").json
    (point,) = numbers["points"]
    assert (point["waiting"], point["printing"], point["printed"], point["blanks"]) == (1, 0, 2, {"ktp_el": 5997})
    assert numbers["days_of_blanks"] == 14
    assert "Kapasitas" in tono.get("/capacity").text
    assert "menunggu blangko" in tono.get("/documents?state=waiting_blank").text


def test_cards_are_recorded_and_printed_by_the_api(api_client, sign_in, runtime):
    siap, sari = api_client("documents:write", "documents:read"), sign_in("dispatcher")
    answer = siap.post("/api/v1/print-queue", json={"items": [cells(), cells(request_number="")]})

    assert (answer.json["accepted"], answer.json["refused"]) == (1, 1)
    card = answer.json["items"][0]["document"]
    assert (card["state"], card["promised_on"] > "2026-11-24") == ("waiting_blank", True)
    with runtime.db.reading() as session:
        depot_id = session.scalars(select(Depot.id).where(Depot.office == OFFICE)).one()
    receipt = {"depot_id": depot_id, "pieces": 100}
    assert sari.post("/api/v1/blanks/receipts", json=receipt).json["stock"] == {depot_id: {"ktp_el": 100}}
    assert sari.post("/api/v1/blanks/announcements", json=receipt | {"expected_on": "2026-12-10"}).status_code == 201
    run = sari.post("/api/v1/print-runs", json={"depot_id": depot_id})
    assert (run.status_code, run.json["documents"]) == (201, 1)
    ended = sari.post(f"/api/v1/print-runs/{run.json['id']}/end", json={})
    assert ended.json["lines"][0]["outcome"] == "printed"
    assert siap.get(f"/api/v1/documents?request_number={card['request_number']}").json["items"][0]["state"] == "ready"


def cells(**other: str) -> dict[str, str]:
    found = {
        "request_number": "R-1",
        "kind": "KTP-el",
        "nik": "3505104107900001",
        "name": "Siti Aminah",
        "village_code": "35.05.10.2006",
        "printed_on": "2026-11-24",
    } | other
    return {name: value for name, value in found.items() if value}
