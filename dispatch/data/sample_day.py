"""Writes the sample intake file beside this module: what a Blitar office might import on Tuesday 24 November 2026.

    python -m dispatch.data.sample_day

400 documents printed over five working days for the real villages of 35.05, and among them the twelve mistakes every
office knows. Six of the 400 name a village that exists in two kecamatan and say no kecamatan: those must go to review.
It lies beside the file it writes, not with the use cases, because the product reads only the file. The same seed gives
the same bytes; only `Random.random` and `Random.choices` are used, whose sequence Python keeps across versions.

The people are made up: serials of 7000 and above are far beyond what one kecamatan registers for one birth date, and
all phone numbers lie in one block of ten thousand.
"""

import csv
import io
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random

from dispatch.data.sample_names import (
    HAMLETS,
    LANDMARKS,
    MEN_FIRST,
    MEN_LAST,
    WOMEN_FIRST,
    WOMEN_LAST,
)
from maps.gazetteer import Village, gazetteer

FILE = Path(__file__).with_name("blitar_400.csv")
OFFICE = "35.05"
TODAY = date(2026, 11, 24)
PRINT_DAYS = (date(2026, 11, 18), date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 23), TODAY)
# a recording tour went through three neighbouring kecamatan, and their cards were printed when the blanks came
PRINTED = (140, 110, 50, 50, 50)
TOURED = ("35.05.10", "35.05.11", "35.05.14")  # Kanigoro, Garum, Talun
SEED = 350_524_11

HEADINGS = (
    "nomor_permohonan",
    "jenis",
    "nik",
    "nama",
    "telepon",
    "alamat",
    "dusun",
    "rt",
    "rw",
    "patokan",
    "kode_desa",
    "desa",
    "kecamatan",
    "kabupaten",
    "tanggal_cetak",
    "mendesak",
    "kanal",
)

_KINDS = (
    # how it is written, how often, and the years of age of those who get one
    ("KTP-el", 46, (17, 75)),
    ("KTP", 14, (17, 60)),
    ("e-KTP", 8, (17, 17)),
    ("KIA", 14, (0, 16)),
    ("KK", 10, (25, 70)),
    ("Akta Kelahiran", 4, (0, 2)),
    ("Akte Lahir", 2, (0, 8)),
    ("Akta Kematian", 2, (50, 90)),
)
_CHANNELS = {"undangan": 70, "datang langsung": 12, "daring": 8, "desa": 8, "keliling": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRow:
    """One line of the file and what ought to become of it.

    `village_code` is where the document truly belongs; `wrong` names the field a clerk must be told about;
    `to_review` says that nobody can know the village from what is written.
    """

    cells: dict[str, str]
    village_code: str
    wrong: str | None = None
    to_review: bool = False


def sample_rows(*, good: int = 400, ambiguous: int = 6, seed: int = SEED) -> list[SampleRow]:
    """`good` rows, `ambiguous` of which need a review, and twelve bad ones spread among them, by print date."""
    rng = Random(seed)  # noqa: S311  repeatable on purpose
    people = _People(rng)
    villages = gazetteer().villages(OFFICE)
    # few villages are large and many are small; kelurahan are towns
    weights = [(1.8 if v.kind == "kelurahan" else 1.0) / (0.12 + rng.random()) for v in villages]
    toured = [w * (1.0 if v.district_code in TOURED else 0.02) for v, w in zip(villages, weights, strict=True)]
    unclear = {(number + 1) * good // (ambiguous + 1) for number in range(ambiguous)}
    rows = []
    for number, printed_on in enumerate(_print_days(good)):
        if number in unclear:
            village = rng.choices(_namesakes(villages))[0]
            place = {"desa": village.name, "kabupaten": "Blitar"}
        else:
            village = rng.choices(villages, toured if printed_on in PRINT_DAYS[:2] else weights)[0]
            place = _place(rng, village, villages)
        cells = people.document(number, village, printed_on) | place
        rows.append(SampleRow(cells=cells, village_code=village.code, to_review=number in unclear))
    return _with_mistakes(rows)


def sample_csv(rows: Sequence[SampleRow]) -> bytes:
    """The rows as the file an office would send: Indonesian headings, comma, UTF-8."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, HEADINGS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(row.cells for row in rows)
    return text.getvalue().encode()


def _print_days(good: int) -> list[date]:
    """The print day of each row, in order, as many a day as `PRINTED` says of 400."""
    days = [day for day, count in zip(PRINT_DAYS, PRINTED, strict=True) for _ in range(count)]
    return [days[number * len(days) // good] for number in range(good)]


def sample_person(rng: Random) -> Callable[[int, Village, date], dict[str, str]]:
    """Makes up one document's person after another: what is written about them, but where they live."""
    return _People(rng).document


class _People:
    """Makes up persons, one NIK each."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._used: set[str] = set()

    def document(self, number: int, village: Village, printed_on: date) -> dict[str, str]:
        rng = self._rng
        kind, _, ages = rng.choices(_KINDS, [weight for _, weight, _ in _KINDS])[0]
        woman = rng.random() < 0.51
        urgent = number % 40 == 17
        cells = {
            "nomor_permohonan": "" if number % 20 == 11 else f"BLT-{printed_on:%y%m%d}-{number + 1:05d}",
            "jenis": kind,
            "nik": self._nik(village, woman, _born(rng, ages)),
            "nama": _name(rng, woman),
            "telepon": self._phone(),
            "tanggal_cetak": f"{printed_on:%d/%m/%Y}" if number % 7 == 3 else printed_on.isoformat(),
            "mendesak": "ya" if urgent else "tidak",
            "kanal": "mendesak" if urgent else rng.choices(tuple(_CHANNELS), tuple(_CHANNELS.values()))[0],
        }
        return cells | self._address()

    def _address(self) -> dict[str, str]:
        rng = self._rng
        hamlet = rng.choices(HAMLETS)[0]
        rt, rw = f"{1 + int(rng.random() * 6):03d}", f"{1 + int(rng.random() * 9):03d}"
        landmark = rng.choices(LANDMARKS)[0] if rng.random() < 0.3 else ""
        if rng.random() < 0.3:
            return {"alamat": f"Dsn. {hamlet} RT {rt}/RW {rw}", "patokan": landmark}
        return {"dusun": hamlet, "rt": rt, "rw": rw, "patokan": landmark}

    def _nik(self, village: Village, woman: bool, born: date) -> str:
        rng = self._rng
        district = village.district_code.replace(".", "")
        if rng.random() < 0.12:  # first registered elsewhere: the neighbouring city, or another kecamatan
            district = rng.choices(("357201", "357203", "350511", "350514", "350601"))[0]
        while True:
            serial = 7000 + int(rng.random() * 3000)
            nik = f"{district}{born.day + (40 if woman else 0):02d}{born:%m%y}{serial}"
            if nik not in self._used:
                self._used.add(nik)
                return nik

    def _phone(self) -> str:
        written = self._rng.random()
        line = int(self._rng.random() * 10_000)
        if written < 0.04:
            return ""
        if written < 0.12:
            return f"+62 812-0000-{line:04d}"
        return f"08120000{line:04d}"


def _name(rng: Random, woman: bool) -> str:
    first, last = (WOMEN_FIRST, WOMEN_LAST) if woman else (MEN_FIRST, MEN_LAST)
    parts = [rng.choices(first)[0], rng.choices(last)[0]]
    count = rng.random()
    if count < 0.12:
        return parts[1] if count < 0.06 else parts[0]
    if count > 0.75:
        parts.insert(1, rng.choices(first)[0])
    return " ".join(dict.fromkeys(parts))


def _born(rng: Random, ages: tuple[int, int]) -> date:
    years = ages[0] + rng.random() * (ages[1] - ages[0] + 0.9)
    return TODAY - timedelta(days=30 + int(years * 365.25))


def _namesakes(villages: Sequence[Village]) -> list[Village]:
    """Villages whose name exists in another kecamatan too."""
    counted = Counter(village.name for village in villages)
    return [village for village in villages if counted[village.name] > 1]


def _place(rng: Random, village: Village, villages: Sequence[Village]) -> dict[str, str]:
    """How a clerk writes where it goes: half by code, half by names, every third name not quite right."""
    way = rng.random()
    if way < 0.40:
        return {"kode_desa": village.code}
    if way < 0.45:
        return {"kode_desa": village.code.replace(".", "")}
    if way < 0.50:
        return {"kode_desa": village.code, "desa": village.name, "kecamatan": village.district}
    name, district = village.name, village.district
    if rng.random() < 0.33:
        name = _misspelled(rng, name, {other.name for other in villages})
    if rng.random() < 0.10:
        district = _misspelled(rng, district, {other.district for other in villages})
    if rng.random() < 0.20:
        name = f"{'Kel.' if village.kind == 'kelurahan' else 'Ds.'} {name}"
        district = f"Kec. {district}"
    if rng.random() < 0.15:
        name, district = name.upper(), district.upper()
    regency = rng.choices(("Blitar", "Kab. Blitar", "KABUPATEN BLITAR", ""))[0]
    return {"desa": name, "kecamatan": district, "kabupaten": regency}


def _misspelled(rng: Random, name: str, taken: set[str]) -> str:
    """The name with one mistake people make; never so that it becomes another name of the regency."""
    for make in rng.choices(_SLIPS, k=6):
        slip = make(rng, name)
        if slip not in taken:
            return slip
    return name


def _old_spelling(_: Random, name: str) -> str:
    text = name
    for new, old in (("u", "oe"), ("j", "dj"), ("c", "tj")):
        text = text.replace(new, old).replace(new.upper(), old.capitalize())
    return text


def _letter_lost(rng: Random, name: str) -> str:
    at = 1 + int(rng.random() * (len(name) - 2))
    return name[:at] + name[at + 1 :]


def _letter_doubled(rng: Random, name: str) -> str:
    at = 1 + int(rng.random() * (len(name) - 2))
    return name[:at] + name[at] + name[at:]


def _letters_swapped(rng: Random, name: str) -> str:
    at = 1 + int(rng.random() * (len(name) - 3))
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def _split_or_joined(_: Random, name: str) -> str:
    if " " in name:
        return name.replace(" ", "").capitalize()
    for ending in ("rejo", "sari", "agung", "dadi", "harjo", "mulyo", "dono"):
        if name.endswith(ending) and len(name) > len(ending):
            return f"{name.removesuffix(ending)} {ending.capitalize()}"
    return name


_SLIPS: tuple[Callable[[Random, str], str], ...] = (
    _old_spelling,
    _letter_lost,
    _letter_doubled,
    _letters_swapped,
    _split_or_joined,
)


def _with_mistakes(rows: list[SampleRow]) -> list[SampleRow]:
    """Put the twelve bad rows between the good ones, each a copy of a good person gone wrong in one cell."""
    mixed = list(rows)
    step = len(rows) // len(_MISTAKES)
    for number, (field, spoil) in enumerate(_MISTAKES):
        # from the back, so that places further up stay where they are
        at = len(rows) - number * step - step // 2
        model = rows[at - 1]
        cells = model.cells | {
            "nomor_permohonan": f"BLT-X-{number + 1:02d}",
            "nama": f"{model.cells['nama'].split()[0]} CONTOH",
            "kode_desa": model.village_code,
            "desa": "",
            "kecamatan": "",
        }
        if field == "nomor_permohonan":
            cells["nomor_permohonan"] = rows[0].cells["nomor_permohonan"]  # whose number is already taken
        wrong = replace(model, cells=cells | spoil(cells), wrong=field, to_review=False)
        mixed.insert(at, wrong)
    return mixed


_Spoil = Callable[[dict[str, str]], dict[str, str]]

_MISTAKES: tuple[tuple[str, _Spoil], ...] = (
    ("nik", lambda cells: {"nik": cells["nik"][:-1]}),
    ("nik", lambda cells: {"nik": cells["nik"][:12] + "0000"}),
    ("nik", lambda cells: {"nik": cells["nik"][:6] + "3113" + cells["nik"][10:]}),
    ("nik", lambda _: {"nik": "3.2E+15"}),
    ("jenis", lambda _: {"jenis": "Kartu Perpustakaan"}),
    ("nama", lambda _: {"nama": ""}),
    ("tanggal_cetak", lambda _: {"tanggal_cetak": ""}),
    ("tanggal_cetak", lambda _: {"tanggal_cetak": "2062-11-24"}),
    ("kode_desa", lambda _: {"kode_desa": "35.03.01.2001"}),
    ("kode_desa", lambda _: {"kode_desa": "35.05.01.2999"}),
    ("nama", lambda cells: {"nama": cells["nama"].replace(" ", " \u202e\x07")}),
    ("nomor_permohonan", lambda _: {}),
)


if __name__ == "__main__":
    FILE.write_bytes(sample_csv(sample_rows()))
