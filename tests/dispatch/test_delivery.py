"""A whole route, resent and late confirmations, and the two orders in which courier and village may be heard."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from dispatch.store.db import new_id
from dispatch.store.models import (
    Assignment,
    Attempt,
    Batch,
    Document,
    Event,
    Plan,
    PlanBatch,
    Proof,
    Route,
    Shipment,
    Stop,
)
from tests.dispatch.stories import (
    a_day,
    all_is_well,
    courier_phone,
    documents_of,
    held,
    open_cases,
    rows,
    states,
    under_way,
    village_of,
    village_phone,
)


def test_a_whole_route_from_the_depot_to_the_citizens(app, runtime):
    """Two villages; the rider delivers both, each village counts, and the citizens fetch everything."""
    day, phone = under_way(app, runtime, on_route=((2,), (1, 1)))
    assert held(runtime, day.batch_ids[0]) == [("out", "courier")] * 2

    for stop_id in day.stop_ids:
        assert phone.confirm(stop_id, "arrived").status_code == 200
        assert phone.confirm(stop_id).status_code == 200
    for batch_id in day.batch_ids:
        desk = village_phone(app, runtime, village_of(runtime, batch_id))
        assert desk.count(batch_id).json["counted"]["missing"] == 0
        for document in documents_of(runtime, batch_id):
            assert desk.hand(document.id).status_code == 200

    assert states(runtime, Route, day.route_id) == ["completed"]
    assert states(runtime, Plan, day.plan_id) == ["closed"]
    assert states(runtime, Stop, *day.stop_ids) == ["done", "done"]
    assert states(runtime, Batch, *day.batch_ids) == ["closed"] * 3
    assert [held(runtime, batch_id)[0] for batch_id in day.batch_ids] == [("delivered", "citizen")] * 3
    assert {a.state for a in rows(runtime, Attempt)} == {"succeeded"}
    assert [a.state for a in rows(runtime, Assignment)] == ["finished"]
    assert not any(reserved.is_live for reserved in rows(runtime, PlanBatch))
    assert open_cases(runtime) == []
    assert all_is_well(runtime)


def test_a_resent_proof_changes_nothing(app, runtime):
    """The phone had no signal and sends the same confirmation twice."""
    day, phone = under_way(app, runtime)
    event_id = new_id()

    first = phone.confirm(day.stop_ids[0], event_id=event_id)
    events = len(list(rows(runtime, Event)))
    again = phone.confirm(day.stop_ids[0], event_id=event_id)

    assert first.json == again.json
    assert len(list(rows(runtime, Event))) == events
    assert len(list(rows(runtime, Proof))) == 1


def test_the_same_id_with_other_content_is_refused(app, runtime):
    day, phone = under_way(app, runtime)
    event_id = new_id()
    phone.confirm(day.stop_ids[0], event_id=event_id)

    other = phone.confirm(day.stop_ids[0], event_id=event_id, received_by="Orang lain")

    assert other.status_code == 422
    assert [proof.received_by for proof in rows(runtime, Proof)] == ["Bu Sari"]


def test_one_bad_item_does_not_block_the_others(app, runtime):
    """A phone that was offline sends its list; one entry belongs to nobody, one is broken."""
    day, phone = under_way(app, runtime)
    good = {"event_id": new_id(), "stop_id": day.stop_ids[0], "kind": "delivered", "received_by": "Bu Sari"}

    results = phone.send(
        {"event_id": new_id(), "stop_id": "0" * 16, "kind": "delivered", "received_by": "X"},
        {"event_id": new_id(), "stop_id": day.stop_ids[1], "kind": "delivered", "received_by": "X", "state": "done"},
        {"event_id": new_id(), "stop_id": day.stop_ids[1], "kind": "delivered"},
        "nothing",
        good,
        good,
    )

    assert [result["status"] for result in results] == [404, 422, 422, 422, 200, 200]
    assert results[4] == results[5]
    assert states(runtime, Stop, *day.stop_ids) == ["done", "pending"]


def test_a_list_in_the_wrong_order_ends_the_same(app, runtime):
    """The hand-over is heard before the arrival."""
    day, phone = under_way(app, runtime)
    done = {"event_id": new_id(), "stop_id": day.stop_ids[0], "kind": "delivered", "received_by": "Bu Sari"}
    there = {"event_id": new_id(), "stop_id": day.stop_ids[0], "kind": "arrived"}

    results = phone.send(done, there)

    assert [result["status"] for result in results] == [200, 200]
    assert not any(proof.is_conflict for proof in rows(runtime, Proof))
    with runtime.db.reading() as session:
        stop = session.get_one(Stop, day.stop_ids[0])
    assert stop.state == "done"
    assert stop.arrived_at is not None
    assert all_is_well(runtime)


def test_a_failed_stop_comes_back_and_is_counted_in(app, runtime, sign_in):
    """The village office is closed; the rider brings the documents back and the office counts them."""
    day, phone = under_way(app, runtime)
    office = sign_in("dispatcher")
    phone.confirm(day.stop_ids[0])

    phone.confirm(day.stop_ids[1], "failed", reason="KANTOR_DESA_TUTUP")
    assert held(runtime, day.batch_ids[1]) == [("returning", "courier")] * 2
    assert states(runtime, Route, day.route_id) == ["under_way"]
    answer = office.post(f"/api/v1/routes/{day.route_id}/return", json={"all": True})

    assert len(answer.json["ready"]) == 2
    assert held(runtime, day.batch_ids[1]) == [("ready", "depot")] * 2
    assert states(runtime, Batch, day.batch_ids[1]) == ["closed"]
    assert states(runtime, Route, day.route_id) == ["completed"]
    assert all(d.batch_id is None for d in documents_of(runtime, day.batch_ids[1]))
    assert all_is_well(runtime)


def test_what_the_rider_never_showed_anybody_is_counted_in_too(app, runtime, sign_in):
    """The shift is over; half the bag comes back without a word."""
    day, phone = under_way(app, runtime)
    phone.confirm(day.stop_ids[0])
    office = sign_in("dispatcher")
    one, other = (document.code for document in documents_of(runtime, day.batch_ids[1]))

    part = office.post(f"/api/v1/routes/{day.route_id}/return", json={"documents": [one]})
    assert (part.json["ready"], part.json["still_out"]) == ([one], [other])
    assert states(runtime, Route, day.route_id) == ["under_way"]
    office.post(f"/api/v1/routes/{day.route_id}/return", json={"documents": [other]})

    assert states(runtime, Stop, *day.stop_ids) == ["done", "skipped"]
    assert states(runtime, Route, day.route_id) == ["completed"]
    assert all_is_well(runtime)


def test_a_code_that_is_not_coming_back_is_not_counted_in(app, runtime, sign_in):
    day, phone = under_way(app, runtime)
    phone.confirm(day.stop_ids[0])
    (delivered, *_) = documents_of(runtime, day.batch_ids[0])

    answer = sign_in("dispatcher").post(f"/api/v1/routes/{day.route_id}/return", json={"documents": [delivered.code]})

    assert answer.status_code == 422
    assert held(runtime, day.batch_ids[0])[0] == ("at_village", "village_office")


def story_of_a_short_batch(app, runtime, order):
    """The rider says all three were handed over; the village finds two, one of them torn."""
    day, phone = under_way(app, runtime, on_route=((3,),))
    missing, torn, _ = documents_of(runtime, day.batch_ids[0])
    desk = village_phone(app, runtime, village_of(runtime, day.batch_ids[0]))
    for step in order:
        if step == "courier":
            assert phone.confirm(day.stop_ids[0]).status_code == 200
        else:
            result = {missing.id: "missing", torn.id: "damaged"}
            assert desk.count(day.batch_ids[0], result).status_code == 200
    return day


@pytest.mark.parametrize("order", [("courier", "village"), ("village", "courier")])
def test_courier_and_village_may_be_heard_in_either_order(app, runtime, order):
    day = story_of_a_short_batch(app, runtime, order)

    assert held(runtime, day.batch_ids[0]) == [
        ("at_village", "village_office"),  # contested: the courier says yes, the village no
        ("returning", "village_office"),
        ("at_village", "village_office"),
    ]
    assert states(runtime, Batch, *day.batch_ids) == ["closed"]
    assert states(runtime, Stop, *day.stop_ids) == ["done"]
    assert states(runtime, Route, day.route_id) == ["completed"]
    assert {(a.state, a.proof_id is not None) for a in rows(runtime, Attempt)} == {("succeeded", True)}
    assert open_cases(runtime) == ["damaged", "short_count"]
    assert all_is_well(runtime)


def test_before_the_courier_is_heard_what_the_village_missed_stays_with_the_courier(app, runtime):
    day = story_of_a_short_batch(app, runtime, ("village",))

    assert held(runtime, day.batch_ids[0])[0] == ("out", "courier")
    assert states(runtime, Batch, *day.batch_ids) == ["handed_over"]
    assert all_is_well(runtime)


def test_a_failure_after_the_village_counted_is_kept_and_shown(app, runtime):
    """Two people say the opposite; nobody is overwritten."""
    day, phone = under_way(app, runtime, on_route=((2,),))
    village_phone(app, runtime, village_of(runtime, day.batch_ids[0])).count(day.batch_ids[0])

    answer = phone.confirm(day.stop_ids[0], "failed", reason="MENOLAK")

    assert answer.json["is_conflict"]
    assert held(runtime, day.batch_ids[0]) == [("at_village", "village_office")] * 2
    assert open_cases(runtime) == ["proof_conflict"]
    assert all_is_well(runtime)


def test_a_route_whose_courier_never_confirmed_ends_with_the_offices_count(app, runtime, sign_in):
    """The village has counted everything, the rider's phone died."""
    day, _ = under_way(app, runtime, on_route=((2,),))
    village_phone(app, runtime, village_of(runtime, day.batch_ids[0])).count(day.batch_ids[0])

    answer = sign_in("dispatcher").post(f"/api/v1/routes/{day.route_id}/return", json={"all": True})

    assert answer.json == {"ready": [], "held": [], "still_out": []}
    assert states(runtime, Stop, *day.stop_ids) == ["done"]
    assert states(runtime, Batch, *day.batch_ids) == ["closed"]
    assert states(runtime, Route, day.route_id) == ["completed"]


def test_a_torn_document_comes_back_by_its_code_and_is_held(app, runtime, sign_in):
    day = story_of_a_short_batch(app, runtime, ("courier", "village"))
    torn = documents_of(runtime, day.batch_ids[0])[1]

    answer = sign_in("dispatcher").post(f"/api/v1/routes/{day.route_id}/return", json={"documents": [torn.code]})

    assert answer.json["held"] == [torn.code]
    assert states(runtime, Document, torn.id) == ["held"]
    assert all_is_well(runtime)


def test_what_a_person_gives_up_as_lost_is_lost_with_the_case(app, runtime, sign_in):
    """The village never got it, the courier has no more; the supervisor decides."""
    day = story_of_a_short_batch(app, runtime, ("courier", "village"))
    missing = documents_of(runtime, day.batch_ids[0])[0]
    office = sign_in("supervisor")
    case = next(c for c in office.get("/api/v1/cases").json["items"] if c["kind"] == "short_count")

    answer = office.post(
        f"/api/v1/cases/{case['id']}/close", json={"decision": "hilang di jalan", "lost": [missing.code]}
    )

    assert answer.status_code == 200
    assert held(runtime, day.batch_ids[0])[0] == ("lost", "village_office")
    assert all_is_well(runtime)


def test_a_document_lost_on_the_way_lets_the_route_end(app, runtime, sign_in):
    day, phone = under_way(app, runtime, on_route=((1,),))
    phone.confirm(day.stop_ids[0], "failed", reason="DOKUMEN_HILANG")
    (gone,) = documents_of(runtime, day.batch_ids[0])
    office = sign_in("supervisor")
    (case,) = office.get("/api/v1/cases").json["items"]

    office.post(f"/api/v1/cases/{case['id']}/close", json={"decision": "jatuh di sungai", "lost": [gone.code]})

    assert held(runtime, day.batch_ids[0]) == [("lost", "courier")]
    assert states(runtime, Batch, *day.batch_ids) == ["closed"]
    assert states(runtime, Route, day.route_id) == ["completed"]
    assert all_is_well(runtime)


def test_only_what_is_outside_the_office_can_be_lost(app, runtime, sign_in):
    day = story_of_a_short_batch(app, runtime, ("courier", "village"))
    elsewhere = documents_of(runtime, a_day(runtime, courier=1, first_village=20).batch_ids[0])[0]
    office = sign_in("supervisor")
    case = office.get("/api/v1/cases").json["items"][0]

    answer = office.post(f"/api/v1/cases/{case['id']}/close", json={"decision": "?", "lost": [elsewhere.code]})

    assert answer.status_code == 422
    assert len(office.get("/api/v1/cases").json["items"]) == 2  # nothing was decided
    assert held(runtime, day.batch_ids[0])[0] == ("at_village", "village_office")


def test_twins_of_one_confirmation_at_the_same_moment_are_one(app, runtime):
    """Two threads, one id: both get the same receipt, custody moves once."""
    day, phone = under_way(app, runtime)
    said = {"event_id": new_id(), "stop_id": day.stop_ids[0], "kind": "delivered", "received_by": "Bu Sari"}
    cookie = phone.client.get_cookie("antar_courier").value
    together = threading.Barrier(4)

    def send(_: int) -> dict:
        twin = app.test_client()
        twin.set_cookie("antar_courier", cookie)
        together.wait()
        return twin.post("/c/proofs", json={"proofs": [said]}).json["results"][0]

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(send, range(4)))

    assert [result["status"] for result in results] == [200] * 4
    assert all(result == results[0] for result in results)
    assert len(list(rows(runtime, Proof))) == 1
    assert all_is_well(runtime)


def test_courier_and_village_at_the_same_moment_end_like_one_after_the_other(app, runtime):
    day, phone = under_way(app, runtime, on_route=((3,),))
    desk = village_phone(app, runtime, village_of(runtime, day.batch_ids[0]))
    together = threading.Barrier(2)

    def courier() -> int:
        together.wait()
        return phone.confirm(day.stop_ids[0]).status_code

    def village() -> int:
        together.wait()
        return desk.count(day.batch_ids[0]).status_code

    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(courier), pool.submit(village)]
        assert [one.result() for one in done] == [200, 200]

    assert held(runtime, day.batch_ids[0]) == [("at_village", "village_office")] * 3
    assert states(runtime, Batch, *day.batch_ids) == ["closed"]
    assert states(runtime, Route, day.route_id) == ["completed"]
    assert open_cases(runtime) == []
    assert all_is_well(runtime)


def test_a_second_outcome_for_one_stop_is_kept_as_a_conflict(app, runtime):
    """Delivered after failed: stored, shown, and custody stays where the first proof put it."""
    day, phone = under_way(app, runtime)
    phone.confirm(day.stop_ids[0], "failed", reason="KANTOR_DESA_TUTUP")

    answer = phone.confirm(day.stop_ids[0])

    assert answer.status_code == 200
    assert answer.json["is_conflict"]
    assert states(runtime, Stop, day.stop_ids[0]) == ["failed"]
    assert held(runtime, day.batch_ids[0]) == [("returning", "courier")] * 3
    assert open_cases(runtime) == ["proof_conflict"]


def test_a_route_taken_back_before_it_left_frees_its_batches_and_its_link_dies(app, runtime, sign_in):
    """The rider had left the page open; nothing was in the bag yet."""
    day = a_day(runtime)
    phone = courier_phone(app, runtime, day.route_id)
    before_leaving = phone.confirm(day.stop_ids[0])
    assert before_leaving.status_code == 409
    sign_in("dispatcher").post(f"/api/v1/routes/{day.route_id}/cancel", json={"reason": "kurir sakit"})

    assert phone.confirm(day.stop_ids[0]).status_code == 410
    assert states(runtime, Batch, *day.batch_ids) == ["sealed", "sealed"]
    assert [d.state for d in documents_of(runtime, day.batch_ids[0])] == ["batched"] * 3
    assert states(runtime, Plan, day.plan_id) == ["closed"]
    assert all_is_well(runtime)


def test_a_confirmation_of_yesterday_evening_arrives_next_morning(app, runtime, clock):
    """Made before the day ended and signed, sent when there was signal again; one made today is not taken."""
    day, phone = under_way(app, runtime, with_key=True)
    yesterday = clock.now()
    clock.advance(timedelta(days=1))
    good = {"stop_id": day.stop_ids[0], "kind": "delivered", "received_by": "Bu Sari"}

    results = phone.send(
        phone.signed({**good, "event_id": new_id(), "device_at": clock.now().isoformat()}),
        phone.signed({**good, "event_id": new_id()}),
        {**good, "event_id": new_id(), "device_at": yesterday.isoformat()},
        phone.signed({**good, "event_id": new_id(), "device_at": yesterday.isoformat()}),
    )

    assert [result["status"] for result in results] == [410, 410, 410, 200]
    assert phone.client.get("/c/route", headers={"Accept": "text/html"}).status_code == 410
    assert states(runtime, Stop, day.stop_ids[0]) == ["done"]


def test_nothing_is_taken_in_a_week_later(app, runtime, clock):
    day, phone = under_way(app, runtime)
    then = clock.now()
    clock.advance(timedelta(days=9))

    answer = phone.confirm(day.stop_ids[0], device_at=then.isoformat())

    assert answer.status_code == 410


def test_a_lost_batch_opens_a_case(app, runtime):
    day, phone = under_way(app, runtime)

    phone.confirm(day.stop_ids[0], "failed", reason="DOKUMEN_HILANG")

    assert held(runtime, day.batch_ids[0]) == [("returning", "courier")] * 3
    assert open_cases(runtime) == ["lost_document"]


def test_the_post_is_delivered_when_the_village_has_counted(app, runtime, sign_in):
    """The counter tells nobody; the village's count ends the shipment and, with it, the plan."""
    day = a_day(runtime, on_route=(), by_post=(2,))
    sign_in("dispatcher").post("/api/v1/shipments/handover", json={"shipments": day.shipment_ids, "clerk": "Pak Pos"})
    with runtime.db.reading() as session:
        batch_id = session.scalars(select(Shipment.batch_id)).one()
    assert held(runtime, batch_id) == [("out", "partner")] * 2

    village_phone(app, runtime, village_of(runtime, batch_id)).count(batch_id)

    assert held(runtime, batch_id) == [("at_village", "village_office")] * 2
    assert states(runtime, Shipment, *day.shipment_ids) == ["delivered"]
    assert states(runtime, Batch, batch_id) == ["closed"]
    assert states(runtime, Plan, day.plan_id) == ["closed"]
    assert all_is_well(runtime)


def test_what_the_post_brings_back_is_counted_in(app, runtime, sign_in):
    day = a_day(runtime, on_route=(), by_post=(2,))
    office = sign_in("dispatcher")
    office.post("/api/v1/shipments/handover", json={"shipments": day.shipment_ids})

    answer = office.post(f"/api/v1/shipments/{day.shipment_ids[0]}/return", json={"all": True})

    assert len(answer.json["ready"]) == 2
    assert states(runtime, Shipment, *day.shipment_ids) == ["returned"]
    assert states(runtime, Plan, day.plan_id) == ["closed"]
    assert all_is_well(runtime)
