"""SMS through a gateway over HTTP: the one small contract that a gateway, or a few lines before it, has to speak.

`POST {base_url}/messages` with a bearer key and `{"id", "to", "from", "text"}` → 200 to 202 with `{"id": "…"}`. The
same `id` again is the same message. 400 and 422: this number or text cannot be; 401, 402 and 403: the account; 429 and
5xx: later.
"""

import re
from dataclasses import dataclass, field

from partners.base import NotUnderstood, Unreachable
from partners.http import PartnerHttp
from partners.messages import Outgoing, Refused
from partners.strict_json import read_object


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsSettings:
    """An office's account with a gateway."""

    base_url: str
    key: str = field(repr=False)
    sender: str
    allowed_hosts: frozenset[str]
    timeout: float = 10.0

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9 ]{3,15}", self.sender, re.ASCII) or len(self.key) < 8:
            raise ValueError("a sender has 3 to 15 letters or digits, a key at least eight characters")


class Sms:
    """A gateway that sends text messages. Safe to share between threads."""

    name = "sms"

    def __init__(self, settings: SmsSettings) -> None:
        self._settings = settings
        self._http = PartnerHttp(
            settings.base_url,
            allowed_hosts=settings.allowed_hosts,
            headers={"authorization": f"Bearer {settings.key}"},
            timeout=settings.timeout,
        )

    def send(self, message: Outgoing) -> str:
        body = {"id": message.id, "to": message.to, "from": self._settings.sender, "text": message.text}
        answer = self._http.call("POST", "/messages", json=body)
        if answer.status in (200, 201, 202):
            try:
                return str(read_object(answer.body)["id"])[:128]
            except (ValueError, KeyError):
                raise NotUnderstood("the gateway gave no id", answer.body) from None
        if answer.status in (400, 422):
            raise Refused("person", str(answer.status))
        if answer.status in (401, 402, 403):
            raise Refused("account", str(answer.status))
        if answer.status == 429 or answer.status >= 500:
            raise Unreachable(
                "the gateway takes none just now", sent=answer.status != 429, retry_after=answer.retry_after
            )
        raise NotUnderstood(f"an answer with status {answer.status} was not expected", answer.body)

    def close(self) -> None:
        self._http.close()
