"""What carrying costs: dated, with a reason outside the decree's band, and one rupiah everywhere."""

from datetime import date

import pytest
from sqlalchemy import select, update

from dispatch.errors import Invalid
from dispatch.jobs import perform_due
from dispatch.services import bands, planning, tariffs
from dispatch.services.offices import set_up, tariff_on
from dispatch.services.post_prices import PostPrices, PostRule
from dispatch.services.tariffs import Prices
from dispatch.services.verify import verify
from dispatch.store.models import Assignment, Plan, Route, Tariff
from maps.gazetteer import gazetteer
from routing.fare import fare
from routing.jsonform import from_json
from routing.model import Solution
from routing.model import Tariff as Paid
from tests.databases import OFFICE
from tests.dispatch.finished import SARI, TUESDAY, WEDNESDAY_BEFORE, released
from tests.dispatch.stories import all_is_well

PAGE = {"Accept": "text/html"}
DECEMBER = date(2026, 12, 1)


def test_the_decree_in_force_and_the_zone_of_an_office():
    assert [bands.zone_of(code) for code in ("35.05", "32.71", "31.74", "32.73", "51.03", "52.01", "94.01")] == [
        "I", "II", "II", "I", "I", "III", "III",
    ]  # fmt: skip
    assert bands.band_on("35.05", TUESDAY).decree == "KP 667/2022"
    assert bands.band_on("35.05", date(2022, 8, 20)).decree == "KP 548/2020"  # KP 564/2022 was never applied
    assert bands.band_on("35.05", date(2019, 1, 1)) is None
    assert bands.band_on("91.01", TUESDAY).per_km == (2300, 2750)


def test_new_prices_count_from_their_day_on_and_change_nothing_before(session):
    old = tariff_on(session, OFFICE, TUESDAY)

    tariffs.decide(session, OFFICE, Prices(per_km=2400), valid_from=DECEMBER, reason="", by=SARI)
    again = tariffs.decide(session, OFFICE, Prices(per_km=2300), valid_from=DECEMBER, reason="salah ketik", by=SARI)

    assert tariff_on(session, OFFICE, date(2026, 11, 30)).id == old.id
    assert tariff_on(session, OFFICE, DECEMBER).id == again.id
    assert [(row.per_km, row.revision) for row in tariffs.history(session, OFFICE)][:2] == [(2300, 2), (2400, 1)]
    with pytest.raises(Invalid) as refused:
        tariffs.decide(session, OFFICE, Prices(), valid_from=date(2026, 11, 23), reason="", by=SARI)
    assert refused.value.fields[0].field == "valid_from"


def test_a_price_outside_the_band_needs_a_reason_that_is_kept(session):
    dear = Prices(base_fare=12_000, per_km=3_000)

    with pytest.raises(Invalid) as refused:
        tariffs.decide(session, OFFICE, dear, valid_from=TUESDAY, reason="", by=SARI)
    assert "tarif per km Rp 3.000, KP 667/2022 Zona I: Rp 2.000 sampai Rp 2.500" in refused.value.fields[0].reason

    row = tariffs.decide(session, OFFICE, dear, valid_from=TUESDAY, reason="perjanjian dengan paguyuban", by=SARI)
    assert (row.reason, row.decided_by) == ("perjanjian dengan paguyuban", "user:sari")


def test_an_office_of_another_zone_begins_inside_its_band(session):
    bogor = set_up(session, "32.01", gazetteer())

    first = tariff_on(session, bogor.code, TUESDAY)

    assert tariffs.beyond_band(bogor.code, tariffs.prices_in(first), TUESDAY) == []


def test_the_post_has_prices_by_service_destination_and_weight():
    rules = (
        PostRule(service="kilat", near=15_000, far=18_000, per_document=0),
        PostRule(service="reguler", destination="home", up_to_grams=50, near=8_000, far=9_500, per_document=0),
        PostRule(service="reguler", destination="home", near=12_000, far=14_000, per_document=100),
    )
    post = PostPrices(
        near=7000, far=9000, near_metres=12_000, per_document=400, rules=rules, service="reguler",
        urgent_service="kilat", grams_per_document=10,
    )  # fmt: skip

    assert post.of(5, 3_000) == 7_000 + 5 * 400
    assert post.of(3, 3_000, is_home=True) == 8_000
    assert post.of(4, 20_000, is_home=True) == 14_000 + 400  # 60 g
    assert post.of(4, 20_000, is_home=True, is_urgent=True) == 18_000


@pytest.mark.parametrize(
    ("minimum", "rounding", "charged"), [(0, 0, 23_412), (0, 500, 23_500), (25_000, 0, 25_000), (25_100, 1000, 26_000)]
)
def test_what_a_courier_charges_beyond_the_exact_fare(minimum, rounding, charged):
    tariff = Tariff(minimum=minimum, rounding=rounding)

    assert 23_412 + tariffs.rounding_of(tariff, 23_412) == charged


def test_the_search_and_the_offers_know_one_rupiah(runtime):
    """Odd prices, real plans: what the search weighed is the fare of the tariff and what is offered, to the rupiah."""
    with runtime.db.transaction() as session:
        odd = Prices(
            base_fare=9_137, per_km=2_311, per_stop=713, per_hour=1_777, platform_fee_bp=1_733, rounding=500,
            post_near=6_999, post_rules=(PostRule(service="reguler", near=37_111, far=48_111, per_document=333),),
        )  # fmt: skip
        tariffs.decide(session, OFFICE, odd, valid_from=TUESDAY, reason="uji", by=SARI)
        released(session, *([9] * 24), printed_on=WEDNESDAY_BEFORE)
        plan_id = planning.request_plan(session, OFFICE, service_date=TUESDAY, seconds=1, by=SARI).id
    perform_due(runtime)
    with runtime.db.transaction() as session:
        plan = session.get_one(Plan, plan_id)
        planning.approve(session, plan, by=SARI)
        solution = from_json(Solution, plan.solution)
        tariff = next(v for v in plan.problem["vehicles"])["tariff"]
        offers = session.scalars(select(Assignment)).all()
        routes = {row.courier_id: row for row in session.scalars(select(Route)).all()}

        assert solution.routes
        for found in solution.routes:
            by_tariff = fare(Paid(**tariff), found.paid_metres, len(found.visits), found.paid_seconds)
            assert found.fare == by_tariff == routes[found.vehicle_id].fare
        assert plan.ojek_rupiah == sum(o.rupiah for o in offers if o.route_id)
        assert plan.post_rupiah == sum(o.rupiah for o in offers if o.shipment_id)
    assert all_is_well(runtime)


def test_a_tariff_changed_by_hand_is_found(runtime):
    with runtime.db.transaction() as session:
        row = tariffs.decide(session, OFFICE, Prices(per_km=2_400), valid_from=TUESDAY, reason="", by=SARI)
        session.flush()
        session.execute(update(Tariff).where(Tariff.id == row.id).values(per_km=1))

        found = verify(session, runtime.files, only=["tariff-kept"])

        assert [finding.what for finding in found] == [f"tariff {row.id} is not what was decided"]


def test_the_page_shows_the_band_and_takes_new_prices(sign_in, runtime):
    boss = sign_in("supervisor")
    seen = boss.get("/tariffs", headers=PAGE)
    for words in ("KP 667/2022", "Zona I", "Simpan tarif"):
        assert words in seen.text
    assert "Simpan tarif" not in sign_in("viewer").get("/tariffs", headers=PAGE).text
    form = dict.fromkeys(Prices.__dataclass_fields__, "0") | {
        "base_fare": "9000", "base_metres": "4000", "per_km": "2200", "grams_per_document": "10", "hired_days": "22",
        "post_service": "reguler", "post_urgent_service": "kilat", "return_paid": "1", "valid_from": "2026-12-01",
        "rule_service": ["kilat", ""], "rule_destination": ["home", ""], "rule_up_to_grams": ["", ""],
        "rule_near": ["15000", ""], "rule_far": ["18000", ""], "rule_per_document": ["", ""],
    }  # fmt: skip

    assert boss.post("/tariffs", data=form, headers=PAGE).status_code == 303

    with runtime.db.reading() as session:
        row = tariff_on(session, OFFICE, DECEMBER)
        assert (row.base_fare, row.per_km, row.post_rules[0]["near"]) == (9000, 2200, 15_000)
    assert "Akan berlaku" in boss.get("/tariffs", headers=PAGE).text
    refused = boss.post("/tariffs", data=form | {"per_km": "9999"}, headers=PAGE)
    assert refused.status_code == 303
    assert "isi alasan" in boss.get("/tariffs", headers=PAGE).text.lower()


def test_programs_read_and_decide_tariffs_too(sign_in):
    boss = sign_in("supervisor")

    made = boss.post(
        "/api/v1/tariffs", json={"prices": {"per_km": 2600}, "reason": "bukit", "valid_from": "2026-12-01"}
    )
    assert made.status_code == 201, made.text
    assert made.json["beyond_band"] == ["tarif per km Rp 2.600, KP 667/2022 Zona I: Rp 2.000 sampai Rp 2.500"]
    assert boss.post("/api/v1/tariffs", json={"prices": {"per_km": 2600}}).status_code == 422
    told = boss.get("/api/v1/tariffs?date=2026-12-02").json
    assert told["in_force"]["reason"] == "bukit"
    assert told["band"]["decree"] == "KP 667/2022"
