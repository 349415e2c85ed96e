"""The simulator's outgoing callbacks: kept until they are sent, signed the partner's way, spoilt on request.

Standard Webhooks are signed with the library `standardwebhooks`, on purpose not `partners.webhooks`: the two sides
check each other.
"""

import base64
import secrets as randomness
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol
from urllib.parse import urlsplit

import httpx
from standardwebhooks.webhooks import Webhook

from partners.http import trusted


@dataclass(frozen=True, slots=True)
class Message:
    """One callback: its id for life, and the bytes that are signed."""

    id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Signed:
    """A callback as it goes out."""

    headers: Mapping[str, str]
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


class Signer(Protocol):
    """A partner's way to show that a callback is its own."""

    def sign(self, message: Message, path: str, at: datetime, *, wrong: bool) -> Signed:
        """Signed for our address's `path` as of `at`; `wrong` with a secret nobody knows."""
        ...

    def plain(self, message: Message) -> Signed:
        """The same without any signature."""
        ...


@dataclass
class StandardWebhooks:
    """Every one of the secrets signs; two while one replaces the other."""

    secrets: tuple[str, ...] = field(repr=False)

    def sign(self, message: Message, path: str, at: datetime, *, wrong: bool) -> Signed:
        secrets = [_unknown_secret()] if wrong else self.secrets
        signatures = [Webhook(secret).sign(message.id, at, message.body.decode()) for secret in secrets]
        headers = {
            "webhook-id": message.id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": " ".join(signatures),
        }
        return Signed(headers, message.body)

    def plain(self, message: Message) -> Signed:
        return Signed({}, message.body)


@dataclass
class FixedHeaders:
    """Partners that sign nothing: the same header every time, if any. Another value stands for a stranger's."""

    headers: Mapping[str, str] = field(repr=False)

    def sign(self, message: Message, path: str, at: datetime, *, wrong: bool) -> Signed:
        return Signed({name: "wrong" if wrong else value for name, value in self.headers.items()}, message.body)

    def plain(self, message: Message) -> Signed:
        return Signed({}, message.body)


class Callbacks:
    """Messages waiting for `url`. A message stays until some 2xx; every later round tries it again."""

    def __init__(self, url: str | None, signer: Signer, clock: Callable[[], datetime]) -> None:
        self.url = url
        self.signer = signer
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

    def drop(self, message: Message) -> None:
        """This one never goes out."""
        with self._lock:
            self._waiting = [one for one in self._waiting if one.id != message.id]

    def send(self, spoiling: Spoiling | None = None, only: Sequence[Message] | None = None) -> tuple[Sent, ...]:
        """Try to deliver all that waits, or `only` these; without a `url` everything keeps waiting."""
        if self.url is None:
            return ()
        how = spoiling or Spoiling()
        round_ = list(self.waiting if only is None else only)
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

    def probe(self) -> int | None:
        """The empty, unsigned call with which some partners try an address; the receiver's status."""
        if self.url is None:
            return None
        with httpx.Client(timeout=10.0, trust_env=False, verify=trusted()) as client:
            return client.post(self.url, content=b"").status_code

    def _send(self, client: httpx.Client, url: str, message: Message, how: Spoiling) -> Sent:
        signed = self.signed(message, how)
        if how.tampered:
            # inside the first inner object, if there is one: some partners sign only that
            place = signed.body.find(b":{") + 2 if b":{" in signed.body else 1
            signed = replace(signed, body=signed.body[:place] + b" " + signed.body[place:])
        headers = {"content-type": "application/json", **signed.headers}
        try:
            answer = client.post(url, content=signed.body, headers=headers)
        except httpx.TransportError:
            return Sent(message.id, None)
        return Sent(message.id, answer.status_code)

    def signed(self, message: Message, how: Spoiling | None = None) -> Signed:
        """A message as it goes out now."""
        how = how or Spoiling()
        if how.unsigned:
            return self.signer.plain(message)
        path = urlsplit(self.url or "").path
        return self.signer.sign(message, path, self._clock() - how.signed_ago, wrong=how.bad_signature)

    def headers(self, message: Message, how: Spoiling | None = None) -> dict[str, str]:
        """The signature headers for a message, as of now."""
        return dict(self.signed(message, how).headers)


def _unknown_secret() -> str:
    return "whsec_" + base64.b64encode(randomness.token_bytes(24)).decode()
