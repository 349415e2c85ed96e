"""The office's villages or kecamatan coloured by one measure: on their outlines, or as discs where none are shipped."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.services.desks import KECAMATAN
from dispatch.services.plan_map import CREDIT
from dispatch.services.planning_reasons import rupiah
from dispatch.services.reports.period import days_before
from dispatch.services.village_measures import Figure, Form, Measure, asked_now, by_district, joined
from dispatch.store.models import Office, Village
from maps.boundaries import Feature, boundaries
from maps.layers import LAND, Area, Dot, Layer, LegendEntry, MapPage

Level = Literal["village", "district"]
# one hue, each class clearly darker than the one before: the order is seen without colour, too
SHADES = ("#e3eef4", "#b9d6e6", "#84b4d2", "#4a8ab5", "#1f5f8b")
_SHARES = (0.6, 0.8, 0.9, 0.95)
_NICE = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 75, 80)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceFigure:
    """One village or kecamatan and its figure."""

    code: str
    name: str
    district: str
    figure: Figure
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A measure of every place of an office, highest first, and of the whole office."""

    measure: Measure
    level: Level
    rows: Sequence[PlaceFigure]
    total: str
    when: str
    """ "24 November 2026", or the period."""
    limits: Sequence[float]
    """Where the second class of colour begins, the third, …"""


def measured(session: Session, office: str, measure: Measure, level: Level = "village", month: str = "") -> Measured:
    """The figures, for the table beside the map and for the map itself; of a month, or up to now."""
    asked = asked_now(session, office, month)
    villages = measure.ask(session, asked)
    figures = villages if level == "village" else by_district(measure, villages)
    names = _names(session, office)
    rows = [
        PlaceFigure(
            code=code,
            name=names[code][0] if code in names else code,
            district=names[code][1] if code in names else "",
            figure=figure,
            words=written(figure, measure.form),
        )
        for code, figure in figures.items()
        if figure.value is not None
    ]
    rows.sort(key=lambda row: (-(row.figure.value or 0), row.name))
    return Measured(
        measure=measure,
        level=level,
        rows=rows,
        total=written(joined(measure, villages.values()), measure.form),
        when=days_before(asked.today, 1, asked.calendar.zone).words if measure.is_now else asked.period.words,
        limits=limits_of([row.figure.value or 0 for row in rows], measure.form),
    )


def village_map(session: Session, found: Measured, office: str, extra: Sequence[Layer] = ()) -> MapPage:
    """The page's content; `extra` layers lie on top, the day's routes for example."""
    name = session.scalars(select(Office.name).where(Office.code == office)).one()
    places, credit = list(_places(session, office, found)), CREDIT
    if not any(layer.areas for layer in places):
        credit = ""
    grounds = [layer for layer in places if layer.areas or layer.dots]
    return MapPage(
        # the whole regency is seen, however short today's routes are
        bounds=MapPage(title="", layers=tuple(grounds)).extent(),
        title=found.measure.word,
        subtitle=f"{name} · {found.when} · semua: {found.total}",
        layers=(*places, *extra),
        legend_title=found.measure.about,
        legend=tuple(legend(found)),
        credit=credit,
    )


def written(figure: Figure, form: Form) -> str:
    """The figure as people read it: "12", "7 hari kerja", "94 % (47 dari 50)", "Rp 4.120"."""
    value = figure.value
    if value is None:
        return "–"
    if form == "share":
        return f"{_percent(value)} ({figure.amount} dari {figure.of})"
    if form == "rupiah":
        return rupiah(round(value))
    return f"{_grouped(round(value))} hari kerja" if form == "days" else _grouped(round(value))


def limits_of(values: Sequence[float], form: Form) -> list[float]:
    """Up to four limits between five classes: fixed for shares, else round numbers near the fifths of the places.

    Where most places have the same small figure the fifths fall together; then each class is twice the one before.
    """
    if form == "share":
        return list(_SHARES)
    ordered = sorted(value for value in values if value > 0)
    if not ordered:
        return []
    fifths = sorted({_nice(ordered[len(ordered) * fifth // 5]) for fifth in range(1, 5)} - {_nice(ordered[0])})
    if len(fifths) >= 3:
        return fifths
    doubled = [_nice(ordered[0]) * 2**step for step in range(1, 5)]
    return [limit for limit in doubled if limit <= ordered[-1]]


def shade(value: float | None, limits: Sequence[float]) -> str:
    """The class's colour; the land's own where there is nothing to measure."""
    if value is None:
        return LAND
    reached = sum(value >= limit for limit in limits)
    # few classes are spread over the whole scale
    return SHADES[reached * (len(SHADES) - 1) // len(limits)] if limits else SHADES[2]


def legend(found: Measured) -> Iterator[LegendEntry]:
    """One entry per class, and one for places without a figure."""
    form, limits = found.measure.form, found.limits
    yield LegendEntry(colour=LAND, label="tidak ada")
    for at in range(len(limits) + 1 if found.rows else 0):
        low = limits[at - 1] if at else None
        high = limits[at] if at < len(limits) else None
        value = low if low is not None else 0.0
        yield LegendEntry(colour=shade(value, limits), label=_between(low, high, form))


def _between(low: float | None, high: float | None, form: Form) -> str:
    if low is None and high is None:
        return "ada"
    if low is None and high is not None:
        return f"kurang dari {_brief(high, form)}" if form in ("share", "rupiah") or high > 2 else "1"
    if low is None or high is None:
        return f"{_brief(low or 0, form)} atau lebih"
    if form in ("share", "rupiah"):
        return f"{_brief(low, form)} sampai di bawah {_brief(high, form)}"
    return _brief(low, form) if high - low == 1 else f"{_brief(low, form)}–{_brief(high - 1, form)}"


def _places(session: Session, office: str, found: Measured) -> Iterator[Layer]:
    villages, districts = boundaries(office, "village"), boundaries(office, "district")
    rows = {row.code: row for row in found.rows}
    if villages is None or districts is None:
        yield Layer(name=found.measure.word, dots=tuple(_dots(session, office, found)))
        return
    if found.level == "village":
        yield Layer(name=found.measure.word, areas=tuple(_area(f, rows, found) for f in villages["features"]))
        yield Layer(name="Kecamatan", areas=tuple(_border(feature) for feature in districts["features"]))
    else:
        yield Layer(name=found.measure.word, areas=tuple(_area(f, rows, found) for f in districts["features"]))


def _area(feature: Feature, rows: Mapping[str, PlaceFigure], found: Measured) -> Area:
    facts = feature["properties"]
    name, row = str(facts["name"]), rows.get(str(facts["code"]))
    is_village = found.level == "village"
    return Area(
        geometry=feature["geometry"],
        title=name if is_village else f"Kecamatan {name}",
        lines=((f"Kec. {facts['district']}",) if is_village else ()) + (_line(row, found.measure),),
        fill=shade(row.figure.value if row else None, found.limits),
        border="thin" if is_village else "strong",
        label=name,
        value=_brief(row.figure.value or 0, found.measure.form) if row else "",
    )


def _border(feature: Feature) -> Area:
    name = str(feature["properties"]["name"])
    return Area(geometry=feature["geometry"], title=f"Kecamatan {name}", fill=None, border="strong", label=name)


def _dots(session: Session, office: str, found: Measured) -> Iterator[Dot]:
    """The largest figure has a disc of 22 pixels; the disc's area, not its width, follows the figure."""
    points = _points(session, office, found.level)
    most = max((row.figure.value or 0 for row in found.rows), default=1)
    for row in found.rows:
        if row.code in points and row.figure.value is not None:
            yield Dot(
                lat=points[row.code][0],
                lon=points[row.code][1],
                radius=max(6.0, 22 * sqrt(row.figure.value / most)) if most else 6.0,
                title=row.name,
                lines=((f"Kec. {row.district}",) if found.level == "village" else ()) + (_line(row, found.measure),),
                fill=shade(row.figure.value, found.limits),
                value=_brief(row.figure.value, found.measure.form),
            )


def _points(session: Session, office: str, level: Level) -> dict[str, tuple[float, float]]:
    found: dict[str, list[tuple[float, float]]] = {}
    asked = select(Village.code, Village.kind, Village.lat, Village.lon).where(Village.office == office)
    for code, kind, lat, lon in session.execute(asked):
        if level == "village" or kind != KECAMATAN:
            found.setdefault(code if level == "village" else code[:8], []).append((lat, lon))
    return {
        code: (sum(lat for lat, _ in at) / len(at), sum(lon for _, lon in at) / len(at)) for code, at in found.items()
    }


def _names(session: Session, office: str) -> dict[str, tuple[str, str]]:
    """Villages by their code and kecamatan by theirs: name, and kecamatan."""
    names: dict[str, tuple[str, str]] = {}
    asked = select(Village.code, Village.name, Village.district_code, Village.district).where(Village.office == office)
    for code, name, district_code, district in session.execute(asked):
        names[code] = (name, district)
        names.setdefault(district_code, (district, district))
    return names


def _line(row: PlaceFigure | None, measure: Measure) -> str:
    return f"{measure.word}: {row.words if row else 'tidak ada'}"


def _brief(value: float, form: Form) -> str:
    """Short enough to stand on a village."""
    if form == "share":
        return _percent(value)
    return rupiah(round(value)) if form == "rupiah" else _grouped(round(value))


def _percent(share: float) -> str:
    # a share is only ever 100 % when nothing is missing
    return f"{min(99, round(share * 100)) if share < 1 else 100} %"


def _grouped(value: int) -> str:
    return f"{value:,}".replace(",", ".")


def _nice(value: float) -> float:
    scale = 1.0
    while value / scale > _NICE[-1]:
        scale *= 10
    return next(step * scale for step in _NICE if step * scale >= value) if value >= 1 else 1.0
