"""A partner's account of an office: where it is called and what we share with it, sealed in the database."""

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from dispatch.errors import Conflict, FieldError, Invalid, NotFound
from dispatch.services.partner_setups import SETUPS, Account, complete
from dispatch.services.set_up import put
from dispatch.store.audit import SYSTEM, Actor
from dispatch.store.db import now
from dispatch.store.models import Office, PartnerAccount, PartnerRegion, Village
from dispatch.store.privacy import KeyRing
from partners.base import CourierPartner

REFERENCE = "reference"
PARTNERS = tuple(SETUPS)
"""Couriers that are called over the network; the ojek's link and the post counter have no account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """An account as it was set up."""

    base_url: str
    api_key: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    more: Mapping[str, str] = field(repr=False)


def set_account(
    session: Session,
    keys: KeyRing,
    office: str,
    partner: str,
    *,
    base_url: str,
    api_key: str,
    secrets: Sequence[str] = (),
    more: Mapping[str, str] | None = None,
    by: Actor = SYSTEM,
) -> PartnerAccount:
    """Keep or replace the office's account. Invalid when the address, key, secrets or a field cannot be right."""
    if session.get(Office, office) is None:
        raise NotFound(f"there is no office {office}")
    if partner not in PARTNERS:
        raise Invalid(f"the partner must be one of {', '.join(PARTNERS)}")
    more = dict(more or {})
    try:
        kept = complete(partner, base_url, tuple(secrets), more)
        _adapter(partner, base_url, api_key, kept, tuple(sorted(more.items())), (), _never)
    except ValueError as error:
        raise Invalid(fields=[FieldError("account", str(error))]) from None
    account = _account(session, office, partner, is_active=False)
    if account is None:
        account = PartnerAccount(office=office, partner=partner)
    shared = {"api_key": api_key, "secrets": list(kept), "more": more}
    wanted = {
        "base_url": base_url,
        "is_active": True,
        "secrets_sealed": keys.seal(json.dumps(shared), _place(office)),
    }
    put(session, account, wanted, name=SETUPS[partner].name, by=by)
    return account


def shared_with(session: Session, keys: KeyRing, office: str, partner: str) -> Shared | None:
    """What the office and the partner know of each other, secrets and all; None without an account."""
    account = _account(session, office, partner, is_active=False)
    if account is None:
        return None
    kept = json.loads(keys.open(account.secrets_sealed, _place(office)))
    return Shared(
        base_url=account.base_url, api_key=kept["api_key"], secrets=tuple(kept["secrets"]), more=kept.get("more", {})
    )


def adapter_for(
    session: Session, keys: KeyRing, office: str, partner: str, clock: Callable[[], datetime]
) -> CourierPartner:
    """The courier as this office reaches it. NotFound when the office has no account with it."""
    account = _account(session, office, partner)
    if account is None:
        raise NotFound(f"the office {office} has no account with {partner}")
    shared = json.loads(keys.open(account.secrets_sealed, _place(office)))
    regions = session.execute(
        select(PartnerRegion.village_code, PartnerRegion.district_id, PartnerRegion.village_id)
        .where(PartnerRegion.office == office, PartnerRegion.partner == partner)
        .order_by(PartnerRegion.village_code)
    ).all()
    return _adapter(
        partner,
        account.base_url,
        shared["api_key"],
        tuple(shared["secrets"]),
        tuple(sorted(shared.get("more", {}).items())),
        tuple((code, district, village) for code, district, village in regions),
        clock,
    )


def callback_path(session: Session, keys: KeyRing, office: str, partner: str) -> str:
    """The path of the address that the partner is told to call, with its secret end where that is the only lock."""
    account = _account(session, office, partner)
    if account is None:
        raise NotFound(f"the office {office} has no account with {partner}")
    path = f"/callbacks/{office}/{partner}"
    if SETUPS[partner].callbacks != "path":
        return path
    secret = json.loads(keys.open(account.secrets_sealed, _place(office)))["secrets"][0]
    return f"{path}/{secret}"


def is_frozen(session: Session, office: str, partner: str) -> bool:
    """Whether nothing of this partner counts until a person has looked."""
    account = _account(session, office, partner)
    return account is not None and account.frozen_at is not None


def freeze(session: Session, office: str, partner: str) -> None:
    """Let nothing of this partner count, and order nothing from it."""
    account = _account(session, office, partner)
    if account is not None and account.frozen_at is None:
        account.frozen_at = now(session)


def thaw(session: Session, office: str, partner: str, *, by: Actor = SYSTEM) -> None:
    """A person has looked: the partner counts again."""
    account = _account(session, office, partner)
    if account is None:
        raise NotFound(f"the office {office} has no account with {partner}")
    put(session, account, {"frozen_at": None}, name=SETUPS[partner].name, by=by)


def refuse_frozen(session: Session, office: str, partner: str) -> None:
    """Raise Conflict when the partner is frozen."""
    if is_frozen(session, office, partner):
        raise Conflict(f"{partner} is frozen: it reported deliveries faster than they can happen; look, then thaw it")


def keep_regions(
    session: Session, office: str, partner: str, named: Mapping[tuple[str, str], tuple[int, int]]
) -> list[str]:
    """Keep a partner's numbers of the office's villages, matched by kecamatan and village name.

    `named`: (kecamatan, kelurahan) as the partner writes them → its two numbers. The answer names the villages of the
    office for which nothing was found; they cannot be ordered for until somebody adds them.
    """
    by_name = {(_plain(district), _plain(village)): ids for (district, village), ids in named.items()}
    session.execute(delete(PartnerRegion).where(PartnerRegion.office == office, PartnerRegion.partner == partner))
    missing = []
    villages = session.scalars(select(Village).where(Village.office == office).order_by(Village.code)).all()
    for village in villages:
        found = by_name.get((_plain(village.district), _plain(village.name)))
        if found is None:
            missing.append(f"{village.code} {village.name}, {village.district}")
            continue
        session.add(
            PartnerRegion(
                office=office, partner=partner, village_code=village.code, district_id=found[0], village_id=found[1]
            )
        )
    session.flush()
    return missing


def _account(session: Session, office: str, partner: str, *, is_active: bool = True) -> PartnerAccount | None:
    asked = select(PartnerAccount).where(PartnerAccount.office == office, PartnerAccount.partner == partner)
    return session.scalar(asked.where(PartnerAccount.is_active) if is_active else asked)


@functools.lru_cache(maxsize=64)  # making one costs a TLS context; they are safe to share between threads
def _adapter(
    partner: str,
    base_url: str,
    api_key: str,
    secrets: tuple[str, ...],
    more: tuple[tuple[str, str], ...],
    regions: tuple[tuple[str, int, int], ...],
    clock: Callable[[], datetime],
) -> CourierPartner:
    return SETUPS[partner].make(
        Account(
            base_url=base_url,
            api_key=api_key,
            secrets=secrets,
            more=dict(more),
            regions={code: (district, village) for code, district, village in regions},
            clock=clock,
        )
    )


def _never() -> datetime:
    return datetime.min.replace(tzinfo=UTC)


def _place(office: str) -> str:
    return f"{office}:partner"


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
