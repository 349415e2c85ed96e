"""The rider's page in a real browser with the network off, killed, doubled and with a wrong clock: nothing is lost."""

import gzip
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, expect
from sqlalchemy import select

from dispatch.services import links
from dispatch.store.models import Link, LoadCheck, Proof, Route, Stop, Village
from tests.databases import OFFICE
from tests.dispatch.courier_app import EMPTY, PHONE, Screen, reopened
from tests.dispatch.finished import SARI
from tests.dispatch.stories import a_day, all_is_well, courier_phone, held, open_cases, rows, states
from tests.dispatch.test_courier_pages import picture, site

pytestmark = pytest.mark.browser
__all__ = ["site"]

YEAR = 365 * 24 * 3600 * 1000


@pytest.fixture
def database_url(_sqlite) -> Iterator[str]:
    """The phone is what is tested here; the two engines are told apart by the tests of what it sends."""
    url = _sqlite.copy()
    yield url
    _sqlite.drop(url)


@pytest.fixture
def undo_s() -> int:
    """Confirmations are sent at once: the minute for second thoughts has a test of its own."""
    return 0


@pytest.fixture
def settings(settings, undo_s: int):
    return replace(settings, undo_s=undo_s)


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(
        **PHONE, permissions=["geolocation"], geolocation={"latitude": -8.1, "longitude": 112.2}
    )
    yield context
    context.close()


@pytest.fixture
def photo(tmp_path: Path) -> str:
    path = tmp_path / "foto.jpg"
    path.write_bytes(picture())
    return str(path)


def started(app, runtime, phone: BrowserContext, site: str, **how: object):
    """A day and the courier's phone on the load check."""
    day = a_day(runtime, **how)
    token = courier_phone(app, runtime, day.route_id, started=False).token
    screen = Screen(phone.new_page(), site)
    screen.start(token)
    return day, screen


def delivered(runtime) -> list[Proof]:
    return [proof for proof in rows(runtime, Proof) if proof.kind == "delivered"]


def test_the_whole_route_without_a_network(app, runtime, site, phone, photo):
    """Count, arrive, hand over with photo, signature and old cards, fail, restart the phone: sent when it is back."""
    day, screen = started(app, runtime, phone, site, on_route=((3,), (2,), (1,)))
    phone.set_offline(True)

    screen.leave()
    screen.arrive()
    screen.fill("Bu Sari", photo=photo, signed=True, cards=2)
    screen.hand_over()
    screen.page.close()
    screen = reopened(phone, site)
    screen.arrive()
    screen.fail("Kantor desa tutup")
    screen.arrive()
    screen.fill("Pak Budi")
    screen.hand_over()
    expect(screen.page.get_by_text("7 konfirmasi masih di HP")).to_be_visible()
    assert list(rows(runtime, Proof)) == []
    phone.set_offline(False)
    expect(screen.page.get_by_text("Semua konfirmasi sudah diterima kantor.")).to_be_visible()

    first, last = delivered(runtime)
    assert (first.received_by, first.old_cards, first.is_signed) == ("Bu Sari", 2, True)
    assert (first.lat, first.lon) == (-8.1, 112.2)
    assert last.received_by == "Pak Budi"
    with Image.open(io.BytesIO(runtime.files.get(OFFICE, first.received_sha))) as sent:
        assert max(sent.size) == 1600
    with Image.open(io.BytesIO(runtime.files.get(OFFICE, first.signature_sha))) as drawn:
        assert drawn.convert("L").getextrema()[0] < 100, "there is ink on it"
    assert states(runtime, Stop, *day.stop_ids) == ["done", "failed", "done"]
    assert held(runtime, day.batch_ids[1]) == [("returning", "courier")] * 2
    assert screen.storage() == EMPTY
    assert all_is_well(runtime)


def to_the_form(app, runtime, phone, site, photo, **how):
    """At the first of two stops, everything filled in, about to press the button."""
    day, screen = started(app, runtime, phone, site, on_route=((3,), (2,)), **how)
    screen.leave()
    screen.arrive()
    screen.fill("Bu Sari", photo=photo)
    return day, screen


def to_the_end(runtime, screen: Screen, day) -> None:
    """The rest of the route; at its end nothing is lost, nothing is double, and nothing stays on the phone."""
    screen.arrive()
    screen.fill("Pak Budi")
    screen.hand_over()
    expect(screen.page.get_by_text("Rute selesai")).to_be_visible()
    assert [proof.received_by for proof in delivered(runtime)] == ["Bu Sari", "Pak Budi"]
    assert states(runtime, Stop, *day.stop_ids) == ["done", "done"]
    assert states(runtime, Route, day.route_id) == ["completed"]
    assert set(open_cases(runtime)) == {"odd_proof"}  # the test's phone never moves: that is seen
    assert screen.storage() == EMPTY
    assert all_is_well(runtime)


def test_killed_before_it_was_saved(app, runtime, site, phone, photo):
    """Nothing was promised, so nothing is there; the stop is still open and is confirmed again."""
    day, screen = to_the_form(app, runtime, phone, site, photo)
    screen.page.close()

    screen = reopened(phone, site)
    screen.page.get_by_role("button", name="Serahkan").click()
    screen.fill("Bu Sari")
    screen.hand_over()

    to_the_end(runtime, screen, day)


def test_killed_after_it_was_saved(app, runtime, site, phone, photo):
    """Offline, saved, and the tab dies: the next start sends it."""
    day, screen = to_the_form(app, runtime, phone, site, photo)
    phone.set_offline(True)
    screen.hand_over()
    screen.page.close()
    phone.set_offline(False)

    to_the_end(runtime, reopened(phone, site), day)


def dying(screen: Screen, at: str, *, after_the_office: bool) -> None:
    """Press the button; the tab dies while this request is under way, or when only its answer is."""

    def die(route, request) -> None:
        if after_the_office:
            route.fetch()
        screen.page.close()

    screen.page.route(at, die)
    with screen.page.expect_event("close"):
        screen.page.get_by_role("button", name="Serahkan").click()


@pytest.mark.parametrize("at", ["**/c/photos", "**/c/proofs"])
def test_killed_while_it_was_being_sent(app, runtime, site, phone, photo, at):
    day, screen = to_the_form(app, runtime, phone, site, photo)

    dying(screen, at, after_the_office=False)

    to_the_end(runtime, reopened(phone, site), day)
    assert delivered(runtime)[0].received_sha


def test_killed_after_the_office_took_it_and_before_the_phone_heard(app, runtime, site, phone, photo):
    """The receipt is lost with the tab; the same confirmation again gets the same receipt."""
    day, screen = to_the_form(app, runtime, phone, site, photo)

    dying(screen, "**/c/proofs", after_the_office=True)

    assert len(delivered(runtime)) == 1
    to_the_end(runtime, reopened(phone, site), day)


def test_the_links_day_ended_before_there_was_signal(app, runtime, site, phone, photo, clock):
    """Killed on expiry: what was tapped in time is signed and still counts; the route itself is gone from the phone."""
    day, screen = to_the_form(app, runtime, phone, site, photo)
    phone.set_offline(True)
    screen.hand_over()
    screen.page.close()
    late(runtime, clock, phone)
    phone.set_offline(False)

    screen = reopened(phone, site)
    expect(screen.page.get_by_text("Tautan ini sudah berakhir")).to_be_visible()
    expect(screen.page.get_by_text("masih di HP")).to_have_count(0)

    assert [(proof.received_by, proof.is_conflict) for proof in delivered(runtime)] == [("Bu Sari", False)]
    assert states(runtime, Stop, *day.stop_ids) == ["done", "pending"]
    assert screen.storage() == EMPTY


def late(runtime, clock, phone: BrowserContext) -> None:
    """A day passes, for the office and for the phone."""
    clock.advance(timedelta(days=1))
    phone.add_init_script(_clock_off_by(24 * 3600 * 1000))


def _clock_off_by(ms: int) -> str:
    return f"""(() => {{
      const Right = Date;
      window.Date = class extends Right {{
        constructor(...given) {{ super(...(given.length ? given : [Right.now() + {ms}])); }}
        static now() {{ return Right.now() + {ms}; }}
      }};
    }})();"""


def test_the_link_was_revoked_before_there_was_signal(app, runtime, site, phone, photo):
    """Killed on revoke: what was signed before is kept as evidence, moves nothing, and a person decides."""
    day, screen = to_the_form(app, runtime, phone, site, photo)
    phone.set_offline(True)
    screen.hand_over()
    screen.page.close()
    with runtime.db.transaction() as session:
        # the office's clock stands still in a test; the phone tapped before
        link = session.scalars(select(Link)).one()
        links.revoke_courier_link(session, session.get_one(Route, day.route_id), by=SARI)
        session.refresh(link)
        link.revoked_at = runtime.clock.now() + timedelta(seconds=1)
    phone.set_offline(False)

    screen = reopened(phone, site)
    expect(screen.page.get_by_text("Tautan ini sudah berakhir")).to_be_visible()
    expect(screen.page.get_by_text("masih di HP")).to_have_count(0)

    assert [(proof.received_by, proof.is_conflict) for proof in delivered(runtime)] == [("Bu Sari", True)]
    assert states(runtime, Stop, *day.stop_ids) == ["arrived", "pending"]
    assert "proof_conflict" in open_cases(runtime)
    assert screen.storage() == EMPTY


def everything_doubled(phone: BrowserContext) -> None:
    """Each change reaches the office twice; the phone hears the second answer."""

    def twice(route, request) -> None:
        if request.method == "POST" and not request.url.endswith("/c/start"):
            route.fetch()
        route.continue_()

    phone.route("**/c/*", twice)


def clock_a_year(ahead: int) -> Callable[[BrowserContext], None]:
    return lambda phone: phone.add_init_script(_clock_off_by(ahead * YEAR))


@pytest.mark.parametrize(
    "trouble",
    [everything_doubled, clock_a_year(1), clock_a_year(-1)],
    ids=["every request twice", "clock a year ahead", "clock a year behind"],
)
def test_the_same_final_state_whatever_the_phone_goes_through(app, runtime, site, phone, photo, trouble):
    trouble(phone)
    day, screen = to_the_form(app, runtime, phone, site, photo)
    screen.hand_over()

    to_the_end(runtime, screen, day)

    assert len(list(rows(runtime, LoadCheck))) == 1
    # however wrong the phone's clock is, the time of the tap is known
    assert all(abs(proof.tapped_at - runtime.clock.now()) < timedelta(minutes=5) for proof in rows(runtime, Proof))


def test_a_wrong_clock_does_not_let_a_late_confirmation_be_lost(app, runtime, site, phone, photo, clock):
    """A phone a year ahead, tapped in time, sent the next day."""
    phone.add_init_script(_clock_off_by(YEAR))
    day, screen = to_the_form(app, runtime, phone, site, photo)
    phone.set_offline(True)
    screen.hand_over()
    screen.page.close()
    late(runtime, clock, phone)  # on top of the year
    phone.set_offline(False)

    screen = reopened(phone, site)
    expect(screen.page.get_by_text("Tautan ini sudah berakhir")).to_be_visible()

    assert states(runtime, Stop, day.stop_ids[0]) == ["done"]


def test_one_that_the_office_refuses_does_not_hold_up_the_others_and_says_why(app, runtime, site, phone, photo):
    """The stop was taken off the route meanwhile; the rider reads it, and the rest arrives."""
    _, screen = to_the_form(app, runtime, phone, site, photo)
    phone.set_offline(True)
    screen.hand_over()
    screen.arrive()
    screen.fill("Pak Budi")
    screen.hand_over()
    asked = []

    def refuse_one(route, request) -> None:
        body = request.post_data_json
        asked.append(len(body["proofs"]))
        answer = route.fetch(post_data={**body, "proofs": [{"event_id": "a bad one"}, *body["proofs"][1:]]})
        told = answer.json()
        told["results"][0]["event_id"] = json.loads(body["proofs"][0]["signed"])["event_id"]
        route.fulfill(json=told)

    screen.page.route("**/c/proofs", refuse_one)
    phone.set_offline(False)
    expect(screen.page.get_by_text("ditolak kantor")).to_be_visible()

    assert [proof.received_by for proof in delivered(runtime)] == ["Pak Budi"]
    assert screen.outbox() == [["delivered", "refused"]]
    screen.page.unroute("**/c/proofs")
    screen.page.get_by_role("button", name="Mengerti").click()
    expect(screen.page.get_by_role("button", name="Serahkan")).to_be_visible()
    assert asked == [3]


@pytest.mark.parametrize("undo_s", [60])
def test_a_minute_for_second_thoughts(app, runtime, phone, site):
    """Taken back in time nothing was ever sent."""
    day, screen = started(app, runtime, phone, site, on_route=((1,),))
    screen.leave()
    with screen.page.expect_response(lambda answer: "arrived" in (answer.request.post_data or "")):
        screen.arrive()
    screen.fill("Salah Orang")
    screen.hand_over()
    screen.page.get_by_role("button", name="Urungkan").click()
    expect(screen.page.get_by_text("Diurungkan.")).to_be_visible()
    screen.page.get_by_role("button", name="Serahkan").click()

    expect(screen.page.get_by_label("Diterima oleh")).to_be_visible()
    assert [kind for kind, _ in screen.outbox() if kind == "delivered"] == []
    assert delivered(runtime) == []
    assert states(runtime, Stop, day.stop_ids[0]) == ["arrived"]


def test_the_phone_keeps_only_what_is_still_to_be_done(app, runtime, site, phone, photo):
    """A stolen phone tells nothing of the stops that are done."""
    day, screen = to_the_form(app, runtime, phone, site, photo)
    with runtime.db.reading() as session:
        names = [session.get_one(Village, (OFFICE, session.get_one(Stop, s).village_code)).name for s in day.stop_ids]
    assert names[0] in screen.kept()
    screen.hand_over()
    expect(screen.page.get_by_text("diterima kantor", exact=False).first).to_be_visible()

    kept = screen.kept()
    assert names[0] not in kept
    assert names[1] in kept
    for secret in ("Siti", "3505014107900001"):
        assert secret not in kept


def test_the_first_load_is_light_and_asks_nobody_else(app, runtime, site, phone):
    """Everything from the link to the load check, with the page the phone keeps: under 100 kB as a server sends it."""
    day = a_day(runtime, on_route=((1,),) * 20)
    token = courier_phone(app, runtime, day.route_id, started=False).token
    asked: list[str] = []
    troubles: list[str] = []
    phone.on("requestfinished", lambda request: asked.append(request.url))
    phone.on("console", lambda message: troubles.append(message.text))
    screen = Screen(phone.new_page(), site)
    screen.start(token)

    bodies = {url: phone.request.get(url).body() for url in set(asked) if not url.endswith("/c/start")}
    weight = sum(len(gzip.compress(body)) for body in bodies.values())
    assert {url.split("/")[2] for url in asked} == {site.split("/")[2]}
    assert not any("jsqr" in url for url in asked)
    assert len(bodies) > 15
    assert weight < 100_000, f"{weight} bytes"
    assert troubles == []
    assert [url for url in asked if token in url] == [f"{site}/c/{token}"]
    assert token not in screen.page.url


def test_everything_to_touch_is_big_enough_for_a_glove(app, runtime, site, phone):
    _, screen = started(app, runtime, phone, site)
    with runtime.db.transaction() as session:
        for village in session.scalars(select(Village)):
            village.contact_phone = "081234567890"
    screen.page.reload()
    small: list[tuple[str, float]] = []

    def measure() -> None:
        for target in screen.page.locator("a, button, select, summary, label:has(input), .field input").all():
            box = target.bounding_box()
            if (
                box
                and box["height"]
                and box["height"] < (48 if "google" in (target.get_attribute("href") or "") else 56)
            ):
                small.append((target.inner_text(), box["height"]))
        assert screen.page.evaluate("document.documentElement.scrollWidth") <= 360

    expect(screen.page.get_by_role("button", name="Berangkat")).to_be_visible()
    measure()
    screen.leave()
    measure()
    screen.arrive()
    screen.page.get_by_text("Tidak bisa diserahkan").click()
    measure()

    assert small == []
