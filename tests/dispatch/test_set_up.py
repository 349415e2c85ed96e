"""Setting up an office on its pages: what is refused says why, what is changed is remembered."""

from datetime import date

import pytest
from sqlalchemy import select

from dispatch.services import assignment, set_up
from dispatch.services.offices import rules_on
from dispatch.services.verify import verify
from dispatch.store.models import ApiClient, Courier, Depot, Login, Route, Rules, SetUpChange, User
from tests.databases import OFFICE, OTHER_OFFICE
from tests.dispatch.finished import SARI
from tests.dispatch.stories import a_day

RULES = {
    "release_documents": "10",
    "release_working_days": "4",
    "promise_working_days": "6",
    "bag_documents": "120",
    "shift_start_s": "07:30",
    "shift_end_s": "14:00",
    "max_stops": "25",
    "home_max_stops": "70",
    "max_metres": "140",
    "stop_s": "6",
    "home_stop_s": "3",
    "per_document_s": "20",
    "speed_kmh": "28",
    "area_factor_pct": "150",
    "valid_from": "2026-12-01",
}


@pytest.fixture
def depot_id(runtime):
    with runtime.db.reading() as session:
        return session.scalars(select(Depot.id).where(Depot.office == OFFICE)).one()


def courier_form(depot_id, **other):
    form = {"name": "Pak Slamet", "phone": "0812-3456-7890", "kind": "ojek", "depot_id": depot_id, "is_active": "1"}
    return form | other


def changes(runtime, kind):
    with runtime.db.reading() as session:
        return [(made.subject_name, made.changes) for made in set_up.history(session, OFFICE, kind=kind)]


def test_a_courier_is_taken_on_and_changed(runtime, sign_in, depot_id):
    admin = sign_in("admin")

    taken_on = admin.post("/setup/couriers", data=courier_form(depot_id))
    with runtime.db.reading() as session:
        courier_id = session.scalars(select(Courier.id).where(Courier.name == "Pak Slamet")).one()
    changed = admin.post(f"/setup/couriers/{courier_id}", data=courier_form(depot_id, bag_documents="80", kind="car"))

    assert (taken_on.status_code, changed.status_code) == (303, 303)
    (_, later), (_, first) = changes(runtime, "courier")
    assert later == {"bag_documents": [None, 80], "kind": ["ojek", "car"]}
    assert first["name"] == [None, "Pak Slamet"]
    assert "Pak Slamet" in admin.get(f"/setup/couriers/{courier_id}").text


def test_a_form_that_is_refused_comes_back_as_it_was_filled_in(runtime, sign_in, depot_id):
    answer = sign_in("admin").post(
        "/setup/couriers", data=courier_form(depot_id, phone="0342-801234", bag_documents="0")
    )

    assert answer.status_code == 422
    assert "Pak Slamet" in answer.text
    assert "ukan nomor ponsel" in answer.text
    assert "si 1 sampai 2000 dokumen" in answer.text
    assert changes(runtime, "courier") == []


def test_a_courier_with_a_route_goes_on_until_it_is_done(runtime, sign_in, depot_id):
    day = a_day(runtime)
    with runtime.db.reading() as session:
        rider = session.get_one(Courier, session.get_one(Route, day.route_id).courier_id)
        form = courier_form(depot_id, name=rider.name)
    del form["is_active"]

    refused = sign_in("admin").post(f"/setup/couriers/{rider.id}", data=form)
    with runtime.db.transaction() as session:
        assignment.cancel_route(session, OFFICE, day.route_id, by=SARI, why="sakit")
    accepted = sign_in("admin").post(f"/setup/couriers/{rider.id}", data=form)

    assert "masih punya rute" in refused.text.lower()
    assert (refused.status_code, accepted.status_code) == (422, 303)


def test_the_last_print_point_stays_and_one_with_documents_too(runtime, sign_in, depot_id):
    a_day(runtime)

    answer = sign_in("admin").post(
        f"/setup/depots/{depot_id}", data={"name": "Kantor Dukcapil", "lat": "-8,13", "lon": "112.21"}
    )

    assert answer.status_code == 422
    assert "asih menyimpan" in answer.text


def test_a_measured_print_point_is_no_guess_any_more(runtime, sign_in, depot_id):
    sign_in("supervisor").post(
        f"/setup/depots/{depot_id}",
        data={"name": "Kantor Dukcapil", "lat": "-8.1335", "lon": "112.2134", "is_active": "1"},
    )

    with runtime.db.reading() as session:
        depot = session.get_one(Depot, depot_id)
        assert (depot.lat, depot.lon, depot.is_estimate) == (-8.1335, 112.2134, False)


def test_swapped_degrees_are_told(sign_in, depot_id):
    answer = sign_in("admin").post(
        f"/setup/depots/{depot_id}", data={"name": "Kantor", "lat": "112.2134", "lon": "-8.1335", "is_active": "1"}
    )

    assert answer.status_code == 422
    assert "di luar Indonesia" in answer.text


def test_a_new_user_gets_a_password_that_is_shown_once(runtime, app, sign_in):
    admin = sign_in("admin")
    form = {"name": "Sari Wulan", "username": "Sari.Blitar", "role": "dispatcher"}

    shown = admin.post("/setup/users", data=form)
    password = shown.text.split('id="rahasia"')[1].split('value="')[1].split('"')[0]
    came_in = app.test_client().post("/login", data={"username": "sari.blitar", "password": password})

    assert (shown.status_code, came_in.status_code) == (200, 303)
    assert came_in.location.endswith("/password")
    assert password not in str(changes(runtime, "user"))
    assert "argon2" not in str(changes(runtime, "user"))


def test_a_closed_door_ends_every_login_and_the_last_admin_stays(runtime, sign_in):
    admin, clerk = sign_in("admin"), sign_in("dispatcher")
    with runtime.db.reading() as session:
        ids = dict.fromkeys(("admin", "dispatcher"))
        for role in ids:
            ids[role] = session.scalars(select(User.id).where(User.office == OFFICE, User.role == role)).one()

    closed = admin.post(f"/setup/users/{ids['dispatcher']}", data={"name": "Sari", "role": "dispatcher"})
    kept = admin.post(f"/setup/users/{ids['admin']}", data={"name": "Admin", "role": "viewer", "is_active": "1"})

    assert (closed.status_code, kept.status_code) == (303, 422)
    assert clerk.get("/").status_code == 401
    with runtime.db.reading() as session:
        assert session.scalars(select(Login).where(Login.user_id == ids["dispatcher"])).one().ended_at is not None


def test_a_programs_key_is_shown_once_and_can_be_ended(runtime, app, sign_in):
    admin = sign_in("admin")
    shown = admin.post("/setup/clients", data={"name": "E-Siap", "scope": ["documents:read"]})
    key = shown.text.split('id="rahasia"')[1].split('value="')[1].split('"')[0]
    program = app.test_client()
    program.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"

    before = program.get("/api/v1/documents/NONE").status_code
    with runtime.db.reading() as session:
        client_id = session.scalars(select(ApiClient.id)).one()
    admin.post(f"/setup/clients/{client_id}/end")

    assert (before, program.get("/api/v1/documents/NONE").status_code) == (404, 401)
    assert key not in str(changes(runtime, "client"))


def test_rules_hold_from_a_day_on_and_the_past_stays(runtime, sign_in):
    admin = sign_in("admin")

    first = admin.post("/setup/rules", data=RULES)
    again = admin.post("/setup/rules", data=RULES | {"bag_documents": "100"})

    assert (first.status_code, again.status_code) == (303, 303)
    with runtime.db.reading() as session:
        today, later = (rules_on(session, OFFICE, date(2026, *day)) for day in ((11, 24), (12, 1)))
        assert (today.bag_documents, later.bag_documents, later.shift_start_s) == (150, 100, 7 * 3600 + 1800)
        assert later.village_hours == today.village_hours
        assert len(session.scalars(select(Rules).where(Rules.office == OFFICE)).all()) == 2
        assert verify(session, runtime.files) == []


def test_rules_cannot_begin_today_or_make_no_sense(sign_in):
    admin = sign_in("admin")

    today = admin.post("/setup/rules", data=RULES | {"valid_from": "2026-11-24"})
    senseless = admin.post("/setup/rules", data=RULES | {"shift_end_s": "07:00", "speed_kmh": "200"})
    backwards = admin.post("/setup/rules", data=RULES | {"shift_end_s": "07:00"})

    assert "paling cepat mulai besok" in today.text
    assert "si 5 sampai 80 km/jam" in senseless.text
    assert "arus sesudah kurir berangkat" in backwards.text


def test_another_offices_rows_do_not_exist(runtime, sign_in):
    with runtime.db.reading() as session:
        theirs = session.scalars(select(Courier.id).where(Courier.office == OTHER_OFFICE)).first()

    assert sign_in("admin").get(f"/setup/couriers/{theirs}").status_code == 404


def test_the_history_names_who_changed_what(runtime, sign_in, depot_id):
    admin = sign_in("admin")
    admin.post("/setup/couriers", data=courier_form(depot_id))

    told = admin.get("/setup/history").text

    assert "Pak Slamet" in told
    assert "Admin" in told
    with runtime.db.reading() as session:
        assert session.scalars(select(SetUpChange)).one().made_by.startswith("user:")
