"""Takes the pictures of the docs from the running product: `make screenshots`.

The demonstration's day is lived through, then a browser visits its pages at an office's screen and at a phone's.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from dispatch.demo import day
from dispatch.demo.stage import Stage, free_port, stage
from tests.browser import ARGUMENTS, NAMES

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
OFFICE_SCREEN = {"width": 1366, "height": 768}
PHONE = {"width": 360, "height": 740}


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    chromium = next(path for path in map(shutil.which, NAMES) if path)
    home = Path(tempfile.mkdtemp(prefix="antar-pictures-")) / "home"
    with stage(home, free_port()) as on, sync_playwright() as playwright:
        lived = day.live(on, lambda line: sys.stdout.write(line + "\n"))
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        _office(browser, on, lived)
        _courier(browser, lived)
        _village(browser, lived)
        browser.close()
    shutil.rmtree(home.parent)


def _office(browser: Browser, on: Stage, lived: day.Day) -> None:
    page = browser.new_page(viewport=OFFICE_SCREEN)
    page.goto(f"{on.url}/login")
    page.fill("[name=username]", on.username)
    page.fill("[name=password]", on.password)
    page.press("[name=password]", "Enter")
    page.wait_for_load_state("networkidle")
    _take(page, "today")
    import_page = f"/imports/{lived.brought['id']}"
    for name, path in {"plan": f"/plans/{lived.plan['id']}", "import": import_page, "reviews": "/reviews"}.items():
        page.goto(on.url + path)
        page.wait_for_load_state("networkidle")
        if name == "plan":
            page.frame_locator("iframe").locator(".pin-stop").first.wait_for(state="attached")
            page.wait_for_timeout(500)  # the map settles into its frame
        _take(page, name)
    _bast(page, on)
    page.close()


def _bast(page: Page, on: Stage) -> None:
    """The first page of a BAST, drawn by poppler's pdftoppm; left as it is on a machine without it."""
    drawer = shutil.which("pdftoppm")
    if drawer is None:
        return
    batch = page.request.get(f"{on.url}/api/v1/batches?state=planned&limit=1").json()["items"][0]["id"]
    token = page.locator("[name=csrf_token]").first.get_attribute("value") or ""
    address = f"{on.url}/api/v1/batches/{batch}/bast"
    page.request.post(address, headers={"X-CSRF-Token": token})
    body = page.request.get(f"{address}.pdf").body()
    size = ("-png", "-r", "80", "-singlefile")
    subprocess.run([drawer, *size, "-", str(PICTURES / "bast")], input=body, check=True)


def _courier(browser: Browser, lived: day.Day) -> None:
    page = browser.new_page(viewport=PHONE)
    page.goto(lived.rider_link)
    page.click("button")
    page.wait_for_load_state("networkidle")
    _take(page, "courier-load")
    for box in page.locator(".load-row").all():
        box.click()
    page.click("button.go")
    page.wait_for_load_state("networkidle")
    _take(page, "courier-route")
    page.click("button.go")
    page.wait_for_url("**/c/stops/*")
    page.wait_for_load_state("networkidle")
    _take(page, "courier-stop")
    page.close()


def _village(browser: Browser, lived: day.Day) -> None:
    page = browser.new_page(viewport=PHONE)
    page.goto(lived.village_link)
    page.click("button")
    page.wait_for_load_state("networkidle")
    _take(page, "village")
    page.close()


def _take(page: Page, name: str) -> None:
    page.screenshot(path=PICTURES / f"{name}.png")


if __name__ == "__main__":
    main()
