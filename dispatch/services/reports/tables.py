"""Every report as a plain table: columns with their form, rows, a sum, and which column a chart draws.

Pages, files and the API all show these tables, so that one number is the same everywhere. A new report is one function
and one row of REPORTS.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from dispatch.errors import NotFound
from dispatch.said import say
from dispatch.services.calendar import Calendar
from dispatch.services.reasons import REASONS
from dispatch.services.reports import month
from dispatch.services.reports.costs import Carried, carried
from dispatch.services.reports.couriers import courier_work
from dispatch.services.reports.desks import AGES, Unclaimed, age_class, unclaimed
from dispatch.services.reports.handed import Handed, handed, rank
from dispatch.services.reports.month import Picture
from dispatch.services.reports.period import Period
from dispatch.services.reports.tries import FirstTries, first_tries
from dispatch.store.models import Attempt, Event, Village

type Value = str | int | float | None
Form = Literal["text", "count", "days", "share", "rupiah", "km", "minutes"]
_WAYS = {"ojek": "ojek", "staff": say("petugas kantor"), "car": say("mobil kantor"), "post_counter": say("Pos (loket)")}


@dataclass(frozen=True, slots=True)
class Column:
    """What stands in it, and how its values are written."""

    word: str
    form: Form = "count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One report. `charted`: the column whose values a chart draws beside the table, None without one."""

    columns: tuple[Column, ...]
    rows: Sequence[tuple[Value, ...]]
    total: tuple[Value, ...] | None = None
    charted: int | None = None


class Figures:
    """What a period's reports are made of, each counted once however many of them ask."""

    def __init__(self, session: Session, office: str, period: Period, calendar: Calendar) -> None:
        self.session = session
        self.office = office
        self.period = period
        self.calendar = calendar

    @cached_property
    def handed(self) -> list[Handed]:
        return handed(self.session, self.office, self.period, self.calendar)

    @cached_property
    def tries(self) -> Sequence[FirstTries]:
        return first_tries(self.session, self.office, self.period)

    @cached_property
    def carried(self) -> Sequence[Carried]:
        return carried(self.session, self.office, self.period)

    @cached_property
    def pictures(self) -> dict[str, Picture]:
        return month.by_village(self.session, self.office, self.period, self.calendar)

    @cached_property
    def unclaimed(self) -> Sequence[Unclaimed]:
        return unclaimed(self.session, self.office, self.calendar)

    @cached_property
    def names(self) -> dict[str, tuple[str, str]]:
        """Village code → name and kecamatan; a kecamatan's code → its name."""
        asked = select(Village.code, Village.name, Village.district_code, Village.district)
        found: dict[str, tuple[str, str]] = {}
        for code, name, district_code, district in self.session.execute(asked.where(Village.office == self.office)):
            found[code] = (name, district)
            found.setdefault(district_code, (district, district))
        return found

    def district(self, code: str) -> str:
        """The kecamatan's name of a village's or kecamatan's code."""
        return self.names.get(code[:8], (code[:8], ""))[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report people can ask for. `file`: its name on disk."""

    key: str
    word: str
    about: str
    make: Callable[[Figures], Table]


def report_of(key: str) -> Report:
    """The report with this key. NotFound when there is none."""
    found = next((report for report in REPORTS if report.key == key), None)
    if found is None:
        raise NotFound(f"there is no report {key[:40]}")
    return found


def share(part: int, whole: int) -> float | None:
    """A share, None of nothing."""
    return part / whole if whole else None


def _legs(figures: Figures) -> Table:
    found = figures.handed
    legs = (
        (say("di kantor (sejak dicetak)"), [one.office for one in found]),
        (say("di jalan"), [one.road for one in found]),
        (say("di kantor desa atau kecamatan"), [one.desk for one in found]),
    )
    whole = [one.total for one in found]
    everything = sum(whole)
    rows = [_leg(word, days, everything) for word, days in legs]
    return Table(
        columns=(
            Column("Bagian perjalanan", "text"), Column("Median", "days"), Column("90 dari 100 paling lama", "days"),
            Column("Terlama", "days"), Column("Jumlah hari kerja"), Column("Bagian", "share"),
        ),
        rows=rows,
        total=_leg(say("dari cetak sampai ke tangan warga"), whole, everything),
        charted=5,
    )  # fmt: skip


def _leg(word: str, days: Sequence[int], everything: int) -> tuple[Value, ...]:
    return (word, rank(days, 0.5), rank(days, 0.9), max(days, default=None), sum(days), share(sum(days), everything))


def _spread(figures: Figures) -> Table:
    counted = Counter(min(one.total, 15) for one in figures.handed)
    last = max(counted, default=-1)
    rows: list[tuple[Value, ...]] = [
        (f"{days} hari kerja" if days < 15 else "15 hari kerja atau lebih", counted[days]) for days in range(last + 1)
    ]
    return Table(
        columns=(Column("Dari cetak sampai ke tangan", "text"), Column("Dokumen")),
        rows=rows, total=("semua", len(figures.handed)), charted=1,
    )  # fmt: skip


def _promise(figures: Figures) -> Table:
    by_place: dict[str, list[Handed]] = defaultdict(list)
    for one in figures.handed:
        by_place[one.village_code[:8]].append(one)
    rows = [_promised(figures.district(code), found) for code, found in by_place.items()]
    return Table(
        columns=(
            Column("Kecamatan", "text"), Column("Diterima warga"), Column("Tepat janji"), Column("Bagian", "share"),
            Column("Median", "days"), Column("90 dari 100", "days"),
        ),
        rows=sorted(rows, key=_by_name), total=_promised("semua", figures.handed), charted=3,
    )  # fmt: skip


def _promised(name: str, found: Sequence[Handed]) -> tuple[Value, ...]:
    kept, days = sum(one.is_on_time for one in found), [one.total for one in found]
    return (name, len(found), kept, share(kept, len(found)), rank(days, 0.5), rank(days, 0.9))


def _first_try(figures: Figures) -> Table:
    tried: Counter[str] = Counter()
    arrived: Counter[str] = Counter()
    for row in figures.tries:
        code = row.village_code[:8]
        tried[code] += row.documents
        arrived[code] += row.documents if row.arrived else 0
    rows: list[tuple[Value, ...]] = [
        (figures.district(code), number, arrived[code], share(arrived[code], number)) for code, number in tried.items()
    ]
    return Table(
        columns=(
            Column("Kecamatan", "text"), Column("Antaran pertama"), Column("Langsung sampai"), Column("Bagian", "share")
        ),
        rows=sorted(rows, key=_by_name),
        total=("semua", tried.total(), arrived.total(), share(arrived.total(), tried.total())),
        charted=3,
    )  # fmt: skip


def _failures(figures: Figures) -> Table:
    period = figures.period
    counted = figures.session.execute(
        select(Attempt.reason, func.count())
        .join(Event, and_(Event.office == Attempt.office, Event.subject_id == Attempt.id))
        .where(Event.office == figures.office, Event.subject_kind == "attempt", Event.to_state == "failed")
        .where(Event.at >= period.start, Event.at < period.end)
        .group_by(Attempt.reason)
    )
    rows: list[tuple[Value, ...]] = [
        (REASONS[reason].words if reason in REASONS else reason or say("tanpa alasan"), number)
        for reason, number in counted
    ]
    rows.sort(key=lambda row: (-int(row[1] or 0), str(row[0])))
    return Table(
        columns=(Column("Alasan", "text"), Column("Dokumen gagal diserahkan")),
        rows=rows, total=("semua", _sum(rows, 1)), charted=1,
    )  # fmt: skip


def _ways(figures: Figures) -> Table:
    parts: dict[str, list[Carried]] = defaultdict(list)
    for part in figures.carried:
        parts[part.way].append(part)
    rows = [(way_word(way), len({part.trip_id for part in found}), *_price(found)) for way, found in parts.items()]
    return Table(
        columns=(Column("Cara", "text"), Column("Rute atau kiriman"), *_PRICE),
        rows=sorted(rows, key=_by_name),
        total=("semua", len({part.trip_id for part in figures.carried}), *_price(figures.carried)),
        charted=5,
    )


def way_word(way: str) -> str:
    """A courier's kind or a partner's name as people say it."""
    return _WAYS.get(way, way)


def _village_prices(figures: Figures) -> Table:
    parts: dict[str, list[Carried]] = defaultdict(list)
    for part in figures.carried:
        parts[part.village_code].append(part)
    rows = [(*figures.names.get(code, (code, "")), *_price(found)) for code, found in parts.items()]
    return Table(
        columns=(Column("Desa", "text"), Column("Kecamatan", "text"), *_PRICE),
        rows=sorted(rows, key=lambda row: (str(row[1]), str(row[0]))),
        total=("semua", "", *_price(figures.carried)),
    )


_PRICE = (
    Column("Dokumen dibawa"), Column("Sampai"), Column("Biaya", "rupiah"), Column("Per dokumen sampai", "rupiah"),
)  # fmt: skip


def _price(parts: Iterable[Carried]) -> tuple[int, int, int, float | None]:
    found = list(parts)
    arrived, rupiah = sum(part.arrived for part in found), sum(part.rupiah for part in found)
    return sum(part.carried for part in found), arrived, rupiah, rupiah / arrived if arrived else None


def _ages(figures: Figures) -> Table:
    counted = Counter(age_class(one.days) for one in figures.unclaimed)
    rows: list[tuple[Value, ...]] = [(word, counted[at]) for at, (word, _, _) in enumerate(AGES)]
    return Table(
        columns=(Column("Di kantor desa sejak", "text"), Column("Dokumen")),
        rows=rows, total=("semua", len(figures.unclaimed)), charted=1,
    )  # fmt: skip


def _village_ages(figures: Figures) -> Table:
    found: dict[str, list[int]] = defaultdict(list)
    for one in figures.unclaimed:
        found[one.village_code].append(one.days)
    rows: list[tuple[Value, ...]] = [
        (*figures.names.get(code, (code, "")), len(days), max(days), sum(day > 10 for day in days))
        for code, days in found.items()
    ]
    rows.sort(key=lambda row: (-int(row[3] or 0), str(row[0])))
    days = [one.days for one in figures.unclaimed]
    return Table(
        columns=(
            Column("Desa", "text"), Column("Kecamatan", "text"), Column("Belum diambil"), Column("Tertua", "days"),
            Column("Lebih dari 10 hari kerja"),
        ),
        rows=rows, total=("semua", "", len(days), max(days, default=None), sum(day > 10 for day in days)),
    )  # fmt: skip


def _couriers(figures: Figures) -> Table:
    work = courier_work(figures.session, figures.office, figures.period)
    rows: list[tuple[Value, ...]] = [
        (
            one.name, one.routes, one.metres, one.stops_done, one.stops, one.carried, one.arrived,
            share(one.first_time, one.tried), one.late_minutes, one.rupiah,
            one.rupiah / one.arrived if one.arrived else None,
        )
        for one in work
    ]  # fmt: skip
    arrived, rupiah = sum(one.arrived for one in work), sum(one.rupiah for one in work)
    return Table(
        columns=(
            Column("Kurir", "text"), Column("Rute"), Column("Jarak", "km"), Column("Tujuan selesai"), Column("Tujuan"),
            Column("Dokumen dibawa"), Column("Sampai"), Column("Sekali antar", "share"),
            Column("Median selisih jadwal", "minutes"), Column("Biaya", "rupiah"), Column("Per dokumen", "rupiah"),
        ),
        rows=rows, charted=7,
        total=(
            "semua", *(_sum(rows, at) for at in range(1, 7)),
            share(sum(one.first_time for one in work), sum(one.tried for one in work)),
            rank([minute for one in work for minute in one.minutes], 0.5), rupiah,
            rupiah / arrived if arrived else None,
        ),
    )  # fmt: skip


def _districts(figures: Figures) -> Table:
    return _flow(figures, month.by_district(figures.pictures), ("Kecamatan",), lambda code: (figures.district(code),))


def _villages(figures: Figures) -> Table:
    return _flow(
        figures, figures.pictures, ("Desa", "Kecamatan"), lambda code: figures.names.get(code, (code, "")),
    )  # fmt: skip


def _flow(
    figures: Figures, pictures: dict[str, Picture], words: tuple[str, ...], name: Callable[[str], tuple[str, ...]]
) -> Table:
    rows: list[tuple[Value, ...]] = [(*name(code), *_month(picture)) for code, picture in pictures.items()]
    rows.sort(key=lambda row: tuple(str(cell) for cell in reversed(row[: len(words)])))
    return Table(
        columns=(
            *(Column(word, "text") for word in words), Column("Dicetak"), Column("Awal"), Column("Masuk"),
            Column("Berangkat"), Column("Diterima warga"), Column("Ditarik dan lain"), Column("Masih menunggu"),
            Column("Janji ditepati", "share"),
        ),
        rows=rows,
        total=("semua", *([""] * (len(words) - 1)), *_month(month.together(pictures))),
    )  # fmt: skip


def _month(one: Picture) -> tuple[Value, ...]:
    return (
        one.printed, one.opening, one.entered, one.departures, one.delivered, one.ended, one.still_waiting,
        one.kept_share,
    )  # fmt: skip


def _sum(rows: Sequence[tuple[Value, ...]], at: int) -> int:
    return sum(int(row[at] or 0) for row in rows)


def _by_name(row: tuple[Value, ...]) -> str:
    return str(row[0])


REPORTS: tuple[Report, ...] = (
    Report(
        key="days", word="Cetak sampai ke tangan", make=_legs,
        about="Hari kerja dari cetak sampai diterima warga, dan di mana waktu itu habis.",
    ),
    Report(
        key="spread", word="Sebaran lama waktu", make=_spread,
        about="Berapa dokumen yang sampai ke warga dalam berapa hari kerja sejak dicetak.",
    ),
    Report(
        key="promise", word="Tepat janji", make=_promise,
        about="Dokumen yang diterima warga sampai hari yang dijanjikan, per kecamatan.",
    ),
    Report(
        key="first-try", word="Sekali antar", make=_first_try,
        about="Dokumen yang langsung sampai pada antaran pertamanya, per kecamatan.",
    ),
    Report(
        key="failures", word="Mengapa gagal", make=_failures,
        about="Alasan dokumen tidak bisa diserahkan, dihitung setiap kali terjadi.",
    ),
    Report(
        key="ways", word="Rupiah per cara", make=_ways,
        about="Biaya rute dan kiriman menurut hari layanan, dibagi dokumen yang sampai.",
    ),
    Report(
        key="village-prices", word="Rupiah per desa", make=_village_prices,
        about="Biaya yang sama, dibagi ke desa menurut dokumen yang dibawa ke sana.",
    ),
    Report(
        key="unclaimed", word="Umur belum diambil", make=_ages,
        about="Dokumen yang sekarang di kantor desa atau kecamatan, menurut lamanya di sana.",
    ),
    Report(
        key="village-unclaimed", word="Belum diambil per desa", make=_village_ages,
        about="Dokumen yang sekarang menunggu di tiap kantor, yang tertua lebih dulu.",
    ),
    Report(
        key="couriers", word="Kinerja kurir", make=_couriers,
        about="Rute, jarak, tujuan, antaran pertama, dan selisih dengan jadwal tiap kurir.",
    ),
    Report(
        key="districts", word="Bulan per kecamatan", make=_districts,
        about="Awal + masuk = diterima warga + ditarik dan lain + masih menunggu.",
    ),
    Report(
        key="villages", word="Bulan per desa", make=_villages,
        about="Awal + masuk = diterima warga + ditarik dan lain + masih menunggu.",
    ),
)  # fmt: skip
