"""What the office sees of its routes and shipments, and what it can take back."""

import pytest
from click.testing import CliRunner

from dispatch.commands.partner import partner
from dispatch.errors import Invalid
from dispatch.services import partner_accounts
from dispatch.store.models import Assignment, Batch, Link, Plan, Route, Stop
from tests.databases import OFFICE
from tests.dispatch.stories import a_day, all_is_well, courier_phone, open_cases, rows, states, under_way

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_the_routes_of_a_day_are_listed_with_their_progress(app, runtime, sign_in):
    day, phone = under_way(app, runtime)
    phone.confirm(day.stop_ids[0])
    office = sign_in("viewer")

    (route,) = office.get("/api/v1/routes?date=2026-11-24").json["items"]

    assert (route["id"], route["courier"], route["stops"], route["stops_done"]) == (day.route_id, "Ojek 1", 2, 1)
    assert (route["state"], route["link"]) == ("under_way", "bound")
    assert office.get("/api/v1/routes").json["items"] == [route]  # today is the default
    assert office.get("/api/v1/routes?date=2026-11-25").json["items"] == []
    assert office.get("/api/v1/routes?date=yesterday").status_code == 422


def test_a_route_shows_every_stop_with_what_came_back(app, runtime, sign_in):
    day, phone = under_way(app, runtime)
    phone.confirm(day.stop_ids[0], "arrived")
    phone.confirm(day.stop_ids[0])
    phone.confirm(day.stop_ids[1], "failed", reason="KANTOR_DESA_TUTUP")

    first, second = sign_in("dispatcher").get(f"/api/v1/routes/{day.route_id}").json["stops_in_order"]

    told = {proof["kind"]: proof["received_by"] for proof in first["proofs"]}
    assert told == {"arrived": "", "delivered": "Bu Sari"}
    assert [(p["kind"], p["reason"]) for p in second["proofs"]] == [("failed", "KANTOR_DESA_TUTUP")]
    assert [batch["state"] for batch in first["batches"]] == ["handed_over"]


def test_a_route_can_be_taken_back_until_it_leaves(app, runtime, sign_in):
    day = a_day(runtime)
    phone = courier_phone(app, runtime, day.route_id)
    office = sign_in("dispatcher")

    assert office.post(f"/api/v1/routes/{day.route_id}/cancel", json={"reason": "hujan"}).json["state"] == "cancelled"

    assert states(runtime, Batch, *day.batch_ids) == ["sealed", "sealed"]
    assert states(runtime, Stop, *day.stop_ids) == ["skipped", "skipped"]
    assert [a.state for a in rows(runtime, Assignment)] == ["expired"]
    assert all(link.revoked_at is not None for link in rows(runtime, Link))
    assert phone.client.get("/c/route").status_code == 410
    assert states(runtime, Plan, day.plan_id) == ["closed"]
    assert office.post(f"/api/v1/routes/{day.route_id}/link").status_code == 409
    assert all_is_well(runtime)


def test_a_route_that_has_left_cannot_be_taken_back(app, runtime, sign_in):
    day, _ = under_way(app, runtime)

    answer = sign_in("dispatcher").post(f"/api/v1/routes/{day.route_id}/cancel", json={"reason": "hujan"})

    assert answer.status_code == 409
    assert states(runtime, Route, day.route_id) == ["under_way"]


def test_a_plan_is_closed_by_its_last_route_or_shipment(app, runtime, sign_in):
    day, phone = under_way(app, runtime, on_route=((1,),), by_post=(1,))
    phone.confirm(day.stop_ids[0])
    assert states(runtime, Plan, day.plan_id) == ["approved"]

    sign_in("dispatcher").post(f"/api/v1/shipments/{day.shipment_ids[0]}/cancel", json={"reason": "besok saja"})

    assert states(runtime, Plan, day.plan_id) == ["closed"]
    assert open_cases(runtime) == []
    assert all_is_well(runtime)


def test_an_account_is_set_from_the_shell_and_its_secrets_sealed(runtime, monkeypatch):
    settings = runtime.settings
    monkeypatch.setenv("ANTAR_HOME", str(settings.home))
    monkeypatch.setenv("ANTAR_DATABASE_URL", settings.database_url)
    given = ["set", "reference", "--office", OFFICE, "--url", "https://kurir.example", "--callback-secret", SECRET]

    answer = CliRunner().invoke(partner, given, input="kunci-rahasia\n", catch_exceptions=False)

    assert answer.output.endswith(f"/callbacks/{OFFICE}/reference\n")
    assert "kunci-rahasia" not in answer.output
    with runtime.db.reading() as session:
        found = partner_accounts.adapter_for(session, runtime.keys, OFFICE, "reference", runtime.clock.now)
    assert found.name == "reference"


@pytest.mark.parametrize(
    ("url", "secret"),
    [("http://kurir.example", SECRET), ("https://user:word@kurir.example", SECRET), ("https://kurir.example", "guess")],
)
def test_an_account_that_cannot_be_right_is_refused(session, runtime, url, secret):
    with pytest.raises(Invalid):
        partner_accounts.set_account(
            session, runtime.keys, OFFICE, "reference", base_url=url, api_key="k", secrets=[secret]
        )
