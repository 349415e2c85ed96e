"""The edge itself: which hosts are called, which JSON is read, and how strict the simulated courier is."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from partners.base import BadSignature, NotUnderstood, Unreachable
from partners.http import PartnerHttp
from partners.simulator import MEANING, Fault
from partners.strict_json import read_json, write_json
from partners.webhooks import Secret, signature
from tests.partners.conftest import KEY, SECRET, Side, an_order


class TestWhoIsCalled:
    @pytest.mark.parametrize(
        ("address", "allowed"),
        [
            ("https://courier.example", "other.example"),
            ("http://courier.example", "courier.example"),
            ("ftp://courier.example", "courier.example"),
            ("https://user:pass@courier.example", "courier.example"),
            ("https://courier.example/?a=1", "courier.example"),
            ("http://127.0.0.1:9", "localhost"),
        ],
    )
    def test_only_listed_hosts_over_https(self, address: str, allowed: str) -> None:
        with pytest.raises(ValueError):
            PartnerHttp(address, allowed_hosts={allowed}, headers={})

    @pytest.mark.parametrize(
        "host", ["10.0.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "[::ffff:10.0.0.1]", "0.0.0.0"]
    )
    def test_private_networks_are_never_entered(self, host: str) -> None:
        http = PartnerHttp(f"https://{host}", allowed_hosts={host.strip("[]")}, headers={})

        with pytest.raises(Unreachable) as failure:
            http.call("GET", "/")

        assert not failure.value.sent
        assert "private network" in str(failure.value.__cause__)

    def test_errors_name_neither_address_nor_reference(self, side: Side) -> None:
        side.courier.server.refuse_connections()
        with pytest.raises(Unreachable) as failure:
            side.partner.find("A-SECRET")
        assert "A-SECRET" not in str(failure.value)
        assert "127.0.0.1" not in str(failure.value)


class TestStrictJson:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b'{"a":1,"a":2}',
            b'{"a":NaN}',
            b"[Infinity]",
            b"[-1e400]",
            b'["\\u0000"]',
            b'["\\ud800"]',
            b'{"\\ud800":1}',
            b"\xff",
            b"[" * 33 + b"]" * 33,
            b"[" * 100_000 + b"]" * 100_000,
            b"1" * 5_000,
            b"{} {}",
        ],
    )
    def test_what_two_readers_could_read_differently_is_refused(self, body: bytes) -> None:
        with pytest.raises(ValueError):
            read_json(body)

    def test_what_is_written_is_read_back(self) -> None:
        value = {"nama": "Ibu Sari — Désa", "jumlah": 3, "posisi": [-8.1, None, True]}
        assert read_json(write_json(value)) == value


class TestCallbackBodies:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"[]",
            b'{"id":"evt_1","id":"evt_1"}',
            b'{"id":"evt_1"}',
            b'{"id":"evt_2","order_id":"o","reference":"A-1","status":"created","at":"2026-11-03T03:00:00+00:00"}',
            b'{"id":"evt_1","order_id":"o","reference":"A-1","status":"created","at":"2026-11-03T03:00:00"}',
            b'{"id":"evt_1","order_id":"o","reference":"A-1","status":"created","at":1730600000}',
            b'{"id":"evt_1","order_id":"o","reference":"A-1","status":"created","at":"0001-01-01T00:00:00+14:00"}',
            b'{"id":"evt_1","order_id":"o","reference":7,"status":"created","at":"2026-11-03T03:00:00+00:00"}',
            b'{"id":"evt_1","order_id":"o","reference":"A-1","status":"DELIVERED","at":"2026-11-03T03:00:00+00:00"}',
            b'{"id":"evt_1","order_id":"o","reference":"A-1","status":"delivered","at":"2026-11-03T03:00:00Z","proof":{}}',
        ],
    )
    def test_signed_but_strange_bodies_are_kept_whole(self, side: Side, body: bytes) -> None:
        timestamp = str(int(side.clock().timestamp()))
        headers = {
            "webhook-id": "evt_1",
            "webhook-timestamp": timestamp,
            "webhook-signature": signature(Secret.parse(SECRET), "evt_1", timestamp, body),
        }
        with pytest.raises(NotUnderstood) as strange:
            side.partner.parse_callback(headers, body, side.clock())
        assert strange.value.raw == body

    def test_an_empty_probe_without_signature_is_refused(self, side: Side) -> None:
        with pytest.raises(BadSignature):
            side.partner.parse_callback({}, b"", side.clock())


@pytest.fixture
def side(reference_side: Side) -> Side:
    return reference_side


class TestTheSimulatedCourier:
    @pytest.fixture
    def raw(self, side: Side) -> Iterator[httpx.Client]:
        key = {"authorization": f"Bearer {KEY}"}
        with httpx.Client(base_url=side.courier.base_url, headers=key, trust_env=False) as client:
            yield client

    @pytest.fixture
    def written(self, side: Side) -> dict[str, object]:
        """An order as the adapter writes it."""
        side.partner.quote(an_order())
        body = read_json(side.courier.server.calls[-1].body)
        assert isinstance(body, dict)
        return body

    def test_nothing_is_answered_without_the_key(self, side: Side) -> None:
        for path in ("/v1/orders?reference=A-1", "/simulator/orders", "/anything"):
            assert httpx.get(side.courier.base_url + path, trust_env=False).status_code == 401

    @pytest.mark.parametrize(
        "changed",
        [
            {"nik": "3505010101010001"},
            {"reference": ""},
            {"reference": "A 1"},
            {"drops": []},
            {"service": "pesawat"},
            {"quote_id": "q_never"},
            {"pickup": {"name": "Kantor"}},
            {"ready_at": "besok"},
        ],
    )
    def test_it_refuses_fields_it_did_not_document(
        self, raw: httpx.Client, written: dict[str, object], side: Side, changed: dict[str, object]
    ) -> None:
        answer = raw.post("/v1/orders", json=written | changed)
        assert answer.status_code == 422
        assert answer.json()["error"]["code"] in ("invalid", "quote_expired")
        assert side.courier.orders == ()

    def test_it_can_be_played_from_another_process(self, raw: httpx.Client, side: Side) -> None:
        raw.post("/simulator/faults", json={"fault": "no_money", "on": "quote"}).raise_for_status()
        with pytest.raises(Exception, match="insufficient_balance"):
            side.partner.quote(an_order())
        side.partner.book(an_order("A-1"))
        event = {"status": "delivered", "received_by": "Ibu Sari"}
        raw.post("/simulator/orders/A-1/events", json=event).raise_for_status()

        told = raw.post("/simulator/callbacks", json={"twice": True, "reordered": True}).json()

        assert [one["status"] for one in told["sent"]] == [204] * 4
        assert told["waiting"] == 0
        assert [event.kind for event in side.door.events] == ["delivered", "delivered", "created", "created"]
        assert raw.get("/simulator/orders").json()["orders"][0]["status"] == "delivered"

    def test_every_fault_says_what_it_does(self) -> None:
        assert set(MEANING) == set(Fault)
        assert {meaning.partition(";")[0] for meaning in MEANING.values()} == {"done", "nothing done"}

    def test_a_body_that_is_not_json_is_refused(self, raw: httpx.Client) -> None:
        assert raw.post("/v1/orders", content=b"{", headers={"content-type": "application/json"}).status_code == 422
        assert raw.post("/v1/orders", content=b"{}", headers={"content-type": "text/plain"}).status_code == 422
        assert raw.get("/v1/nothing").status_code == 404


class TestEncryption:
    @pytest.fixture
    def certificate(self, tmp_path: Path) -> Path:
        """A certificate for 127.0.0.1 with its key, which nobody vouches for."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "courier")])
        today = datetime.now(UTC)
        alternative = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        certificate = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(today - timedelta(days=1))
            .not_valid_after(today + timedelta(days=1))
            .add_extension(alternative, critical=False)
            .sign(key, SHA256())
        )
        plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file = tmp_path / "courier.pem"
        file.write_bytes(plain + certificate.public_bytes(Encoding.PEM))
        return file

    def test_a_courier_nobody_vouches_for_is_sent_nothing(self, certificate: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        arrived: list[bytes] = []

        with socket.create_server(("127.0.0.1", 0)) as listening:

            def answer() -> None:
                connection, _ = listening.accept()
                with connection, suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
                    arrived.append(secure.recv(100))

            thread = threading.Thread(target=answer)
            thread.start()
            http = PartnerHttp(
                f"https://127.0.0.1:{listening.getsockname()[1]}", allowed_hosts={"127.0.0.1"}, headers={}
            )
            with pytest.raises(Unreachable) as failure:
                http.call("POST", "/v1/orders", json={})
            thread.join()

        assert not failure.value.sent
        assert arrived in ([], [b""])
