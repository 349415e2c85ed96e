"""A partner's account of an office: where it is called and what we share with it, sealed in the database."""

import functools
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import FieldError, Invalid, NotFound
from dispatch.store.models import Office, PartnerAccount
from dispatch.store.privacy import KeyRing
from partners.base import CourierPartner
from partners.reference import ReferencePartner, ReferenceSettings

REFERENCE = "reference"
PARTNERS = (REFERENCE,)
"""Couriers that are called over the network; the ojek's link and the post counter have no account."""


def set_account(
    session: Session,
    keys: KeyRing,
    office: str,
    partner: str,
    *,
    base_url: str,
    api_key: str,
    secrets: Sequence[str],
) -> PartnerAccount:
    """Keep or replace the office's account. Invalid when the address, key or secrets cannot be right."""
    if session.get(Office, office) is None:
        raise NotFound(f"there is no office {office}")
    if partner not in PARTNERS:
        raise Invalid(f"the partner must be one of {', '.join(PARTNERS)}")
    try:
        _adapter(partner, base_url, api_key, tuple(secrets), _never)
    except ValueError as error:
        raise Invalid(fields=[FieldError("account", str(error))]) from None
    account = session.scalar(
        select(PartnerAccount).where(PartnerAccount.office == office, PartnerAccount.partner == partner)
    )
    if account is None:
        account = PartnerAccount(office=office, partner=partner)
        session.add(account)
    account.base_url, account.is_active = base_url, True
    account.secrets_sealed = keys.seal(json.dumps({"api_key": api_key, "secrets": list(secrets)}), _place(office))
    session.flush()
    return account


def adapter_for(
    session: Session, keys: KeyRing, office: str, partner: str, clock: Callable[[], datetime]
) -> CourierPartner:
    """The courier as this office reaches it. NotFound when the office has no account with it."""
    account = session.scalar(
        select(PartnerAccount).where(
            PartnerAccount.office == office, PartnerAccount.partner == partner, PartnerAccount.is_active
        )
    )
    if account is None:
        raise NotFound(f"the office {office} has no account with {partner}")
    shared = json.loads(keys.open(account.secrets_sealed, _place(office)))
    return _adapter(partner, account.base_url, shared["api_key"], tuple(shared["secrets"]), clock)


@functools.lru_cache(maxsize=64)  # making one costs a TLS context; they are safe to share between threads
def _adapter(
    partner: str, base_url: str, api_key: str, secrets: tuple[str, ...], clock: Callable[[], datetime]
) -> ReferencePartner:
    settings = ReferenceSettings(
        base_url=base_url,
        api_key=api_key,
        webhook_secrets=secrets,
        # an address is set by whoever sets the office up, and nothing else is ever called
        allowed_hosts=frozenset({urlsplit(base_url).hostname or ""}),
        name=partner,
    )
    return ReferencePartner(settings, clock=clock)


def _never() -> datetime:
    return datetime.min.replace(tzinfo=UTC)


def _place(office: str) -> str:
    return f"{office}:partner"
