"""Takes the pictures of the docs from the running product: `make screenshots`.

An office in the middle of its day (office_day.py), a browser at an office's screen, and two phones: a rider's and a
village secretary's.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import func, select

from dispatch.services import links, loading
from dispatch.services.assignment import batches_of_route
from dispatch.services.loading import Loaded
from dispatch.store.db import new_id
from dispatch.store.models import Batch, Plan, Route, Stop, StopBatch
from tests.browser import ARGUMENTS, NAMES
from tests.databases import OFFICE
from tests.dispatch.courier_app import PHONE, Screen
from tests.dispatch.finished import SARI
from tests.e2e.office_day import PASSWORD, OfficeDay, drive, office_day

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
OFFICE_SCREEN = {"width": 1366, "height": 768}
PAGES = {
    "import": "/imports",
    "reviews": "/reviews",
    "policies": "/policies",
    "held": "/held",
    "returns": "/returns",
    "desks": "/desks",
    "papers": "/papers",
    "routes": "/routes",
    "batches": "/batches",
    "cases": "/cases",
    "documents": "/documents",
    "maps": "/maps",
    "reports": "/reports",
    "budgets": "/budgets",
    "costs": "/costs",
    "capacity": "/capacity",
    "promises": "/promises",
    "backlog": "/backlog",
    "outreach": "/outreach",
    "tours": "/tours",
    "messages": "/messages",
    "complaints": "/complaints",
    "calendar": "/calendar",
    "tariffs": "/tariffs",
    "set-up-couriers": "/setup/couriers",
    "set-up-rules": "/setup/rules",
}


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    chromium = next(path for path in map(shutil.which, NAMES) if path)
    home = Path(tempfile.mkdtemp(prefix="antar-pictures-"))
    with office_day(home, upto="approved") as day, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        _first_route_is_under_way(day)
        _courier(browser, day)
        _village(browser, day)
        _office(browser, day)
        browser.close()
    shutil.rmtree(home)


def _first_route_is_under_way(day: OfficeDay) -> None:
    """Its courier has loaded, handed over at three stops and found the fourth closed."""
    with day.runtime.db.transaction() as session:
        route = session.scalars(select(Route).where(Route.number == 1)).one()
        batches = frozenset(batch.id for batch in batches_of_route(session, route))
        counted = Loaded(source=str(SARI), event_id=new_id(), taken=batches, missing=frozenset())
        loading.load(session, route, counted, by=SARI)
        drive(session, route, visited=4, by=SARI)


def _courier(browser: Browser, day: OfficeDay) -> None:
    """A route from the load check to its end, the middle of it without a network."""
    link, points = _shortest_route(day)
    context = browser.new_context(**PHONE, permissions=["geolocation"])
    screen = Screen(context.new_page(), day.address)
    page = screen.page
    page.goto(f"{day.address}/c/{link}")
    _take(page, "courier-start")
    screen.start(link)
    _take(page, "courier-load")
    screen.leave()
    _take(page, "courier-route")
    for number, (lat, lon) in enumerate(points, 1):
        context.set_geolocation({"latitude": lat, "longitude": lon})
        screen.arrive()
        if number == 1:
            screen.fill("Bu Sari", signed=True)
            _take(page, "courier-stop", full=True)
        if number == 2:
            context.set_offline(True)
            page.get_by_text("Tidak bisa diserahkan").click()
            page.get_by_label("Kantor desa tutup").check()
            page.get_by_text("Tidak bisa diserahkan").scroll_into_view_if_needed()
            _take(page, "courier-reasons", full=True)
            page.get_by_role("button", name="Simpan alasan").click()
            expect(page.get_by_role("button", name="Simpan alasan")).to_have_count(0)
            _take(page, "courier-offline")
            continue
        screen.fill("Bu Sari")
        screen.hand_over()
        if number == 1:
            expect(page.get_by_role("button", name="Urungkan")).to_be_visible()
            _take(page, "courier-undo")
    _take(page, "courier-end")
    context.close()


def _shortest_route(day: OfficeDay) -> tuple[str, list[tuple[float, float]]]:
    """A new link of the route with the fewest stops that has not left, and where they lie."""
    with day.runtime.db.transaction() as session:
        route = session.scalars(
            select(Route)
            .join(Stop, Stop.route_id == Route.id)
            .where(Route.state == "planned")
            .group_by(Route.id)
            .order_by(func.count())
            .limit(1)
        ).one()
        token = links.issue_courier_link(session, route, by=SARI)
        stops = session.scalars(select(Stop).where(Stop.route_id == route.id).order_by(Stop.position))
        return token, [(stop.lat, stop.lon) for stop in stops]


def _village(browser: Browser, day: OfficeDay) -> None:
    """A village counts what the first rider brought, hands a document on and asks the office."""
    context = browser.new_context(**PHONE)
    page = context.new_page()
    page.goto(f"{day.address}/v/{_village_link(day)}")
    page.get_by_role("button", name="Mulai").click()
    expect(page.get_by_role("link", name="Hitung").first).to_be_visible()
    _take(page, "village")
    page.get_by_role("link", name="Hitung").first.click()
    expect(page.get_by_label("Dihitung oleh")).to_be_visible()
    page.get_by_label("Dihitung oleh").fill("Bu Endang")
    if page.get_by_role("button", name="Tampilkan semua").is_visible():  # a short list is open from the start
        page.get_by_role("button", name="Tampilkan semua").click()
    page.locator("input[value=damaged]").first.check()
    _take(page, "village-count")
    page.get_by_role("button", name="Simpan hitungan").click()
    expect(page.get_by_role("heading", name="Tanda terima")).to_be_visible()
    page.get_by_role("link", name="Lanjut").click()
    expect(page.get_by_role("link", name="Serahkan", exact=True).first).to_be_visible()
    _take(page, "village-waiting")
    page.get_by_role("link", name="Serahkan", exact=True).first.click()
    expect(page.get_by_label("Namanya")).to_be_visible()
    _take(page, "village-hand-over", full=True)
    page.get_by_role("button", name="Tanyakan ke kantor").click()
    expect(page.get_by_role("heading", name="Pertanyaan")).to_be_visible()
    _take(page, "village-questions")
    context.close()


def _village_link(day: OfficeDay) -> str:
    """Of the village where the most documents were handed over this morning."""
    with day.runtime.db.transaction() as session:
        code = session.scalars(
            select(Batch.village_code)
            .join(StopBatch, StopBatch.batch_id == Batch.id)
            .join(Stop, Stop.id == StopBatch.stop_id)
            .where(Stop.state == "done")
            .order_by(Batch.documents.desc())
            .limit(1)
        ).one()
        return links.issue_village_link(session, OFFICE, code, by=SARI)


def _office(browser: Browser, day: OfficeDay) -> None:
    with day.runtime.db.reading() as session:
        plan_id = session.scalars(select(Plan.id)).one()
        counted = session.scalars(select(Batch.id).where(Batch.state.in_(("handed_over", "closed"))).limit(1)).one()
    page = browser.new_page(viewport=OFFICE_SCREEN)
    page.goto(f"{day.address}/login")
    page.fill("[name=username]", "bupu")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    expect(page.get_by_role("navigation").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    _take(page, "today")
    _count_in(page, day)
    _bast(page, day, counted)
    for name, path in {**PAGES, "plan": f"/plans/{plan_id}"}.items():
        page.goto(day.address + path)
        page.wait_for_load_state("networkidle")
        if name == "plan":
            page.frame_locator("iframe").locator(".pin-stop").first.wait_for(state="attached")
            page.wait_for_timeout(500)  # the map settles into its frame
        _take(page, name)
    _other_looks(page, day)
    page.close()


def _other_looks(page: Page, day: OfficeDay) -> None:
    """The first page in English, in the dark, and on a phone."""
    page.context.add_cookies([{"name": "antar_language", "value": "en", "url": day.address}])
    for name, scheme, size in (
        ("today-english", "light", OFFICE_SCREEN),
        ("today-dark", "dark", OFFICE_SCREEN),
        ("today-phone", "light", {"width": 360, "height": 740}),
    ):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size(size)
        page.goto(day.address)
        page.wait_for_load_state("networkidle")
        _take(page, name)


def _count_in(page: Page, day: OfficeDay) -> None:
    """The first who came back is counted in, so that something is held or ready again."""
    page.goto(f"{day.address}/returns")
    page.get_by_role("link", name="Hitung").first.click()
    expect(page.get_by_role("heading", name="Dokumen di meja")).to_be_visible()
    _take(page, "return-count")


def _bast(page: Page, day: OfficeDay, batch: str) -> None:
    """The first page of a BAST, drawn by poppler's pdftoppm; left as it is on a machine without it."""
    drawer = shutil.which("pdftoppm")
    token = page.locator("[name=csrf_token]").first.get_attribute("value") or ""
    address = f"{day.address}/api/v1/batches/{batch}/bast"
    page.request.post(address, headers={"X-CSRF-Token": token})
    body = page.request.get(f"{address}.pdf").body()
    if drawer is not None:
        size = ("-png", "-r", "80", "-singlefile")
        subprocess.run([drawer, *size, "-", str(PICTURES / "bast")], input=body, check=True)


def _take(page: Page, name: str, *, full: bool = False) -> None:
    page.screenshot(path=PICTURES / f"{name}.png", full_page=full)


if __name__ == "__main__":
    main()
