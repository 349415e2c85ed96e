"""A rider's phone that works without a network: it keeps the route, signs what is tapped, and sends when it can."""

import base64
import json
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dispatch.demo.people import LinkHolder, hidden, picture


class Phone(LinkHolder):
    """What the page `/c/app` does, without its screen: a key of its own, an outbox, and lists of signed texts."""

    def __init__(self, url: str, clock: Callable[[], datetime]) -> None:
        super().__init__(url)
        self.has_signal = True
        self._clock = clock
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._outbox: list[dict[str, str]] = []

    @property
    def waiting(self) -> int:
        """Confirmations that are "di HP" and not yet with the office."""
        return len(self._outbox)

    def open(self, link: str, start: str = "/c/start") -> None:
        token = hidden(self.page(httpx.URL(link).path), "token")
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.send(start, data={"token": token, "public_key": _base64url(point)})

    def load_everything(self) -> list[dict[str, Any]]:
        """Count every batch into the bag and leave; the stops in their order."""
        batches = [batch["id"] for batch in self.json("/c/data")["load"]]
        self._tap(kind="loaded", taken=batches, missing=[])
        stops: list[dict[str, Any]] = self.json("/c/data")["stops"]
        return stops

    def hand_over(self, stop: dict[str, Any], *, to: str, relation: str) -> None:
        """A name, a position and the old cards that are due; a photo where there is a signal to send it."""
        told = {"lat": stop["lat"], "lon": stop["lon"], "accuracy_m": 12.0, "old_cards": stop["cards_due"]}
        if self.has_signal:
            told["photo_sha"] = self.send("/c/photos", content=picture()).json()["sha256"]
        self._tap(kind="delivered", stop_id=stop["id"], received_by=to, relation=relation, **told)

    def give_up(self, stop: dict[str, Any], reason: str) -> None:
        """Nobody takes it there; it stays in the bag."""
        self._tap(kind="failed", stop_id=stop["id"], reason=reason, lat=stop["lat"], lon=stop["lon"])

    def find_signal(self) -> int:
        """The network is back: everything is sent, twice, as a phone does that saw no answer. How much that was."""
        self.has_signal, waiting = True, list(self._outbox)
        first = self._send(waiting)
        if first != self._send(waiting):
            raise RuntimeError("the same confirmations must get the same receipts")
        return len(waiting)

    def _tap(self, **item: Any) -> None:
        told = {"event_id": secrets.token_hex(16), **item, "device_at": self._clock().isoformat()}
        text = json.dumps(told)
        r, s = decode_dss_signature(self._key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        signature = _base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
        self._outbox.append({"signed": text, "signature": signature})
        if self.has_signal:
            self._send(self._outbox)

    def _send(self, items: Sequence[dict[str, str]]) -> list[dict[str, Any]]:
        """The receipts; what got one leaves the outbox."""
        body = {"proofs": list(items), "phone_now": self._clock().isoformat()}
        answers = self.send("/c/proofs", json=body).json()["results"]
        refused = [answer for answer in answers if answer["status"] != 200 or answer["receipt"]["is_conflict"]]
        if refused:
            raise RuntimeError(f"the office did not take in {refused}")
        self._outbox = []
        return [answer["receipt"] for answer in answers]


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
