"""The map in a real Chromium: drawn whole, asking nobody outside, and running nobody's name.

Every story is told twice: of the page, served with its policy by a small server, and of the export, opened from disk.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from maps.layers import Area, Dot, Layer, LegendEntry, Line, MapPage, Marker
from maps.render import STATIC, export, page, page_policy
from tests.maps.blitar import DEPOT, day

pytestmark = pytest.mark.browser

NONCE = "dGVzdC1ub25jZS0wMTIz"
TYPES = {".js": "text/javascript", ".css": "text/css"}
PAYLOADS = (
    "<img src=x onerror=ran=1>",
    "</script><script>ran=1</script>",
    "</textarea></title></style><script>ran=1</script>",
    "${ran=1}",
    "`;ran=1;`",
    "';ran=1;'",
    '";ran=1;"',
    '"><svg onload=ran=1>',
    "\\u003cimg src=x onerror=ran=1\\u003e",
    "\\';ran=1//",
    "{{ 7 * 191 }}{% raise %}{# lost",
    "new\u2028line\u2029ran=1",
    "<!--<script>",
    "]]>*/ran=1/*",
    "&lt;b onclick=ran=1&gt;&amp;",
    "javascript:ran=1",
    "__proto__",
    "<a href='https://outside.example/'>Desa</a>",
)


class Answers(BaseHTTPRequestHandler):
    """The page at /map, a frame around it at /frame, and the shipped files below /static/maps."""

    def __init__(self, document: str, *args, **kwargs) -> None:
        self.document = document
        super().__init__(*args, **kwargs)

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/map":
            self.answer(self.document.encode(), "text/html; charset=utf-8", page_policy(NONCE))
        elif path == "/frame":
            self.answer(b"<!DOCTYPE html><iframe src=/map hidden width=900 height=600></iframe>", "text/html", "")
        elif (file := STATIC / path.removeprefix("/static/maps/")).is_file():
            self.answer(file.read_bytes(), TYPES[file.suffix], "")
        else:
            self.send_error(404)

    def answer(self, body: bytes, kind: str, policy: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if policy:
            self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: the test says what it needs."""


@dataclass
class Opened:
    """A map on the screen, and everything it asked for and complained about."""

    tab: Page
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    own: str = ""

    def count(self, selector: str) -> int:
        return self.tab.locator(selector).count()

    def texts(self, selector: str) -> list[str]:
        return self.tab.evaluate("s => [...document.querySelectorAll(s)].map(e => e.textContent)", selector)

    def cards(self, selector: str) -> list[list[str]]:
        """Click each of these and read the card that opens; the one before may still be fading away."""
        return self.tab.evaluate(
            """selector => [...document.querySelectorAll(selector)].map(place => {
                place.dispatchEvent(new MouseEvent("click", {bubbles: true}));
                const card = document.querySelector(".leaflet-popup-pane > :last-child .card");
                return [...card.children].map(line => line.textContent);
            })""",
            selector,
        )

    def tooltips(self, selector: str) -> list[str]:
        """Point at each of these and read what appears."""
        return self.tab.evaluate(
            """selector => [...document.querySelectorAll(selector)].map(place => {
                place.dispatchEvent(new MouseEvent("mouseover", {bubbles: true}));
                const text = document.querySelector(".leaflet-tooltip-pane > :last-child").textContent;
                place.dispatchEvent(new MouseEvent("mouseout", {bubbles: true}));
                return text;
            })""",
            selector,
        )


type Open = Callable[..., Opened]


@pytest.fixture(params=["page", "export"])
def open_map(request: pytest.FixtureRequest, browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Shows a map as a page or as an export; at the end nothing may have been asked of others or gone wrong."""
    maps: list[Opened] = []

    def show(content: MapPage, **screen: object) -> Opened:
        context = browser.new_context(**{"viewport": {"width": 1366, "height": 768}, **screen})
        request.addfinalizer(context.close)
        opened = Opened(context.new_page())
        opened.tab.on("request", lambda asked: opened.asked.append(asked.url))
        opened.tab.on("console", lambda message: opened.complaints.append(message.text))
        opened.tab.on("pageerror", lambda error: opened.complaints.append(str(error)))
        if request.param == "export":
            file = tmp_path / "peta.html"
            file.write_text(export(content), "utf-8")
            own = file.as_uri()
            opened.tab.goto(own)
        else:
            own = request.getfixturevalue("serve")(page(content, "/static/maps", NONCE))
            # the browser asks for one by itself; no page of ours names it
            opened.tab.route("**/favicon.ico", lambda route: route.fulfill(status=204))
            opened.tab.goto(own + "/map")
        opened.tab.locator(".leaflet-control-layers").wait_for()
        maps.append(opened)
        opened.own = own
        return opened

    yield show
    for opened in maps:
        assert [url for url in opened.asked if not url.startswith((opened.own, "data:"))] == []
        assert opened.complaints == []


@pytest.fixture
def serve() -> Iterator[Callable[[str], str]]:
    """Serves one document on a port of its own; gives the address."""
    servers: list[ThreadingHTTPServer] = []

    def start(document: str) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Answers, document))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


# ---- drawn whole -----------------------------------------------------------------------------------------------------


def test_every_stop_line_and_village_is_drawn(open_map):
    opened = open_map(day(routes=6, stops=12, post=9, waiting=5, unassigned=1))

    assert opened.count(".leaflet-marker-icon.pin-stop") == 72
    others = {
        kind: opened.count(f".leaflet-marker-icon.pin-{kind}") for kind in ("depot", "post", "waiting", "unassigned")
    }
    assert others == {"depot": 1, "post": 9, "waiting": 5, "unassigned": 1}
    assert sorted(opened.texts(".line-number")) == ["1", "2", "3", "4", "5", "6"]
    assert (opened.count("path.border-thin"), opened.count("path.border-strong")) == (248, 22)
    assert len({d for d in drawn(opened, "path.arrow") if len(d) > 20}) == 6


def drawn(opened: Opened, selector: str) -> list[str]:
    return opened.tab.evaluate("s => [...document.querySelectorAll(s)].map(e => e.getAttribute('d'))", selector)


def test_pins_stand_where_their_villages_are(open_map):
    """Of two stops and a line between them: south is below, east is right, and the line joins the pins."""
    west, east = (-8.2, 112.0), (-8.1, 112.2)
    stops = tuple(
        Marker(lat=lat, lon=lon, label=str(n), title=f"Desa {n}") for n, (lat, lon) in enumerate((west, east), 1)
    )
    line = Line(points=(west, east), label="", title="Rute 1")

    opened = open_map(MapPage(title="Peta", layers=(Layer(name="Rute 1", markers=stops, lines=(line,)),)))

    boxes = [opened.tab.locator(".pin-stop .pin-body").nth(n).bounding_box() for n in range(2)]
    (x1, y1), (x2, y2) = [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in boxes]
    road = opened.tab.locator("path.route").bounding_box()
    assert x1 < x2
    assert y1 > y2
    # Mercator near the equator: a degree of latitude is 1 / cos(8.15°) degrees of longitude high
    assert (x2 - x1) / (y1 - y2) == pytest.approx(0.2 / 0.1 / 1.0102, rel=0.01)
    assert (road["x"], road["y"]) == pytest.approx((x1, y2), abs=4)
    assert (road["x"] + road["width"], road["y"] + road["height"]) == pytest.approx((x2, y1), abs=4)


def test_the_layer_control_switches_a_route_off_and_on(open_map):
    opened = open_map(day(routes=3, stops=4))
    route = opened.tab.get_by_label("Rute 2", exact=False)

    route.uncheck()
    assert (opened.count(".leaflet-marker-icon.pin-stop"), opened.texts(".line-number")) == (8, ["1", "3"])
    route.check()
    assert opened.count(".leaflet-marker-icon.pin-stop") == 12


def test_a_layer_that_starts_hidden_waits_in_the_control(open_map):
    content = day(routes=2, stops=3)
    content = replace(
        content, layers=tuple(replace(layer, shown="Rute 2" not in layer.name) for layer in content.layers)
    )

    opened = open_map(content)

    assert opened.count(".leaflet-marker-icon.pin-stop") == 3
    opened.tab.get_by_label("Rute 2", exact=False).check()
    assert opened.count(".leaflet-marker-icon.pin-stop") == 6


def test_a_stop_tells_its_story_when_it_is_chosen(open_map):
    opened = open_map(day(routes=2, stops=3))

    cards = opened.cards(".leaflet-marker-icon.pin-stop")

    assert [lines[0] for _, *lines in cards] == [
        f"Rute {route}, tujuan {stop}" for route in (1, 2) for stop in (1, 2, 3)
    ]
    assert all(title.startswith("Desa ") for title, *_ in cards)
    assert opened.tab.get_by_role("button", name="Tutup").count() >= 1


def test_the_keyboard_reaches_a_stop(open_map):
    opened = open_map(day(routes=1, stops=2))
    stop = opened.tab.locator(".leaflet-marker-icon.pin-stop").first

    stop.focus()
    opened.tab.keyboard.press("Enter")

    assert stop.get_attribute("role") == "button"
    assert opened.texts(".card h2") == [stop.get_attribute("aria-label")]


def test_a_phone_sees_the_map_first_and_opens_the_layers_by_touch(open_map):
    opened = open_map(day(), viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)

    assert not opened.tab.get_by_label("Rute 1", exact=False).is_visible()
    opened.tab.get_by_role("button", name="Lapisan peta").tap()
    opened.tab.get_by_label("Rute 1", exact=False).wait_for()
    assert opened.tab.evaluate("document.documentElement.scrollWidth") == 360


def test_village_names_come_when_there_is_room_for_them(open_map):
    opened = open_map(day(routes=1, stops=2))
    assert opened.texts(".name:not(.name-strong)") == []

    close = replace(
        day(routes=1, stops=2), bounds=((DEPOT[0] - 0.01, DEPOT[1] - 0.01), (DEPOT[0] + 0.01, DEPOT[1] + 0.01))
    )
    assert "Kanigoro" in open_map(close).texts(".name:not(.name-strong)")


def test_a_coloured_map_explains_its_classes(open_map):
    few, many = (
        replace(area, fill=fill) for area, fill in zip(day().layers[0].areas, ("#e3eef0", "#1f5f70"), strict=False)
    )
    legend = (LegendEntry(colour="#e3eef0", label="1–5"), LegendEntry(colour="#1f5f70", label="lebih dari 20"))

    opened = open_map(
        MapPage(
            title="Menunggu", layers=(Layer(name="Desa", areas=(few, many)),), legend=legend, legend_title="Dokumen"
        )
    )

    assert opened.texts(".legend li") == ["Dokumen", "1–5", "lebih dari 20"]
    fills = opened.tab.evaluate("[...document.querySelectorAll('path.border-thin')].map(p => getComputedStyle(p).fill)")
    patches = opened.tab.evaluate(
        "[...document.querySelectorAll('.patch')].map(p => getComputedStyle(p).backgroundColor)"
    )
    assert fills == patches == ["rgb(227, 238, 240)", "rgb(31, 95, 112)"]


def test_a_map_in_a_hidden_frame_finds_its_place_when_it_is_shown(serve, browser, request):
    context = browser.new_context()
    request.addfinalizer(context.close)
    tab = context.new_page()
    tab.goto(serve(page(day(routes=2, stops=3), "/static/maps", NONCE)) + "/frame")
    inside = tab.frame_locator("iframe")
    inside.locator(".leaflet-control-layers").wait_for(state="attached")

    tab.locator("iframe").evaluate("frame => { frame.hidden = false; }")

    # all stops inside the frame's 900 x 600: the first view was taken again with the real size
    tab.frames[1].wait_for_function(
        """[...document.querySelectorAll('.leaflet-marker-icon .pin-body')].every(pin => {
            const box = pin.getBoundingClientRect();
            return box.width > 0 && box.left > 0 && box.top > 0 && box.right < innerWidth && box.bottom < innerHeight;
        })"""
    )


# ---- runs nobody's name ----------------------------------------------------------------------------------------------


def hostile() -> MapPage:
    """Every text field of every value is a payload, each payload once in each field."""
    everything = " ".join(PAYLOADS)
    layers = []
    for number, payload in enumerate(PAYLOADS):
        west, north = 112 + 0.003 * (number % 6), -8 - 0.003 * (number // 6)
        corners = (
            (west, north),
            (west + 0.002, north),
            (west + 0.002, north - 0.002),
            (west, north - 0.002),
            (west, north),
        )
        marker = partial(Marker, lat=north - 0.001, title=payload, lines=(payload, payload))
        layers.append(
            Layer(
                name=payload,
                markers=(
                    marker(lon=west + 0.0005, label=payload, route=payload),
                    marker(lon=west + 0.0015, label=payload, kind="post"),
                ),
                lines=(
                    Line(
                        points=((north, west), (north - 0.002, west + 0.002)),
                        label=payload,
                        title=payload,
                        lines=(payload,),
                    ),
                ),
                areas=(
                    Area(
                        geometry={"type": "Polygon", "coordinates": [corners]},
                        title=payload,
                        lines=(payload,),
                        label=payload,
                        value=payload,
                    ),
                ),
                dots=(
                    Dot(lat=north - 0.0015, lon=west + 0.001, radius=6, title=payload, lines=(payload,), value=payload),
                ),
            )
        )
    return MapPage(
        title=everything,
        subtitle=everything,
        layers=tuple(layers),
        legend_title=everything,
        legend=tuple(LegendEntry(colour="#e3eef0", label=payload) for payload in PAYLOADS),
        credit=everything,
    )


def test_no_text_runs_and_every_text_shows_its_own_letters(open_map):
    opened = open_map(hostile())
    everything, payloads = " ".join(PAYLOADS), list(PAYLOADS)

    assert opened.tab.title().split() == everything.split()
    assert opened.texts(".heading > *") == [everything, everything]
    assert opened.texts(".leaflet-control-attribution") == [everything]
    assert opened.texts(".leaflet-control-layers-overlays .swatch + span") == payloads
    assert opened.texts(".legend li:has(.patch), .legend-title") == [everything, *payloads]
    assert opened.texts(".leaflet-marker-icon .pin-route") == payloads
    assert opened.texts(".leaflet-marker-icon .pin-label") == [payload for payload in payloads for _ in range(2)]
    assert opened.texts(".line-number") == payloads
    assert opened.texts(".name") == payloads
    assert opened.texts(".figure") == [payload for payload in payloads for _ in range(2)]
    assert opened.cards("path.dot") == [[payload] * 2 for payload in payloads]
    names = opened.tab.locator(".leaflet-marker-icon.pin-post").evaluate_all("all => all.map(e => e.ariaLabel)")
    assert names == payloads
    assert opened.cards(".leaflet-marker-icon.pin-stop") == [[payload] * 3 for payload in payloads]
    assert opened.cards("path.route") == opened.cards("path.border-thin") == [[payload] * 2 for payload in payloads]
    assert nothing_ran(opened)


def test_no_text_runs_in_a_tooltip(open_map):
    opened = open_map(hostile())

    for selector in (".leaflet-marker-icon.pin-stop", "path.route", "path.border-thin", "path.dot"):
        assert opened.tooltips(selector) == list(PAYLOADS)
    assert nothing_ran(opened)


def nothing_ran(opened: Opened) -> bool:
    """No payload was run, and none became an element that still could."""
    strangers = opened.count("img, [onload], [onerror], [onclick], a[href^=http], .leaflet-container script")
    return opened.tab.evaluate("typeof ran") == "undefined" and strangers == 0


def test_the_policy_would_stop_a_text_that_slipped_through(serve, browser, request):
    """The second wall: even an element somebody managed to add runs nothing and asks nobody."""
    context = browser.new_context()
    request.addfinalizer(context.close)
    tab, refused = context.new_page(), []
    tab.goto(serve(page(day(routes=1, stops=2), "/static/maps", NONCE)) + "/map")
    tab.on("console", lambda message: refused.append(message.text))

    tab.evaluate(
        "html => { document.querySelector('.heading').innerHTML = html; }",
        "<img src=x onerror=ran=1><img src='https://outside.example/x.png'>",
    )
    tab.wait_for_function("document.querySelectorAll('.heading img').length == 2")
    tab.evaluate("fetch('https://outside.example/').catch(() => {})")

    assert tab.evaluate("typeof ran") == "undefined"
    assert any("outside.example/x.png" in text and "Content Security Policy" in text for text in refused)
    assert json.dumps(refused).count("connect-src 'none'") >= 1


@pytest.mark.parametrize(("paper", "size"), [("landscape", (842, 595)), ("portrait", (595, 842))])
def test_a_sheet_is_printed_on_one_page_as_it_lies(serve, browser, request, paper, size):
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    request.addfinalizer(context.close)
    tab = context.new_page()
    tab.goto(serve(page(day(), "/static/maps", NONCE, paper=paper)) + "/map")

    printed = tab.pdf(prefer_css_page_size=True)

    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed)
    assert [(round(float(width)), round(float(height))) for width, height in boxes] == [size]
    routes = tab.locator(".leaflet-control-layers-overlays label")
    assert routes.count() > 6  # the list of routes stands open: it is the sheet's key
