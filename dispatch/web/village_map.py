"""The office's villages on a map, coloured by one measure: the map itself (pages frame it), a file, and its page."""

from flask import Response, request
from sqlalchemy.orm import Session

from dispatch.auth import current_office
from dispatch.services.day_map import day_layers
from dispatch.services.village_map import Level, measured
from dispatch.services.village_map import village_map as content_of
from dispatch.services.village_measures import MEASURES, asked_now, measure_of
from dispatch.web.blueprint import web
from dispatch.web.map_pages import map_file, map_page
from dispatch.web.page import page, shows
from maps.layers import Layer, MapPage
from routing.travel.straight_line import StraightLine


@web.get("/maps")
@shows
def maps(session: Session) -> Response:
    """One measure of every village: the map, and the same figures as a table."""
    found = measured(session, current_office(), measure_of(_measure_asked()), _level_asked(), _month_asked())
    return page(
        session,
        "maps.html",
        place="maps",
        measures=MEASURES,
        found=found,
        level=found.level,
        with_routes=_with_routes(),
        month=_month_asked(),
    )


@web.get("/maps/<measure>/map")
@shows
def village_map(session: Session, measure: str) -> Response:
    """The map alone, to be framed. `?level=district`, `?month=2026-11`; `?routes=1` puts today's routes on top."""
    return map_page(_content(session, measure))


@web.get("/maps/<measure>/map/export")
@shows
def export_village_map(session: Session, measure: str) -> Response:
    """The same map as one file."""
    return map_file(_content(session, measure), f"peta-{measure_of(measure).key}")


def _content(session: Session, measure: str) -> MapPage:
    office = current_office()
    extra: list[Layer] = []
    if _with_routes():
        asked = asked_now(session, office)
        extra = day_layers(session, office, asked.today, StraightLine(), asked.calendar.zone)
    return content_of(
        session, measured(session, office, measure_of(measure), _level_asked(), _month_asked()), office, extra
    )


def _measure_asked() -> str:
    return request.args.get("measure", "") or MEASURES[0].key


def _level_asked() -> Level:
    return "district" if request.args.get("level") == "district" else "village"


def _month_asked() -> str:
    return request.args.get("month", "")


def _with_routes() -> bool:
    return request.args.get("routes") == "1"
