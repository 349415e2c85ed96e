"""The simulator's outgoing callbacks: kept until they are sent, signed by Standard Webhooks, spoilt on request.

Signing uses the library `standardwebhooks`, on purpose not `partners.webhooks`: the two sides check each other.
"""

import base64
import secrets as randomness
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock

import httpx
from standardwebhooks.webhooks import Webhook

from partners.http import trusted


@dataclass(frozen=True, slots=True)
class Message:
    """One callback: its id for life, and the bytes that are signed."""

    id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Sent:
    """One try to deliver a message: the receiver's status, None when it could not be reached."""

    message_id: str
    status: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoiling:
    """How a round of callbacks goes wrong; the default is not at all."""

    twice: bool = False
    reordered: bool = False
    """Newest first."""
    signed_ago: timedelta = timedelta(0)
    """Signed that long before now (negative: after), as a clock or a queue would have it."""
    bad_signature: bool = False
    """Signed with a secret nobody knows."""
    unsigned: bool = False
    tampered: bool = False
    """The body changed after signing."""


class Callbacks:
    """Messages waiting for `url`. A message stays until some 2xx; every later round tries it again."""

    def __init__(self, url: str | None, secrets: Sequence[str], clock: Callable[[], datetime]) -> None:
        self.url = url
        self.secrets = tuple(secrets)
        """Every one of them signs; two while one replaces the other."""
        self._clock = clock
        self._waiting: list[Message] = []
        self._lock = Lock()

    @property
    def waiting(self) -> tuple[Message, ...]:
        with self._lock:
            return tuple(self._waiting)

    def add(self, message: Message) -> None:
        with self._lock:
            self._waiting.append(message)

    def send(self, spoiling: Spoiling | None = None) -> tuple[Sent, ...]:
        """Try to deliver all that waits; without a `url` nothing is sent and everything keeps waiting."""
        if self.url is None:
            return ()
        how = spoiling or Spoiling()
        round_ = list(self.waiting)
        if how.reordered:
            round_.reverse()
        if how.twice:
            round_ = [message for message in round_ for _ in range(2)]
        with httpx.Client(timeout=10.0, trust_env=False, verify=trusted()) as client:
            sent = tuple(self._send(client, self.url, message, how) for message in round_)
        arrived = {one.message_id for one in sent if one.status is not None and 200 <= one.status < 300}
        with self._lock:
            self._waiting = [message for message in self._waiting if message.id not in arrived]
        return sent

    def _send(self, client: httpx.Client, url: str, message: Message, how: Spoiling) -> Sent:
        headers = {"content-type": "application/json"}
        if not how.unsigned:
            headers |= self.headers(message, how)
        if how.tampered:
            message = replace(message, body=message.body.replace(b'"', b' "', 1))
        try:
            answer = client.post(url, content=message.body, headers=headers)
        except httpx.TransportError:
            return Sent(message.id, None)
        return Sent(message.id, answer.status_code)

    def headers(self, message: Message, how: Spoiling | None = None) -> dict[str, str]:
        """The three signature headers for a message, as of now."""
        how = how or Spoiling()
        signed_at = self._clock() - how.signed_ago
        secrets = [_unknown_secret()] if how.bad_signature else self.secrets
        signatures = [Webhook(secret).sign(message.id, signed_at, message.body.decode()) for secret in secrets]
        return {
            "webhook-id": message.id,
            "webhook-timestamp": str(int(signed_at.timestamp())),
            "webhook-signature": " ".join(signatures),
        }


def _unknown_secret() -> str:
    return "whsec_" + base64.b64encode(randomness.token_bytes(24)).decode()
