"""The office's accounts with the ways to reach people; what is secret in them is sealed in the database."""

import functools
import json
from collections.abc import Mapping
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import FieldError, Invalid, NotFound
from dispatch.store.db import now
from dispatch.store.models import ChannelAccount, Office
from dispatch.store.privacy import KeyRing
from partners.mail import Mail, MailSettings
from partners.messages import MessageChannel
from partners.sms import Sms, SmsSettings
from partners.whatsapp import WhatsApp, WhatsAppSettings

WHATSAPP, SMS, EMAIL = "whatsapp", "sms", "email"
FIELDS: Mapping[str, tuple[str, ...]] = {
    WHATSAPP: ("phone_number_id", "token", "app_secret", "verify_token", "base_url"),
    SMS: ("base_url", "key", "sender"),
    EMAIL: ("host", "port", "user", "password", "sender"),
}
"""What an account of each channel consists of; `base_url` of WhatsApp is only for a simulator."""


def set_account(session: Session, keys: KeyRing, office: str, channel: str, given: Mapping[str, str]) -> ChannelAccount:
    """Keep or replace the office's account. Invalid when it cannot be right."""
    if session.get(Office, office) is None:
        raise NotFound(f"there is no office {office}")
    if channel not in FIELDS:
        raise Invalid(f"the channel must be one of {', '.join(FIELDS)}")
    said = {name: value for name in FIELDS[channel] if (value := given.get(name, ""))}
    try:
        _adapter(channel, tuple(sorted(said.items())))
    except (ValueError, TypeError, KeyError) as error:
        raise Invalid(fields=[FieldError("account", str(error))]) from None
    account = session.scalar(
        select(ChannelAccount).where(ChannelAccount.office == office, ChannelAccount.channel == channel)
    )
    if account is None:
        account = ChannelAccount(office=office, channel=channel)
        session.add(account)
    account.settings_sealed = keys.seal(json.dumps(said), _place(office, channel))
    account.changed_at = now(session)
    session.flush()
    return account


def channel_of(session: Session, keys: KeyRing, office: str, channel: str) -> MessageChannel | None:
    """The channel as this office uses it; None when it has no account there."""
    account = session.scalar(
        select(ChannelAccount).where(ChannelAccount.office == office, ChannelAccount.channel == channel)
    )
    if account is None:
        return None
    said = json.loads(keys.open(account.settings_sealed, _place(office, channel)))
    return _adapter(channel, tuple(sorted(said.items())))


def whatsapp_of(session: Session, keys: KeyRing, office: str) -> WhatsApp:
    """The office's WhatsApp number. NotFound when it has none."""
    found = channel_of(session, keys, office, WHATSAPP)
    if not isinstance(found, WhatsApp):
        raise NotFound(f"the office {office} has no WhatsApp account")
    return found


@functools.lru_cache(maxsize=64)
def _adapter(channel: str, said: tuple[tuple[str, str], ...]) -> MessageChannel:
    given = dict(said)
    if channel == EMAIL:
        port = given["port"]
        if not (port.isascii() and port.isdigit()):
            raise ValueError("the port is a number")
        return Mail(
            MailSettings(
                host=given["host"],
                port=int(port),
                user=given.get("user", ""),
                password=given.get("password", ""),
                sender=given["sender"],
            )
        )
    # an address is set by whoever sets the office up, and nothing else is ever called
    hosts = {"allowed_hosts": frozenset({urlsplit(given["base_url"]).hostname or ""})} if "base_url" in given else {}
    if channel == SMS:
        return Sms(SmsSettings(**given, **hosts))  # type: ignore[arg-type]
    return WhatsApp(WhatsAppSettings(**given, **hosts))  # type: ignore[arg-type]


def _place(office: str, channel: str) -> str:
    return f"{office}:channel:{channel}"
