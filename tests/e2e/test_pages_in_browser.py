"""The dispatcher's pages in a real Chromium: nothing from outside, no error, no payload runs, the keyboard suffices."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select, update

from dispatch.data import sample_day
from dispatch.jobs import perform_due
from dispatch.store.models import (
    Batch,
    Courier,
    Depot,
    Document,
    ExceptionCase,
    Import,
    ImportRow,
    Office,
    Plan,
    Proof,
    Recipient,
    Route,
    User,
    Village,
)
from tests.e2e.office_day import PASSWORD, OfficeDay, office_day

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("pages")]

MONITOR = {"width": 1366, "height": 768}
PHONE = {"width": 360, "height": 740}
PAYLOADS = (
    "<img src=x onerror=window.pwned=1>",
    '"><script>window.pwned=1</script>',
    "' onfocus=window.pwned=1 autofocus='",
    "${window.pwned=1}`-window.pwned=1-`",
)


class Watched:
    """A page and everything a visitor should never see happen."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.wrong: list[str] = []
        page.on("console", lambda message: self.wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("request", lambda request: self._asked(request.url))

    def _asked(self, url: str) -> None:
        if not url.startswith((self.address, "data:", "blob:")):
            self.wrong.append(f"asked outside: {url}")

    def open(self, path: str) -> None:
        self.page.goto(self.address + path)
        self.page.wait_for_load_state("networkidle")


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OfficeDay]:
    """An office whose first two couriers are on the road."""
    with office_day(tmp_path_factory.mktemp("day"), seconds=2) as found:
        yield found


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[OfficeDay]:
    """An office in the morning, before anything came in."""
    with office_day(tmp_path, upto="empty", seconds=3) as found:
        yield found


def come_in(context: BrowserContext, day: OfficeDay, username: str = "sari") -> Watched:
    """Sign in the way people do: type, tab, type, enter."""
    seen = Watched(context.new_page(), day.address)
    seen.open("/login")
    seen.page.keyboard.type(username)
    seen.page.keyboard.press("Tab")
    seen.page.keyboard.type(PASSWORD)
    seen.page.keyboard.press("Enter")
    expect(seen.page.locator(".who summary")).to_be_visible()
    return seen


def every_page(day: OfficeDay) -> list[str]:
    with day.runtime.db.reading() as session:
        plan = session.scalars(select(Plan.id)).one()
        route = session.scalars(select(Route.id).order_by(Route.number)).first()
        batch = session.scalars(select(Batch.id).where(Batch.state == "handed_over")).first()
        documents = session.scalars(
            select(Document.id).where(Document.state.in_(("at_village", "returning"))).order_by(Document.state)
        ).all()
        imported = session.scalars(select(Import.id)).one()
    return [
        "/", "/imports", f"/imports/{imported}", f"/imports/{imported}?outcome=known", "/reviews", "/batches",
        f"/batches/{batch}", "/plans", "/plans/new", f"/plans/{plan}",
        f"/plans/{plan}/papers", "/papers", "/routes",
        f"/routes/{route}", "/cases", "/documents", "/documents?q=siti", f"/documents/{documents[0]}",
        f"/documents/{documents[-1]}", "/password", "/api/v1/docs",
    ]  # fmt: skip


@pytest.mark.parametrize("screen", [MONITOR, PHONE], ids=["monitor", "phone"])
def test_every_page_is_whole_on_a_monitor_and_on_a_phone(browser: Browser, day: OfficeDay, screen):
    context = browser.new_context(viewport=screen)
    seen = come_in(context, day)

    for path in every_page(day):
        seen.open(path)
        assert seen.wrong == [], path
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= screen["width"], path
        if path != "/api/v1/docs":
            assert seen.page.locator("h1").count() == 1, path
            nameless = seen.page.evaluate(
                """[...document.querySelectorAll("input:not([type=hidden]), select, textarea, button, a, iframe")]
                .filter(e => !(e.labels?.length || e.ariaLabel || e.title || e.textContent.trim()))
                .map(e => e.outerHTML)"""
            )
            assert nameless == [], path
    context.close()


def test_the_whole_day_is_ten_clicks_and_every_page_follows_by_itself(browser: Browser, empty: OfficeDay):
    context = browser.new_context(viewport=MONITOR)
    seen = come_in(context, empty)
    page = seen.page

    page.get_by_role("link", name="Impor dokumen").first.click()
    page.set_input_files("#file", sample_day.FILE)
    page.get_by_role("button", name="Impor").click()
    work(empty)
    expect(page.get_by_role("heading", name="Baris yang ditolak")).to_be_visible()
    page.get_by_role("link", name="Hari ini").click()
    page.get_by_role("button", name="Segel batch yang siap").click()
    page.get_by_role("link", name="Hari ini").click()
    page.get_by_role("link", name="Buat rencana").click()
    page.get_by_role("button", name="Cari rute").click()
    expect(page.get_by_role("button", name="Hentikan dan pakai hasil ini")).to_be_visible()
    work(empty)
    page.get_by_role("button", name="Setujui rencana").click()
    expect(page.get_by_role("status")).to_contain_text("Rencana disetujui")
    page.get_by_role("button", name="Buat tautan").first.click()

    expect(page.get_by_label("Tautan")).to_have_value(re.compile(re.escape(empty.address) + r"/c/[\w-]{22}$"))
    assert page.get_by_role("link", name="Kirim lewat WhatsApp").get_attribute("href").startswith("https://wa.me/62")
    assert seen.wrong == []
    context.close()


def test_stopping_takes_the_best_routes_found_so_far(browser: Browser, tmp_path: Path):
    with office_day(tmp_path, upto="sealed", seconds=120) as day:
        context = browser.new_context(viewport=MONITOR)
        seen = come_in(context, day)
        seen.open("/plans/new")
        seen.page.get_by_role("button", name="Cari rute").click()
        worker = threading.Thread(target=perform_due, args=(day.runtime,))
        worker.start()

        expect(seen.page.locator("svg.curve")).to_be_visible()
        expect(seen.page.locator("p.big")).to_contain_text("Rp ")
        seen.page.get_by_role("button", name="Hentikan dan pakai hasil ini").click()

        expect(seen.page.get_by_role("button", name="Setujui rencana")).to_be_visible(timeout=60_000)
        worker.join()
        assert seen.wrong == []
        context.close()


def test_the_pages_work_without_scripts(browser: Browser, empty: OfficeDay):
    context = browser.new_context(viewport=MONITOR, java_script_enabled=False)
    seen = come_in(context, empty)
    page = seen.page

    page.get_by_role("link", name="Impor dokumen").first.click()
    page.set_input_files("#file", sample_day.FILE)
    page.get_by_role("button", name="Impor").click()
    work(empty)
    expect(page.get_by_role("heading", name="Baris yang ditolak")).to_be_visible()
    page.get_by_role("link", name="Hari ini").click()
    page.get_by_role("button", name="Segel batch yang siap").click()

    expect(page.get_by_role("status")).to_contain_text("batch disegel")
    context.close()


def test_the_keyboard_reaches_everything(browser: Browser, day: OfficeDay):
    context = browser.new_context(viewport=MONITOR)
    seen = come_in(context, day)
    page = seen.page
    seen.open("/documents")

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Langsung ke isi"
    ring = page.evaluate("getComputedStyle(document.activeElement).boxShadow")
    assert ring != "none"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "isi"
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    first = page.locator("tbody tr").first
    expect(first).to_have_class("is-at")
    code = first.locator("a").inner_text()
    page.keyboard.press("Enter")
    expect(page.locator("main p.code")).to_have_text(code)
    page.keyboard.press("/")
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.locator(".who summary").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Keluar")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Keluar")).to_be_hidden()
    context.close()


def test_a_form_whose_token_was_taken_away_is_refused(browser: Browser, day: OfficeDay):
    context = browser.new_context(viewport=MONITOR)
    seen = come_in(context, day)
    seen.open("/batches")

    seen.page.evaluate("document.querySelectorAll('[name=csrf_token]').forEach(field => field.remove())")
    with seen.page.expect_navigation() as answer:
        seen.page.get_by_role("button", name="Segel yang siap dan yang dicentang").click()

    assert answer.value.status == 403
    expect(seen.page.get_by_role("heading")).to_have_text("Anda tidak berwenang melakukan ini.")
    context.close()


def test_another_origin_can_neither_post_nor_frame(browser: Browser, day: OfficeDay):
    """A page of the same host but another port: the browser sends our cookie along, and it helps nothing."""
    context = browser.new_context(viewport=MONITOR)
    come_in(context, day)
    with another_site(
        f'<form method="post" action="{day.address}/batches/seal"><button>Menangkan hadiah</button></form>'
        f'<iframe src="{day.address}/batches" title="kantor"></iframe>'
    ) as address:
        page = context.new_page()
        page.goto(address)

        assert "Segel" not in page.frames[1].content()
        with page.expect_navigation() as answer:
            page.get_by_role("button").click()

    assert "antar=" in answer.value.request.all_headers()["cookie"]
    assert answer.value.status == 403
    context.close()


@contextmanager
def another_site(body: str) -> Iterator[str]:
    """A web server of somebody else that answers everything with one page."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_people_write_is_shown_and_never_run(browser: Browser, tmp_path: Path, payload: str):
    with office_day(tmp_path, seconds=1) as day:
        poison(day, payload)
        context = browser.new_context(viewport=MONITOR)
        seen = come_in(context, day)
        shown = 0
        for path in [*every_page(day), f"/documents?q={payload[:20]}", "/plans/none", "/login?next=" + payload]:
            seen.open(path)
            for frame in seen.page.frames:
                assert frame.evaluate("window.pwned") is None, (path, frame.url)
            shown += payload in seen.page.inner_text("body")
            if path != "/plans/none":
                assert seen.wrong == [], path
            seen.wrong.clear()

        assert shown >= 12
        context.close()


def poison(day: OfficeDay, payload: str) -> None:
    """Put the payload wherever a person or a partner can write."""
    with day.runtime.db.transaction() as session:
        for model, column in (
            (Recipient, "name"), (Recipient, "address"), (Village, "name"), (Village, "district"), (Courier, "name"),
            (Depot, "name"), (User, "name"), (Office, "name"), (Import, "filename"), (ImportRow, "reason"),
            (ImportRow, "field"), (ExceptionCase, "detail"), (Proof, "received_by"), (Proof, "note"),
        ):  # fmt: skip
            session.execute(update(model).values({column: payload}).execution_options(synchronize_session=False))
        session.execute(update(Proof).values(relation=payload[:40]))
        rows = session.scalars(select(ImportRow).where(ImportRow.outcome == "review"))
        for row in rows:
            row.candidates = [{"code": "35.05.01.2001", "label": payload, "confidence": 0.5}]


def work(day: OfficeDay) -> None:
    """A worker does what is due."""
    assert perform_due(day.runtime) > 0
