"""The words of a message: what is told of which change, and the texts an office begins with.

Nothing here asks a database. A text never holds a NIK and never says what kind of document it is: a divorce, a death,
an adoption or a child's card is nobody's business but the family's, and phones are shared.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from dispatch.said import say
from dispatch.services.calendar import short_date
from partners.phones import mobile

FINISHED, ON_THE_WAY, WAITING, DELIVERED, FAILED, HELD, MOVED = (
    "finished",
    "on_the_way",
    "waiting",
    "delivered",
    "failed",
    "held",
    "moved",
)

NEWS_OF: Mapping[tuple[str, str], str] = {
    ("", "ready"): FINISHED,
    ("printing", "ready"): FINISHED,
    ("batched", "out"): ON_THE_WAY,
    ("out", "at_village"): WAITING,
    ("out", "delivered"): DELIVERED,
    ("at_village", "delivered"): DELIVERED,
    ("held", "delivered"): DELIVERED,
    ("out", "returning"): FAILED,
    ("at_village", "returning"): FAILED,
    ("ready", "held"): HELD,
    ("returned", "held"): HELD,
}
"""What a document's move means to the person it belongs to; moves that are not here are the office's own affair.

MOVED is no move of the document but of its promised day."""

NEWS: Mapping[str, str] = {
    FINISHED: say("Selesai dicetak"),
    ON_THE_WAY: say("Dalam perjalanan"),
    WAITING: say("Menunggu di kantor desa"),
    DELIVERED: say("Sudah diterima"),
    FAILED: say("Gagal diserahkan"),
    HELD: say("Ditahan di kantor"),
    MOVED: say("Janji hari bergeser"),
}

PLACEHOLDERS: Mapping[str, str] = {
    "nama": say("nama penerima, atau Bapak/Ibu"),
    "jumlah": say("misalnya “2 dokumen kependudukan”"),
    "nomor": say("nomor permohonan"),
    "tempat": say("tujuan atau tempat menunggu"),
    "batas": say("hari paling lambat"),
    "biaya": say("“GRATIS” atau jumlah yang tepat"),
    "kantor": say("nama kantor"),
    "cek": say("alamat halaman status"),
}

TEMPLATES: Mapping[str, str] = {
    FINISHED: (
        "Yth. {nama}, {jumlah} Anda (nomor {nomor}) sudah selesai dan akan diantar ke {tempat}, paling lambat {batas}. "
        "Biaya: {biaya}. Cek: {cek} — Dukcapil {kantor}"
    ),
    ON_THE_WAY: (
        "Yth. {nama}, {jumlah} Anda (nomor {nomor}) sedang diantar ke {tempat}. Biaya: {biaya}. "
        "Bila diminta uang lain, laporkan di {cek} — Dukcapil {kantor}"
    ),
    WAITING: (
        "Yth. {nama}, {jumlah} Anda (nomor {nomor}) sudah ada di {tempat}. Silakan diambil pada jam kerja. "
        "Biaya: {biaya}. Bila diminta uang lain, laporkan di {cek} — Dukcapil {kantor}"
    ),
    DELIVERED: (
        "Yth. {nama}, {jumlah} Anda (nomor {nomor}) sudah diserahkan. Biaya: {biaya}. "
        "Bila Anda belum menerima atau diminta uang lain, laporkan di {cek} — Dukcapil {kantor}"
    ),
    FAILED: (
        "Yth. {nama}, {jumlah} Anda (nomor {nomor}) belum dapat diserahkan dan dibawa kembali ke kantor. "
        "Biaya: {biaya}. Langkah berikutnya ada di {cek} — Dukcapil {kantor}"
    ),
    HELD: (
        "Yth. {nama}, {jumlah} Anda (nomor {nomor}) disimpan di kantor Dukcapil {kantor}. "
        "Silakan hubungi atau datangi kantor. Biaya: {biaya}. Cek: {cek}"
    ),
    MOVED: (
        "Yth. {nama}, hari paling lambat untuk {jumlah} Anda (nomor {nomor}) berubah menjadi {batas}. "
        "Biaya: {biaya}. Cek: {cek} — Dukcapil {kantor}"
    ),
}

SENSITIVE = frozenset(
    {
        "kia", "akta_kelahiran", "akta_kematian", "akta_perceraian", "akta_pengakuan", "akta_pengesahan",
        "akta_pengangkatan",
    }
)  # fmt: skip
"""Kinds whose recipient is a child or a deceased, or whose mere mention tells; such messages greet nobody by name."""

LONGEST = 600
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What one message says. Whole rupiah; `name` empty where it would say too much."""

    name: str
    documents: int
    request_number: str
    place: str
    promised_on: date
    fee_rupiah: int
    office: str
    check_url: str

    def values(self) -> Mapping[str, str]:
        return {
            "nama": self.name or "Bapak/Ibu",
            "jumlah": f"{self.documents} dokumen kependudukan",
            "nomor": shown_number(self.request_number),
            "tempat": self.place or "kantor Dukcapil",
            "batas": short_date(self.promised_on),
            "biaya": fee_words(self.fee_rupiah),
            "kantor": self.office,
            "cek": self.check_url,
        }


def mistakes(template: str) -> list[str]:
    """Why a text cannot be used, in Indonesian; empty when it can."""
    wrong = [f"{{{name}}} tidak dikenal" for name in _PLACEHOLDER.findall(template) if name not in PLACEHOLDERS]
    if "{biaya}" not in template:
        wrong.append("biaya harus disebut: pakai {biaya}")
    if "{" in _PLACEHOLDER.sub("", template) or "}" in _PLACEHOLDER.sub("", template):
        wrong.append("kurung kurawal tidak berpasangan")
    if not 20 <= len(template) <= LONGEST:
        wrong.append(f"panjang teks 20 sampai {LONGEST} huruf")
    if re.search(r"[0-9]{16}", template):
        wrong.append("teks tidak boleh memuat nomor 16 angka")
    return wrong


def written(template: str, facts: Facts) -> str:
    """The text as it goes out."""
    values = facts.values()
    return _PLACEHOLDER.sub(lambda found: values[found[1]], template)


def parameters(template: str, facts: Facts) -> tuple[str, ...]:
    """The values in the order the text names them: {{1}}, {{2}} … of the template approved for WhatsApp."""
    values = facts.values()
    return tuple(values[name] for name in _PLACEHOLDER.findall(template))


def fee_words(rupiah: int) -> str:
    """ "GRATIS", or the exact amount: "Rp 20.000"."""
    return f"Rp {rupiah:,}".replace(",", ".") if rupiah else "GRATIS"


def shown_number(request_number: str) -> str:
    """The request number as people know it; one that we made up ourselves ("auto-…") says nothing to them."""
    return "-" if request_number.startswith("auto-") else request_number


def whatsapp_url(phone: str, text: str) -> str:
    """The address that opens WhatsApp with the text; empty without a mobile number."""
    number = mobile_of(phone)
    return f"https://wa.me/{number}?text={quote(text, safe='')}" if number else ""


def mobile_of(phone: str) -> str:
    """`6281234567890`, or nothing when it is no mobile number."""
    try:
        return mobile(phone)
    except ValueError:
        return ""
