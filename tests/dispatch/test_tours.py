"""Where the service cars go: villages ranked by what waits, tours for N cars over several days, far by road time."""

from datetime import date

import pytest
from sqlalchemy import select

from benchmarks.september_tours import answers as september
from benchmarks.september_tours import question
from dispatch.errors import Conflict
from dispatch.jobs import perform_due
from dispatch.services import outreach, tour_solve, tours, village_work
from dispatch.services.offices import rules_on
from dispatch.services.pasaran import is_market_day, market_days, pasaran_of
from dispatch.services.roads import estimate_of
from dispatch.services.tours import Terms
from dispatch.store.models import Depot, Document, Outreach, OutreachPlace, TourPlan
from dispatch.store.states import move
from routing.model import Limits, Point
from routing.travel.straight_line import StraightLine
from tests.databases import OFFICE
from tests.dispatch.finished import SARI, TUESDAY, finished, villages
from tests.dispatch.outreaches import WEDNESDAY, a_car, refuses
from tests.dispatch.stories import rows

FEW = Limits(iterations=60, seed=3)


def counted(session, people: int = 60) -> None:
    """So many people wait in ten villages all over the regency."""
    lines = "\n".join(f"{village.code},{people},0,2" for village in villages(session)[::25])
    assert village_work.set_work(session, OFFICE, lines, by=SARI) == 10


def asked(session, *, cars: int = 2, days: int = 3, **terms: int) -> TourPlan:
    for number in range(1, cars + 1):
        a_car(session, f"Mobil {number}", printers=2)
    return tours.request(session, OFFICE, first_day=WEDNESDAY, days=days, terms=Terms(**terms), seconds=4, by=SARI)


def answers(session, plan, limits=FEW):
    asked_of = tours.question_of(session, plan)
    ways = asked_of.estimate.matrix(tours.travel_points(asked_of), tours.PROFILE)
    return [
        tour_solve.found_for(asked_of, ways, cars, limits)
        for cars in (asked_of.cars, tours.with_one_more(asked_of.cars))
    ]


def test_s2_4_villages_are_ranked_by_what_waits_and_visited(session):
    first, second, third = villages(session)[:3]
    finished(session, first, 5)
    village_work.set_work(session, OFFICE, f"kode\tbelum rekam\n{second.code}\t30\t20\t4\n{third.code}\t7", by=SARI)

    ranked = village_work.waiting_work(session, OFFICE)

    assert [(one.village.code, one.total) for one in ranked[:3]] == [
        (second.code, 50),
        (third.code, 7),
        (first.code, 5),
    ]
    (today, _more) = answers(session, asked(session, cars=1, days=1, least_people=10))
    assert [stop["village_code"] for tour in today["tours"] for stop in tour["stops"]] == [second.code]


def test_counts_are_taken_in_all_or_none(session):
    code = villages(session)[0].code

    with refuses("work"):
        village_work.set_work(session, OFFICE, f"{code},5\n99.99.99.9999,3\n{code},viele", by=SARI)

    assert village_work.waiting_work(session, OFFICE)[0].total == 0


def test_s4_3_wonotirto_and_bakung_are_far_by_road_and_not_by_hand(session):
    """By straight line they are in the middle; the way round the Brantas and up the hills puts them on top."""
    places = villages(session)
    depot = session.scalars(select(Depot)).first()
    points = [Point(lat=depot.lat, lon=depot.lon), *(Point(lat=v.lat, lon=v.lon) for v in places)]
    roads = estimate_of(session, rules_on(session, OFFICE, TUESDAY)).matrix(points, tours.PROFILE)
    line = StraightLine(factor=1.4, speed_kmh=30).matrix(points, tours.PROFILE)

    far = village_work.far_districts(places, roads)
    straight = village_work.far_districts(places, line)

    assert {"Wonotirto", "Bakung"} <= set(far)
    assert "Wonotirto" not in straight
    assert far["Wonotirto"] > straight.get("Wonotirto", 0)


def test_s0_2_a_third_car_reaches_more_and_is_shown_beside_the_two(session):
    counted(session)

    two, three = answers(session, asked(session, cars=2, days=1))

    assert (two["vehicles"], three["vehicles"]) == (2, 3)
    assert three["people"] > two["people"] > 0
    assert two["per_person"] == round(two["rupiah"] / two["people"])
    for answer in (two, three):
        for tour in answer["tours"]:
            assert tour["stops"][0]["starts_s"] >= Terms().opens_s
            assert tour["returns_s"] <= Terms().returns_s


def test_with_equal_work_the_far_villages_are_worth_the_way(session):
    """Nobody marks them: the journey that their people are spared is what a visit is worth."""
    places = {v.district: v for v in villages(session)}
    near, far = places["Kanigoro"], places["Wonotirto"]
    village_work.set_work(session, OFFICE, f"{near.code},60\n{far.code},60", by=SARI)

    (today, _more) = answers(session, asked(session, cars=1, days=1, closes_s=11 * 3600, returns_s=13 * 3600))

    assert [stop["village_code"] for tour in today["tours"] for stop in tour["stops"]] == [far.code]


def test_the_same_seed_gives_the_same_tours(session):
    counted(session, 25)
    plan = asked(session, cars=1, days=1)

    assert answers(session, plan) == answers(session, plan)


def test_a_market_is_visited_on_its_day_only(session):
    village = villages(session)[0]
    village_work.set_work(session, OFFICE, f"{village.code},60", by=SARI)
    session.add(
        OutreachPlace(
            office=OFFICE, village_code=village.code, name="Pasar Pon", kind="pasar", lat=village.lat, lon=village.lon,
            market_days=pasaran_of(date(2026, 11, 26)),
        )
    )  # fmt: skip
    session.flush()

    (answer, _more) = answers(session, asked(session, cars=1, days=3))

    assert [(tour["day"], tour["stops"][0]["place"]) for tour in answer["tours"]] == [("2026-11-26", "Pasar Pon")]


@pytest.mark.parametrize(("day", "name"), [(date(1945, 8, 17), "legi"), (date(2026, 11, 24), "kliwon")])
def test_the_javanese_week_has_five_days(day, name):
    assert pasaran_of(day) == name
    assert is_market_day(f"{name}, minggu", day)
    assert is_market_day("", day)
    assert not is_market_day("senin", day)


def test_a_word_that_is_no_day_is_refused():
    with pytest.raises(ValueError, match="besok"):
        market_days("pon besok")


def test_a_chosen_answer_becomes_services_with_the_documents_of_their_villages(runtime):
    with runtime.db.transaction() as session:
        for village in villages(session)[:4]:
            finished(session, village, 6)
        village_work.set_work(session, OFFICE, "\n".join(f"{v.code},30" for v in villages(session)[:4]), by=SARI)
        plan_id = asked(session, cars=2, days=2).id
    assert perform_due(runtime) == 1

    with runtime.db.transaction() as session:
        plan = tours.tour_plan_of(session, OFFICE, plan_id)
        assert [one["vehicles"] for one in plan.answers] == [2, 3]
        made = tours.accept(session, plan, 2, by=SARI)
        assert sum(one.people_planned for one in made) == plan.answers[0]["people"] == 120
        assert sum(b.documents for one in made for b in outreach.batches_of(session, one)) == 24
        assert {d.state for d in session.scalars(select(Document))} == {"batched"}
        with pytest.raises(Conflict):
            tours.accept(session, plan, 2, by=SARI)

    with runtime.db.transaction() as session:
        # the cars are busy and the people promised: the next question finds neither
        later = asked(session, cars=2, days=2)
        asked_of = tours.question_of(session, later)
        assert asked_of.villages == ()
        assert [len(car.busy) > 0 for car in asked_of.cars].count(True) >= 1


def test_a_car_that_there_is_not_yet_cannot_be_sent(session):
    counted(session)
    plan = asked(session, cars=1, days=1)
    plan.answers = answers(session, plan)
    session.flush()
    move(session, plan, "solved", by=SARI)

    with refuses("vehicles"):
        tours.accept(session, plan, 2, by=SARI)
    assert session.scalars(select(Outreach)).all() == []


def test_a_plan_discarded_meanwhile_gets_no_answer(runtime):
    with runtime.db.transaction() as session:
        village_work.set_work(session, OFFICE, f"{villages(session)[0].code},30", by=SARI)
        plan = asked(session, cars=1, days=1)
        tours.discard(session, plan, by=SARI)
    perform_due(runtime)

    with runtime.db.reading() as session:
        assert session.scalars(select(TourPlan)).one().answers is None


def test_tours_are_asked_for_looked_at_and_chosen_on_their_pages(sign_in, runtime):
    page = {"Accept": "text/html"}
    with runtime.db.transaction() as session:
        a_car(session)
        codes = [village.code for village in villages(session)[:3]]
    sari = sign_in("dispatcher")
    sari.post("/tours/work", data={"work": "\n".join(f"{code},40,5,3" for code in codes)}, headers=page)
    sari.post("/tours/work", data={"work": "99.99, 5"}, headers=page)
    assert "tidak dikenal" in sari.get("/tours", headers=page).text
    place = {"village": codes[0], "name": "Masjid Agung", "kind": "masjid", "market_days": ""}
    sari.post("/tours/places", data=place, headers=page)
    sari.post("/tours/places", data={**place, "name": "Pasar", "market_days": "besok"}, headers=page)
    assert [one.name for one in rows(runtime, OutreachPlace)] == ["Masjid Agung"]

    asked_for = {"first_day": WEDNESDAY.isoformat(), "days": "2", "seconds": "2", "least_people": "10"}
    to = sari.post("/tours", data=asked_for, headers=page).location
    assert "menyusun tur" in sari.get(to, headers=page).text
    assert "X-Finished" not in sari.get(f"{to}/live", headers=page).headers
    perform_due(runtime)

    seen = sari.get(to, headers=page).text
    assert "Masjid Agung" in seen
    assert "90" in seen  # 45 people at one printer fill a day: two villages in two days
    assert sari.get(f"{to}/live", headers=page).headers["X-Finished"] == "1"
    assert sari.get(f"{to}/map?cars=2", headers=page).status_code == 200
    assert sign_in("viewer").post(f"{to}/accept", data={"vehicles": "1"}, headers=page).status_code == 403
    sari.post(f"{to}/accept", data={"vehicles": "1"}, headers=page)
    assert sum(one.people_planned for one in rows(runtime, Outreach)) == 90
    assert sign_in("dispatcher", "35.03").get(to, headers=page).status_code == 404


def test_s4_3_the_cars_go_to_wonotirto_and_bakung_in_september_2016():
    """The worked example of docs/outreach.md, its first two days."""
    asked_for = question(cars=2, printers=2, days=2)

    two, three = september(asked_for, FEW)

    assert {village.district for village in asked_for.villages} == {"Wonotirto", "Bakung"}
    assert len(two["tours"]) == 4
    assert len(three["tours"]) == 6
    # after an hour and more of road each way, two printers serve more than a hundred people a day
    assert 4 * 100 < two["people"] < three["people"] < 6 * 150
