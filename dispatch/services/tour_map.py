"""One answer of a tour plan as a map: a layer for each car and day, the visits in their order. No citizen is named."""

from datetime import date

from dispatch.services.calendar import short_date
from dispatch.services.contacts import clock
from dispatch.services.plan_map import CREDIT, base, kilometres
from dispatch.services.tours import PROFILE, Question
from dispatch.store.models.common import Json
from maps.layers import Layer, Line, MapPage, Marker, repeats, route_colour
from routing.model import Point
from routing.travel.base import TravelModel


def tour_map(question: Question, answer: Json, office_name: str, travel: TravelModel) -> MapPage:
    """The page's content."""
    depot = question.depot.point
    start = Marker(lat=depot.lat, lon=depot.lon, label="", title="Kantor Dukcapil", kind="depot")
    layers = [*base(question.office), Layer(name="Titik berangkat", markers=(start,))]
    layers += [_tour(number, tour, depot, travel) for number, tour in enumerate(answer["tours"], start=1)]
    return MapPage(
        title=f"Tur jemput bola, {answer['vehicles']} mobil",
        subtitle=f"{office_name} · {len(answer['tours'])} tur · {answer['people']} orang",
        layers=tuple(layers),
        credit=CREDIT,
    )


def _tour(number: int, tour: Json, depot: Point, travel: TravelModel) -> Layer:
    colour = route_colour(number)
    title = f"{short_date(date.fromisoformat(tour['day']))} · {tour['vehicle']}"
    points = [depot, *(Point(lat=stop["lat"], lon=stop["lon"]) for stop in tour["stops"]), depot]
    line = Line(
        points=tuple(travel.geometry(points, PROFILE)),
        label=str(number),
        title=title,
        lines=(f"{len(tour['stops'])} tempat · {kilometres(tour['metres'])}",),
        colour=colour,
        dashed=repeats(number),
    )
    markers = tuple(
        Marker(
            lat=stop["lat"],
            lon=stop["lon"],
            label=str(position),
            route=str(number),
            title=stop["place"],
            lines=(
                f"Kec. {stop['district']} · {clock(stop['starts_s'])} sampai {clock(stop['ends_s'])}",
                f"{stop['people']} orang · {stop['documents']} dokumen",
            ),
            colour=colour,
        )
        for position, stop in enumerate(tour["stops"], start=1)
    )
    return Layer(name=title, lines=(line,), markers=markers)
