"""Attacks on links: forwarded, guessed, stolen, ended, used for something else. All of them sound the same."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from dispatch.app import create_app
from dispatch.services import links
from dispatch.services.links import address_block
from dispatch.store.db import new_id
from dispatch.store.models import Event, ExceptionCase, Link, Proof, Route
from tests.databases import OFFICE, OTHER_OFFICE
from tests.dispatch.finished import SARI
from tests.dispatch.stories import (
    Phone,
    a_day,
    courier_phone,
    documents_of,
    open_cases,
    rows,
    states,
    under_way,
    village_of,
    village_phone,
)

PAGE = {"Accept": "text/html"}


def everything(runtime) -> list[object]:
    """What a request could have changed."""
    with runtime.db.reading() as session:
        links_now = [(k.id, k.device_hash, k.refused_devices, k.revoked_at) for k in session.scalars(select(Link))]
        return [links_now, len(session.scalars(select(Event.seq)).all()), len(session.scalars(select(Proof)).all())]


def test_a_chat_preview_of_a_forwarded_link_changes_nothing_and_tells_nothing(app, runtime):
    """A chat app opens every address it shows; the page is the same for a real and a made-up token."""
    day = a_day(runtime)
    phone = courier_phone(app, runtime, day.route_id, started=False)
    before = everything(runtime)

    real = app.test_client().get(f"/c/{phone.token}", headers=PAGE)
    made_up = app.test_client().get(f"/c/{'x' * 22}", headers=PAGE)

    assert real.text.replace(phone.token, "") == made_up.text.replace("x" * 22, "")
    assert (real.status_code, "Set-Cookie" in real.headers) == (200, False)
    assert real.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert real.headers["Referrer-Policy"] in ("same-origin", "no-referrer")  # nobody else learns the address
    assert "no-store" in real.headers["Cache-Control"]
    assert everything(runtime) == before
    assert phone.start().status_code == 303


def test_a_token_has_128_bits_and_only_its_hash_is_kept(app, runtime):
    day = a_day(runtime)
    phone = courier_phone(app, runtime, day.route_id)

    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", phone.token)
    with runtime.db.reading() as session:
        (link,) = session.scalars(select(Link))
    kept = [str(value) for value in vars(link).values()]
    cookie = phone.client.get_cookie("antar_courier").value
    assert phone.token not in " ".join(kept)
    assert cookie not in " ".join(kept)


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(app, runtime):
    day = a_day(runtime)
    phone = courier_phone(app, runtime, day.route_id, started=False)

    cookie = phone.start().headers["Set-Cookie"]

    assert cookie.startswith("antar_courier=")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))


def test_a_second_phone_is_refused_like_an_unknown_link_and_the_office_sees_it(app, runtime):
    day = a_day(runtime)
    first = courier_phone(app, runtime, day.route_id)
    second = Phone(app.test_client(), first.token, "c")
    stranger = Phone(app.test_client(), "y" * 22, "c")

    refused, unknown = second.start(), stranger.start()

    assert (refused.status_code, refused.text) == (unknown.status_code, unknown.text) == (404, refused.text)
    assert second.client.get("/c/route").status_code == 404
    assert first.client.get("/c/route").status_code == 200
    assert open_cases(runtime) == ["second_phone"]
    second.start()
    assert open_cases(runtime) == ["second_phone"]


def test_the_bound_phone_may_press_start_again(app, runtime):
    day = a_day(runtime)
    phone = courier_phone(app, runtime, day.route_id)

    assert phone.start().status_code == 303
    assert phone.client.get("/c/route").status_code == 200
    assert open_cases(runtime) == []


@pytest.mark.parametrize("ended", ["revoked", "expired", "unknown", "other purpose"])
def test_links_that_cannot_be_opened_all_sound_the_same(app, runtime, clock, ended):
    day = a_day(runtime)
    phone = courier_phone(app, runtime, day.route_id, started=False)
    if ended == "revoked":
        with runtime.db.transaction() as session:
            links.revoke_courier_link(session, session.get_one(Route, day.route_id), by=SARI)
    if ended == "expired":
        clock.advance(timedelta(hours=17))  # past midnight in Blitar
    if ended == "unknown":
        phone.token = "z" * 22
    answer = app.test_client().post("/v/start" if ended == "other purpose" else "/c/start", data={"token": phone.token})
    nobody = app.test_client().post(
        "/v/start" if ended == "other purpose" else "/c/start", data={"token": "never given"}
    )

    assert (answer.status_code, answer.text) == (404, nobody.text)


def test_a_new_link_kills_the_old_one_at_once(app, runtime):
    day = a_day(runtime)
    old = courier_phone(app, runtime, day.route_id)

    new = courier_phone(app, runtime, day.route_id)

    assert old.client.get("/c/route").status_code == 410
    assert new.client.get("/c/route").status_code == 200


def test_a_stolen_phone_is_locked_out_by_one_request(app, runtime, sign_in):
    day, phone = under_way(app, runtime)

    assert sign_in("supervisor").post(f"/api/v1/routes/{day.route_id}/link/revoke").json == {"revoked": True}

    assert phone.client.get("/c/route").status_code == 410
    assert phone.confirm(day.stop_ids[0]).status_code == 410
    assert states(runtime, Route, day.route_id) == ["under_way"]


def test_a_stop_of_another_route_does_not_exist(app, runtime):
    mine, phone = under_way(app, runtime)
    theirs, _ = under_way(app, runtime, courier=1, first_village=20)

    assert phone.client.get(f"/c/stops/{theirs.stop_ids[0]}").status_code == 404
    assert phone.confirm(theirs.stop_ids[0]).status_code == 404
    assert phone.confirm(mine.stop_ids[0]).status_code == 200
    assert len(list(rows(runtime, Proof))) == 1


def test_batches_of_another_route_cannot_be_loaded(app, runtime):
    mine = a_day(runtime)
    theirs = a_day(runtime, courier=1, first_village=20)
    phone = courier_phone(app, runtime, mine.route_id)

    answer = phone.load([*mine.batch_ids, *theirs.batch_ids])

    assert answer.status_code == 422
    assert states(runtime, Route, mine.route_id, theirs.route_id) == ["planned", "planned"]


def test_a_villages_phone_does_not_reach_the_couriers_pages_nor_the_other_way_round(app, runtime):
    day, courier = under_way(app, runtime)
    desk = village_phone(app, runtime, village_of(runtime, day.batch_ids[0]))

    assert desk.client.get("/c/route").status_code == 404
    assert desk.confirm(day.stop_ids[0]).status_code == 404
    assert courier.client.get("/v/batches").status_code == 404
    assert courier.count(day.batch_ids[0]).status_code == 404
    # not even with the other's cookie under the right name
    desk.client.set_cookie("antar_courier", desk.client.get_cookie("antar_village").value)
    assert desk.client.get("/c/route").status_code == 404


def test_a_village_sees_and_counts_only_its_own_batches(app, runtime):
    day, _ = under_way(app, runtime, on_route=((1,), (1,)))
    mine, theirs = day.batch_ids
    desk = village_phone(app, runtime, village_of(runtime, mine))
    foreign = documents_of(runtime, theirs)[0]

    assert desk.client.get(f"/v/batches/{theirs}").status_code == 404
    assert desk.count(theirs).status_code == 404
    assert desk.hand(foreign.id).status_code == 404
    assert theirs not in desk.client.get("/v/batches", headers=PAGE).text


def test_the_same_village_code_of_another_office_is_another_village(app, runtime):
    """A link is asked for with its office, never by code alone."""
    day, _ = under_way(app, runtime, on_route=((1,),))
    other, _ = under_way(app, runtime, office=OTHER_OFFICE, on_route=((1,),))
    desk = village_phone(app, runtime, village_of(runtime, day.batch_ids[0]), OFFICE)

    assert desk.client.get(f"/v/batches/{other.batch_ids[0]}").status_code == 404


def test_another_offices_dispatcher_finds_neither_route_nor_link(runtime, sign_in):
    day = a_day(runtime)
    stranger = sign_in("dispatcher", OTHER_OFFICE)

    for path in (f"routes/{day.route_id}", f"plans/{day.plan_id}/manifest.csv"):
        assert stranger.get(f"/api/v1/{path}").status_code == 404
    for path in (f"routes/{day.route_id}/link", f"routes/{day.route_id}/return", f"routes/{day.route_id}/cancel"):
        body = {"reason": "x"} if path.endswith("cancel") else {"all": True}
        assert stranger.post(f"/api/v1/{path}", json=body).status_code == 404
    assert list(rows(runtime, Link)) == []


def test_guessing_is_slowed_down_for_an_address_and_not_for_others(app, runtime):
    day = a_day(runtime)
    phone = courier_phone(app, runtime, day.route_id, started=False)
    guesser = app.test_client()

    answers = {guesser.post("/c/start", data={"token": new_id()}).status_code for _ in range(links.TRIES)}
    beyond = guesser.post("/c/start", data={"token": phone.token})
    elsewhere = app.test_client()
    elsewhere.environ_base["REMOTE_ADDR"] = "203.0.113.9"

    assert (answers, beyond.status_code) == ({404}, 429)
    assert elsewhere.post("/c/start", data={"token": phone.token}).status_code == 303


def test_a_household_counts_as_one_address():
    assert address_block("2001:db8:1:2:aaaa::1") == address_block("2001:db8:1:2:bbbb::2")
    assert address_block("203.0.113.9") != address_block("203.0.113.10")
    assert address_block(None) == address_block("nonsense") == "unknown"


def test_a_link_is_asked_for_over_the_api(runtime, sign_in, app):
    """The answer carries the address and a WhatsApp text; asking again kills the first, also with the same key."""
    day = a_day(runtime)
    office = sign_in("dispatcher")
    key = {"Idempotency-Key": "the-same-key"}

    first = office.post(f"/api/v1/routes/{day.route_id}/link", headers=key).json
    second = office.post(f"/api/v1/routes/{day.route_id}/link", headers=key).json

    assert first["url"].startswith("http://localhost/c/")
    assert first["whatsapp_url"].startswith("https://wa.me/628")
    assert first["url"] != second["url"]
    tokens = [answer["url"].rsplit("/", 1)[1] for answer in (first, second)]
    assert [app.test_client().post("/c/start", data={"token": t}).status_code for t in tokens] == [404, 303]
    assert office.get(f"/api/v1/routes/{day.route_id}").json["link"] == "bound"


def test_a_village_link_lasts_two_weeks(app, runtime, clock, sign_in):
    day, _ = under_way(app, runtime, on_route=((1,),))
    code = village_of(runtime, day.batch_ids[0])
    url = sign_in("dispatcher").post(f"/api/v1/villages/{code}/link").json["url"]
    desk = Phone(app.test_client(), url.rsplit("/", 1)[1], "v")
    desk.start()

    clock.advance(timedelta(days=13))
    assert desk.client.get("/v/batches").status_code == 200
    clock.advance(timedelta(days=2))
    assert desk.client.get("/v/batches").status_code == 410


def test_the_case_of_a_second_phone_names_the_route_and_is_decided_by_a_supervisor(app, runtime, sign_in):
    day = a_day(runtime)
    phone = courier_phone(app, runtime, day.route_id)
    Phone(app.test_client(), phone.token, "c").start()
    office = sign_in("supervisor")

    (case,) = office.get("/api/v1/cases").json["items"]
    closed = office.post(f"/api/v1/cases/{case['id']}/close", json={"decision": "HP kurir diganti, sudah ditelepon"})

    assert "rute 4" in case["detail"]
    assert closed.json["decision"] == "HP kurir diganti, sudah ditelepon"
    assert office.get("/api/v1/cases").json["items"] == []
    assert office.post(f"/api/v1/cases/{case['id']}/close", json={"decision": "lagi"}).status_code == 409
    assert [c.closed_by.startswith("user:") for c in rows(runtime, ExceptionCase)] == [True]


def test_over_tls_the_cookie_is_bound_to_this_host(app, runtime):
    day = a_day(runtime)
    token = courier_phone(app, runtime, day.route_id, started=False).token
    secure = create_app(replace(runtime.settings, public_url="https://antar.example"), runtime.clock)

    answer = secure.test_client().post("/c/start", data={"token": token}, base_url="https://antar.example")
    secure.extensions["antar"].db.close()

    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-antar_courier=")
    assert "; Secure" in cookie
