"""A courier company's account as the office fills it in on a page: what is wrong is said beside its field.

A secret is never shown again. Left empty, the known one stays, but only while the address stays too: whoever may change
the address must not be able to have a known secret sent somewhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from dispatch.errors import FieldError, Invalid, NotFound
from dispatch.said import say
from dispatch.services import partner_accounts
from dispatch.services.partner_setups import SETUPS, Need, Setup
from dispatch.store.audit import Actor
from dispatch.store.privacy import KeyRing
from partners.phones import mobile

KEY, CALLBACK = "api_key", "callback_secret"
NEEDED = say("wajib diisi")
NEEDED_SECRET = say("wajib diisi; rahasia yang lama hanya tetap dipakai selama alamatnya tidak diubah")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerTerms:
    """What the form says. `more`: the fields that the company's `Setup` lists."""

    base_url: str
    api_key: str = field(repr=False)
    callback_secret: str = field(repr=False)
    more: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What the partner must be told. `secret`: a word of the callbacks that was made now, else empty."""

    path: str
    secret: str = field(repr=False)
    is_new: bool


def setup_of(partner: str) -> Setup:
    """What is known of a company."""
    if partner not in SETUPS:
        raise NotFound(f"there is no partner {partner}")
    return SETUPS[partner]


def open_fields(session: Session, keys: KeyRing, office: str, partner: str) -> dict[str, str]:
    """The form's values that are no secret; where there is no account, what is usual."""
    setup = setup_of(partner)
    known = partner_accounts.shared_with(session, keys, office, partner)
    more = known.more if known else {}
    values = {need.name: more.get(need.name, "") for need in setup.needs if not need.secret}
    return {"base_url": known.base_url if known else setup.live, **values}


def save(session: Session, keys: KeyRing, office: str, partner: str, terms: PartnerTerms, *, by: Actor) -> Saved:
    """Keep or replace the account. Invalid names every field that cannot be right."""
    setup = setup_of(partner)
    known = partner_accounts.shared_with(session, keys, office, partner)
    kept = known if known is not None and known.base_url == terms.base_url else None
    api_key = terms.api_key or (kept.api_key if kept else "")
    secrets = (terms.callback_secret,) if terms.callback_secret else kept.secrets if kept else ()
    more = {name: value for name, value in terms.more.items() if value}
    for need in setup.needs:
        if need.secret and need.name not in more and kept and need.name in kept.more:
            more[need.name] = kept.more[need.name]
    wrong = _wrong(setup, terms.base_url, api_key, secrets, more)
    if wrong:
        raise Invalid(fields=wrong)
    try:
        partner_accounts.set_account(
            session, keys, office, partner, base_url=terms.base_url, api_key=api_key, secrets=secrets, more=more, by=by
        )
    except Invalid as error:
        raise Invalid(fields=[_beside(setup, one) for one in error.fields]) from None
    now_shared = partner_accounts.shared_with(session, keys, office, partner)
    assert now_shared is not None, "it was set just now"
    made = now_shared.secrets[0] if not secrets and now_shared.secrets and setup.callbacks == "header" else ""
    path = partner_accounts.callback_path(session, keys, office, partner)
    changed = known is None or now_shared.secrets != known.secrets
    return Saved(path=path, secret=made, is_new=changed)


def _wrong(
    setup: Setup, base_url: str, api_key: str, secrets: tuple[str, ...], more: Mapping[str, str]
) -> list[FieldError]:
    wrong = []
    if not base_url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        wrong.append(FieldError("base_url", say("tulis alamat yang diawali https://")))
    if not api_key:
        wrong.append(FieldError(KEY, NEEDED_SECRET))
    if setup.callbacks == "signed" and not secrets:
        wrong.append(FieldError(CALLBACK, NEEDED_SECRET))
    if setup.callbacks in ("path", "header") and secrets and len(secrets[0]) < 16:
        wrong.append(FieldError(CALLBACK, say("paling sedikit 16 huruf, atau kosongkan agar dibuatkan")))
    wrong += [
        FieldError(need.name, NEEDED_SECRET if need.secret else NEEDED)
        for need in setup.needs
        if need.required and not more.get(need.name)
    ]
    if more.get("sender_phone"):
        try:
            mobile(more["sender_phone"])
        except ValueError as error:
            wrong.append(FieldError("sender_phone", str(error)))
    return wrong


def _beside(setup: Setup, error: FieldError) -> FieldError:
    """What the adapter refused, beside the field its sentence begins with; an address otherwise."""
    named: Need | None = next((need for need in setup.needs if error.reason.startswith(need.name)), None)
    if named is not None:
        return FieldError(named.name, say("bentuknya belum benar; lihat contohnya"))
    if "is reached at" in error.reason or "address" in error.reason or "https" in error.reason:
        return FieldError("base_url", say("bukan alamat mitra ini"))
    return FieldError("form", say("Mitra ini belum dapat dipakai dengan isian ini: %(why)s.", why=error.reason))
