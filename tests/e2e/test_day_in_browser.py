"""The day under way in a real Chromium: before a route leaves, and when its courier cannot go on."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from dispatch.services import batching, loading, planning
from dispatch.services.loading import Loaded
from dispatch.store.db import new_id
from dispatch.store.models import Plan, Route, Stop, StopBatch
from tests.databases import OFFICE
from tests.dispatch.finished import SARI, finished, villages
from tests.dispatch.solved import a_solved_plan, seen
from tests.e2e.office_day import OfficeDay, office_day
from tests.e2e.test_pages_in_browser import MONITOR, come_in

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("pages")]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OfficeDay]:
    with office_day(tmp_path_factory.mktemp("day"), upto="empty") as found:
        yield found


def test_a_morning_that_does_not_go_as_planned(browser: Browser, day: OfficeDay):
    plan_id = a_solved_plan(day.runtime, 8, 9, 10, 8, 9, 10, 8)
    with day.runtime.db.transaction() as session:
        planning.approve(session, session.get_one(Plan, plan_id), by=SARI)
        finished(session, villages(session)[40], 2, urgent=True)
        batching.release(session, OFFICE, by=SARI)
    route = seen(day.runtime.db, plan_id).routes[0]
    context = browser.new_context(viewport=MONITOR)
    sari = come_in(context, day)
    page = sari.page
    sari.open(f"/routes/{route.id}")

    first = page.locator("tbody details").first
    first.locator("summary").click()
    first.get_by_label("Alasan").fill("jembatan putus")
    first.get_by_role("button", name="Keluarkan").click()
    expect(page.get_by_role("status")).to_contain_text("Tujuan dikeluarkan")
    page.locator("summary", has_text="Tambahkan batch").click()
    page.get_by_role("button", name="Tambahkan").click()
    expect(page.get_by_role("status")).to_contain_text("Batch ditambahkan")

    leave(day, route.id)
    page.reload()
    page.locator("summary", has_text="Kurir tidak dapat melanjutkan").click()
    page.get_by_label("Sebab").fill("motor mogok")
    page.get_by_role("button", name="Catat").click()
    expect(page.get_by_role("status")).to_contain_text("Dicatat")
    page.locator("summary", has_text="Terima kembali dari kurir").click()
    page.get_by_role("button", name="Terima kembali").click()
    page.get_by_role("button", name="Rencanakan lagi hari ini").click()

    expect(page.get_by_role("button", name="Hentikan dan pakai hasil ini")).to_be_visible()
    assert sari.wrong == []
    context.close()


def leave(day: OfficeDay, route_id: str) -> None:
    """The courier counts everything into the bag."""
    with day.runtime.db.transaction() as session:
        batches = session.scalars(
            select(StopBatch.batch_id).join(Stop, Stop.id == StopBatch.stop_id).where(Stop.route_id == route_id)
        ).all()
        counted = Loaded(source="test", event_id=new_id(), taken=frozenset(batches), missing=frozenset())
        loading.load(session, session.get_one(Route, route_id), counted, by=SARI)
