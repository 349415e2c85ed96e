"""The reference prices of ojek rides: which decree was in force when, and what it allows where the office is."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal

from dispatch.said import say

FILE = Path(__file__).parent.parent / "data" / "ojek_bands.toml"

type Zone = Literal["I", "II", "III"]

_JABODETABEK = frozenset({"32.01", "32.16", "32.71", "32.75", "32.76", "36.03", "36.71", "36.74"})  # and all of 31
_SUMATRA_JAVA_BALI = frozenset({*(str(n) for n in range(11, 22)), "32", "33", "34", "35", "36", "51"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Lowest and highest rupiah for the first metres and for each km beyond them."""

    decree: str
    zone: Zone
    valid_from: date
    base_metres: int
    per_km: tuple[int, int]
    first: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decree:
    """One decree with its bands; `applied` False: it was signed and never came into force."""

    name: str
    valid_from: date
    applied: bool
    source: str
    sure: str
    bands: Mapping[Zone, Band]


def zone_of(office: str) -> Zone:
    """The tariff zone of an office, by its regency's code."""
    province = office[:2]
    if province == "31" or office in _JABODETABEK:
        return "II"
    return "I" if province in _SUMATRA_JAVA_BALI else "III"


@lru_cache(maxsize=1)
def decrees() -> Sequence[Decree]:
    """Every decree of the reference file, the oldest first."""
    return tuple(_decree(given) for given in tomllib.loads(FILE.read_text("utf-8"))["decree"])


def band_on(office: str, day: date) -> Band | None:
    """What the decree in force on this day allows there; None before the first one."""
    begun = [decree for decree in decrees() if decree.applied and decree.valid_from <= day]
    return max(begun, key=lambda decree: decree.valid_from).bands[zone_of(office)] if begun else None


def outside(band: Band, *, base_fare: int, base_metres: int, per_km: int) -> Sequence[str]:
    """Which of these prices lie outside the band, as Indonesian sentences; empty when none does."""
    return [
        *_beyond(say("tarif %(km)s km pertama", km=band.base_metres // 1000), base_fare, band.first, band),
        *_beyond(say("tarif per km"), per_km, band.per_km, band),
        *(
            [
                say(
                    "jarak tarif dasar %(decree)s %(km)s km, bukan %(given)s km",
                    decree=band.decree,
                    km=band.base_metres // 1000,
                    given=f"{base_metres / 1000:g}",
                )
            ]
            if base_metres != band.base_metres
            else []
        ),
    ]


def _beyond(what: str, price: int, allowed: tuple[int, int], band: Band) -> list[str]:
    low, high = allowed
    if low <= price <= high:
        return []
    return [
        say(
            "%(what)s %(price)s, %(decree)s Zona %(zone)s: %(low)s sampai %(high)s",
            what=what,
            price=_rupiah(price),
            decree=band.decree,
            zone=band.zone,
            low=_rupiah(low),
            high=_rupiah(high),
        )
    ]


def _rupiah(amount: int) -> str:
    return f"Rp {amount:,}".replace(",", ".")


def _decree(given: Mapping[str, object]) -> Decree:
    name, valid_from, base_metres = given["name"], given["valid_from"], given["base_metres"]
    assert isinstance(name, str)
    assert isinstance(valid_from, date)
    assert isinstance(base_metres, int)
    zones: tuple[Zone, ...] = ("I", "II", "III")
    bands: dict[Zone, Band] = {}
    for zone in zones:
        prices = given[zone]
        assert isinstance(prices, dict)
        bands[zone] = Band(
            decree=name,
            zone=zone,
            valid_from=valid_from,
            base_metres=base_metres,
            per_km=(prices["per_km"][0], prices["per_km"][1]),
            first=(prices["first"][0], prices["first"][1]),
        )
    return Decree(
        name=name,
        valid_from=valid_from,
        applied=bool(given["applied"]),
        source=str(given["source"]),
        sure=str(given["sure"]),
        bands=bands,
    )
