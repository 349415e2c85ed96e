"""Documents leave only when somebody counts them out; what is missing stays with the office."""

from dispatch.store.db import new_id
from dispatch.store.models import Assignment, Attempt, Batch, LoadCheck, PlanBatch, Route, Shipment, Stop, StopBatch
from tests.dispatch.stories import (
    a_day,
    all_is_well,
    courier_phone,
    held,
    open_cases,
    rows,
    states,
    under_way,
)


def test_approval_moves_no_document(runtime):
    day = a_day(runtime, by_post=(2,))

    assert held(runtime, day.batch_ids[0]) == [("batched", "depot")] * 3
    assert sorted((a.partner, a.state) for a in rows(runtime, Assignment)) == [
        ("ojek_link", "offered"),
        ("post_counter", "accepted"),
    ]
    assert all_is_well(runtime)


def test_the_load_check_is_what_takes_documents_out(app, runtime):
    day, _ = under_way(app, runtime)

    assert held(runtime, day.batch_ids[0]) == [("out", "courier")] * 3
    assert states(runtime, Route, day.route_id) == ["under_way"]
    assert [a.state for a in rows(runtime, Assignment)] == ["accepted"]
    assert [a.state for a in rows(runtime, Attempt)] == ["pending"] * 5
    assert all_is_well(runtime)


def test_a_missing_batch_stays_with_the_office_and_its_stop_is_skipped(app, runtime):
    day = a_day(runtime, on_route=((3,), (2,)))
    phone = courier_phone(app, runtime, day.route_id)
    here, gone = day.batch_ids

    assert phone.load([here], [gone]).status_code == 200

    assert held(runtime, gone) == [("batched", "depot")] * 2
    assert states(runtime, Batch, here, gone) == ["out", "sealed"]
    assert states(runtime, Stop, *day.stop_ids) == ["pending", "skipped"]
    assert {p.batch_id: p.is_live for p in rows(runtime, PlanBatch)} == {here: True, gone: False}
    assert open_cases(runtime) == ["batch_missing"]
    assert all_is_well(runtime)


def test_a_stop_with_one_of_its_two_batches_is_still_visited(app, runtime):
    day = a_day(runtime, on_route=((3, 2),))
    phone = courier_phone(app, runtime, day.route_id)
    here, gone = day.batch_ids
    phone.load([here], [gone])

    phone.confirm(day.stop_ids[0])

    assert held(runtime, here) == [("at_village", "village_office")] * 3
    assert held(runtime, gone) == [("batched", "depot")] * 2
    assert [at.batch_id for at in rows(runtime, StopBatch)] == [here]
    assert states(runtime, Route, day.route_id) == ["completed"]
    assert all_is_well(runtime)


def test_what_is_not_ticked_is_asked_about_before_anything_moves(app, runtime):
    """The rider overlooked one; the page asks, and ticking it after all takes it along."""
    day = a_day(runtime)
    phone = courier_phone(app, runtime, day.route_id)
    here, overlooked = day.batch_ids

    asked = phone.load([here])
    assert f'name="missing" value="{overlooked}"' in asked.text
    assert states(runtime, Route, day.route_id) == ["planned"]
    phone.load([here, overlooked], [overlooked])

    assert held(runtime, overlooked) == [("out", "courier")] * 2
    assert open_cases(runtime) == []


def test_a_route_with_an_empty_bag_does_not_leave(app, runtime):
    day = a_day(runtime)
    phone = courier_phone(app, runtime, day.route_id)

    answer = phone.load([], day.batch_ids)

    assert answer.status_code == 422
    assert states(runtime, Route, day.route_id) == ["planned"]


def test_the_same_load_check_twice_is_one(app, runtime):
    day = a_day(runtime)
    phone = courier_phone(app, runtime, day.route_id)
    event_id = new_id()

    first = phone.load(day.batch_ids, event_id=event_id)
    again = phone.load(day.batch_ids, event_id=event_id)
    other = phone.load(day.batch_ids[:1], day.batch_ids[1:], event_id=event_id)

    assert first.json == again.json
    assert other.status_code == 422
    assert phone.load(day.batch_ids).status_code == 409  # another check of a route that has left
    assert len(list(rows(runtime, LoadCheck))) == 1


def test_the_counter_gets_one_list_and_takes_everything_over_at_once(runtime, sign_in):
    day = a_day(runtime, on_route=(), by_post=(2, 4))
    office = sign_in("dispatcher")

    paper = office.get(f"/api/v1/plans/{day.plan_id}/manifest.csv")
    again = office.get(f"/api/v1/plans/{day.plan_id}/manifest.csv")
    handed = office.post("/api/v1/shipments/handover", json={"shipments": day.shipment_ids, "clerk": "Bu Pos"})

    lines = paper.data.decode("utf-8-sig").splitlines()
    assert len(lines) == 3
    assert "Siti" not in paper.text  # offices, never citizens
    assert paper.headers["ETag"] == again.headers["ETag"]
    assert all(shipment["reference"] in paper.text for shipment in handed.json["items"])
    assert states(runtime, Shipment, *day.shipment_ids) == ["handed_to_partner"] * 2
    assert all_is_well(runtime)


def test_one_unknown_shipment_stops_the_whole_hand_over(runtime, sign_in):
    day = a_day(runtime, on_route=(), by_post=(2,))

    answer = sign_in("dispatcher").post("/api/v1/shipments/handover", json={"shipments": [*day.shipment_ids, "0" * 16]})

    assert answer.status_code == 404
    assert states(runtime, Shipment, *day.shipment_ids) == ["planned"]


def test_a_shipment_is_handed_over_once(runtime, sign_in):
    day = a_day(runtime, on_route=(), by_post=(2,))
    office = sign_in("dispatcher")
    body = {"shipments": day.shipment_ids}
    office.post("/api/v1/shipments/handover", json=body)

    assert office.post("/api/v1/shipments/handover", json=body).status_code == 409
    assert len(list(rows(runtime, Attempt))) == 2


def test_a_shipment_taken_back_frees_its_batch(runtime, sign_in):
    day = a_day(runtime, on_route=(), by_post=(2,))

    answer = sign_in("dispatcher").post(
        f"/api/v1/shipments/{day.shipment_ids[0]}/cancel", json={"reason": "ikut ojek besok"}
    )

    assert answer.json["state"] == "cancelled"
    assert [batch.state for batch in rows(runtime, Batch)] == ["sealed"]
    assert [a.state for a in rows(runtime, Assignment)] == ["cancelled"]
    assert all_is_well(runtime)
