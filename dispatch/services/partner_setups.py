"""What each courier company needs from an office before it can be ordered, and how its adapter is made from that.

Fields are texts as a person types them. Secrets go into the sealed part of the account like all the rest; which of them
are secret only decides whether a prompt hides them.
"""

import secrets as randomness
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

from dispatch.said import say
from partners.base import CourierPartner
from partners.biteship import BiteshipPartner, BiteshipSettings
from partners.borzo import BorzoPartner, BorzoSettings
from partners.gosend import GoSendPartner, GoSendSettings
from partners.grab import GrabPartner, GrabSettings
from partners.kiriminaja import KiriminAjaPartner, KiriminAjaSettings
from partners.lalamove import LalamovePartner, LalamoveSettings
from partners.reference import ReferencePartner, ReferenceSettings

Clock = Callable[[], datetime]
Regions = Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """All that an adapter is made from."""

    base_url: str
    api_key: str
    secrets: tuple[str, ...]
    more: Mapping[str, str]
    regions: Regions
    clock: Clock

    @property
    def hosts(self) -> frozenset[str]:
        """The one host that is ever called."""
        return frozenset({urlsplit(self.base_url).hostname or ""})

    def words(self, field: str, usual: str) -> tuple[str, ...]:
        """A field that lists words, comma between them."""
        return tuple(word.strip() for word in self.more.get(field, usual).split(",") if word.strip())

    def number(self, field: str, usual: int) -> int:
        """A field that is a whole number. ValueError names it."""
        written = self.more.get(field, str(usual))
        if not (written.isascii() and written.isdigit()):
            raise ValueError(f"{field} is a whole number, not {written!r}")
        return int(written)

    def secret(self) -> str:
        """The one secret of the callbacks. ValueError when there are several or none."""
        if len(self.secrets) != 1:
            raise ValueError("this partner's callbacks have exactly one secret")
        return self.secrets[0]


@dataclass(frozen=True, slots=True)
class Need:
    """One further field of an account."""

    name: str
    help: str
    required: bool = False
    secret: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """One courier company: where it is, what it needs, how its callbacks are told from a stranger's.

    `name`: as people call it on pages and papers; `title`: what exactly is meant, for the shell.
    """

    name: str
    title: str
    live: str
    sandbox: str = ""
    callbacks: Literal["signed", "path", "header", "key"]
    """`signed`: secrets given by the partner or agreed; `path`: a secret end of our address, made here when none is
    given; `header`: an agreed word in a header; `key`: signed with the account's own key."""
    most_drops: int
    needs: tuple[Need, ...] = ()
    make: Callable[[Account], CourierPartner]

    @property
    def hosts(self) -> frozenset[str]:
        """Hosts an account may name besides this machine; empty: any (couriers with the reference API)."""
        return frozenset({urlsplit(url).hostname or "" for url in (self.live, self.sandbox) if url})


PHONE = Need("sender_phone", "mobile number of the office, given where a desk has none", required=True)


def _reference(account: Account) -> CourierPartner:
    settings = ReferenceSettings(
        base_url=account.base_url,
        api_key=account.api_key,
        webhook_secrets=account.secrets,
        allowed_hosts=account.hosts,
    )
    return ReferencePartner(settings, clock=account.clock)


def _kiriminaja(account: Account) -> CourierPartner:
    district, _, village = account.more.get("origin", "").partition("/")
    if not (district.isdigit() and village.isdigit()):
        raise ValueError("origin is KiriminAja's kecamatan and kelurahan number of the depot, like 5484/61010")
    zone = account.more.get("timezone", "WIB")
    if zone not in ("WIB", "WITA", "WIT"):
        raise ValueError("timezone is WIB, WITA or WIT")
    settings = KiriminAjaSettings(
        base_url=account.base_url,
        api_key=account.api_key,
        path_secret=account.secret(),
        allowed_hosts=account.hosts,
        prefix=account.more.get("prefix", ""),
        couriers=account.words("couriers", "posindonesia"),
        sender_phone=account.more.get("sender_phone", ""),
        origin=(int(district), int(village)),
        regions=account.regions,
        grams_per_document=account.number("grams_per_document", 15),
        item_value=account.number("item_value", 1_000),
        timezone="WIB" if zone == "WIB" else "WITA" if zone == "WITA" else "WIT",
    )
    return KiriminAjaPartner(settings, clock=account.clock)


def _lalamove(account: Account) -> CourierPartner:
    settings = LalamoveSettings(
        base_url=account.base_url,
        api_key=account.api_key,
        api_secret=account.more.get("api_secret", ""),
        allowed_hosts=account.hosts,
        sender_phone=account.more.get("sender_phone", ""),
        services=account.words("services", "MOTORCYCLE"),
    )
    return LalamovePartner(settings, clock=account.clock)


def _borzo(account: Account) -> CourierPartner:
    settings = BorzoSettings(
        base_url=account.base_url,
        token=account.api_key,
        callback_secret=account.secret(),
        allowed_hosts=account.hosts,
        sender_phone=account.more.get("sender_phone", ""),
        vehicles=account.words("vehicles", "motorbike"),
    )
    return BorzoPartner(settings, clock=account.clock)


def _biteship(account: Account) -> CourierPartner:
    settings = BiteshipSettings(
        base_url=account.base_url,
        api_key=account.api_key,
        header_secret=account.secret(),
        allowed_hosts=account.hosts,
        header_name=account.more.get("header_name", "x-antar-secret"),
        couriers=account.words("couriers", "grab,gojek"),
        sender_phone=account.more.get("sender_phone", ""),
        grams_per_document=account.number("grams_per_document", 15),
        item_value=account.number("item_value", 1_000),
        asks_proof=account.more.get("asks_proof", "no") == "yes",
    )
    return BiteshipPartner(settings, clock=account.clock)


def _gosend(account: Account) -> CourierPartner:
    settings = GoSendSettings(
        base_url=account.base_url,
        client_id=account.more.get("client_id", ""),
        pass_key=account.api_key,
        callback_token=account.secret(),
        allowed_hosts=account.hosts,
        sender_phone=account.more.get("sender_phone", ""),
    )
    return GoSendPartner(settings, clock=account.clock)


def _grab(account: Account) -> CourierPartner:
    settings = GrabSettings(
        base_url=account.base_url,
        client_id=account.more.get("client_id", ""),
        client_secret=account.api_key,
        callback_token=account.secret(),
        allowed_hosts=account.hosts,
        sender_phone=account.more.get("sender_phone", ""),
    )
    return GrabPartner(settings, clock=account.clock)


SETUPS: Mapping[str, Setup] = {
    "reference": Setup(
        name=say("Kurir dengan API Antar"),
        title="a courier with the reference API",
        live="",
        callbacks="signed",
        most_drops=ReferencePartner.most_drops,
        make=_reference,
    ),
    "kiriminaja": Setup(
        name="KiriminAja",
        title="KiriminAja (Pos Indonesia and others, instant riders)",
        live="https://client.kiriminaja.com",
        sandbox="https://tdev.kiriminaja.com",
        callbacks="path",
        most_drops=KiriminAjaPartner.most_drops,
        needs=(
            PHONE,
            Need("origin", "KiriminAja's kecamatan/kelurahan number of the depot, like 5484/61010", required=True),
            Need("prefix", "the merchant's prefix of order numbers, at most 3 characters"),
            Need("couriers", "services to use, comma between them (posindonesia, jne, gosend, borzo, …)"),
            Need("grams_per_document", "what a document weighs, 15"),
            Need("item_value", "declared value of a parcel in rupiah, 1000"),
            Need("timezone", "WIB, WITA or WIT"),
        ),
        make=_kiriminaja,
    ),
    "lalamove": Setup(
        name="Lalamove",
        title="Lalamove v3",
        live="https://rest.lalamove.com",
        sandbox="https://rest.sandbox.lalamove.com",
        callbacks="key",
        most_drops=LalamovePartner.most_drops,
        needs=(
            Need("api_secret", "the secret beside the key", required=True, secret=True),
            PHONE,
            Need("services", "service types, the first is used (MOTORCYCLE)"),
        ),
        make=_lalamove,
    ),
    "borzo": Setup(
        name="Borzo",
        title="Borzo Indonesia",
        live="https://robot-id.borzodelivery.com",
        sandbox="https://robotapitest-id.borzodelivery.com",
        callbacks="signed",
        most_drops=BorzoPartner.most_drops,
        needs=(PHONE, Need("vehicles", "motorbike or car, the first is used")),
        make=_borzo,
    ),
    "biteship": Setup(
        name="Biteship",
        title="Biteship",
        live="https://api.biteship.com",
        callbacks="header",
        most_drops=BiteshipPartner.most_drops,
        needs=(
            PHONE,
            Need("couriers", "couriers to use, comma between them (grab, gojek, …)"),
            Need("header_name", "name of the header that carries the secret, x-antar-secret"),
            Need("asks_proof", "yes: ask for proof of delivery, which costs a fee"),
            Need("grams_per_document", "what a document weighs, 15"),
            Need("item_value", "declared value of a parcel in rupiah, 1000"),
        ),
        make=_biteship,
    ),
    "gosend": Setup(
        name="GoSend",
        title="GoSend direct (corporate contract)",
        live="https://kilat-api.gojekapi.com",
        sandbox="https://integration-kilat-api.gojekapi.com",
        callbacks="header",
        most_drops=GoSendPartner.most_drops,
        needs=(Need("client_id", "the client id beside the pass key", required=True), PHONE),
        make=_gosend,
    ),
    "grab_express": Setup(
        name="GrabExpress",
        title="GrabExpress direct (corporate contract)",
        live="https://partner-api.grab.com",
        callbacks="header",
        most_drops=GrabPartner.most_drops,
        needs=(Need("client_id", "the client id beside the client secret", required=True), PHONE),
        make=_grab,
    ),
}
"""Couriers that are called over the network; the ojek's link and the post counter have no account."""


def carrier_name(partner: str) -> str:
    """A company, or the post counter, as people call it."""
    return SETUPS[partner].name if partner in SETUPS else say("Pos") if partner == "post_counter" else partner


def complete(partner: str, base_url: str, secrets: tuple[str, ...], more: Mapping[str, str]) -> tuple[str, ...]:
    """The account's callback secrets, one made where the partner has none to give.

    ValueError in a sentence for whoever sets the account up.
    """
    setup = SETUPS[partner]
    host = urlsplit(base_url).hostname or ""
    if setup.hosts and host not in setup.hosts and host not in ("127.0.0.1", "localhost"):
        raise ValueError(f"{setup.title} is reached at {' or '.join(sorted(setup.hosts))}, not at {host!r}")
    known = {need.name for need in setup.needs}
    strange = sorted(set(more) - known)
    if strange:
        raise ValueError(f"{setup.title} has no field {strange[0]}; it knows {', '.join(sorted(known)) or 'none'}")
    missing = [need.name for need in setup.needs if need.required and not more.get(need.name)]
    if missing:
        raise ValueError(f"{setup.title} needs {', '.join(missing)}")
    if setup.callbacks in ("path", "header") and not secrets:
        return (randomness.token_urlsafe(24),)
    return secrets
