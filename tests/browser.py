"""A real Chromium for the tests that look at pages: without one CI fails, and any other run skips and says why."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=id-ID",
    "--accept-lang=id-ID,id",
)


def installed() -> str | None:
    """Where the machine's Chromium is; `ANTAR_CHROMIUM` names another."""
    return os.environ.get("ANTAR_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


# on a machine that is busy with other tests a page may need long; what is wrong is seen all the same, only later
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all browser tests of a run; every test opens a context of its own."""
    path = installed()
    if path is None:
        reason = f"no Chromium on this machine (looked for {', '.join(NAMES)}): install one or set ANTAR_CHROMIUM"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield chromium
        chromium.close()
