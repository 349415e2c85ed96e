"""What one row means: cells of a file or fields of a call become a finished document, or faults a clerk can act on.

Nothing is guessed and nothing is rounded. The same rules hold for files and for the API, because a document that came
by one door may come again by the other. No fault ever repeats a person's data.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from dispatch.services.cells import Cell, Unreadable
from dispatch.services.columns import BY_FIELD, EXAMPLE_REQUEST_NUMBER
from dispatch.services.kinds import kind_named
from dispatch.services.nik import NikError, parse_nik
from dispatch.services.text import clean
from partners.mail import is_address

CHANNELS: Mapping[str, str] = {
    "undangan": "invited",
    "datang langsung": "walk_in",
    "langsung": "walk_in",
    "loket": "walk_in",
    "mendesak": "urgent",
    "daring": "online",
    "online": "online",
    "desa": "village",
    "kelurahan": "village",
    "keliling": "mobile",
    "jemput bola": "mobile",
}
CHANNEL_CODES = ("invited", "walk_in", "urgent", "online", "village", "mobile")
AUTO_PREFIX = "auto-"
"""Stands before the request number of a document that came without one."""

MAX_NAME = 120
MAX_ADDRESS = 300
_MAX_PLACE = 80
_OLDEST_PRINT = date(2000, 1, 1)
_EXACT_UP_TO = 2**53
_YES = frozenset({"ya", "y", "yes", "true", "1", "mendesak", "urgent"})
_NO = frozenset({"tidak", "tdk", "t", "no", "n", "false", "0", "biasa"})
DESTINATIONS: Mapping[str, str] = {
    "desa": "village_office",
    "kelurahan": "village_office",
    "kantor desa": "village_office",
    "kecamatan": "district_office",
    "kantor kecamatan": "district_office",
    "rumah": "home",
    "alamat": "home",
    **{code: code for code in ("village_office", "district_office", "home")},
}
CIRCUMSTANCES: Mapping[str, str] = {
    "luar daerah": "elsewhere",
    "luar kota": "elsewhere",
    "luar kabupaten": "elsewhere",
    "luar negeri": "abroad",
    "pindah": "moved",
    "meninggal": "deceased",
    **{code: code for code in ("elsewhere", "abroad", "moved", "deceased")},
}
_SINCE = ("email", "circumstance", "outside_regency", "by_officer")
_NO_PHONE = frozenset({"", "0", "-", "--", "tidak ada", "tdk ada", "kosong"})


@dataclass(frozen=True, slots=True)
class Fault:
    """One field and the rule it breaks, with an Indonesian sentence that says what to do."""

    field: str
    rule: str
    reason: str

    @property
    def heading(self) -> str:
        """The column as an office's file calls it."""
        return BY_FIELD[self.field].heading if self.field in BY_FIELD else self.field


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A finished document as it was reported; the village still as written. Texts are clean, dates are real."""

    request_number: str
    kind: str
    nik: str
    name: str
    phone: str
    address: str
    village_code: str
    village: str
    district: str
    regency: str
    printed_on: date
    is_urgent: bool
    channel: str
    print_point: str
    landmark: str = ""
    destination: str = ""
    """village_office, district_office, home, or empty: as the office's rules say."""
    lat: str = ""
    lon: str = ""
    family_card: str = ""
    circumstance: str = ""
    """elsewhere, abroad, moved, deceased, or empty: at home here."""
    outside_regency: str = ""
    by_officer: bool = False
    """An officer brings it home. Nobody is told why, and no row says it."""
    email: str = ""

    def __repr__(self) -> str:
        return f"Finished(kind={self.kind!r}, printed_on={self.printed_on})"

    def to_plain(self) -> dict[str, str | bool]:
        """Text and truth values only, for sealing and for fingerprints; `from_plain` is the way back."""
        plain = {**asdict(self), "printed_on": self.printed_on.isoformat()}
        for name in _SINCE:
            if not plain[name]:
                del plain[name]  # so that a row of the time before there were such columns is still the same row
        return plain


def from_plain(plain: Mapping[str, str | bool]) -> Finished:
    """The document that `to_plain` wrote down."""
    no_texts = ("printed_on", "is_urgent", "by_officer")
    texts = {name: str(value) for name, value in plain.items() if name not in no_texts}
    return Finished(
        printed_on=date.fromisoformat(str(plain["printed_on"])),
        is_urgent=bool(plain["is_urgent"]),
        by_officer=bool(plain.get("by_officer")),
        **texts,
    )


def read_row(cells: Mapping[str, Cell], *, today: date, surplus: bool = False) -> Finished | list[Fault]:
    """The document a row reports, or everything that is wrong with the row. `today` is the office's local date."""
    reader = _Reader(cells, today)
    if surplus:
        reader.faults.append(
            Fault("", "surplus_cells", "Ada isian di luar kolom yang berjudul; mungkin kolom bergeser.")
        )
    urgent, channel = reader.urgent(), reader.channel()
    found = Finished(
        request_number=reader.request_number(),
        kind=reader.kind(),
        nik=reader.nik(),
        name=reader.name(),
        phone=reader.phone(),
        email=reader.email(),
        address=reader.full_address(),
        village_code=reader.line("village_code", 20),
        village=reader.line("village", _MAX_PLACE),
        district=reader.line("district", _MAX_PLACE),
        regency=reader.line("regency", _MAX_PLACE),
        printed_on=reader.printed_on() or today,
        is_urgent=channel == "urgent" if urgent is None else urgent,
        channel=channel,
        print_point=reader.line("print_point", MAX_NAME),
        landmark=reader.line("landmark", 150),
        destination=reader.destination(),
        family_card=reader.family_card(),
        circumstance=reader.circumstance(),
        outside_regency=reader.line("outside_regency", _MAX_PLACE),
        by_officer=reader.yes("by_officer"),
        **reader.position(),
    )
    if not (found.village_code or found.village or found.address) and not reader.faults:
        reader.fault("village", "required", "Desa/kelurahan belum diisi: isi kode_desa, atau desa dan kecamatan.")
    return sorted(reader.faults, key=_column_order) or found


def _column_order(fault: Fault) -> int:
    fields = list(BY_FIELD)
    return fields.index(fault.field) if fault.field in BY_FIELD else len(fields)


class _Reader:
    """Reads the fields of one row and collects what is wrong, so that a clerk learns everything at once."""

    def __init__(self, cells: Mapping[str, Cell], today: date) -> None:
        self._cells = cells
        self._today = today
        self.faults: list[Fault] = []

    def fault(self, field: str, rule: str, reason: str) -> None:
        self.faults.append(Fault(field, rule, reason))

    def line(self, field: str, longest: int) -> str:
        """The field as one clean line, "" when it is empty or at fault."""
        return self._line(field, self._cells.get(field, ""), longest)

    def _line(self, field: str, cell: Cell, longest: int) -> str:
        if isinstance(cell, Unreadable):
            self.fault(field, cell.rule, cell.sentence)
            return ""
        if isinstance(cell, bool | date):
            self.fault(field, "not_text", "Sel harus berisi teks.")
            return ""
        if isinstance(cell, float):
            return self._whole_number(field, cell)
        return self._clean(field, cell, longest)

    def _whole_number(self, field: str, cell: float) -> str:
        if not cell.is_integer() or not 0 <= cell < _EXACT_UP_TO:
            self.fault(field, "not_text", "Sel berisi angka yang tidak utuh; ubah kolom menjadi Teks lalu ketik ulang.")
            return ""
        return str(int(cell))

    def _clean(self, field: str, text: str, longest: int) -> str:
        # an apostrophe before = + - @ is how our own exports keep Excel from calculating
        if text.startswith("'") and text[1:2] in ("=", "+", "-", "@"):
            text = text[1:]
        if not (text.isascii() and text.isprintable()):
            try:
                text = clean(text)
            except ValueError as error:
                self.fault(field, "hidden_characters", f"Isian {error}; ketik ulang.")
                return ""
            if any(unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp") for sign in text):
                self.fault(field, "hidden_characters", "Isian berisi pindah baris atau tanda tersembunyi; ketik ulang.")
                return ""
        cleaned = " ".join(text.split())
        if len(cleaned) > longest:
            self.fault(field, "too_long", f"Isian paling panjang {longest} huruf.")
            return ""
        return cleaned

    def _required(self, field: str, longest: int) -> str:
        before = len(self.faults)
        text = self.line(field, longest)
        if not text and len(self.faults) == before:
            self.fault(field, "required", f"Kolom {BY_FIELD[field].heading} belum diisi.")
        return text

    def request_number(self) -> str:
        text = self.line("request_number", 60)
        if text.upper() == EXAMPLE_REQUEST_NUMBER:
            self.fault("request_number", "example", "Ini baris contoh dari templat; hapus barisnya.")
        elif text.lower().startswith(AUTO_PREFIX):
            self.fault("request_number", "reserved", f"Nomor permohonan tidak boleh diawali '{AUTO_PREFIX}'.")
        return text

    def kind(self) -> str:
        text = self._required("kind", _MAX_PLACE)
        if not text:
            return ""
        try:
            kind = kind_named(text)
        except ValueError:
            self.fault("kind", "unknown_kind", "Jenis dokumen tidak dikenal; lihat daftar di templat.")
            return ""
        if not kind.deliverable:
            self.fault("kind", "not_carried", f"{kind.name} tidak dikirim lewat kurir.")
        return kind.code

    def nik(self) -> str:
        if isinstance(self._cells.get("nik"), float):
            self.fault(
                "nik", "nik_number", "NIK tersimpan sebagai angka; ubah kolom menjadi Teks lalu ketik ulang NIK-nya."
            )
            return ""
        text = self._required("nik", 40)
        if not text:
            return ""
        try:
            return parse_nik(text).digits
        except NikError as error:
            self.fault("nik", error.rule, error.sentence)
            return ""

    def name(self) -> str:
        text = self._required("name", MAX_NAME)
        if text and not any(sign.isalpha() for sign in text):
            self.fault("name", "no_letters", "Nama harus berisi huruf.")
        return text

    def phone(self) -> str:
        """As dialled inside the country, "081234567890"."""
        cell = self._cells.get("phone", "")
        if isinstance(cell, str):
            # numbers copied from a chat are wrapped in direction marks, which are no part of the number
            cell = "".join(sign for sign in cell if unicodedata.category(sign) != "Cf")
        text = self._line("phone", cell, 60)
        first = re.split(r"[/,;]|\batau\b", text.lower())[0].strip()
        if first in _NO_PHONE:
            return ""
        digits = re.sub(r"[\s().-]", "", first)
        digits = re.sub(r"^(\+?62|8)", lambda found: "08" if found[0] == "8" else "0", digits)
        if not re.fullmatch(r"0[0-9]{8,13}", digits):
            self.fault("phone", "phone_shape", "Nomor telepon tidak lengkap; contoh: 081234567890. Boleh dikosongkan.")
            return ""
        return digits

    def email(self) -> str:
        text = self.line("email", 120)
        if text in ("", "-"):
            return ""
        if not is_address(text):
            self.fault(
                "email", "email_shape", "Alamat e-mail tidak lengkap; contoh: siti@contoh.id. Boleh dikosongkan."
            )
            return ""
        return text

    def full_address(self) -> str:
        """Street, hamlet and RT/RW in one line, as a courier reads it; the landmark is said apart."""
        rt, rw = self._rt_rw()
        hamlet = self.line("hamlet", _MAX_PLACE)
        numbers = "/".join(f"{word} {number}" for word, number in (("RT", rt), ("RW", rw)) if number)
        if hamlet and not re.match(r"(?i)(dsn|dusun|dukuh|ling)", hamlet):
            hamlet = f"Dsn. {hamlet}"
        address = ", ".join(part for part in (self._street(), hamlet, numbers) if part)
        if len(address) > MAX_ADDRESS:
            self.fault("address", "too_long", f"Alamat lengkap paling panjang {MAX_ADDRESS} huruf.")
            return ""
        return address

    def _street(self) -> str:
        cell = self._cells.get("address", "")
        if isinstance(cell, str):
            cell = ", ".join(line.strip(" ,") for line in cell.splitlines() if line.strip(" ,"))
        return self._line("address", cell, MAX_ADDRESS)

    def _rt_rw(self) -> tuple[str, str]:
        both = self.line("rt_rw", 20)
        rt, rw = self.line("rt", 5), self.line("rw", 5)
        if both and not (rt or rw):
            found = re.fullmatch(r"(?i)(?:rt)?[ .]*([0-9]{1,3})\s*[/\\-]?\s*(?:rw)?[ .]*([0-9]{1,3})", both)
            if found is None:
                self.fault("rt_rw", "rt_rw_shape", "RT/RW ditulis seperti 003/002.")
                return "", ""
            rt, rw = found[1], found[2]
        return rt.zfill(3) if rt.isdigit() else rt, rw.zfill(3) if rw.isdigit() else rw

    def destination(self) -> str:
        """Where the row itself says it goes; empty when it says nothing."""
        text = self.line("destination", 40).lower()
        if text and text not in DESTINATIONS:
            self.fault("destination", "unknown_destination", "Antar ke: isi desa, kecamatan, atau rumah.")
        return DESTINATIONS.get(text, "")

    def position(self) -> dict[str, str]:
        """The house's position as text, so that it is the same however often it is read; both or neither."""
        texts = {field: self._degrees(field, most) for field, most in (("lat", 90), ("lon", 180))}
        if bool(texts["lat"]) != bool(texts["lon"]):
            self.fault("lat", "half_position", "Posisi terdiri dari lintang dan bujur; isi keduanya atau kosongkan.")
        return texts

    def _degrees(self, field: str, most: int) -> str:
        cell = self._cells.get(field, "")
        if isinstance(cell, float):
            number: float | None = cell
        else:
            text = self.line(field, 20).replace(",", ".")
            if not text:
                return ""
            number = float(text) if re.fullmatch(r"-?[0-9]{1,3}([.][0-9]+)?", text) else None
        if number is None or not abs(number) <= most:
            self.fault(field, "position_shape", f"{BY_FIELD[field].heading} ditulis seperti -8.1362.")
            return ""
        return f"{number:.6f}"

    def family_card(self) -> str:
        cell = self._cells.get("family_card", "")
        if isinstance(cell, float):
            reason = "Nomor KK tersimpan sebagai angka; ubah kolom menjadi Teks lalu ketik ulang, atau kosongkan."
            self.fault("family_card", "family_card_number", reason)
            return ""
        text = re.sub(r"[\s.-]", "", self.line("family_card", 40))
        if text and not re.fullmatch(r"[0-9]{16}", text):
            self.fault("family_card", "family_card_shape", "Nomor KK terdiri dari 16 angka; boleh dikosongkan.")
            return ""
        return text

    def printed_on(self) -> date | None:
        cell = self._cells.get("printed_on", "")
        if isinstance(cell, datetime):
            found: date | None = cell.date()
        elif isinstance(cell, date):
            found = cell
        else:
            text = self._required("printed_on", 40)
            if not text:
                return None
            found = _date_in(text)
        if found is None:
            self.fault("printed_on", "date_shape", "Tanggal cetak ditulis seperti 2026-11-24 atau 24/11/2026.")
        elif found > self._today:
            self.fault("printed_on", "date_future", "Tanggal cetak tidak boleh setelah hari ini.")
        elif found < _OLDEST_PRINT:
            self.fault("printed_on", "date_past", "Tanggal cetak terlalu lama.")
        return found

    def urgent(self) -> bool | None:
        cell = self._cells.get("urgent", "")
        if isinstance(cell, bool):
            return cell
        text = self.line("urgent", 20).lower()
        if text in _YES:
            return True
        if text in _NO:
            return False
        if text:
            self.fault("urgent", "yes_or_no", "Kolom mendesak diisi ya atau tidak.")
        return None

    def circumstance(self) -> str:
        """Where the holder is when not at home here."""
        text = self.line("circumstance", 40).lower().replace("-", " ").replace("_", " ")
        if text and text not in CIRCUMSTANCES:
            reason = "Keadaan pemilik: kosong, luar daerah, luar negeri, pindah, atau meninggal."
            self.fault("circumstance", "unknown_circumstance", reason)
        return CIRCUMSTANCES.get(text, "")

    def yes(self, field: str) -> bool:
        """A column that is yes or no; empty is no."""
        cell = self._cells.get(field, "")
        if isinstance(cell, bool):
            return cell
        text = self.line(field, 20).lower()
        if text and text not in _YES and text not in _NO:
            self.fault(field, "yes_or_no", f"Kolom {BY_FIELD[field].heading} diisi ya atau tidak.")
        return text in _YES

    def channel(self) -> str:
        text = self.line("channel", 40).lower().replace("-", " ").replace("_", " ")
        code = text.replace(" ", "_")
        if code in CHANNEL_CODES:
            return code
        if text and text not in CHANNELS:
            self.fault("channel", "unknown_channel", f"Kanal tidak dikenal; pilih: {', '.join(CHANNELS)}.")
        return CHANNELS.get(text, "walk_in")


def _date_in(text: str) -> date | None:
    """A date written 2026-11-24 or 24/11/2026 (also with - or .), perhaps with midnight behind it."""
    text = re.sub(r"[ T]00:00(:00(\.0+)?)?$", "", text)
    iso = re.fullmatch(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})", text)
    local = re.fullmatch(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})", text)
    try:
        if iso:
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        if local:
            return date(int(local[4]), int(local[3]), int(local[1]))
    except ValueError:
        return None
    return None
