"""The person a document belongs to: the NIK sealed for keeping, hashed under a key for finding, masked for showing."""

from dispatch.services.nik import masked
from dispatch.store.models import Recipient
from dispatch.store.privacy import KeyRing


def new_recipient(keys: KeyRing, office: str, *, nik: str, name: str, phone: str, address: str) -> Recipient:
    """A row that never holds the NIK in the clear."""
    return Recipient(
        office=office,
        name=name,
        nik_sealed=keys.seal(nik, nik_place(office)),
        nik_match=nik_match(keys, office, nik),
        nik_last4_match=last4_match(keys, office, nik[-4:]),
        phone=phone,
        address=address,
    )


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
