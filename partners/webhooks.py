"""Standard Webhooks: sign and verify a callback, byte for byte.

The specification (standardwebhooks.com, symmetric signatures, `v1`):

- headers `webhook-id` (the same for every try of one message), `webhook-timestamp` (whole Unix seconds of this try) and
  `webhook-signature` (one or more signatures, space between them, each `version,value`; unknown versions are skipped);
- signed are the bytes `id + "." + timestamp + "." + raw body`; neither id nor timestamp may hold a full stop;
- a `v1` signature is the standard base64 of HMAC-SHA256 under the secret's bytes;
- a secret is written `whsec_` + base64 of 24 to 64 random bytes.

The library `standardwebhooks` is not used to verify: it reads the machine's clock, has one fixed tolerance and treats
an old but genuine message like a forged one. For us such a message is a hint to ask the partner.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from partners.base import BadSignature, in_utc

TOLERANCE = timedelta(seconds=300)
"""How far the signed time may lie from our clock, either way, for the message to count at once."""


@dataclass(frozen=True, slots=True)
class Secret:
    """One shared secret; never shown."""

    key: bytes

    @classmethod
    def parse(cls, written: str) -> "Secret":
        """From `whsec_<base64>`; ValueError when it is no such thing. The message never repeats the secret."""
        try:
            key = base64.b64decode(written.removeprefix("whsec_"), validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("a webhook secret is whsec_ and base64") from None
        if not 24 <= len(key) <= 64:
            raise ValueError("a webhook secret has 24 to 64 bytes")
        return cls(key)

    def __repr__(self) -> str:
        return "Secret(…)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A genuine message. `fresh` False: signed too long ago (or ahead of our clock) to count without asking."""

    message_id: str
    signed_at: datetime
    fresh: bool


def signature(secret: Secret, message_id: str, timestamp: str, body: bytes) -> str:
    """`v1,<base64>` for these exact bytes."""
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    return "v1," + base64.b64encode(hmac.digest(secret.key, signed, hashlib.sha256)).decode()


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[Secret], received_at: datetime) -> Verified:
    """Check a message against every active secret. Header names in any case. Raises BadSignature."""
    by_name = {name.lower(): value for name, value in headers.items()}
    try:
        message_id, timestamp, given = (by_name[f"webhook-{part}"] for part in ("id", "timestamp", "signature"))
    except KeyError:
        raise BadSignature("a callback needs webhook-id, webhook-timestamp and webhook-signature") from None
    if not re.fullmatch(r"[!-\-/-~]{1,128}", message_id):  # printable ASCII without space and full stop
        raise BadSignature("the webhook-id is malformed")
    if not re.fullmatch(r"[0-9]{1,11}", timestamp, re.ASCII):
        raise BadSignature("the webhook-timestamp is not whole seconds")
    offered = [part.encode(errors="replace") for part in given.split(" ") if part.startswith("v1,")]
    genuine = False
    for secret in secrets:
        expected = signature(secret, message_id, timestamp, body).encode()
        for one in offered:
            genuine |= hmac.compare_digest(expected, one)
    if not genuine:
        raise BadSignature("no signature of this callback fits a secret we know")
    signed_at = datetime.fromtimestamp(int(timestamp), UTC)
    return Verified(message_id=message_id, signed_at=signed_at, fresh=abs(in_utc(received_at) - signed_at) <= TOLERANCE)
