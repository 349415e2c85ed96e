"""Nobody is kept out: axe looks at every page of the office, couriers, villages and the public, in both languages.

Serious and critical findings fail; light and dark are both looked at. The day's pages also fit a small phone.
"""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from dispatch.services import links
from dispatch.store.models import Batch, Document, Route, Stop, StopBatch
from tests.databases import OFFICE
from tests.dispatch.finished import SARI
from tests.e2e.every_page import address_of, office_pages
from tests.e2e.office_day import PASSWORD, OfficeDay, office_day

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("accessible")]

LANGUAGES = ("id", "en")
MONITOR, PHONE = {"width": 1366, "height": 768}, {"width": 360, "height": 740}
PAGES = office_pages()
EVERYTHING = {"resultTypes": ["violations"]}
COLOURS = {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OfficeDay]:
    """One living office for every page."""
    with office_day(tmp_path_factory.mktemp("accessible"), seconds=2) as found:
        yield found


@pytest.fixture(scope="module")
def signed_in(browser: Browser, day: OfficeDay) -> Iterator[dict[tuple[str, str], Page]]:
    """A page for each person and language, signed in once."""
    pages = {}
    for username in ("bupu", "admin"):
        for language in LANGUAGES:
            page = opened(browser, day, language)
            page.goto(f"{day.address}/login")
            page.fill("[name=username]", username)
            page.fill("[name=password]", PASSWORD)
            page.press("[name=password]", "Enter")
            expect(page.locator(".who summary")).to_be_visible()
            pages[username, language] = page
    yield pages
    for page in pages.values():
        page.context.close()


def opened(browser: Browser, day: OfficeDay, language: str, **options: object) -> Page:
    context = browser.new_context(viewport=MONITOR, locale="id-ID", **options)  # type: ignore[arg-type]
    context.add_cookies([{"name": "antar_language", "value": language, "url": day.address}])
    return context.new_page()


def barriers(page: Page) -> list[str]:
    """What keeps people out, in light and in dark."""
    found = [("light", Axe().run(page, options=EVERYTHING))]
    page.emulate_media(color_scheme="dark")
    found.append(("dark", Axe().run(page, options=COLOURS)))
    page.emulate_media(color_scheme="light")
    return [
        f"{theme}: {broken['id']} at {node['target']}: {node['failureSummary']}"
        for theme, results in found
        for broken in results.response["violations"]
        if broken["impact"] in ("serious", "critical")
        for node in broken["nodes"][:3]
    ]


def address(day: OfficeDay, path: str) -> str:
    found = address_of(day, path)
    if found is None:
        pytest.skip(f"the office's day has no row for {path}")
    return day.address + found


@pytest.mark.parametrize("where", PAGES, ids=lambda where: f"{where.username}{where.path}")
def test_every_page_of_the_office(day, signed_in, where):
    there = address(day, where.path)
    for language in LANGUAGES:
        page = signed_in[where.username, language]
        answer = page.goto(there)

        assert answer is not None
        assert answer.status == 200
        assert page.locator("html").get_attribute("lang") == language
        assert barriers(page) == [], language


@pytest.mark.parametrize("where", PAGES, ids=lambda where: f"{where.username}{where.path}")
def test_every_page_of_the_office_fits_a_small_phone(day, signed_in, where):
    """A table may be wider than the screen inside its own frame; the page never is."""
    page = signed_in[where.username, "en"]
    page.set_viewport_size(PHONE)
    page.goto(address(day, where.path))

    width = page.evaluate("document.documentElement.scrollWidth")

    page.set_viewport_size(MONITOR)
    assert width <= PHONE["width"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["/login", "/c/none", "/v/none", "/bast/none", "/nowhere"])
def test_every_page_for_everybody(browser, day, path, language):
    page = opened(browser, day, language)
    page.goto(day.address + path)

    assert page.locator("html").get_attribute("lang") == language
    assert barriers(page) == []
    page.context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_a_village(browser, day, language):
    with day.runtime.db.transaction() as session:
        code = session.scalars(select(Document.village_code).where(Document.state == "at_village").limit(1)).one()
        token = links.issue_village_link(session, OFFICE, code, by=SARI)
        batches = session.scalars(select(Batch.id).where(Batch.village_code == code, Batch.state != "sealed")).all()
        documents = session.scalars(
            select(Document.id).where(Document.village_code == code, Document.state == "at_village").limit(1)
        ).all()
    page = opened(browser, day, language)
    page.goto(f"{day.address}/v/{token}")
    assert barriers(page) == []
    page.locator("button.go").click()
    page.wait_for_url("**/v/batches")
    paths = ["/v/batches", "/v/back", "/v/questions"]
    paths += [f"/v/batches/{one}" for one in batches] + [f"/v/documents/{one}" for one in documents]
    for path in paths:
        page.goto(day.address + path)
        assert page.locator("html").get_attribute("lang") == language
        assert barriers(page) == [], path
    page.context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_plain_page_of_a_courier(browser, day, language):
    """Without script, as an old phone has it: load check, route, stop."""
    with day.runtime.db.transaction() as session:
        route = session.scalars(select(Route).where(Route.number == 1)).one()
        token = links.issue_courier_link(session, route, by=SARI)
        stop = session.scalars(
            select(Stop.id).where(Stop.route_id == route.id, Stop.state == "pending").order_by(Stop.position).limit(1)
        ).one()
        assert session.scalars(select(StopBatch.batch_id).where(StopBatch.stop_id == stop)).all()
    page = opened(browser, day, language)
    page.goto(f"{day.address}/c/{token}")
    assert barriers(page) == []
    page.request.post(f"{day.address}/c/start", form={"token": token})
    for path in ("/c/route", f"/c/stops/{stop}"):
        page.goto(day.address + path)
        assert page.locator("html").get_attribute("lang") == language
        assert barriers(page) == [], path
    page.context.close()


def test_the_offline_page_of_a_courier(browser, day):
    with day.runtime.db.transaction() as session:
        route = session.scalars(select(Route).where(Route.number == 2)).one()
        token = links.issue_courier_link(session, route, by=SARI)
    page = opened(browser, day, "id")
    page.goto(f"{day.address}/c/{token}")
    page.locator("button.go").click()
    page.wait_for_url("**/c/app")
    expect(page.locator("main h1").first).to_be_visible()
    page.wait_for_load_state("networkidle")

    assert barriers(page) == []
    page.context.close()


def test_the_menus_work_by_keyboard(signed_in, day):
    page = signed_in["bupu", "id"]
    page.goto(day.address)
    office = page.locator(".places summary", has_text="Kantor")
    office.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".places a", has_text="Aturan serah terima")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".places a", has_text="Aturan serah terima")).to_be_hidden()
    expect(office).to_be_focused()


def test_on_a_phone_every_place_is_in_one_list(signed_in, day):
    page = signed_in["bupu", "id"]
    page.set_viewport_size(PHONE)
    page.goto(day.address)
    page.locator(".all-places summary").click()
    for place in ("Impor", "Semua dokumen", "Peta desa", "Aturan serah terima"):
        expect(page.locator(".all-places a", has_text=place)).to_be_visible()
    page.set_viewport_size(MONITOR)
