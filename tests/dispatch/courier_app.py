"""What the browser tests of the rider's offline page share: a phone's screen, and what lies in its storage."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import segno
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}

_STORAGE = """async () => {
  const found = {databases: (await indexedDB.databases()).map((one) => one.name), caches: await caches.keys(),
                 workers: (await navigator.serviceWorker.getRegistrations()).length,
                 local: localStorage.length + sessionStorage.length};
  return found;
}"""
_KEPT = """async () => {
  const db = await new Promise((done) => {
    const r = indexedDB.open("antar-courier"); r.onsuccess = () => done(r.result); });
  const all = (name) => new Promise((done) => {
    const r = db.transaction(name).objectStore(name).getAll(); r.onsuccess = () => done(r.result); });
  const found = {outbox: (await all("outbox")).map((one) => [one.kind, one.state]),
                 pictures: (await all("pictures")).length,
                 kept: JSON.stringify(await all("kept"))};
  db.close();
  return found;
}"""
EMPTY = {"databases": [], "caches": [], "workers": 0, "local": 0}


@dataclass
class Screen:
    """A rider looking at one tab of the phone."""

    page: Page
    site: str

    def start(self, token: str) -> None:
        """Open the link and press the button; the bag is to be counted next."""
        self.page.goto(f"{self.site}/c/{token}")
        self.page.get_by_role("button", name="Mulai").click()
        expect(self.page.get_by_role("heading", name="Hitung tas dulu")).to_be_visible()
        # from here on the page opens without a network
        self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")

    def leave(self) -> None:
        """Everything is in the bag."""
        for box in self.page.get_by_role("checkbox").all():
            box.check()
        self.page.get_by_role("button", name="Berangkat").click()
        expect(self.page.get_by_role("button", name="Tiba")).to_be_visible()

    def arrive(self) -> None:
        self.page.get_by_role("button", name="Tiba").click()
        expect(self.page.get_by_label("Diterima oleh")).to_be_visible()

    def fill(self, name: str, *, photo: str = "", signed: bool = False, cards: int = 0) -> None:
        """Who takes it, with what proof."""
        if photo:
            self.page.locator("input[type=file]").set_input_files(photo)
            expect(self.page.locator(".photo img")).to_be_visible()
        self.page.get_by_label("Diterima oleh").fill(name)
        if signed:
            self.page.get_by_text("Tanda tangan (boleh)").click()
            self.draw()
        for _ in range(cards):
            self.page.get_by_role("button", name="tambah").click()

    def draw(self) -> None:
        """A signature, with a finger."""
        pad = self.page.locator("canvas")
        pad.scroll_into_view_if_needed()
        box = pad.bounding_box()
        assert box is not None
        self.page.mouse.move(box["x"] + 40, box["y"] + 40)
        self.page.mouse.down()
        for step in range(1, 12):
            self.page.mouse.move(box["x"] + 40 + 15 * step, box["y"] + 40 + 30 * (step % 2))
        self.page.mouse.up()

    def hand_over(self) -> None:
        self.page.get_by_role("button", name="Serahkan").click()
        expect(self.page.get_by_label("Diterima oleh")).to_have_count(0)

    def fail(self, reason: str) -> None:
        self.page.get_by_text("Tidak bisa diserahkan").click()
        self.page.get_by_label(reason).check()
        self.page.get_by_role("button", name="Simpan alasan").click()
        expect(self.page.get_by_role("button", name="Simpan alasan")).to_have_count(0)

    def outbox(self) -> Sequence[Sequence[str]]:
        """Kind and state of each confirmation that lies on the phone."""
        found: Sequence[Sequence[str]] = self.page.evaluate(_KEPT)["outbox"]
        return found

    def kept(self) -> str:
        """The route as the phone keeps it, as one text."""
        return str(self.page.evaluate(_KEPT)["kept"])

    def storage(self) -> dict[str, object]:
        """What the browser keeps of the whole site."""
        found: dict[str, object] = self.page.evaluate(_STORAGE)
        return found


def reopened(phone: BrowserContext, site: str) -> Screen:
    """The rider opens the page again, as from the phone's home screen."""
    page = phone.new_page()
    page.goto(f"{site}/c/app")
    return Screen(page, site)


def filmed(codes: Sequence[str], path: Path) -> Path:
    """What a camera sees that is held over labels, one after the other: a film of QR codes, as Chromium plays it.

    It plays again and again, so a slow machine that misses a label sees it a little later.
    """
    with path.open("wb") as film:
        for code in codes:
            film.write(_picture_of(code) * 45)
    return path


def _picture_of(code: str) -> bytes:
    label = io.BytesIO()
    segno.make_qr(code, error="m").save(label, kind="png", scale=10, border=4)
    frame = Image.new("RGB", (640, 480), "#9a9a9a")
    frame.paste(Image.open(label).convert("RGB"), (180, 90))
    body = io.BytesIO()
    frame.save(body, "JPEG", quality=90)
    return body.getvalue()
