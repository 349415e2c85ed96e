"""Coming in through the door: what a browser gets, what guessing costs, and where a one-time password leads."""

import dataclasses
from datetime import timedelta

import pytest
from sqlalchemy import select

from dispatch.app import create_app
from dispatch.services import accounts, offices
from dispatch.store.models import Login, User
from tests.databases import OFFICE

PAGE = {"Accept": "text/html"}
PASSWORD = "kopi pahit di alun-alun"


@pytest.fixture
def sari(runtime) -> str:
    """A dispatcher who has chosen her own password; her username."""
    with runtime.db.transaction() as session:
        new = offices.add_user(session, OFFICE, username="sari", name="Sari", role="dispatcher")
        accounts.change_password(session, new.user.id, old=new.password, new=PASSWORD)
    return "sari"


@pytest.fixture
def newcomer(runtime) -> str:
    """A user with a one-time password, which is returned."""
    with runtime.db.transaction() as session:
        return offices.add_user(session, OFFICE, username="baru", name="Baru", role="dispatcher").password


def log_in(client, username="sari", password=PASSWORD, **form):
    return client.post("/login", data={"username": username, "password": password, **form}, headers=PAGE)


def token_of(page: str) -> str:
    return page.split('name="csrf_token" value="')[1].split('"')[0]


def test_a_stranger_is_led_to_the_door_and_back_again(app, sari):
    browser = app.test_client()

    door = browser.get("/plans?x=1", headers=PAGE)
    assert (door.status_code, door.location) == (303, "/login?next=/plans?x%3D1")
    inside = log_in(browser, next="/plans?x=1")

    assert (inside.status_code, inside.location) == (303, "/plans?x=1")
    assert browser.get("/plans").status_code == 200


@pytest.mark.parametrize(
    "elsewhere",
    ["https://jahat.example/", "//jahat.example", "/\\jahat.example", "javascript:alert(1)", "plans", "/a\nb", ""],
)
def test_the_way_back_never_leaves_the_house(app, sari, elsewhere):
    assert log_in(app.test_client(), next=elsewhere).location == "/"


def test_the_cookie_is_out_of_reach_of_scripts(app, sari):
    cookie = log_in(app.test_client()).headers["Set-Cookie"]

    assert cookie.startswith("antar=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_over_tls_the_cookie_is_secure_and_bound_to_the_host(settings, clock, runtime, sari):
    app = create_app(dataclasses.replace(settings, public_url="https://antar.example"), clock)

    cookie = log_in(app.test_client()).headers["Set-Cookie"]

    assert cookie.startswith("__Host-antar=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    app.extensions["antar"].db.close()


def test_every_login_is_a_new_session_and_ends_the_old_one(app, runtime, sari):
    browser = app.test_client()
    log_in(browser)
    first = browser.get_cookie("antar").value
    log_in(browser)
    second = browser.get_cookie("antar").value
    left_behind = app.test_client()
    left_behind.set_cookie("antar", first)

    assert first != second
    assert left_behind.get("/", headers=PAGE).status_code == 303
    assert browser.get("/").status_code == 200


def test_failed_tries_are_counted_and_the_sixth_must_wait(app, clock, sari):
    browser = app.test_client()
    for _ in range(5):
        wrong = log_in(browser, password="salah-salah-salah")
        assert wrong.status_code == 403
        assert "Nama pengguna atau kata sandi salah." in wrong.text

    locked = log_in(browser)
    assert locked.status_code == 429
    assert "Coba lagi dalam 15 menit." in locked.text

    clock.advance(timedelta(minutes=15))
    assert log_in(browser).status_code == 303


def test_an_unknown_name_hears_the_same(app, sari):
    browser = app.test_client()

    unknown = log_in(browser, username="siapa").text.replace("siapa", "sari")
    assert unknown == log_in(browser, password="salah-salah-salah").text


def test_logging_out_ends_it_here_and_on_the_server(app, runtime, sari):
    browser = app.test_client()
    log_in(browser)
    token = browser.get_cookie("antar").value

    out = browser.post("/logout", data={"csrf_token": token_of(browser.get("/").text)}, headers=PAGE)

    assert out.location == "/login"
    assert browser.get_cookie("antar") is None
    browser.set_cookie("antar", token)
    assert browser.get("/", headers=PAGE).status_code == 303
    assert "Anda sudah keluar." in browser.get("/login").text
    assert "Anda sudah keluar." not in browser.get("/login").text


def test_a_change_without_the_page_s_token_is_refused(app, runtime, sari):
    browser = app.test_client()
    log_in(browser)

    assert browser.post("/batches/seal", headers=PAGE).status_code == 403
    assert browser.post("/batches/seal", data={"csrf_token": "0" * 64}, headers=PAGE).status_code == 403
    assert browser.post("/logout", headers=PAGE).status_code == 403
    with runtime.db.reading() as session:
        assert session.scalars(select(Login.ended_at)).all().count(None) == 1


@pytest.mark.parametrize("origin", ["https://jahat.example", "null"])
def test_a_form_of_another_site_is_refused_even_at_the_door(app, sari, origin):
    answer = app.test_client().post(
        "/login", data={"username": "sari", "password": PASSWORD}, headers={**PAGE, "Origin": origin}
    )

    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers


def test_a_one_time_password_leads_to_choosing_another(app, newcomer):
    browser = app.test_client()

    assert log_in(browser, "baru", newcomer, next="/plans").location == "/password"
    assert browser.get("/plans", headers=PAGE).location == "/password"
    assert browser.get("/api/v1/plans").status_code == 403
    token = token_of(browser.get("/password").text)
    chosen = {"old": newcomer, "new": PASSWORD, "again": PASSWORD, "csrf_token": token}
    changed = browser.post("/password", data=chosen, headers=PAGE)

    assert changed.location == "/"
    inside = browser.get("/")
    assert inside.status_code == 200
    assert "Kata sandi sudah diganti." in inside.text


@pytest.mark.parametrize(
    ("old", "new", "again", "said"),
    [
        ("keliru", "kalimat panjang lain", "kalimat panjang lain", "Kata sandi lama tidak cocok."),
        (PASSWORD, "pendek", "pendek", "paling sedikit 10"),
        (PASSWORD, "kalimat panjang lain", "kalimat lain lagi", "Ketik ulang sama persis."),
        (PASSWORD, PASSWORD, PASSWORD, "harus berbeda"),
    ],
)
def test_a_bad_new_password_is_explained_and_changes_nothing(app, runtime, sari, old, new, again, said):
    browser = app.test_client()
    log_in(browser)
    with runtime.db.reading() as session:
        before = session.scalars(select(User.password_hash).where(User.username == "sari")).one()
    token = token_of(browser.get("/password").text)

    answer = browser.post("/password", data={"old": old, "new": new, "again": again, "csrf_token": token})

    assert answer.status_code == 422
    assert said in answer.text
    with runtime.db.reading() as session:
        assert session.scalars(select(User.password_hash).where(User.username == "sari")).one() == before


def test_coming_back_after_a_form_leads_to_a_page(app):
    """The session ended while a form was open: nobody is sent to an address that only takes forms."""
    door = app.test_client().post("/batches/seal", headers=PAGE)

    assert door.location == "/login"
