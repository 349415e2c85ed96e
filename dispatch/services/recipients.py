"""The person a document belongs to: the NIK sealed for keeping, hashed under a key for finding, masked for showing.

Documents of one household share an envelope. Who is one household is told by a keyed hash, never by a number kept:

1. the number of the family card, where the row gives it;
2. else the same phone and the same address in the same village (both written down): a family has one phone, and an
   officer who puts his own number on many rows does not make one family of a village;
3. else the same person at the same address.

What is not certainly one household is not put into one envelope: a second ride costs less than a card in wrong hands.
"""

import re
from dataclasses import dataclass, field

from dispatch.services.nik import masked
from dispatch.store.models import Recipient
from dispatch.store.privacy import KeyRing


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a person lives, as it was reported. Position in degrees, None where nobody measured it."""

    village_code: str
    address: str = ""
    landmark: str = ""
    lat: float | None = None
    lon: float | None = None
    family_card: str = field(default="", repr=False)


def new_recipient(
    keys: KeyRing, office: str, *, nik: str, name: str, phone: str, email: str = "", place: Place
) -> Recipient:
    """A row that never holds the NIK or the family card's number in the clear."""
    return Recipient(
        office=office,
        name=name,
        nik_sealed=keys.seal(nik, nik_place(office)),
        nik_match=nik_match(keys, office, nik),
        nik_last4_match=last4_match(keys, office, nik[-4:]),
        phone=phone,
        email=email,
        address=place.address,
        landmark=place.landmark,
        lat=place.lat,
        lon=place.lon,
        household=household_of(keys, office, nik=nik, phone=phone, place=place),
    )


def household_of(keys: KeyRing, office: str, *, nik: str, phone: str, place: Place) -> str:
    """64 hex characters, equal for people of one household."""
    address = _squeezed(place.address)
    if place.family_card:
        said = f"card|{place.family_card}"
    elif phone and address:
        said = f"phone|{place.village_code}|{phone}|{address}"
    else:
        said = f"person|{place.village_code}|{nik}|{address}"
    return keys.match(said, f"{office}:household")


def nik_place(office: str) -> str:
    """What a sealed NIK is bound to; it cannot be opened as another office's."""
    return f"{office}:nik"


def nik_match(keys: KeyRing, office: str, nik: str) -> str:
    """What finds a person by the full NIK."""
    return keys.match(nik, nik_place(office))


def last4_match(keys: KeyRing, office: str, digits: str) -> str:
    """What finds persons at the desk by the last four digits."""
    return keys.match(digits, f"{office}:nik-last4")


def nik_shown(keys: KeyRing, recipient: Recipient) -> str:
    """The NIK as pages and answers show it: `************3456`."""
    return masked(keys.open(recipient.nik_sealed, nik_place(recipient.office)))


def _squeezed(address: str) -> str:
    """Letters and digits only: "Dsn. Krajan RT 003/RW 002" and "dsn krajan, rt 3 rw 2" are one address."""
    numbers = re.sub(r"\b0+(?=[0-9])", "", address.casefold())
    return re.sub(r"[\W_]+", "", numbers)
