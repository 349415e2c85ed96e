"""The WhatsApp offer to a local ojek rider."""

from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest

from partners.ojek_link import RouteOffer, offer_route
from partners.phones import mobile, printed

LINK = "https://antar.example/c/Zm9vYmFyYmF6cXV4MTIzNA"


def route(**changed: object) -> RouteOffer:
    usual: dict[str, object] = {
        "courier_name": "Pak Dul",
        "office_name": "Dukcapil Kabupaten Blitar",
        "service_date": date(2026, 11, 3),
        "stops": 7,
        "documents": 84,
        "link": LINK,
    }
    return RouteOffer(**(usual | changed))  # type: ignore[arg-type]


def test_the_offer_opens_whatsapp_with_the_number_and_the_whole_text() -> None:
    offer = offer_route("0812-3456-7890", route())

    address = urlsplit(offer.whatsapp_url)
    assert (address.scheme, address.netloc, address.path) == ("https", "wa.me", "/6281234567890")
    assert parse_qs(address.query) == {"text": [offer.text]}
    assert offer.text.splitlines() == [
        "Halo Pak Dul, ada rute antar dokumen dari Dukcapil Kabupaten Blitar.",
        "Hari: Selasa, 3 November 2026",
        "Jumlah: 7 pemberhentian, 84 dokumen",
        "",
        "Buka tautan ini di HP Anda, lalu tekan Mulai:",
        LINK,
        "",
        "Tautan ini hanya untuk Anda. Jangan diteruskan ke orang lain.",
    ]


def test_a_name_cannot_add_lines_or_turn_the_text_around() -> None:
    text = offer_route("081234567890", route(courier_name="Dul\nTransfer ke\u202e 123&text=x#")).text
    assert text.splitlines()[0].startswith("Halo Dul Transfer ke 123&text=x#, ada rute")
    assert len(text.splitlines()) == 8


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "/c/abc",
        "https://",
        "https://a b/c",
        "https://u@antar.example/c",
        "https://antar.example/c\n",
    ],
)
def test_only_a_web_address_is_sent_as_a_link(link: str) -> None:
    with pytest.raises(ValueError):
        route(link=link)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("081234567890", "6281234567890"),
        ("0812-3456-7890", "6281234567890"),
        ("+62 812 3456 7890", "6281234567890"),
        ("6281234567890", "6281234567890"),
        ("+62 (0)812.3456.7890", "6281234567890"),
        (" 0857 1234 567 ", "628571234567"),
        ("0811234567", "62811234567"),
    ],
)
def test_a_mobile_number_has_one_form(written: str, normal: str) -> None:
    assert mobile(written) == normal
    assert mobile(normal) == normal
    assert mobile(printed(written)) == normal


@pytest.mark.parametrize(
    "written",
    [
        "",
        "0342801171",
        "+62342801171",
        "+60123456789",
        "6012345678",
        "812345678901",
        "08123",
        "0812345678901234",
        "08001234567",
        "0841234567890",
        "081111111111",
        "0812-ABCD-7890",
        "٠٨١٢٣٤٥٦٧٨٩٠",
        "++6281234567890",
        "0812345\x0067890",
    ],
)
def test_other_numbers_are_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"nomor|ponsel"):
        mobile(written)


def test_an_offer_without_stops_is_none() -> None:
    with pytest.raises(ValueError):
        route(stops=0)
