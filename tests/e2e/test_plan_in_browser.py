"""A dispatcher edits a plan in a real Chromium: in place, by mouse and by keyboard, table and map together."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from dispatch.services import planning
from dispatch.store.models import Plan
from tests.dispatch.finished import SARI
from tests.dispatch.solved import a_solved_plan, seen
from tests.e2e.office_day import OfficeDay, office_day
from tests.e2e.test_pages_in_browser import MONITOR, PHONE, Watched, come_in

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("pages")]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OfficeDay]:
    """An office with nothing but what each test plans."""
    with office_day(tmp_path_factory.mktemp("editing"), upto="empty") as found:
        yield found


@pytest.fixture
def sari(browser: Browser, day: OfficeDay) -> Iterator[Watched]:
    """A dispatcher at an office monitor."""
    context = browser.new_context(viewport=MONITOR)
    watched = come_in(context, day)
    yield watched
    assert watched.wrong == []
    context.close()


def a_plan(day: OfficeDay) -> str:
    """Two routes of three villages each, and one village that goes by post."""
    with day.runtime.db.transaction() as session:
        others = session.scalars(select(Plan).where(Plan.state == "solved")).all()
        for plan in others:
            planning.discard(session, plan, by=SARI)
    return a_solved_plan(day.runtime, *(() if others else (8, 9, 10, 8, 9, 10, 8)))


def test_a_stop_is_moved_pinned_and_put_back_without_leaving_the_page(day: OfficeDay, sari: Watched):
    plan_id = a_plan(day)
    page = sari.page
    sari.open(f"/plans/{plan_id}")
    stop = seen(day.runtime.db, plan_id).routes[0].stops[0]
    page.locator("#rute-1 > summary").click()

    page.locator("#rute-1").get_by_role("link", name=stop.place).click()
    panel = page.locator("#terpilih")
    expect(panel.get_by_role("heading")).to_have_text(stop.place)
    panel.get_by_label("Pindah ke").select_option("2")
    panel.get_by_role("button", name="Pindahkan").click()

    expect(page.get_by_role("status")).to_contain_text("ke rute 2")
    expect(panel).to_contain_text("Rute 2, tujuan")
    expect(page.locator("#rute-1")).to_have_attribute("open", "")  # what was open stays open
    assert [len(route.stops) for route in seen(day.runtime.db, plan_id).routes] == [2, 4]
    panel.get_by_role("button", name="Kunci urutannya").click()
    expect(page.locator("#rute-2 .badge")).to_have_text("urutan terkunci")
    page.get_by_role("button", name="Batalkan perubahan terakhir").click()
    expect(page.locator("#rute-2 .badge")).to_have_text("terkunci")
    page.get_by_role("button", name="Batalkan perubahan terakhir").click()
    expect(page.get_by_role("button", name="Batalkan perubahan terakhir")).to_have_count(0)
    assert [len(route.stops) for route in seen(day.runtime.db, plan_id).routes] == [3, 3]


def test_the_keyboard_alone_reorders_a_route(day: OfficeDay, sari: Watched):
    plan_id = a_plan(day)
    page = sari.page
    before = [stop.village_code for stop in seen(day.runtime.db, plan_id).routes[0].stops]
    sari.open(f"/plans/{plan_id}")
    page.locator("#rute-1 > summary").focus()
    page.keyboard.press("Enter")
    page.locator("#rute-1 tbody a").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#later")).to_be_visible()
    # a button pressed before htmx has settled is sent as on a page without it: the whole page comes anew
    expect(page.locator(".htmx-settling")).to_have_count(0)

    page.locator("#later").focus()
    page.keyboard.press("Enter")

    expect(page.locator("#terpilih")).to_contain_text("Rute 1, tujuan 2 dari 3")
    after = [stop.village_code for stop in seen(day.runtime.db, plan_id).routes[0].stops]
    assert after == [before[1], before[0], before[2]]
    expect(page.locator("#later")).to_be_focused()


def test_the_table_and_the_map_look_at_the_same_stop(day: OfficeDay, sari: Watched):
    plan_id = a_plan(day)
    page = sari.page
    sari.open(f"/plans/{plan_id}")
    frame = page.frame_locator("#peta")
    lines = frame.locator("path.route")
    expect(lines).to_have_count(2)
    thin = lines.first.get_attribute("stroke-width")

    page.locator("table tr[data-route='1']").first.hover()
    expect(frame.locator("path.route[stroke-width='6']")).to_have_count(1)
    page.get_by_role("heading", level=1).hover()
    expect(frame.locator(f"path.route[stroke-width='{thin}']")).to_have_count(2)

    stop = seen(day.runtime.db, plan_id).routes[1].stops[1]
    frame.get_by_role("button", name=stop.place).first.dispatch_event("click")
    expect(page.locator("#terpilih").get_by_role("heading")).to_have_text(stop.place)


def test_the_change_that_would_fix_it_is_one_click(day: OfficeDay, sari: Watched):
    plan_id = a_plan(day)
    page = sari.page
    sari.open(f"/plans/{plan_id}")
    page.locator("summary", has_text="Ke Pos").click()

    page.get_by_role("button", name="Terapkan: antar juga").click()

    expect(page.get_by_role("status")).to_contain_text("masuk rute")
    assert seen(day.runtime.db, plan_id).post == []


def test_two_dispatchers_and_no_lost_edit(browser: Browser, day: OfficeDay, sari: Watched):
    plan_id = a_plan(day)
    start = seen(day.runtime.db, plan_id)
    first, second = start.routes[0].stops[0], start.routes[1].stops[0]
    other = browser.new_context(viewport=MONITOR)
    bupu = come_in(other, day, "bupu")
    for watched, stop in ((sari, first), (bupu, second)):
        watched.open(f"/plans/{plan_id}?stop={stop.id}")

    bupu.page.get_by_role("button", name="Keluarkan ke Pos").click()
    expect(bupu.page.get_by_role("status")).to_contain_text("ke Pos")
    sari.page.get_by_role("button", name="Keluarkan ke Pos").click()

    expect(sari.page.get_by_role("alert")).to_contain_text("Perubahan Anda belum dipakai")
    expect(sari.page.get_by_role("table").first).to_contain_text("Bupu")
    assert seen(day.runtime.db, plan_id).edits == 1
    sari.page.get_by_role("button", name="Pakai juga perubahan saya").click()
    expect(sari.page.get_by_role("status")).to_contain_text("ke Pos")
    assert seen(day.runtime.db, plan_id).edits == 2
    assert bupu.wrong == []
    other.close()


def test_a_limit_that_is_exceeded_is_said_and_the_plan_cannot_be_approved(day: OfficeDay, sari: Watched):
    plan_id = a_plan(day)
    with day.runtime.db.transaction() as session:
        plan = session.get_one(Plan, plan_id)
        plan.problem = {**plan.problem, "vehicles": [{**one, "capacity": 30} for one in plan.problem["vehicles"]]}
    page = sari.page
    stop = seen(day.runtime.db, plan_id).routes[1].stops[0]
    sari.open(f"/plans/{plan_id}?stop={stop.id}")
    page.get_by_label("Pindah ke").select_option("1")
    page.get_by_label("urutan").fill("1")
    page.get_by_role("button", name="Pindahkan").click()

    expect(page.locator("#batas")).to_contain_text("belum dapat disetujui")
    expect(page.locator("#batas")).to_contain_text("tasnya memuat 30")
    page.get_by_role("button", name="Setujui rencana").click()
    expect(page.locator(".toast")).to_contain_text("melewati batas")


def test_it_works_without_scripts_and_on_a_phone(browser: Browser, day: OfficeDay):
    plan_id = a_plan(day)
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    watched = come_in(context, day)
    stop = seen(day.runtime.db, plan_id).routes[0].stops[0]
    watched.open(f"/plans/{plan_id}?stop={stop.id}")

    watched.page.get_by_role("button", name="Keluarkan ke Pos").click()

    expect(watched.page.get_by_role("status")).to_contain_text("ke Pos")
    watched.page.get_by_role("button", name="Batalkan perubahan terakhir").click()
    expect(watched.page.get_by_role("status")).to_contain_text("Dibatalkan")
    context.close()
