"""The NIK: sixteen digits that say where and when somebody was first registered.

Province 2, regency 2, kecamatan 2, then DDMMYY with 40 added to a woman's day, then a serial from 0001. There is no
check digit, it never changes, and the century is not in it; so only shape, date and serial can be refused. A region or
birth date unlike the present record is normal for people who moved or were corrected: a warning at most.

Nothing here ever puts the digits into a message or a repr.
"""

import re
from dataclasses import dataclass, field
from datetime import date

_DAY_ADDED_FOR_WOMEN = 40
_SHOWN_DIGITS = 4


class NikError(ValueError):
    """It cannot be an NIK. `rule` names the rule, the text is an Indonesian sentence without the number itself."""

    def __init__(self, rule: str, sentence: str) -> None:
        super().__init__(sentence)
        self.rule = rule
        self.sentence = sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Nik:
    """A well-formed NIK. `year` has two digits; `district_code` is the kecamatan of first registration, "35.05.01"."""

    digits: str = field(repr=False)
    district_code: str
    day: int
    month: int
    year: int
    woman: bool

    def __str__(self) -> str:
        return masked(self.digits)


def parse_nik(text: str) -> Nik:
    """The NIK written in this text; spaces between the digits are allowed. Raises NikError."""
    digits = re.sub(r"\s", "", text)
    _check_shape(digits)
    day, month, year = int(digits[6:8]), int(digits[8:10]), int(digits[10:12])
    woman = day > _DAY_ADDED_FOR_WOMEN
    nik = Nik(
        digits=digits,
        district_code=f"{digits[:2]}.{digits[2:4]}.{digits[4:6]}",
        day=day - _DAY_ADDED_FOR_WOMEN if woman else day,
        month=month,
        year=year,
        woman=woman,
    )
    if not _possible_birth_dates(nik):
        raise NikError("nik_date", "Tanggal lahir di dalam NIK tidak ada di kalender (angka ke-7 sampai ke-12).")
    if digits[12:] == "0000":
        raise NikError("nik_serial", "Nomor urut NIK (empat angka terakhir) tidak boleh 0000.")
    return nik


def nik_warnings(nik: Nik, *, district_code: str | None = None, born_on: date | None = None) -> tuple[str, ...]:
    """What a clerk may want to look at when the record says otherwise; never a reason to refuse."""
    found = []
    if district_code is not None and nik.district_code != district_code[: len(nik.district_code)]:
        found.append("Kecamatan pertama di NIK berbeda dengan alamat sekarang; wajar bila pernah pindah.")
    if born_on is not None and born_on not in _possible_birth_dates(nik):
        found.append("Tanggal lahir di NIK berbeda dengan tanggal lahir di catatan.")
    return tuple(found)


def masked(nik: str) -> str:
    """The only way an NIK is shown: `************3456`."""
    return "*" * max(0, len(nik) - _SHOWN_DIGITS) + nik[-_SHOWN_DIGITS:]


def _check_shape(digits: str) -> None:
    if re.fullmatch(r"[0-9]+([.,][0-9]+)?[eE]\+?[0-9]+", digits):
        raise NikError(
            "nik_number",
            "NIK tersimpan sebagai angka sehingga digitnya hilang; ubah kolom menjadi Teks lalu ketik ulang.",
        )
    if not re.fullmatch(r"[0-9]+", digits):
        raise NikError("nik_digits", "NIK hanya boleh berisi angka.")
    if len(digits) != 16:
        raise NikError("nik_length", f"NIK harus 16 angka; di sini ada {len(digits)}.")


def _possible_birth_dates(nik: Nik) -> tuple[date, ...]:
    """One date per century it could be; empty when the date exists in neither."""
    found = []
    for century in (1900, 2000):
        try:
            found.append(date(century + nik.year, nik.month, nik.day))
        except ValueError:
            continue
    return tuple(found)
