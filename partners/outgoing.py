"""Webhooks out: one signed POST to an address that somebody outside wrote down, and nothing else can be reached by it.

Standard Webhooks, signed by the library `standardwebhooks` under every active secret. The address is https, resolved
once, refused when it leads into a private network, and the connection goes to the very address that was looked at; no
redirects, an end in time and in size (`partners/http.py`).
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from standardwebhooks.webhooks import Webhook

from partners.base import NotUnderstood, Unreachable
from partners.http import PartnerHttp
from partners.strict_json import Json, write_json

LONGEST = 300
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Told:
    """How a receiver answered: its status, 0 when none came; `problem` names a failure in one word."""

    status: int
    problem: str = ""

    @property
    def is_taken(self) -> bool:
        return 200 <= self.status < 300


def refuse(url: str, *, on_loopback: bool = False) -> None:
    """ValueError (Indonesian) for an address that may not be called, as far as its writing tells.

    `on_loopback`: http and https to this very machine are fine too; for tests and a first try only.
    """
    try:
        parts, port = urlsplit(url), urlsplit(url).port
    except ValueError:
        raise ValueError("alamat tidak dapat dibaca") from None
    host = (parts.hostname or "").rstrip(".")
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise ValueError(f"alamat paling panjang {LONGEST} huruf, tanpa spasi")
    if parts.username or parts.password or parts.query or parts.fragment or "?" in url or "#" in url:
        raise ValueError("alamat tanpa nama pengguna, tanda tanya atau pagar")
    if host in _LOOPBACK:
        if on_loopback and parts.scheme in ("http", "https"):
            return
        raise ValueError("alamat komputer ini sendiri tidak boleh dipakai")
    if parts.scheme != "https":
        raise ValueError("alamat harus diawali https://")
    if port == 0 or not re.fullmatch(r"[A-Za-z0-9.:-]{1,253}", host):
        raise ValueError("nama server tidak benar")
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        if "." not in host:
            raise ValueError("nama server harus lengkap, misalnya esiap.contoh.go.id") from None
        return
    mapped = getattr(number, "ipv4_mapped", None) or number
    if not mapped.is_global or mapped.is_multicast:
        raise ValueError("alamat jaringan dalam tidak boleh dipakai")


def tell(
    url: str,
    *,
    message_id: str,
    body: Json,
    secrets: Sequence[str],
    at: datetime,
    on_loopback: bool = False,
    timeout: float = 10.0,
) -> Told:
    """Send one message. Never raises for what the receiver does."""
    try:
        refuse(url, on_loopback=on_loopback)
    except ValueError:
        return Told(0, "refused")
    raw = write_json(body)  # the same bytes that `call` sends
    signatures = [Webhook(secret).sign(message_id, at, raw.decode()) for secret in secrets]
    http = PartnerHttp(
        url,
        allowed_hosts={urlsplit(url).hostname or ""},
        headers={
            "webhook-id": message_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": " ".join(signatures),
        },
        timeout=timeout,
        max_bytes=1_000_000,
    )
    try:
        return Told(http.call("POST", "/" if url.endswith("/") else "", json=body).status)
    except Unreachable as away:
        return Told(0, str(away).partition(": ")[2][:40] or "unreachable")
    except NotUnderstood:
        return Told(0, "answer too large")
    finally:
        http.close()
