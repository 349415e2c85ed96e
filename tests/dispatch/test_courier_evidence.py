"""What the rider's page does with labels and codes: read by the camera, checked without a network."""

from collections.abc import Iterator
from dataclasses import fields, replace

import pytest
from playwright.sync_api import Browser, expect

from dispatch.services import codes, policies, policy_changes
from dispatch.store.models import Batch, LoadCheck, Proof, Stop
from tests.browser import ARGUMENTS, installed
from tests.databases import OFFICE
from tests.dispatch.courier_app import PHONE, Screen, filmed
from tests.dispatch.finished import SARI, TUESDAY
from tests.dispatch.stories import a_day, all_is_well, courier_phone, rows, states, village_of
from tests.dispatch.test_courier_pages import site

pytestmark = pytest.mark.browser
__all__ = ["site"]


@pytest.fixture
def database_url(_sqlite) -> Iterator[str]:
    url = _sqlite.copy()
    yield url
    _sqlite.drop(url)


@pytest.fixture
def settings(settings):
    return replace(settings, undo_s=0)


def codes_of(runtime, batch_ids: list[str]) -> list[str]:
    with runtime.db.reading() as session:
        return [session.get_one(Batch, batch_id).code for batch_id in batch_ids]


def test_the_bag_is_counted_with_the_camera(app, runtime, site, browser: Browser, tmp_path):
    """The decoder we carry is fetched when the camera opens; a label of another route is not counted.

    What cannot be read is ticked by hand; once everything is there the camera closes by itself.
    """
    day = a_day(runtime, on_route=((3,), (2,)))
    token = courier_phone(app, runtime, day.route_id, started=False).token
    film = filmed(["ZZ-99", *codes_of(runtime, day.batch_ids[:1])], tmp_path / "labels.mjpeg")
    camera = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
    camera += (f"--use-file-for-fake-video-capture={film}",)
    launched = browser.browser_type.launch(executable_path=installed(), args=[*ARGUMENTS, *camera])
    phone = launched.new_context(**PHONE, permissions=["camera"])
    asked: list[str] = []
    phone.on("requestfinished", lambda request: asked.append(request.url))
    screen = Screen(phone.new_page(), site)
    screen.start(token)
    assert not any("jsQR" in url for url in asked)

    screen.page.get_by_role("button", name="Pindai label").click()
    expect(screen.page.get_by_text("Label ini bukan batch rute ini.")).to_be_visible()
    expect(screen.page.get_by_text("masuk. Tinggal 1.")).to_be_visible()
    screen.page.get_by_role("button", name="Selesai memindai").click()
    expect(screen.page.get_by_text("1 dari 2 batch ada di tas.")).to_be_visible()
    screen.page.get_by_role("checkbox").nth(1).check()
    screen.page.get_by_role("button", name="Pindai label").click()
    expect(screen.page.get_by_role("dialog")).to_have_count(0)
    expect(screen.page.get_by_text("2 dari 2 batch ada di tas.")).to_be_visible()
    screen.page.get_by_role("button", name="Berangkat").click()
    expect(screen.page.get_by_role("button", name="Tiba")).to_be_visible()
    expect(screen.page.get_by_text("semua diterima")).to_be_visible()
    launched.close()

    assert any("jsQR" in url for url in asked)
    assert [check.taken for check in rows(runtime, LoadCheck)] == [sorted(day.batch_ids)]


def the_code_is_required(runtime) -> None:
    """The office's own rule for every kind of document: the recipient's code and nothing else."""
    with runtime.db.transaction() as session:
        for kind, rule in policies.in_force(session, OFFICE, TUESDAY).items():
            terms = {field.name: getattr(rule, field.name) for field in fields(policies.Terms)}
            terms["proofs"] = {"photo": "off", "signature": "off", "code": "required", "scan": "off"}
            policy_changes.decide(session, OFFICE, policies.Terms(**terms), valid_from=TUESDAY, by=SARI, kind=kind)


def test_a_code_is_checked_without_a_network_and_five_tries_are_all(app, runtime, site, browser: Browser):
    """Wrong codes are told at the door; the right one is evidence; after five wrong ones the office is called."""
    the_code_is_required(runtime)
    day = a_day(runtime, on_route=((1,), (1,)))
    token = courier_phone(app, runtime, day.route_id, started=False).token
    right = codes.village_code(runtime.keys, OFFICE, village_of(runtime, day.batch_ids[0]), TUESDAY)
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    phone = browser.new_context(**PHONE)
    screen = Screen(phone.new_page(), site)
    screen.start(token)
    phone.set_offline(True)
    screen.leave()
    screen.arrive()
    screen.fill("Bu Sari")
    hand_over = screen.page.get_by_role("button", name="Serahkan")

    hand_over.click()
    expect(screen.page.get_by_text("Minta kode 6 angka dari penerima.")).to_be_visible()
    screen.page.get_by_label("Kode penerima").fill(wrong)
    hand_over.click()
    expect(screen.page.get_by_text("Kode tidak cocok.")).to_be_visible()
    expect(screen.page.get_by_text("Masih 4 kali.")).to_be_visible()
    screen.page.get_by_label("Kode penerima").fill(right)
    screen.hand_over()

    screen.arrive()
    screen.fill("Pak Budi")
    for left in (4, 3, 2, 1):
        screen.page.get_by_label("Kode penerima").fill(wrong)
        hand_over.click()
        expect(screen.page.get_by_text(f"Masih {left} kali.")).to_be_visible()
    screen.page.get_by_label("Kode penerima").fill(wrong)
    hand_over.click()
    expect(screen.page.get_by_text("Telepon kantor.")).to_be_visible()
    expect(screen.page.get_by_label("Kode penerima")).to_be_disabled()
    screen.page.reload()
    assert right not in screen.kept(), "the phone carries no code"
    screen.page.get_by_text("‹ Rute 4").click()
    phone.set_offline(False)
    expect(screen.page.get_by_text("semua diterima")).to_be_visible()
    phone.close()

    (proof,) = [proof for proof in rows(runtime, Proof) if proof.kind == "delivered"]
    assert (proof.received_by, proof.code_checked, proof.is_signed) == ("Bu Sari", True, True)
    assert states(runtime, Stop, *day.stop_ids) == ["done", "arrived"]
    assert all_is_well(runtime)
