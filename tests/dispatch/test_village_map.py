"""The office's villages by one measure: every figure is in the table and on the map, with outlines and without."""

import json
import re
from dataclasses import replace

import pytest

from dispatch.services import offices
from dispatch.services.village_map import limits_of, measured, shade, village_map, written
from dispatch.services.village_measures import MEASURES, Figure, by_district, measure_of
from maps.gazetteer import gazetteer
from maps.layers import LAND
from maps.render import Tiles
from tests.databases import OFFICE, OTHER_OFFICE
from tests.dispatch.finished import WEDNESDAY_BEFORE, finished, villages
from tests.dispatch.stories import a_day, under_way


def figures(session, key: str, level: str = "village") -> dict[str, float]:
    found = measured(session, OFFICE, measure_of(key), level)
    return {row.name: row.figure.value for row in found.rows}


@pytest.fixture
def waiting(session):
    """Three documents of one village, two older ones of another in the same kecamatan."""
    first, second = villages(session)[:2]
    finished(session, first, 3)
    finished(session, second, 2, printed_on=WEDNESDAY_BEFORE)
    return first, second


def test_documents_that_wait_are_counted_by_village_and_by_kecamatan(session, waiting):
    first, second = waiting

    assert figures(session, "waiting") == {first.name: 3, second.name: 2}
    assert figures(session, "waiting", "district") == {first.district: 5}
    assert measured(session, OFFICE, measure_of("waiting")).total == "5"


def test_a_kecamatan_is_as_old_as_its_oldest_document(session, waiting):
    assert figures(session, "age") == {waiting[1].name: 4}
    assert figures(session, "age", "district") == {waiting[0].district: 4}


def test_a_share_of_a_kecamatan_is_counted_from_documents_not_from_the_shares_of_its_villages():
    together = by_district(measure_of("first-try"), {"35.05.01.2001": Figure(1, 1), "35.05.01.2002": Figure(0, 9)})

    assert together == {"35.05.01": Figure(1, 10)}
    assert written(together["35.05.01"], "share") == "10 % (1 dari 10)"
    assert written(Figure(199, 200), "share") == "99 % (199 dari 200)"


def test_the_first_try_and_its_price_are_told_by_village(app, runtime):
    day, phone = under_way(app, runtime, on_route=((3,), (2,)))
    phone.confirm(day.stop_ids[0])
    phone.confirm(day.stop_ids[1], "failed", reason="KANTOR_DESA_TUTUP")

    with runtime.db.reading() as session:
        places = villages(session)
        tried = measured(session, OFFICE, measure_of("first-try"))
        price = measured(session, OFFICE, measure_of("rupiah"))
        at_desk = measured(session, OFFICE, measure_of("desk"))

    assert {row.name: row.figure for row in tried.rows} == {places[1].name: Figure(3, 3), places[2].name: Figure(0, 2)}
    assert {row.name: row.figure for row in price.rows} == {places[1].name: Figure(60_000, 3)}
    assert price.total == "Rp 33.333"  # the whole fare over the three that arrived
    assert {row.name: row.figure.value for row in at_desk.rows} == {places[1].name: 3}


def test_every_village_is_on_the_map_in_the_colour_of_its_class(session, waiting):
    found = measured(session, OFFICE, measure_of("waiting"))

    page = village_map(session, found, OFFICE)

    areas = {area.title: area for area in page.layers[0].areas}
    assert len(areas) > 200
    assert areas[waiting[0].name].fill == shade(3, found.limits) != LAND
    assert areas[waiting[0].name].value == "3"
    assert "Dokumen menunggu: 3" in areas[waiting[0].name].lines
    assert {entry.colour for entry in page.legend} >= {area.fill for area in areas.values()}


def test_an_office_without_outlines_gets_discs_where_its_villages_are(session):
    offices.set_up(session, "35.06", gazetteer())
    first, second = villages(session, "35.06")[:2]
    finished(session, first, 3)
    finished(session, second, 2)
    found = measured(session, "35.06", measure_of("waiting"))

    (layer,) = village_map(session, found, "35.06").layers

    dots = [(dot.lat, dot.lon, dot.value) for dot in layer.dots]
    assert dots == [(first.lat, first.lon, "3"), (second.lat, second.lon, "2")]
    assert layer.dots[0].radius > layer.dots[1].radius


@pytest.mark.parametrize(
    ("values", "limits"),
    [([], []), ([4, 4], []), ([1, 1, 1, 2, 12], [2, 4, 8]), ([3, 9, 14, 22, 31, 44], [10, 15, 25, 40])],
)
def test_classes_are_few_and_their_limits_round(values, limits):
    assert limits_of(values, "count") == limits


def test_page_map_and_file_of_every_measure_open(sign_in, runtime):
    viewer = sign_in("viewer")
    with runtime.db.transaction() as session:
        finished(session, villages(session)[0], 3)

    for measure in MEASURES:
        assert viewer.get(f"/maps?measure={measure.key}&level=district").status_code == 200
        page = viewer.get(f"/maps/{measure.key}/map")
        assert page.status_code == 200
        assert "nonce" in page.headers["Content-Security-Policy"]
    assert viewer.get("/maps/nothing/map").status_code == 404
    file = viewer.get("/maps/waiting/map/export")
    assert file.headers["Content-Disposition"] == 'attachment; filename="peta-waiting.html"'
    assert re.findall(r"<(?:script|link)[^>]+(?:src|href)=", file.text) == []


def test_todays_routes_and_their_couriers_lie_on_top(app, runtime, sign_in):
    day, phone = under_way(app, runtime)
    phone.confirm(day.stop_ids[0], lat="-8.1", lon="112.2")

    page = sign_in("viewer").get("/maps/waiting/map?routes=1").text

    (data,) = re.findall(r'<script type="application/json" id="map-data">(.*?)</script>', page)
    layers = json.loads(data)["layers"]
    assert sum(len(layer["lines"]) for layer in layers) == 1
    (courier,) = [marker for layer in layers for marker in layer["markers"] if marker["kind"] == "courier"]
    assert (courier["lat"], courier["lon"], courier["label"]) == (-8.1, 112.2, "4")


def test_another_office_sees_its_own_villages_only(runtime, sign_in):
    a_day(runtime)

    found = sign_in("viewer", OTHER_OFFICE).get("/maps?measure=waiting").text

    assert "Belum ada yang bisa dihitung." in found
    assert sign_in("admin").get("/maps").status_code == 403


def test_the_policy_opens_for_the_tile_server_only_when_one_is_set(app, runtime, sign_in):
    viewer = sign_in("viewer")
    closed = viewer.get("/maps/waiting/map").headers["Content-Security-Policy"]

    tiles = Tiles(url="https://tiles.example/{z}/{x}/{y}.png", credit="© OpenStreetMap")
    runtime.settings = replace(runtime.settings, tiles=tiles)
    page = viewer.get("/maps/waiting/map")

    assert "img-src data:;" in closed
    assert "img-src data: https://tiles.example;" in page.headers["Content-Security-Policy"]
    assert "tiles.example" in page.text
    assert "tiles.example" not in viewer.get("/maps").headers["Content-Security-Policy"]
