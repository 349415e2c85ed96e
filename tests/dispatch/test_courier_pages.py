"""The rider's pages: plain, small, without a citizen's name, and working with and without a script or a signal."""

import io
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select
from werkzeug.serving import make_server

from dispatch.store.db import new_id
from dispatch.store.models import Batch, Proof, Route, Stop, Village
from tests.databases import OFFICE
from tests.dispatch.stories import (
    a_day,
    all_is_well,
    courier_phone,
    documents_of,
    open_cases,
    rows,
    states,
    under_way,
)

PAGE = {"Accept": "text/html"}


def picture(width: int = 2400, height: int = 1800) -> bytes:
    made = io.BytesIO()
    Image.effect_noise((width, height), 40).convert("RGB").save(made, "JPEG", quality=70)
    return made.getvalue()


def test_the_load_page_lists_batches_and_no_citizen(app, runtime):
    day = a_day(runtime)
    phone = courier_phone(app, runtime, day.route_id)

    page = phone.client.get("/c/route", headers=PAGE)

    with runtime.db.reading() as session:
        codes = [session.get_one(Batch, batch_id).code for batch_id in day.batch_ids]
    assert all(code in page.text for code in codes)
    assert "Siti" not in page.text
    assert page.headers["X-Robots-Tag"].startswith("noindex")


def test_the_route_page_shows_offices_in_order_and_nothing_of_a_person(app, runtime):
    """No name, no NIK, no kind, no code of a single document."""
    day, phone = under_way(app, runtime)
    with runtime.db.transaction() as session:
        first = session.get_one(Village, (OFFICE, session.get_one(Stop, day.stop_ids[0]).village_code))
        first.contact_phone = "0812-3456-7890"
        name = first.name

    page = phone.client.get("/c/route", headers=PAGE).text
    stop = phone.client.get(f"/c/stops/{day.stop_ids[0]}", headers=PAGE).text.replace("KTP lama", "")

    assert f"<h1>Kantor Desa {name}</h1>" in page
    assert 'href="tel:081234567890"' in page
    assert 'href="geo:-' in page
    for secret in (
        "Siti",
        "3505014107900001",
        "ktp",
        "KTP",
        *(d.code for d in documents_of(runtime, day.batch_ids[0])),
    ):
        assert secret not in page
        # the field for old cards is there at every stop, whatever is handed over
        assert secret not in stop.replace("KTP lama yang diterima", "")


def test_the_pages_are_light(app, runtime):
    """A page with everything it needs stays under 30 kB for thirty stops."""
    day, phone = under_way(app, runtime, on_route=((1,),) * 30)

    parts = ["/c/route", f"/c/stops/{day.stop_ids[0]}"]
    shared = sum(Path(app.static_folder, f"courier.{kind}").stat().st_size for kind in ("css", "js"))

    for part in parts:
        assert len(phone.client.get(part, headers=PAGE).data) + shared < 30_000


def test_the_form_works_without_a_script(app, runtime):
    """The server makes the id; sending the form again is the same confirmation."""
    day, phone = under_way(app, runtime)
    page = phone.client.get(f"/c/stops/{day.stop_ids[0]}", headers=PAGE).text
    event_id = page.split('name="event_id" value="')[1].split('"')[0]
    form = {
        "event_id": event_id, "stop_id": day.stop_ids[0], "kind": "delivered", "received_by": "Bu Sari",
        "relation": "Sekretaris desa",
    }  # fmt: skip

    first = phone.client.post("/c/proofs", data=form, headers=PAGE)
    again = phone.client.post("/c/proofs", data=form, headers=PAGE)

    assert (first.status_code, first.headers["Location"]) == (303, "/c/route")
    assert again.status_code == 303
    assert len(list(rows(runtime, Proof))) == 1
    assert "diterima kantor 08.00" in phone.client.get("/c/route", headers=PAGE).text


def test_a_forgotten_name_is_asked_for_on_the_same_page(app, runtime):
    day, phone = under_way(app, runtime)

    answer = phone.client.post(
        "/c/proofs", data={"event_id": new_id(), "stop_id": day.stop_ids[0], "kind": "delivered"}, headers=PAGE
    )

    assert answer.status_code == 422
    assert "Isi nama yang menerima." in answer.text
    assert states(runtime, Stop, day.stop_ids[0]) == ["pending"]


def test_going_back_and_changing_a_confirmation_is_told_plainly(app, runtime):
    day, phone = under_way(app, runtime)
    form = {"event_id": new_id(), "stop_id": day.stop_ids[0], "kind": "delivered", "received_by": "Bu Sari"}
    phone.client.post("/c/proofs", data=form, headers=PAGE)

    phone.client.post("/c/proofs", data={**form, "received_by": "Pak Budi"}, headers=PAGE)

    assert "sudah diterima kantor" in phone.client.get("/c/route", headers=PAGE).text
    assert [proof.received_by for proof in rows(runtime, Proof)] == ["Bu Sari"]


def test_a_position_that_makes_no_sense_does_not_lose_the_confirmation(app, runtime):
    day, phone = under_way(app, runtime)

    answer = phone.confirm(day.stop_ids[0], lat="nan", lon="112", device_at="yesterday")

    assert answer.status_code == 200
    assert [(p.lat, p.lon, p.device_at) for p in rows(runtime, Proof)] == [(None, None, None)]


def test_hidden_signs_in_a_name_are_refused(app, runtime):
    day, phone = under_way(app, runtime)

    assert phone.confirm(day.stop_ids[0], received_by="Sari\u202egpj.exe").status_code == 422


def test_a_finished_route_shows_no_stops_any_more(app, runtime):
    day, phone = under_way(app, runtime)
    for stop_id in day.stop_ids:
        phone.confirm(stop_id)

    page = phone.client.get("/c/route", headers=PAGE).text

    assert "Rute selesai" in page
    assert "Kantor Desa" not in page


@pytest.fixture
def site(app) -> Iterator[str]:
    """The application on a real port."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def phone_screen(browser: Browser) -> Iterator[BrowserContext]:
    """A phone of 360×740 that knows where it is."""
    context = browser.new_context(
        viewport={"width": 360, "height": 740},
        has_touch=True,
        is_mobile=True,
        permissions=["geolocation"],
        geolocation={"latitude": -8.1, "longitude": 112.2},
    )
    yield context
    context.close()


def opened(screen: BrowserContext, site: str, token: str) -> Page:
    """The route's page after "Mulai" and the load check."""
    page = screen.new_page()
    page.goto(f"{site}/c/{token}")
    page.get_by_role("button", name="Mulai").click()
    expect(page.get_by_role("heading", name="Hitung tas dulu")).to_be_visible()
    page.goto(f"{site}/c/route")  # the plain page, for phones that cannot do more
    expect(page.get_by_role("button", name="Berangkat")).to_be_visible()  # all() does not wait for the next page
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Berangkat").click()
    expect(page.get_by_role("button", name="Tiba")).to_be_visible()
    return page


@pytest.mark.browser
def test_a_stop_in_a_real_browser(app, runtime, site, phone_screen, tmp_path):
    """Start, count, arrive, photo, hand over: with position, a smaller photo, and no request to anybody else."""
    day = a_day(runtime)
    token = courier_phone(app, runtime, day.route_id, started=False).token
    photo = tmp_path / "foto.jpg"
    photo.write_bytes(picture())
    asked: list[str] = []
    troubles: list[str] = []
    phone_screen.on("request", lambda request: asked.append(request.url))
    phone_screen.on("console", lambda message: troubles.append(message.text))

    page = opened(phone_screen, site, token)
    page.get_by_role("button", name="Tiba").click()
    page.locator("input[type=file]").set_input_files(photo)
    expect(page.locator(".photo img")).to_be_visible()
    page.get_by_label("Diterima oleh").fill("Bu Sari")
    page.get_by_role("button", name="Serahkan").click()
    expect(page.get_by_text("Diterima kantor. Terima kasih.")).to_be_visible()

    proofs = {proof.kind: proof for proof in rows(runtime, Proof)}
    assert (proofs["delivered"].lat, proofs["delivered"].lon) == (-8.1, 112.2)
    assert proofs["delivered"].device_at is not None
    with Image.open(io.BytesIO(runtime.files.get(OFFICE, proofs["delivered"].received_sha))) as sent:
        assert max(sent.size) == 1600
    assert states(runtime, Stop, day.stop_ids[0]) == ["done"]
    assert {address.split("/")[2] for address in asked if not address.startswith("blob:")} == {site.split("/")[2]}
    assert [address for address in asked if token in address] == [f"{site}/c/{token}"]
    assert troubles == []
    assert all_is_well(runtime)


@pytest.mark.browser
def test_without_signal_the_form_stays_and_sends_itself_later(app, runtime, site, phone_screen):
    day = a_day(runtime)
    token = courier_phone(app, runtime, day.route_id, started=False).token
    page = opened(phone_screen, site, token)
    page.get_by_role("button", name="Tiba").click()
    page.get_by_label("Diterima oleh").fill("Pak Budi")

    phone_screen.set_offline(True)
    page.get_by_role("button", name="Serahkan").click()
    expect(page.get_by_text("Tidak ada sinyal.")).to_be_visible()
    expect(page.get_by_label("Diterima oleh")).to_have_value("Pak Budi")
    phone_screen.set_offline(False)
    expect(page.get_by_text("Diterima kantor. Terima kasih.")).to_be_visible()

    assert [p.received_by for p in rows(runtime, Proof) if p.kind == "delivered"] == ["Pak Budi"]


@pytest.mark.browser
def test_an_answer_that_got_lost_is_fetched_by_pressing_again(app, runtime, site, phone_screen):
    """The confirmation arrived, its answer did not: pressing again is the same confirmation."""
    day = a_day(runtime)
    token = courier_phone(app, runtime, day.route_id, started=False).token
    page = opened(phone_screen, site, token)
    page.get_by_role("button", name="Tiba").click()
    page.get_by_label("Diterima oleh").fill("Bu Sari")
    page.wait_for_url("**/c/stops/*")
    losses = []

    def lose_the_first_answer(route) -> None:
        if losses:
            route.continue_()
            return
        losses.append(route.fetch().status)
        route.abort("connectionreset")

    page.route("**/c/proofs", lose_the_first_answer)
    page.get_by_role("button", name="Serahkan").click()
    expect(page.get_by_text("Tidak ada sinyal.")).to_be_visible()
    page.get_by_role("button", name="Serahkan").click()
    page.wait_for_url("**/c/route")

    assert losses == [200]
    assert [p.is_conflict for p in rows(runtime, Proof) if p.kind == "delivered"] == [False]
    assert set(open_cases(runtime)) == {"odd_proof"}  # the test's phone is 26 km away: that is seen, no more
    assert states(runtime, Route, day.route_id) == ["under_way"]


@pytest.mark.browser
def test_everything_to_touch_is_big_enough(app, runtime, site, phone_screen):
    """A thumb in a glove needs 56 px; text links outside the one-hand path may be 48."""
    day = a_day(runtime)
    with runtime.db.transaction() as session:
        for village in session.scalars(select(Village)):
            village.contact_phone = "081234567890"
    token = courier_phone(app, runtime, day.route_id, started=False).token
    page = opened(phone_screen, site, token)
    small: list[tuple[str, float]] = []

    def measure() -> None:
        for target in page.locator("a, button, select, summary, label:has(input), .field input").all():
            box = target.bounding_box()
            if box and box["height"] < (48 if "google" in (target.get_attribute("href") or "") else 56):
                small.append((target.inner_text(), box["height"]))
        assert page.evaluate("document.documentElement.scrollWidth") <= 360

    measure()
    page.get_by_role("button", name="Tiba").click()
    page.wait_for_url("**/c/stops/*")
    page.get_by_text("Tidak bisa diserahkan").click()
    measure()

    assert small == []
