"""What anybody ever wrote is shown and never run: on every page of the office, and in every file of a map.

The payload goes into every column that can hold a sentence, also into those added tomorrow, and every page that an
address alone opens is opened in a real browser. Injected markup would be seen even where the policy stops it: as a
complaint of the browser, or as a request for its picture.
"""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import String, Text, select, text

from dispatch.access import ADMIN, SUPERVISOR, TABLE
from dispatch.app import create_app
from dispatch.store import models
from dispatch.store.db import Base
from tests.databases import OFFICE
from tests.e2e.office_day import PASSWORD, OfficeDay, office_day

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("pages")]

PAYLOAD = (
    '"><img src=/pwned onerror=window.pwned=1></title></script><script>window.pwned=1</script>'
    "${window.pwned=1}`-window.pwned=1-`\\';window.pwned=1//' onfocus=window.pwned=1 autofocus='{{ 7 * 191 }}"
)
# columns that a program reads and nobody writes into
_NOT_WRITTEN = re.compile(
    r"_sealed$|_match$|hash|sha|_key$|fingerprint|event_id|timezone|username|url$|bucket|template|^code$|^seal$|"
    r"media_type|household|^line$|^reason$|^subject$|dedup|practice|^source$|^label$|^endpoint$|^key$"
)
_SHORT = {"proof": ("relation", "note"), "exception_case": ("detail",), "attempt": (), "handover": ("received_by",)}
_GIVEN = {"measure": "waiting", "key": "villages"}


@pytest.fixture
def day(tmp_path: Path):
    with office_day(tmp_path, seconds=1) as found:
        yield found


def plant(day: OfficeDay) -> int:
    """Put the payload into every sentence of every table; the number of columns."""
    planted = 0
    with day.runtime.db.transaction() as session:
        for table in Base.metadata.sorted_tables:
            for column in table.columns:
                is_sentence = isinstance(column.type, String | Text) and (column.type.length or 999) >= 60
                named = column.name in _SHORT.get(table.name, ())
                if named or (is_sentence and not column.primary_key and not _NOT_WRITTEN.search(column.name)):
                    # the row's number keeps names apart that have to be unique
                    change = f'UPDATE "{table.name}" SET "{column.name}" = :payload || rowid'
                    session.execute(text(change), {"payload": PAYLOAD})
                    planted += 1
    return planted


def pages_of(day: OfficeDay, role: str) -> list[str]:
    """Every address that shows this role a page, with ids of real rows; those that have no row are left out."""
    app = create_app(day.runtime.settings, day.clock)
    by_table = {model.__tablename__: model for model in vars(models).values() if hasattr(model, "__tablename__")}
    found = []
    with day.runtime.db.reading() as session, app.test_request_context():
        for rule in app.url_map.iter_rules():
            row = TABLE[rule.endpoint]
            is_page = rule.endpoint.startswith("web.") and "GET" in (rule.methods or ()) and role in row.roles
            if not is_page or re.search("export|file|live|photo", rule.endpoint):
                continue
            given: dict[str, str] = {}
            for name in rule.arguments:
                model = by_table.get(name.removesuffix("_id"))
                value = _GIVEN.get(name)
                if model is not None and hasattr(model, "id") and hasattr(model, "office"):
                    mine = select(model.id).where(model.office == OFFICE).order_by(model.id.desc())
                    value = session.scalars(mine.limit(1)).first()
                elif name == "village_code":
                    value = "35.05.01.2001"
                if value is not None:
                    given[name] = value
            if given.keys() == rule.arguments:
                found.append(app.url_map.bind("localhost").build(rule.endpoint, given))
    app.extensions["antar"].db.close()
    return sorted(set(found))


def come_in(browser: Browser, day: OfficeDay, username: str) -> tuple[Page, list[str]]:
    page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("request", lambda asked: complaints.append(asked.url) if "pwned" in asked.url.split("?")[0] else None)
    page.goto(f"{day.address}/login")
    page.fill("[name=username]", username)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{day.address}/")
    return page, complaints


@pytest.mark.parametrize(("username", "role", "least"), [("bupu", SUPERVISOR, 25), ("admin", ADMIN, 3)])
def test_nothing_that_people_wrote_runs_on_any_page(browser: Browser, day: OfficeDay, username, role, least):
    page, complaints = come_in(browser, day, username)
    addresses = pages_of(day, role)
    assert plant(day) > 40
    if role == SUPERVISOR:
        addresses += ["/documents?q=pwned", "/maps?routes=1", "/maps/waiting/map?routes=1&level=district"]
    complaints.clear()

    opened = shown = 0
    for address in addresses:
        answer = page.goto(day.address + address)
        if answer is not None and answer.status == 404:
            complaints.clear()  # two kinds of things share the name of their number
            continue
        opened += 1
        page.wait_for_load_state("networkidle")
        for frame in page.frames:
            assert frame.evaluate("window.pwned") is None, (address, frame.url)
            assert frame.locator("img[src='/pwned']").count() == 0, (address, frame.url)
            shown += "onerror=window.pwned" in frame.locator("body").inner_text()
        assert complaints == [], address

    assert opened >= least
    assert shown >= least / 2
    page.context.close()


def test_nothing_runs_in_a_map_that_was_kept_as_a_file(browser: Browser, day: OfficeDay, tmp_path: Path):
    page, complaints = come_in(browser, day, "bupu")
    plant(day)
    with day.runtime.db.reading() as session:
        plan = session.scalars(select(models.Plan.id)).one()
    complaints.clear()

    for number, address in enumerate((f"/plans/{plan}/map/export", "/maps/waiting/map/export?routes=1")):
        kept = page.context.request.get(day.address + address)
        file = tmp_path / f"peta-{number}.html"
        file.write_bytes(kept.body())
        page.goto(file.as_uri())

        assert page.evaluate("window.pwned") is None
        assert "onerror=window.pwned" in page.locator("body").inner_text()
        assert page.locator("img[src='/pwned']").count() == 0
    assert complaints == []
    page.context.close()
