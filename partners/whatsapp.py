"""WhatsApp Cloud API: approved templates out, answers within the day, signed webhooks in.

- Sending: `POST /{phone number id}/messages` with a bearer token; `biz_opaque_callback_data` carries our id and comes
  back in every status. The API has no idempotency key, so a message may go out twice when an answer is lost.
- Webhook: GET handshake (`hub.mode=subscribe`, `hub.verify_token`, `hub.challenge`); POST signed in
  `X-Hub-Signature-256` = `sha256=` + hex HMAC-SHA256 of the raw body under the app secret. Statuses may repeat or come
  in any order.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from partners.base import BadSignature, NotUnderstood, Unreachable
from partners.http import Answer, PartnerHttp
from partners.messages import Asked, Fate, Outgoing, Refused, StatusTold
from partners.strict_json import Json, read_object

BASE_URL = "https://graph.facebook.com/v21.0"
LANGUAGE = "id"

# error codes of the API: what they mean to us
_PERSON = frozenset({131026, 131030, 131047, 131050, 131021})  # no WhatsApp there, not allowed, or wants none
_LATER = frozenset({4, 80007, 130429, 131000, 131016, 131048, 131056, 133004, 1, 2})  # limits and outages
_ACCOUNT = frozenset({0, 3, 10, 190, 200, 368, 131005, 131031, 131042, 131045, 132000, 132001, 132005, 132007, 132012})
_ACCOUNT_MORE = frozenset({132015, 132016, 133010, 33})


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatsAppSettings:
    """An office's account. `allowed_hosts` is more than Meta's only for a simulator."""

    phone_number_id: str
    token: str = field(repr=False)
    app_secret: str = field(repr=False)
    verify_token: str = field(repr=False)
    base_url: str = BASE_URL
    allowed_hosts: frozenset[str] = frozenset({"graph.facebook.com"})
    timeout: float = 10.0

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9]{5,20}", self.phone_number_id, re.ASCII):
            raise ValueError("the phone number id is digits")
        if min(len(self.token), len(self.app_secret), len(self.verify_token)) < 8:
            raise ValueError("token, app secret and verify token have at least eight characters each")


class WhatsApp:
    """An office's WhatsApp number. Safe to share between threads."""

    name = "whatsapp"

    def __init__(self, settings: WhatsAppSettings) -> None:
        self._settings = settings
        self._http = PartnerHttp(
            settings.base_url,
            allowed_hosts=settings.allowed_hosts,
            headers={"authorization": f"Bearer {settings.token}"},
            timeout=settings.timeout,
        )

    def send(self, message: Outgoing) -> str:
        """A template when the message names one, else free text, which Meta takes within a day of a person's word."""
        body: dict[str, Json] = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": message.to,
            "biz_opaque_callback_data": message.id,
        }
        if message.template:
            body |= {"type": "template", "template": _template(message)}
        else:
            body |= {"type": "text", "text": {"body": message.text, "preview_url": False}}
        answer = self._http.call("POST", f"/{self._settings.phone_number_id}/messages", json=body)
        if answer.status == 200:
            return _read(_SentIn, answer.body).messages[0].id
        raise _refusal(answer)

    def challenge(self, query: Mapping[str, str]) -> str:
        """What Meta wants to hear when somebody sets up the webhook. Raises BadSignature for anybody else."""
        given = query.get("hub.verify_token", "").encode(errors="replace")
        is_known = hmac.compare_digest(given, self._settings.verify_token.encode())
        if query.get("hub.mode") != "subscribe" or not is_known:
            raise BadSignature("the verify token is not ours")
        return query.get("hub.challenge", "")[:200]

    def parse(self, headers: Mapping[str, str], body: bytes) -> tuple[Sequence[StatusTold], Sequence[Asked]]:
        """What a webhook tells of this number. Raises BadSignature, or NotUnderstood for words nobody knows."""
        given = {name.lower(): value for name, value in headers.items()}.get("x-hub-signature-256", "")
        expected = "sha256=" + hmac.new(self._settings.app_secret.encode(), body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(given.encode(errors="replace"), expected.encode()):
            raise BadSignature("this webhook is not signed with our app secret")
        told = _read(_WebhookIn, body)
        values = [change.value for entry in told.entry for change in entry.changes if change.field == "messages"]
        mine = [value for value in values if value.metadata.phone_number_id == self._settings.phone_number_id]
        statuses = [_status(one) for value in mine for one in value.statuses if one.status in _FATES]
        asked = [
            Asked(
                id=one.id, sender=one.sender, text=one.text.body if one.text else "", at=_instant(one.timestamp, body)
            )
            for value in mine
            for one in value.messages
        ]
        return statuses, asked

    def close(self) -> None:
        self._http.close()


def _template(message: Outgoing) -> Json:
    # Meta refuses line ends, tabs and runs of spaces in a parameter
    values = [{"type": "text", "text": re.sub(r"\s+", " ", value).strip() or "-"} for value in message.parameters]
    components: list[Json] = [{"type": "body", "parameters": values}] if values else []
    return {"name": message.template, "language": {"code": LANGUAGE}, "components": components}


def _refusal(answer: Answer) -> Exception:
    if answer.status == 429:
        return Unreachable("too many messages just now", sent=False, retry_after=answer.retry_after)
    try:
        code = _ErrorIn.model_validate(read_object(answer.body)).error.code
    except ValueError:
        if answer.status >= 500:
            return Unreachable(f"the channel failed with {answer.status}", sent=True)
        return NotUnderstood(f"an answer with status {answer.status} was not expected", answer.body)
    if code in _PERSON:
        return Refused("person", str(code))
    if code in _LATER:
        return Unreachable("the channel takes no messages just now", sent=False, retry_after=answer.retry_after)
    if code in _ACCOUNT | _ACCOUNT_MORE or answer.status in (401, 403):
        return Refused("account", str(code))
    if answer.status >= 500:
        return Unreachable(f"the channel failed with {answer.status}", sent=True)
    return Refused("message", str(code))


_FATES: Mapping[str, Fate] = {"sent": "sent", "delivered": "delivered", "read": "read", "failed": "failed"}


def _status(one: "_StatusIn") -> StatusTold:
    return StatusTold(
        reference=one.id,
        our_id=one.biz_opaque_callback_data,
        fate=_FATES[one.status],
        at=_instant(one.timestamp, b""),
        code=str(one.errors[0].code) if one.errors else "",
    )


def _instant(seconds: str, raw: bytes) -> datetime:
    if not re.fullmatch(r"[0-9]{1,11}", seconds, re.ASCII):
        raise NotUnderstood("a timestamp is not whole seconds", raw)
    return datetime.fromtimestamp(int(seconds), UTC)


def _read[T: BaseModel](shape: type[T], raw: bytes) -> T:
    try:
        return shape.model_validate(read_object(raw))
    except ValidationError as mistakes:
        where = ", ".join(sorted({".".join(map(str, mistake["loc"])) or "body" for mistake in mistakes.errors()}))
        raise NotUnderstood(f"not as documented: {where}", raw) from None
    except ValueError as mistake:
        raise NotUnderstood(str(mistake), raw) from None


class _Told(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Reference(_Told):
    id: str = Field(min_length=1, max_length=128)


class _SentIn(_Told):
    messages: list[_Reference] = Field(min_length=1)


class _Code(_Told):
    code: int = 0


class _ErrorIn(_Told):
    error: _Code


class _StatusIn(_Told):
    id: str = Field(max_length=128)
    status: str
    timestamp: str
    biz_opaque_callback_data: str = Field("", max_length=512)
    errors: list[_Code] = []


class _TextIn(_Told):
    body: str = Field("", max_length=4096)


class _MessageIn(_Told):
    id: str = Field(min_length=1, max_length=128)
    sender: str = Field(alias="from", max_length=20)
    timestamp: str
    text: _TextIn | None = None


class _Metadata(_Told):
    phone_number_id: str


class _Value(_Told):
    metadata: _Metadata
    statuses: list[_StatusIn] = []
    messages: list[_MessageIn] = []


class _Change(_Told):
    field: str
    value: _Value


class _Entry(_Told):
    changes: list[_Change] = []


class _WebhookIn(_Told):
    entry: list[_Entry]
