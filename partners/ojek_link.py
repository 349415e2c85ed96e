"""The local ojek has no API: a phone number, a WhatsApp text and our own mobile link.

The text says where from, when and how much. It holds no recipient, no address and no document kind: it passes through
a chat app and may be forwarded; whoever opens the link must first bind a phone to see a stop.
"""

import unicodedata
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote, urlsplit

from partners.phones import mobile

_DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
_MONTHS = (
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteOffer:
    """What a rider is told of a route before opening it."""

    courier_name: str
    office_name: str
    service_date: date
    stops: int
    documents: int
    link: str
    """The route's mobile link, absolute."""

    def __post_init__(self) -> None:
        if self.stops < 1 or self.documents < 1:
            raise ValueError("an offered route has at least one stop and one document")
        address = urlsplit(self.link)
        plain = self.link.isascii() and self.link.isprintable() and " " not in self.link
        if address.scheme not in ("https", "http") or not address.hostname or address.username or not plain:
            raise ValueError("the link of an offer is an absolute web address")


@dataclass(frozen=True, slots=True, kw_only=True)
class OjekOffer:
    """Ready to send: the normalised phone, the Indonesian text, and the address that opens WhatsApp with both."""

    phone: str
    text: str
    whatsapp_url: str


def offer_route(phone: str, route: RouteOffer) -> OjekOffer:
    """The WhatsApp message that offers a route. Raises ValueError (Indonesian) when the phone cannot be a rider's."""
    number = mobile(phone)
    text = _text(route)
    return OjekOffer(phone=number, text=text, whatsapp_url=f"https://wa.me/{number}?text={quote(text, safe='')}")


def _text(route: RouteOffer) -> str:
    day = route.service_date
    when = f"{_DAYS[day.weekday()]}, {day.day} {_MONTHS[day.month - 1]} {day.year}"
    return "\n".join(
        (
            f"Halo {_one_line(route.courier_name)}, ada rute antar dokumen dari {_one_line(route.office_name)}.",
            f"Hari: {when}",
            f"Jumlah: {route.stops} pemberhentian, {route.documents} dokumen",
            "",
            "Buka tautan ini di HP Anda, lalu tekan Mulai:",
            route.link,
            "",
            "Tautan ini hanya untuk Anda. Jangan diteruskan ke orang lain.",
        )
    )


def _one_line(name: str) -> str:
    # control and direction-changing letters could make a chat show something else than was written
    kept = "".join(" " if unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp") else letter for letter in name)
    return " ".join(kept.split())
