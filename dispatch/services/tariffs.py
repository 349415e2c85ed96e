"""Deciding what carrying costs: a new row from a day on, never an edit of what was in force.

A decision begins today at the earliest; its event in the office's trail carries a hash of it, so that a row changed by
hand is found. Prices outside the band of the decree in force need a reason, which is kept with them. The base fare is
the least a ride costs by the tariff; `minimum` and `rounding` are what the courier charges beyond it, and are no part
of the fare that the search weighs: the ledger books them apart.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.errors import FieldError, Invalid
from dispatch.said import say
from dispatch.services import bands
from dispatch.services.calendar import calendar_of, today
from dispatch.services.post_prices import DESTINATIONS, PostRule, rules_of
from dispatch.store import audit
from dispatch.store.audit import Actor, Change
from dispatch.store.db import now
from dispatch.store.models import Tariff

EVENT = "tariff"
MOST = 10_000_000
_AMOUNTS = (
    "base_fare", "base_metres", "per_km", "per_stop", "per_hour", "minimum", "rounding", "post_near", "post_far",
    "post_near_metres", "post_per_document", "waiting_per_document", "hired_per_km",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What a tariff says. Whole rupiah and metres; the platform fee in hundredths of a per cent.

    Invalid, naming the field and its rule, when it makes no sense."""

    base_fare: int = 10_000
    base_metres: int = 4_000
    per_km: int = 2_500
    per_stop: int = 0
    per_hour: int = 0
    platform_fee_bp: int = 0
    return_paid: bool = True
    minimum: int = 0
    rounding: int = 0
    post_near: int = 7_000
    post_far: int = 9_000
    post_near_metres: int = 12_000
    post_per_document: int = 400
    post_rules: Sequence[PostRule] = field(default_factory=tuple)
    post_service: str = "reguler"
    post_urgent_service: str = "reguler"
    grams_per_document: int = 10
    waiting_per_document: int = 150
    hired_month: int = 2_450_000
    hired_days: int = 22
    hired_per_km: int = 500

    def __post_init__(self) -> None:
        wrong = [
            *(e for name in _AMOUNTS for e in _within(name, getattr(self, name), 0, MOST)),
            *_within("platform_fee_bp", self.platform_fee_bp, 0, 10_000),
            *_within("grams_per_document", self.grams_per_document, 1, 5_000),
            *_within("hired_month", self.hired_month, 0, 100_000_000),
            *_within("hired_days", self.hired_days, 1, 31),
            *_wrong_rules(self.post_rules),
            *_words("post_service", self.post_service),
            *_words("post_urgent_service", self.post_urgent_service),
        ]
        if wrong:
            raise Invalid(fields=wrong)


def decide(session: Session, office: str, prices: Prices, *, valid_from: date, reason: str, by: Actor) -> Tariff:
    """New prices from a day on (today at the earliest). Of one first day the last word counts."""
    head = audit.begin(session, office)
    if valid_from < today(session, calendar_of(session, office)):
        raise Invalid(fields=[FieldError("valid_from", "tarif baru berlaku paling cepat mulai hari ini")])
    strange = beyond_band(office, prices, valid_from)
    if strange and not reason:
        raise Invalid(fields=[FieldError("reason", say("isi alasan: %(strange)s", strange="; ".join(strange)))])
    earlier = session.scalar(
        select(func.max(Tariff.revision)).where(Tariff.office == office, Tariff.valid_from == valid_from)
    )
    said = {f.name: getattr(prices, f.name) for f in fields(prices) if f.name != "post_rules"}
    row = Tariff(
        office=office,
        valid_from=valid_from,
        revision=(earlier or 0) + 1,
        **said,
        post_rules=[asdict(rule) for rule in prices.post_rules],
        reason=reason[:300],
        decided_by=str(by),
        decided_at=now(session),
    )
    session.add(row)
    session.flush()
    change = Change(
        subject_kind=EVENT, subject_id=row.id, version=1, from_state="", to_state="decided", evidence=fingerprint(row)
    )
    audit.append(session, head, [change], by=by, at=now(session))
    return row


def beyond_band(office: str, prices: Prices, day: date) -> Sequence[str]:
    """Why a reason is needed: what lies outside the band of the decree in force on this day."""
    band = bands.band_on(office, day)
    if band is None:
        return []
    return bands.outside(band, base_fare=prices.base_fare, base_metres=prices.base_metres, per_km=prices.per_km)


def history(session: Session, office: str) -> Sequence[Tariff]:
    """Every tariff there ever was and those that are to come, the latest first."""
    return session.scalars(
        select(Tariff).where(Tariff.office == office).order_by(Tariff.valid_from.desc(), Tariff.revision.desc())
    ).all()


def rounding_of(tariff: Tariff, fare: int) -> int:
    """What the courier charges for a route beyond its exact fare: up to the minimum, then to a whole step."""
    least = max(fare, tariff.minimum)
    step = max(1, tariff.rounding)
    return -(-least // step) * step - fare


def prices_in(row: Tariff) -> Prices:
    """A stored tariff as a value."""
    said = {f.name: getattr(row, f.name) for f in fields(Prices) if f.name != "post_rules"}
    return Prices(**said, post_rules=rules_of(row))


def fingerprint(row: Tariff) -> str:
    """The same for the same prices from the same day; 40 hex characters, as an event can carry them."""
    said: dict[str, object] = {f.name: getattr(row, f.name) for f in fields(Prices)}
    said |= {"valid_from": str(row.valid_from), "revision": row.revision, "reason": row.reason}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:40]


def _within(name: str, value: int, least: int, most: int) -> list[FieldError]:
    if least <= value <= most:
        return []
    return [FieldError(name, say("isi %(least)s sampai %(most)s", least=least, most=f"{most:,}".replace(",", ".")))]


def _words(name: str, word: str) -> list[FieldError]:
    return [] if word and len(word) <= 20 and word.isprintable() else [FieldError(name, "isi 1 sampai 20 huruf")]


def _wrong_rules(rules: Sequence[PostRule]) -> list[FieldError]:
    wrong: list[FieldError] = [] if len(rules) <= 50 else [FieldError("post_rules", "paling banyak 50 harga")]
    for number, rule in enumerate(rules):
        at = f"post_rules.{number}"
        wrong += _words(f"{at}.service", rule.service)
        if rule.destination not in DESTINATIONS:
            wrong.append(FieldError(f"{at}.destination", "pilih desk, home, atau kosong"))
        for name in ("up_to_grams", "near", "far", "per_document"):
            wrong += _within(f"{at}.{name}", getattr(rule, name), 0, MOST)
    return wrong
