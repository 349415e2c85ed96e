"""Budget lines and their ledger: committed when offered, realised when done, given back, corrected, never overdrawn."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from dispatch.errors import Invalid, OverBudget
from dispatch.jobs import perform_due
from dispatch.services import assignment, budgets, commitments, planning, tariffs
from dispatch.services.booking import book_shipment
from dispatch.services.ledger import ceiling, lines_of
from dispatch.services.tariffs import Prices
from dispatch.services.verify import verify
from dispatch.store.models import Assignment, LedgerEntry, Plan, Route, Shipment
from dispatch.store.states import move
from tests.databases import OFFICE
from tests.dispatch.finished import SARI, TUESDAY, WEDNESDAY_BEFORE, released
from tests.dispatch.stories import a_day, all_is_well, open_cases, under_way

PAGE = {"Accept": "text/html"}


def a_line(session, source="APBD", rupiah=1_000_000, **more):
    return budgets.add_line(
        session, OFFICE, year=2026, source=source, activity="2.12.03", account="5.1.02.01", name="Pengiriman dokumen",
        rupiah_granted=rupiah, by=SARI, **more,
    )  # fmt: skip


def lines(runtime, *pairs, **more) -> None:
    """Lines of the year, made before anything is offered."""
    with runtime.db.transaction() as session:
        for position, (source, rupiah) in enumerate(pairs, 1):
            a_line(session, source, rupiah, position=position, **more)
    runtime.clock.advance(timedelta(minutes=1))


def standing(runtime) -> dict[str, tuple[int, int, int]]:
    """Available, committed and realised of each line."""
    with runtime.db.reading() as session:
        found = lines_of(session, OFFICE, 2026)
        return {line.source: (line.available, line.committed, line.realised) for line in found}


def test_an_office_without_a_line_works_as_ever(runtime):
    a_day(runtime, by_post=(2,))

    with runtime.db.reading() as session:
        assert session.scalars(select(LedgerEntry)).all() == []
    assert all_is_well(runtime)


def test_offers_are_committed_and_the_finished_route_is_realised(app, runtime):
    """A route for Rp 100,000 and a shipment for Rp 9,000; the courier's minimum adds a line of its own."""
    lines(runtime, ("APBD", 1_000_000))
    with runtime.db.transaction() as session:
        tariffs.decide(session, OFFICE, Prices(rounding=15_000), valid_from=TUESDAY, reason="", by=SARI)

    day, phone = under_way(app, runtime, by_post=(2,))
    assert standing(runtime)["APBD"] == (1_000_000 - 114_000, 114_000, 0)

    for stop_id in day.stop_ids:
        assert phone.confirm(stop_id).status_code == 200
    assert standing(runtime)["APBD"] == (886_000, 9_000, 105_000)
    with runtime.db.reading() as session:
        booked = session.execute(select(LedgerEntry.act, LedgerEntry.item, LedgerEntry.rupiah).order_by("number")).all()
    assert ("realise", "rounding", 5_000) in [tuple(row) for row in booked]
    assert all_is_well(runtime)


def test_what_is_cancelled_is_given_back(runtime):
    lines(runtime, ("APBD", 200_000))
    day = a_day(runtime, by_post=(2,))

    with runtime.db.transaction() as session:
        assignment.cancel_route(session, OFFICE, day.route_id, by=SARI, why="hujan")
        assignment.cancel_shipment(session, OFFICE, day.shipment_ids[0], by=SARI, why="salah")

    assert standing(runtime)["APBD"] == (200_000, 0, 0)
    assert all_is_well(runtime)


def test_lines_pay_in_their_order_and_only_what_they_may(runtime):
    """DAK may pay the ojek alone and is used first; when it is short the route goes to APBD, the post always."""
    with runtime.db.transaction() as session:
        a_line(session, "DAK", 100_000, position=1, channels=["ojek"])
        a_line(session, "APBD", 300_000, position=2)
    runtime.clock.advance(timedelta(minutes=1))

    a_day(runtime, by_post=(2,))
    a_day(runtime, courier=1, first_village=10)

    assert standing(runtime) == {"DAK": (0, 100_000, 0), "APBD": (191_000, 109_000, 0)}
    assert all_is_well(runtime)


def test_a_line_for_one_kind_pays_only_for_that(runtime):
    with runtime.db.transaction() as session:
        a_line(session, "DAK", 500_000, position=1, kinds=["kia"])
        a_line(session, "APBD", 500_000, position=2, kinds=["ktp_el"])
    runtime.clock.advance(timedelta(minutes=1))

    a_day(runtime)

    assert standing(runtime)["DAK"] == (500_000, 0, 0)
    assert standing(runtime)["APBD"] == (400_000, 100_000, 0)


def test_a_plan_over_the_ceiling_is_refused_with_what_is_missing(runtime):
    day = a_day(runtime, by_post=(2,))
    lines(runtime, ("APBD", 104_500), ("DAK", 3_000))

    with runtime.db.transaction() as session:
        plan = session.get_one(Plan, day.plan_id)
        for row in (session.get_one(Route, day.route_id), session.get_one(Shipment, day.shipment_ids[0])):
            offer = assignment.live_assignment(session, row)
            move(session, offer, "expired" if offer.state == "offered" else "cancelled", by=SARI)
        with pytest.raises(OverBudget) as refused:
            commitments.refuse_short(session, plan)

        assert refused.value.fields[0].reason == (
            "pagu APBD 2026 Pengiriman dokumen kurang Rp 4.500: diperlukan Rp 109.000, yang masih tersedia Rp 107.500"
        )
    assert standing(runtime)["APBD"] == (104_500, 0, 0)


def test_nothing_can_be_offered_beyond_the_ceiling_whoever_offers(runtime):
    """The ledger follows the offer itself, so no caller can forget it; nothing of the use case remains."""
    lines(runtime, ("APBD", 50_000))

    with pytest.raises(OverBudget):
        a_day(runtime)

    with runtime.db.reading() as session:
        assert session.scalars(select(Assignment)).all() == []
    assert standing(runtime)["APBD"] == (50_000, 0, 0)


def test_a_year_without_a_line_is_refused_once_the_office_has_a_budget(session):
    a_line(session)

    assert not commitments.has_budget(session, OFFICE, 2025)
    assert commitments.has_budget(session, OFFICE, 2027)


def test_a_partner_changes_its_price(runtime):
    """Up: more is committed. Down: given back. Beyond the ceiling: the rest stands beside the order."""
    lines(runtime, ("APBD", 20_000))
    day = a_day(runtime, on_route=(), by_post=(2,))
    with runtime.db.transaction() as session:
        offer = book_shipment(session, OFFICE, day.shipment_ids[0], "reference", by=SARI)
        assert (offer.rupiah, offer.state) == (9_000, "intent")
        move(session, offer, "sending", by=SARI)
        move(session, offer, "accepted", by=SARI)
        offer.partner_reference = "X1"
        commitments.reprice(session, offer, 14_000, by=SARI)
        commitments.reprice(session, offer, 12_500, by=SARI)
        offer_id = offer.id
    assert standing(runtime)["APBD"] == (7_500, 12_500, 0)
    assert all_is_well(runtime)

    with runtime.db.transaction() as session:
        commitments.reprice(session, session.get_one(Assignment, offer_id), 25_000, by=SARI)
    assert standing(runtime)["APBD"] == (7_500, 12_500, 0)
    assert open_cases(runtime) == ["budget_short"]
    assert all_is_well(runtime)

    with runtime.db.transaction() as session:
        line = lines_of(session, OFFICE, 2026)[0]
        budgets.set_ceiling(session, OFFICE, line.id, 30_000, why="perubahan APBD", by=SARI)
    assert standing(runtime)["APBD"] == (5_000, 25_000, 0)
    with runtime.db.transaction() as session:
        offer = session.get_one(Assignment, offer_id)
        assert offer.uncovered == 0
        move(session, offer, "finished", by=SARI)
        commitments.reprice(session, offer, 24_000, by=SARI)
    assert standing(runtime)["APBD"] == (6_000, 0, 24_000)
    with runtime.db.reading() as session:
        assert verify(session, runtime.files, only=["orders-booked", "ledger-balances", "not-overdrawn"]) == []


def test_a_ceiling_is_never_lowered_below_what_is_spoken_for(runtime):
    lines(runtime, ("APBD", 200_000))
    a_day(runtime)
    with runtime.db.transaction() as session:
        line = lines_of(session, OFFICE, 2026)[0]
        budgets.set_ceiling(session, OFFICE, line.id, 150_000, why="efisiensi", by=SARI)
        assert (line.available, ceiling(line)) == (50_000, 150_000)
        with pytest.raises(Invalid) as refused:
            budgets.set_ceiling(session, OFFICE, line.id, 99_999, why="efisiensi", by=SARI)
    assert refused.value.fields[0].reason == "sudah terpakai Rp 100.000; pagu tidak boleh di bawahnya"
    assert all_is_well(runtime)


def test_an_order_that_no_line_pays_is_caught(runtime):
    lines(runtime, ("APBD", 200_000))
    a_day(runtime)
    with runtime.db.transaction() as session:
        session.execute(text("DELETE FROM ledger_entry WHERE assignment_id IS NOT NULL"))

    with runtime.db.reading() as session:
        found = verify(session, runtime.files, only=["orders-booked"])
    assert [finding.what.endswith("is offered and no line pays for it") for finding in found] == [True]


def test_the_database_itself_refuses_an_overdrawn_line(session):
    line = a_line(session)
    with pytest.raises(Exception, match="not_overdrawn"):
        session.execute(text(f"UPDATE budget_line SET available = -1 WHERE id = '{line.id}'"))


# ---- pages and programs ----------------------------------------------------------------------------------------------


def test_a_plan_over_the_ceiling_is_shown_and_refused_on_its_page(sign_in, runtime):
    lines(runtime, ("APBD", 1_000))
    with runtime.db.transaction() as session:
        released(session, 9, 9, printed_on=WEDNESDAY_BEFORE)
        plan_id = planning.request_plan(session, OFFICE, service_date=TUESDAY, seconds=1, by=SARI).id
    perform_due(runtime)
    clerk = sign_in("dispatcher")

    assert "pagu APBD 2026 Pengiriman dokumen kurang Rp" in clerk.get(f"/plans/{plan_id}", headers=PAGE).text
    refused = clerk.post(f"/api/v1/plans/{plan_id}/approve")
    assert refused.status_code == 409
    assert refused.json["type"].endswith("over-budget")
    assert "kurang Rp" in refused.json["errors"][0]["reason"]
    with runtime.db.transaction() as session:
        assert session.get_one(Plan, plan_id).state == "solved"
        budgets.set_ceiling(session, OFFICE, lines_of(session, OFFICE, 2026)[0].id, 9_000_000, why="perubahan", by=SARI)
    assert clerk.post(f"/api/v1/plans/{plan_id}/approve").status_code == 200
    with runtime.db.reading() as session:
        plan = session.get_one(Plan, plan_id)
        committed = sum(line.committed for line in lines_of(session, OFFICE, 2026))
        assert committed == plan.ojek_rupiah + plan.post_rupiah
    assert all_is_well(runtime)


def test_the_page_opens_lines_changes_ceilings_and_shows_every_entry(sign_in, runtime):
    boss = sign_in("supervisor")
    form = {
        "year": "2026", "source": "DAK", "activity": "2.12.03", "account": "5.1.02", "name": "Antar dokumen",
        "ceiling": "5000000", "position": "1", "channels": ["ojek", "post"],
    }  # fmt: skip
    assert boss.post("/budgets", data=form, headers=PAGE).status_code == 303
    runtime.clock.advance(timedelta(minutes=1))
    a_day(runtime, by_post=(2,))

    page = boss.get("/budgets", headers=PAGE).text
    for words in ("Antar dokumen", "Rp 5.000.000", "Rp 109.000", "Rp 4.891.000", "komitmen", "Ubah pagu"):
        assert words in page
    with runtime.db.reading() as session:
        line_id = lines_of(session, OFFICE, 2026)[0].id
    change = {"ceiling": "6000000", "why": "perubahan"}
    assert boss.post(f"/budgets/{line_id}/ceiling", data=change, headers=PAGE).status_code == 303
    looking = sign_in("viewer")
    assert "Rp 6.000.000" in looking.get(f"/budgets?line={line_id}", headers=PAGE).text
    assert looking.post(f"/budgets/{line_id}/ceiling", data=change, headers=PAGE).status_code == 403
    table = looking.get("/api/v1/ledger.csv").get_data(as_text=True).splitlines()
    assert len(table) == 1 + 4
    assert table[1].split(",")[6:11] == ["grant", "granted", "available", "", "5000000"]


def test_programs_keep_the_budget_too(sign_in, runtime):
    boss = sign_in("supervisor")
    new = {"year": 2026, "source": "APBD", "activity": "A", "account": "B", "name": "Antar", "ceiling": 300_000}

    made = boss.post("/api/v1/budgets", json=new)
    assert made.status_code == 201, made.text
    assert boss.post("/api/v1/budgets", json=new).status_code == 409
    runtime.clock.advance(timedelta(minutes=1))
    a_day(runtime)
    told = boss.get("/api/v1/budgets").json
    assert (told["ceiling"], told["committed"], told["available"], told["pace"]) == (300_000, 100_000, 200_000, 100_000)
    assert told["ends"] == "2026-11-26"  # what is left lasts for today and Wednesday
    low = boss.post(f"/api/v1/budgets/{made.json['id']}/ceiling", json={"ceiling": 5, "why": "hemat"})
    assert low.status_code == 422
    entries = boss.get("/api/v1/ledger").json["items"]
    assert [(entry["number"], entry["act"], entry["rupiah"]) for entry in entries] == [
        (2, "commit", 100_000), (1, "grant", 300_000),
    ]  # fmt: skip


def test_the_report_sets_the_cost_beside_other_ways(sign_in, runtime):
    a_day(runtime, on_route=((8,), (8,), (9,)), by_post=(4,))
    clerk = sign_in("dispatcher")

    told = clerk.get("/api/v1/costs?start=2026-11-01&end=2026-11-30").json

    assert told["documents"] == 29
    assert told["actual"] == 109_000
    assert [(one["name"], one["documents"], one["rupiah"]) for one in told["channels"]] == [
        ("ojek", 25, 100_000), ("post", 4, 9_000), ("partner", 0, 0),
    ]  # fmt: skip
    assert told["people"] == 1
    # a month's 21 working days of one person at Rp 2,450,000 for 22, 40 km at Rp 500, and the post as it was
    assert told["hired"] == round(2_450_000 * 21 / 22) + 20_000 + 9_000
    assert told["single_orders"] > told["all_post"] > 0
    assert "Satu pesanan ojek per dokumen" in clerk.get("/costs?start=2026-11-01&end=2026-11-30", headers=PAGE).text
    assert "Tidak ada dokumen" in clerk.get("/costs?start=2026-10-01&end=2026-10-30", headers=PAGE).text
    assert clerk.get("/api/v1/costs?start=2026-11-30&end=2026-11-01").status_code == 422
