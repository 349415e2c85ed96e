"""Every desa and kelurahan of Indonesia by its Kemendagri code.

The list is read once per process. Only the text is kept at first; the villages of a regency become objects when they
are first asked for, so that starting costs about a tenth of a second although there are 83,762 of them.

Points are WGS 84 degrees: the middle of the village's area, not its office. Sources, licences: `data/ATTRIBUTION.md`.
"""

import csv
import gzip
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Literal

DATA = Path(__file__).parent / "data"

VillageKind = Literal["desa", "kelurahan"]

WIB = "Asia/Jakarta"
WITA = "Asia/Makassar"
WIT = "Asia/Jayapura"

_WITA_PROVINCES = frozenset({"51", "52", "53", "63", "64", "65", "71", "72", "73", "74", "75", "76"})
_WIT_PROVINCES = frozenset({"81", "82", "91", "92", "93", "94", "95", "96", "97"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Village:
    """One desa or kelurahan. `own_point` is false when lat/lon is only the middle of its kecamatan."""

    code: str
    name: str
    kind: VillageKind
    district_code: str
    district: str
    regency_code: str
    regency: str
    province_code: str
    province: str
    lat: float
    lon: float
    postal_code: str
    own_point: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """One kecamatan."""

    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Regency:
    """One kabupaten or kota, with its kecamatan in the order of their codes."""

    code: str
    name: str
    province_code: str
    province: str
    time_zone: str
    districts: tuple[District, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficePosition:
    """Where a regency's registration office is suggested to stand; the office itself confirms it.

    `estimate` is true when nothing is known and the middle of the villages stands in; `uncertainty_m` is None then.
    """

    regency_code: str
    name: str
    lat: float
    lon: float
    uncertainty_m: int | None
    estimate: bool
    evidence: str


class Gazetteer:
    """All villages, found by code. Codes may be written with or without dots; unknown ones raise ValueError."""

    def __init__(self, folder: Path = DATA) -> None:
        with gzip.open(folder / "villages.csv.gz", "rt", encoding="utf-8", newline="") as file:
            header, *lines = file.read().splitlines()
        self._columns = header.split(",")
        # the file is sorted by code, so a regency is one run of lines
        self._lines = {code: tuple(run) for code, run in groupby(lines, key=_regency_prefix)}
        self._better_points = _read_points(folder / "pilot_point_overrides.csv")
        self._known_offices = _read_offices(folder / "depots.csv")
        self._villages: dict[str, Mapping[str, Village]] = {}
        self._regencies: dict[str, Regency] = {}

    def village(self, code: str) -> Village:
        """The village with this code, "35.05.01.2003" or "3505012003"."""
        dotted = dotted_code(code, levels=4)
        found = self._of_regency(dotted[:5]).get(dotted) if dotted[:5] in self._lines else None
        if found is None:
            raise ValueError(f"no village has the code {dotted}")
        return found

    def villages(self, regency_code: str) -> Sequence[Village]:
        """Every village of the regency, in the order of their codes."""
        return tuple(self._of_regency(self._known_regency(regency_code)).values())

    def regency(self, code: str) -> Regency:
        """The regency with its kecamatan, "35.05" or "3505"."""
        dotted = self._known_regency(code)
        if dotted not in self._regencies:
            self._regencies[dotted] = _regency_of(self.villages(dotted))
        return self._regencies[dotted]

    def regencies(self) -> Sequence[Regency]:
        """All regencies and cities, in the order of their codes. Reads the whole country: slow the first time."""
        return tuple(self.regency(code) for code in self._lines)

    def regency_names(self) -> Mapping[str, str]:
        """The name of every regency and city by its code; cheap, for lists and for finding one by name."""
        column = self._columns.index("regency")
        return {code: next(csv.reader(lines[:1]))[column] for code, lines in self._lines.items()}

    def village_names(self, province_code: str) -> frozenset[str]:
        """Every name a village of the province has; cheap, without making the villages."""
        column = self._columns.index("name")
        runs = (lines for code, lines in self._lines.items() if code[:2] == province_code)
        return frozenset(row[column] for lines in runs for row in csv.reader(lines))

    def depot(self, regency_code: str) -> OfficePosition:
        """Where to place the office at first: the known position, else the village nearest the middle of them all."""
        dotted = self._known_regency(regency_code)
        return self._known_offices.get(dotted) or _estimated_office(self.villages(dotted))

    def _known_regency(self, code: str) -> str:
        dotted = dotted_code(code, levels=2)
        if dotted not in self._lines:
            raise ValueError(f"no regency has the code {dotted}")
        return dotted

    def _of_regency(self, dotted: str) -> Mapping[str, Village]:
        # two threads may both build it; they build the same, and the last one stays
        if dotted not in self._villages:
            rows = csv.DictReader(self._lines[dotted], fieldnames=self._columns)
            self._villages[dotted] = {row["code"]: self._village_from(row) for row in rows}
        return self._villages[dotted]

    def _village_from(self, row: Mapping[str, str]) -> Village:
        village = Village(
            code=row["code"],
            name=row["name"],
            kind="kelurahan" if row["kind"] == "kelurahan" else "desa",
            district_code=row["district_code"],
            district=row["district"],
            regency_code=row["regency_code"],
            regency=row["regency"],
            province_code=row["province_code"],
            province=row["province"],
            lat=float(row["lat"]),
            lon=float(row["lon"]),
            postal_code=row["postal_code"],
            own_point=row["source"] != "district_centroid",
        )
        better = self._better_points.get(village.code)
        return replace(village, lat=better[0], lon=better[1]) if better else village


@lru_cache(maxsize=1)
def gazetteer() -> Gazetteer:
    """The list shipped with the product, read once per process."""
    return Gazetteer()


def dotted_code(code: str, *, levels: int) -> str:
    """The code as Kemendagri writes it, "35.05" (2 levels), "35.05.01" (3) or "35.05.01.2003" (4), from any spelling
    with or without dots. Raises ValueError when it cannot be such a code."""
    groups = (2, 2, 2, 4)[:levels]
    pattern = r"\.?".join(f"([0-9]{{{width}}})" for width in groups)
    found = re.fullmatch(pattern, code.strip())
    if found is None:
        example = ".".join(("35", "05", "01", "2003")[:levels])
        raise ValueError(f"{code!r} is not a region code such as {example}")
    return ".".join(found.groups())


def time_zone(province_code: str) -> str:
    """The IANA zone of a province: Asia/Jakarta (WIB), Asia/Makassar (WITA) or Asia/Jayapura (WIT)."""
    if province_code in _WITA_PROVINCES:
        return WITA
    return WIT if province_code in _WIT_PROVINCES else WIB


def _regency_prefix(line: str) -> str:
    return line[:5]


def _regency_of(villages: Sequence[Village]) -> Regency:
    first = villages[0]
    districts = {village.district_code: village.district for village in villages}
    return Regency(
        code=first.regency_code,
        name=first.regency,
        province_code=first.province_code,
        province=first.province,
        time_zone=time_zone(first.province_code),
        districts=tuple(District(code=code, name=name) for code, name in districts.items()),
    )


def _estimated_office(villages: Sequence[Village]) -> OfficePosition:
    """The village point nearest the median latitude and longitude: a median alone may lie in the sea."""
    known = [village for village in villages if village.own_point] or villages
    lat, lon = median(v.lat for v in known), median(v.lon for v in known)
    shrink = math.cos(math.radians(lat))
    middle = min(known, key=lambda v: math.hypot(v.lat - lat, (v.lon - lon) * shrink))
    return OfficePosition(
        regency_code=middle.regency_code,
        name=f"Dispendukcapil {middle.regency}",
        lat=middle.lat,
        lon=middle.lon,
        uncertainty_m=None,
        estimate=True,
        evidence=f"village nearest the middle of the regency: {middle.name} ({middle.code})",
    )


def _read_points(path: Path) -> Mapping[str, tuple[float, float]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["code"]: (float(row["lat"]), float(row["lon"])) for row in csv.DictReader(file)}


def _read_offices(path: Path) -> Mapping[str, OfficePosition]:
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["regency_code"]: OfficePosition(
                regency_code=row["regency_code"],
                name=row["office"],
                lat=float(row["lat"]),
                lon=float(row["lon"]),
                uncertainty_m=int(row["uncertainty_m"]),
                estimate=False,
                evidence=row["address_evidence"],
            )
            for row in csv.DictReader(file)
        }
