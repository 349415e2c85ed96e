"""The day takes ten clicks: from a file of documents to routes with couriers, their links and their papers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect
from sqlalchemy import func, select

from dispatch.data import sample_day
from dispatch.jobs import perform_due
from dispatch.store.models import Link, Route
from tests.e2e.office_day import PASSWORD, OfficeDay, office_day

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("accessible")]

MOST_CLICKS = 10


@pytest.fixture
def morning(tmp_path: Path) -> Iterator[OfficeDay]:
    """An office before anything came in."""
    with office_day(tmp_path, upto="empty", seconds=2) as found:
        yield found


class Hand:
    """Clicks, and counts."""

    clicks = 0

    def click(self, target: Locator) -> None:
        self.clicks += 1
        target.click()


def test_the_day_in_ten_clicks(browser: Browser, morning: OfficeDay) -> None:
    page, hand = browser.new_page(viewport={"width": 1366, "height": 768}), Hand()
    page.goto(f"{morning.address}/login")
    page.fill("[name=username]", "sari")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")

    hand.click(page.locator("main").get_by_role("link", name="Impor dokumen").first)
    page.set_input_files("input[type=file]", sample_day.FILE)
    hand.clicks += 1  # choosing the file
    hand.click(page.locator("main button.main").first)
    expect(page.locator("main h1")).to_contain_text(sample_day.FILE.name)
    perform_due(morning.runtime)
    hand.click(page.get_by_role("button", name="Segel dan cari rute"))
    expect(page.get_by_role("button", name="Hentikan dan pakai hasil ini")).to_be_visible()
    perform_due(morning.runtime)
    hand.click(page.get_by_role("button", name="Setujui rencana"))
    hand.click(page.get_by_role("button", name="Cetak semua"))
    expect(page.get_by_role("heading", name="Cetakan")).to_be_visible()
    perform_due(morning.runtime)
    papers = page.get_by_role("link", name="Buka dan cetak")
    expect(papers).to_be_visible()
    hand.clicks += 1  # the browser opens the file itself
    printed = page.request.get(morning.address + (papers.get_attribute("href") or ""))
    hand.click(page.get_by_role("link", name="Hari ini").first)
    hand.click(page.get_by_role("button", name="tautan kurir"))
    expect(page.get_by_role("heading", name="Tautan kurir")).to_be_visible()

    assert hand.clicks <= MOST_CLICKS
    assert printed.body().startswith(b"%PDF-")
    with morning.runtime.db.reading() as session:
        routes = session.scalars(select(func.count()).select_from(Route).where(Route.courier_id.is_not(None))).one()
        links = session.scalars(select(func.count()).select_from(Link).where(Link.revoked_at.is_(None))).one()
    assert routes == links > 0
    assert page.locator("input.code").count() == links
    page.close()
