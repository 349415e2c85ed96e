"""The office's own programs hear of every change, signed, at least once; nothing inside the network can be reached."""

import base64
import contextlib
import dataclasses
import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import text

from dispatch.app import create_app
from dispatch.errors import Invalid
from dispatch.jobs import perform_due
from dispatch.services import webhooks
from dispatch.services.verify import verify
from dispatch.store.audit import SYSTEM
from dispatch.store.models import Document, WebhookDelivery, WebhookEndpoint
from dispatch.store.states import move
from partners.outgoing import refuse, tell
from partners.webhooks import Secret
from partners.webhooks import verify as verified
from tests.databases import OFFICE, OTHER_OFFICE
from tests.dispatch.finished import SARI
from tests.dispatch.stories import all_is_well, open_cases, rows
from tests.dispatch.told import SITI, people

PAGE = {"Accept": "text/html"}
SECRET = "whsec_" + base64.b64encode(b"x" * 32).decode()


class Receiver:
    """A program of the office: a real server that keeps what it hears and answers what it was told to."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.heard.append(({k.lower(): v for k, v in self.headers.items()}, body))
                status = receiver.answers.pop(0) if receiver.answers else 204
                self.send_response(status)
                if status in (301, 302, 307):
                    self.send_header("location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")
                content = b"x" * 2_000_000 if status == 299 else b""
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                with contextlib.suppress(ConnectionError):
                    self.wfile.write(content)

            def log_message(self, *_args: object) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/antar"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def bodies(self) -> list[dict]:
        return [json.loads(body) for _, body in self.heard]

    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.heard]


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def app(settings, clock):
    """As the shared one, but webhooks may go to this machine, where the receiver is."""
    made = create_app(dataclasses.replace(settings, webhooks_on_loopback=True), clock)
    yield made
    made.extensions["antar"].db.close()


def listen(runtime, url: str, *states: str) -> tuple[str, str]:
    """An endpoint of the office: its id and its secret."""
    with runtime.db.transaction() as session:
        endpoint, secret = webhooks.add_endpoint(session, runtime.keys, OFFICE, url, states, on_loopback=True, by=SARI)
        return endpoint.id, secret


def hold(runtime, document_id: str) -> None:
    with runtime.db.transaction() as session:
        move(session, session.get_one(Document, document_id), "held", by=SYSTEM)


def statuses(runtime) -> list[str]:
    return [delivery.status for delivery in sorted(rows(runtime, WebhookDelivery), key=lambda one: one.event_seq)]


def test_a_change_is_told_with_ids_and_the_upstream_number_and_signed(runtime, receiver):
    _id, secret = listen(runtime, receiver.url)
    (document_id,) = people(runtime, SITI)
    perform_due(runtime)

    ((headers, body),) = receiver.heard
    told = verified(headers, body, [Secret.parse(secret)], runtime.clock.now())
    assert told.fresh
    said = json.loads(body)
    assert (said["type"], said["timestamp"]) == ("document.ready", "2026-11-24T01:00:00+00:00")
    assert said["data"] | {"sequence": 0} == {
        "office": OFFICE, "document_id": document_id, "request_number": "R0", "state": "ready",
        "previous_state": None, "version": 1, "sequence": 0,
    }  # fmt: skip
    assert all_is_well(runtime)


def test_c27_nothing_of_a_person_is_in_what_is_told(runtime, receiver):
    listen(runtime, receiver.url)
    (document_id,) = people(runtime, SITI, kind="akta_perceraian")
    with runtime.db.transaction() as session:
        session.get_one(Document, document_id).request_number = "auto-0123456789"
    hold(runtime, document_id)
    perform_due(runtime)

    everything = b" ".join(body for _, body in receiver.heard).decode() + str([h for h, _ in receiver.heard])
    for secret in ("Siti", SITI, "3505014107900001", "perceraian", "auto-"):
        assert secret not in everything
    assert len(receiver.heard) == 2


def test_only_the_states_that_were_asked_for_and_only_this_offices(runtime, receiver):
    listen(runtime, receiver.url, "held")
    people(runtime, SITI, office=OTHER_OFFICE)
    (document_id,) = people(runtime, SITI)
    hold(runtime, document_id)
    perform_due(runtime)

    assert [said["type"] for said in receiver.bodies()] == ["document.held"]


def test_a_receiver_that_is_away_is_told_later_under_the_same_id(runtime, receiver, clock):
    listen(runtime, receiver.url)
    receiver.answers = [500, 302, 404]
    people(runtime, SITI)
    perform_due(runtime)
    for pause in webhooks.PAUSES[:3]:
        clock.advance(pause)
        perform_due(runtime)

    assert len(receiver.heard) == 4
    assert len(set(receiver.ids())) == 1
    assert statuses(runtime) == ["sent"]
    times = [headers["webhook-timestamp"] for headers, _ in receiver.heard]
    assert times == sorted(set(times))  # each try is signed anew


def test_t15_a_redirect_is_not_followed_and_an_endless_answer_is_cut(runtime, receiver):
    listen(runtime, receiver.url)
    receiver.answers = [307, 299]
    people(runtime, SITI, "")
    perform_due(runtime)

    assert statuses(runtime) == ["waiting", "waiting"]
    assert len(receiver.heard) == 2
    assert {one.answer or one.error for one in rows(runtime, WebhookDelivery)} == {307, "answer too large"}


def test_after_three_days_the_endpoint_is_switched_off_and_a_person_told(runtime, receiver, clock, sign_in):
    endpoint_id, _ = listen(runtime, receiver.url)
    receiver.answers = [503] * 20
    (document_id,) = people(runtime, SITI)
    perform_due(runtime)
    for pause in webhooks.PAUSES:
        clock.advance(pause)
        perform_due(runtime)

    assert statuses(runtime) == ["failed"]
    assert len(receiver.heard) == 11
    assert open_cases(runtime) == ["webhook_disabled"]
    hold(runtime, document_id)  # told to nobody meanwhile
    receiver.answers = []
    boss = sign_in("supervisor")
    boss.post(f"/api/v1/webhooks/{endpoint_id}/active", json={"is_active": True})
    first = min(one.event_seq for one in rows(runtime, WebhookDelivery))

    again = boss.post(f"/api/v1/webhooks/{endpoint_id}/replay", json={"first": first, "last": first + 50})
    perform_due(runtime)

    assert (again.status_code, again.json["messages"]) == (202, 2)
    # both are due at the same moment: whichever goes first, the one sent before keeps its id
    assert sorted(said["type"] for said in receiver.bodies()[11:]) == ["document.held", "document.ready"]
    assert receiver.ids()[0] in receiver.ids()[11:]
    assert all_is_well(runtime)


def test_410_means_gone(runtime, receiver):
    listen(runtime, receiver.url)
    receiver.answers = [410]
    people(runtime, SITI, "")
    perform_due(runtime)

    assert sorted(statuses(runtime)) == ["failed", "stopped"]
    assert open_cases(runtime) == ["webhook_disabled"]


def test_after_a_rotation_both_secrets_sign_for_a_day(runtime, receiver, clock, sign_in):
    endpoint_id, old = listen(runtime, receiver.url)
    new = sign_in("supervisor").post(f"/api/v1/webhooks/{endpoint_id}/secret").json["secret"]

    def fits(secret: str) -> bool:
        headers, body = receiver.heard[-1]
        try:
            return verified(headers, body, [Secret.parse(secret)], runtime.clock.now()).fresh
        except Exception:
            return False

    people(runtime, SITI)
    perform_due(runtime)
    assert (fits(old), fits(new), old != new) == (True, True, True)
    clock.advance(timedelta(hours=25))
    people(runtime, SITI)
    perform_due(runtime)

    assert (fits(old), fits(new)) == (False, True)


def test_t19_secrets_are_sealed_and_shown_once(runtime, receiver, sign_in):
    boss = sign_in("supervisor")
    made = boss.post("/api/v1/webhooks", json={"url": receiver.url}, headers={"Idempotency-Key": "only-once-please"})

    assert (made.status_code, made.json["secret"][:6]) == (201, "whsec_")
    assert boss.post("/api/v1/webhooks", json={"url": receiver.url}).status_code == 409
    assert "whsec_" not in boss.get("/api/v1/webhooks").text
    assert "whsec_" not in boss.get("/webhooks", headers=PAGE).text
    with runtime.db.reading() as session:
        for table in ("webhook_endpoint", "idempotency_key", "job"):
            assert made.json["secret"] not in str(session.execute(text(f"SELECT * FROM {table}")).all())


def test_the_page_adds_shows_once_rotates_and_switches_off(runtime, receiver, sign_in):
    boss = sign_in("supervisor")
    added = boss.post("/webhooks", data={"url": receiver.url, "states": ["delivered"]}, headers=PAGE)
    (endpoint,) = rows(runtime, WebhookEndpoint)
    rotated = boss.post(f"/webhooks/{endpoint.id}/secret", headers=PAGE)
    boss.post(f"/webhooks/{endpoint.id}/active", data={"is_active": "0"}, headers=PAGE)

    assert "whsec_" in added.text
    assert "whsec_" in rotated.text
    assert [row.is_active for row in rows(runtime, WebhookEndpoint)] == [False]
    assert sign_in("dispatcher").get("/webhooks", headers=PAGE).status_code == 403


def test_t10_another_offices_endpoint_does_not_exist(runtime, receiver, sign_in):
    endpoint_id, _ = listen(runtime, receiver.url)
    stranger = sign_in("supervisor", OTHER_OFFICE)

    assert stranger.post(f"/api/v1/webhooks/{endpoint_id}/secret").status_code == 404
    assert stranger.get(f"/api/v1/webhooks/{endpoint_id}/deliveries").json["items"] == []
    assert stranger.post(f"/api/v1/webhooks/{endpoint_id}/replay", json={"first": 1, "last": 2}).status_code == 404


@pytest.mark.parametrize(
    "url",
    [
        "http://esiap.contoh.go.id/x", "https://127.0.0.1/x", "https://localhost/x", "https://localhost./x",
        "https://10.1.2.3/", "https://192.168.1.1/", "https://169.254.169.254/latest", "https://[::1]/",
        "https://[::ffff:10.0.0.1]/", "https://[fe80::1]/", "https://100.64.0.1/", "https://0.0.0.0/", "https://esiap/x",
        "https://user:pass@contoh.go.id/", "https://contoh.go.id/?a=1", "https://contoh.go.id/#x", "ftp://contoh.go.id/",
        "https://contoh.go.id\\@10.0.0.1/", "https:///x", "https://contoh.go.id:99999/", "", "https://contoh.go.id/ x",
    ],
)  # fmt: skip
def test_t15_addresses_that_are_refused_when_they_are_written_down(session, runtime, url):
    with pytest.raises(Invalid):
        webhooks.add_endpoint(session, runtime.keys, OFFICE, url, by=SARI)


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.1", "localtest.invalid"])
def test_t15_names_that_lead_inside_are_not_connected_to(runtime, receiver, host):
    port = receiver.server.server_port

    told = tell(
        f"https://{host}:{port}/", message_id="msg_1", body={}, secrets=[SECRET], at=runtime.clock.now(), timeout=5
    )

    assert (told.status, receiver.heard) == (0, [])


def test_t15_without_the_setting_this_machine_is_out_of_reach(runtime, receiver):
    told = tell(receiver.url, message_id="msg_1", body={}, secrets=[SECRET], at=runtime.clock.now())

    assert (told.status, told.problem, receiver.heard) == (0, "refused", [])
    refuse("https://esiap.blitarkab.go.id/antar/")


def test_a_planted_violation_is_found(runtime, receiver):
    listen(runtime, receiver.url)
    people(runtime, SITI)
    perform_due(runtime)
    with runtime.db.transaction() as session:
        session.execute(text("UPDATE webhook_endpoint SET secrets_sealed = 'whsec_clear'"))
        session.execute(text("UPDATE webhook_delivery SET sent_at = NULL"))

    with runtime.db.reading() as session:
        assert len(verify(session, runtime.files, only=["webhook-sealed"])) == 2
