"""The map page as text: what it holds, what it never asks for, and what it makes of other people's letters."""

import base64
import hashlib
import html
import json
import re
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from maps.layers import ROUTE_COLOURS, Area, Layer, LegendEntry, Line, MapPage, Marker, repeats, route_colour
from maps.polyline import ALPHABET, encode
from maps.render import STATIC, Tiles, export, page, page_policy, vendored
from maps.text import map_text, script_json
from tests.maps.blitar import day

NONCE = "dGVzdC1ub25jZS0wMTIz"
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[112.0, -8.0], [112.2, -8.0], [112.2, -8.2], [112.0, -8.2], [112.0, -8.0]]],
}


@pytest.fixture(scope="module")
def blitar() -> MapPage:
    return day(routes=6, stops=12)


def data_of(document: str) -> dict:
    return json.loads(re.search(r'<script type="application/json" id="map-data">(.*?)</script>', document)[1])


# ---- what the page holds ---------------------------------------------------------------------------------------------


def test_the_page_holds_every_stop_of_every_route(blitar):
    data = data_of(page(blitar, "/static/maps", NONCE))

    stops = [(m["route"], m["label"]) for layer in data["layers"] for m in layer["markers"] if m["kind"] == "stop"]
    assert sorted(stops) == sorted((str(route), str(stop)) for route in range(1, 7) for stop in range(1, 13))
    assert [line["label"] for layer in data["layers"] for line in layer["lines"]] == ["1", "2", "3", "4", "5", "6"]
    assert [len(layer["areas"]) for layer in data["layers"][:2]] == [248, 22]


def test_page_and_export_show_the_same_data(blitar):
    assert data_of(page(blitar, "/static/maps", NONCE)) == data_of(export(blitar))


def test_the_same_layers_give_the_same_bytes(blitar):
    """So that a stored export can be compared, and a page answered with `304 Not Modified`."""
    assert export(blitar) == export(blitar)


def test_the_legend_explains_only_what_is_there_in_the_words_of_the_reader():
    content = day(routes=1, stops=2, post=0, waiting=1, unassigned=0)

    indonesian, english = (data_of(export(content, lang))["kinds"] for lang in ("id", "en"))

    assert [kind["label"] for kind in indonesian] == ["Titik berangkat", "Tujuan: rute, urutan", "Menunggu"]
    assert [kind["label"] for kind in english] == ["Depot", "Stop: route, position", "Waiting"]


def test_the_map_opens_on_its_routes_and_without_any_on_its_land():
    land = Layer(name="Desa", areas=(Area(geometry=SQUARE, title="Desa"),))
    stop = Layer(name="Rute 1", markers=(Marker(lat=-8.1, lon=112.1, label="1", title="Kantor Desa"),))

    assert MapPage(title="Peta", layers=(land,)).extent() == ((-8.2, 112.0), (-8.0, 112.2))
    assert MapPage(title="Peta", layers=(land, stop)).extent() == ((-8.1, 112.1), (-8.1, 112.1))
    assert data_of(export(MapPage(title="Kosong", layers=())))["bounds"] == [[-11.1, 94.9], [6.2, 141.1]]


# ---- what it asks for ------------------------------------------------------------------------------------------------


def test_the_page_names_no_other_host(blitar):
    assert not re.search(r"(?i)\b(?:https?|wss?|ftp):|[\"'(]//", page(blitar, "/static/maps", NONCE))


def test_every_library_of_the_page_is_a_shipped_file_with_its_hash(blitar):
    links = re.findall(r'(?:src|href)="([^"]+)" integrity="sha256-([^"]+)"', page(blitar, "/static/maps", NONCE))

    names = []
    for address, digest in links:
        name = re.fullmatch(r"/static/maps/([^?]+)\?v=[0-9a-f]{10}", address)[1]
        assert hashlib.sha256((STATIC / name).read_bytes()).digest() == base64.b64decode(digest)
        names.append(Path(name).name)
    assert sorted(names) == ["antar-map.css", "antar-map.js", "leaflet.css", "leaflet.js"]


def test_nothing_in_the_page_needs_unsafe_inline(blitar):
    document = page(blitar, "/static/maps", NONCE)

    running = [tag for tag in re.findall(r"<script[^>]*>", document) if " src=" not in tag and "json" not in tag]
    assert running == [f'<script nonce="{NONCE}">']
    assert not re.search(r"(?i)<style|\sstyle=|\son\w+=|javascript:", document)
    assert "unsafe" not in page_policy(NONCE)


def test_the_export_asks_for_nothing_and_allows_only_its_own_parts(blitar):
    document = export(blitar)

    assert not re.search(r"<(?:script|link|img|iframe)[^>]*\s(?:src|href)=", document)
    assert set(re.findall(r"url\(\"?(\w+)", document)) <= {"data", "#default"}
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', document)[1]
    parts = re.findall(r"<(?:script|style)>(.*?)</(?:script|style)>", document, re.DOTALL)
    hashes = {"sha256-" + base64.b64encode(hashlib.sha256(part.encode()).digest()).decode() for part in parts}
    assert hashes == set(re.findall(r"'(sha256-[^']+)'", policy))
    assert "unsafe" not in policy


def test_a_library_that_is_not_shipped_stops_the_page():
    with pytest.raises(LookupError, match="d3"):
        vendored([("leaflet", "https://cdn.example/leaflet.js"), ("d3", "https://cdn.example/d3.js")])


@pytest.mark.parametrize("elsewhere", ["https://cdn.example/maps", "//cdn.example/maps", "static/maps"])
def test_libraries_from_another_host_are_refused(blitar, elsewhere):
    with pytest.raises(ValueError, match="own host"):
        page(blitar, elsewhere, NONCE)


@pytest.mark.parametrize("nonce", ["", "short", 'x" onload="alert(1)', NONCE + "\n"])
def test_a_nonce_that_could_break_out_is_refused(blitar, nonce):
    with pytest.raises(ValueError, match="nonce"):
        page(blitar, "/static/maps", nonce)


def test_tiles_are_asked_for_only_when_an_office_set_a_server(blitar):
    tiles = Tiles(url="https://tiles.example/{z}/{x}/{y}.png", credit="© <b>Peta</b>")

    assert '"https://tiles.example/{z}/{x}/{y}.png"' in page(blitar, "/static/maps", NONCE, tiles=tiles)
    assert "img-src data: https://tiles.example;" in page_policy(NONCE, tiles)
    assert "img-src data: 'self';" in page_policy(NONCE, Tiles(url="/tiles/{z}/{x}/{y}.png", credit="Peta"))
    assert "tiles.example" not in export(blitar) + page(blitar, "/static/maps", NONCE) + page_policy(NONCE)


@pytest.mark.parametrize(
    "url", ["OpenStreetMap", "//tiles.example/{z}/{x}/{y}", "https://tiles.example/", "javascript:{z}{x}{y}"]
)
def test_a_tile_address_is_a_path_or_a_full_address(url):
    with pytest.raises(ValueError, match="tile address"):
        Tiles(url=url, credit="Peta")


# ---- other people's letters ------------------------------------------------------------------------------------------


@given(some.text())
def test_escaped_text_means_nothing_to_any_parser_and_shows_the_same_letters(text):
    escaped = map_text(text)

    assert not set(escaped) & set("<>\"'`$\\{}\u2028\u2029")
    assert not re.search(r"&(?!#\d+;)", escaped)
    assert html.unescape(escaped) == re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", "\ufffd", text)


def test_letters_no_file_can_hold_become_a_sign():
    """Half of a surrogate pair, as a broken import may leave it: the page can still be written as UTF-8."""
    content = MapPage(title="Desa \ud83d\x00", layers=())

    assert "Desa \ufffd\ufffd" in export(content).encode("utf-8").decode("utf-8")


@given(
    some.recursive(
        some.text() | some.integers(), lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner)
    )
)
def test_the_data_block_can_be_read_back_and_closes_nothing(value):
    block = script_json(value)

    assert json.loads(block) == value
    assert not re.search(r"[<>&\u2028\u2029]|\{[{%#]", block)


def test_a_name_is_never_taken_for_a_template():
    """folium's templates are compiled twice: a name with braces would run in our process, not in the browser."""
    names = ("{{ 7 * 191 }}", "{% for x in y %}", "{# lost", "{{ cycler.__init__.__globals__ }}")
    content = MapPage(title=names[3], layers=tuple(Layer(name=name) for name in names))

    document = export(content)

    assert all(map_text(name).replace("&", "\\u0026") in document for name in names)
    assert "1337" not in document


# ---- values that refuse nonsense -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: Marker(lat=112.2, lon=-8.1, label="1", title="axes swapped"), "no place"),
        (lambda: Marker(lat=float("nan"), lon=112.2, label="1", title="nowhere"), "no place"),
        (lambda: Marker(lat=-8.1, lon=112.2, label="1", title="colour", colour='red" onload="'), "colour"),
        (lambda: Line(points=((-8.1, 112.2),), label="1", title="one point"), "two points"),
        (lambda: Area(geometry={"type": "Point", "coordinates": [112, -8]}, title="a point"), "Polygon"),
        (lambda: Area(geometry={"type": "Polygon", "coordinates": []}, title="nothing"), "ring"),
        (lambda: Area(geometry=SQUARE, title="colour", fill="url(//x)"), "colour"),
        (lambda: LegendEntry(colour="#FFF", label="colour"), "colour"),
        (lambda: MapPage(title="twice", layers=(Layer(name="Rute 1"), Layer(name="Rute 1"))), "Rute 1"),
    ],
)
def test_nonsense_is_refused_when_the_value_is_made(make, complaint):
    with pytest.raises(ValueError, match=complaint):
        make()


def test_a_name_stands_in_the_middle_of_the_larger_part():
    small = [[[113.0, -9.0], [113.01, -9.0], [113.01, -9.01], [113.0, -9.0]]]
    both = {"type": "MultiPolygon", "coordinates": [small, SQUARE["coordinates"]]}

    assert Area(geometry=both, title="Desa").middle() == pytest.approx((-8.1, 112.1))


@given(some.lists(some.tuples(some.floats(-90, 90), some.floats(-180, 180)), max_size=20))
def test_points_written_as_text_are_right_to_half_a_metre(points):
    numbers, value, scale = [], 0, 1
    for letter in encode(points):
        bits = ALPHABET.index(letter)
        value, scale = value + bits % 32 * scale, scale * 32
        if bits < 32:
            numbers.append(-(value + 1) // 2 if value % 2 else value // 2)
            value, scale = 0, 1
    lats, lons = ([sum(steps[: n + 1]) / 1e5 for n in range(len(steps))] for steps in (numbers[::2], numbers[1::2]))

    assert len(lats) == len(points)
    for lat, lon, point in zip(lats, lons, points, strict=True):
        assert (lat, lon) == pytest.approx(point, abs=0.000_005_1)


# ---- colours ---------------------------------------------------------------------------------------------------------

# Machado, Oliveira, Fernandes 2009, severity 1; rows give red, green, blue in linear light.
EYES = {
    "ordinary": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def linear(colour: str) -> list[float]:
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]


def seen(colour: str, eye: str) -> list[float]:
    """The colour in OKLab, as this eye sees it."""
    light = [min(1, max(0, sum(m * x for m, x in zip(row, linear(colour), strict=True)))) for row in EYES[eye]]
    cones = (
        (0.4122214708, 0.5363325363, 0.0514459929),
        (0.2119034982, 0.6806995451, 0.1073969566),
        (0.0883024619, 0.2817188376, 0.6299787005),
    )
    lab = (
        (0.2104542553, 0.7936177850, -0.0040720468),
        (1.9779984951, -2.4285922050, 0.4505937099),
        (0.0259040371, 0.7827717662, -0.8086757660),
    )
    response = [sum(c * x for c, x in zip(row, light, strict=True)) ** (1 / 3) for row in cones]
    return [sum(c * x for c, x in zip(row, response, strict=True)) for row in lab]


@pytest.mark.parametrize("eye", EYES)
def test_route_colours_stay_apart(eye):
    """An eye can just tell 0.02 side by side; the customary ten of charts fall to 0.03 for colour-blind eyes."""
    apart = min(
        sum((a - b) ** 2 for a, b in zip(seen(one, eye), seen(other, eye), strict=True)) ** 0.5
        for one, other in combinations(ROUTE_COLOURS, 2)
    )

    assert apart > 0.08


def test_route_colours_stand_out_from_the_white_around_them():
    shares = (0.2126, 0.7152, 0.0722)
    brightness = [sum(s * x for s, x in zip(shares, linear(colour), strict=True)) for colour in ROUTE_COLOURS]

    assert min(1.05 / (bright + 0.05) for bright in brightness) >= 3


def test_the_eleventh_route_begins_the_colours_again_with_dashes():
    assert route_colour(11) == route_colour(1) == ROUTE_COLOURS[0]
    assert [number for number in range(1, 13) if repeats(number)] == [11, 12]
