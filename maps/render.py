"""Plain layers in, one HTML page out. Two outputs of one renderer, and neither asks another host for anything:

- `page` links the libraries as static files below `assets_url` and runs under the policy of `page_policy`;
- `export` carries everything inside, opens from disk, and states its own policy (by hash) in a <meta> element.

The policy needs no 'unsafe-inline': the only inline script of a page carries the nonce (in an export: is named by its
hash), there is no inline style, no style attribute and no event attribute. Leaflet sets styles through the CSSOM, which
no policy forbids. The data stand in a JSON block, which a browser never runs.

folium builds the map, its panes, groups and layer control. Three things of its are replaced: the page template (it has
inline styles and a script without a nonce), the libraries (each one must be vendored or known to be unneeded, anything
else raises), and markers, lines and areas (one plugin of ours draws them from compact data, because folium spends two
kilobytes of script on each). Every text goes through `map_text` before folium or the plugin sees it.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import folium
from branca.element import CssLink, Element, Figure, JavascriptLink, MacroElement
from folium.elements import JSCSSMixin
from folium.map import CustomPane
from folium.template import Template
from folium.utilities import JsCode

from maps.layers import LAND, Area, Dot, Kind, Layer, Line, MapPage, Marker
from maps.polyline import encode
from maps.text import Json, map_text, script_json

type Language = Literal["id", "en"]
type Paper = Literal["", "landscape", "portrait"]
"""How an A4 sheet lies on which the map is laid out; empty: the map fills its window."""

STATIC = Path(__file__).parent / "static"
"""The folder an application serves below `assets_url`."""

# folium's names for its libraries; None: it comes with folium's map but nothing we draw needs it.
_VENDORED: Mapping[str, str | None] = {
    "leaflet": "leaflet-1.9.4/leaflet.js",
    "leaflet_css": "leaflet-1.9.4/leaflet.css",
    "antar_map": "antar-map.js",
    "antar_map_css": "antar-map.css",
    "jquery": None,
    "bootstrap": None,
    "bootstrap_css": None,
    "glyphicons_css": None,
    "awesome_markers": None,
    "awesome_markers_css": None,
    "awesome_markers_font_css": None,
    "awesome_rotate_css": None,
}
_WORDS: Mapping[str, Mapping[str, str]] = {
    "id": {
        "legend": "Keterangan", "layers": "Lapisan peta", "zoomIn": "Perbesar", "zoomOut": "Perkecil", "close": "Tutup",
        "depot": "Titik berangkat", "stop": "Tujuan: rute, urutan", "courier": "Kurir terakhir terlihat",
        "post": "Lewat Pos", "waiting": "Menunggu",
        "unassigned": "Tidak terlayani", "print": "Cetak",
    },
    "en": {
        "legend": "Legend", "layers": "Map layers", "zoomIn": "Zoom in", "zoomOut": "Zoom out", "close": "Close",
        "depot": "Depot", "stop": "Stop: route, position", "courier": "Courier last seen",
        "post": "By post", "waiting": "Waiting", "unassigned": "Not served", "print": "Print",
    },
}  # fmt: skip
# SVG for the layer control, in the colour of the layer; in the order of the legend.
_SAMPLES: Mapping[Kind, str] = {
    "depot": '<rect x="4" width="14" height="14" rx="3" fill="{0}"/>',
    "stop": '<circle cx="11" cy="7" r="6.5" fill="{0}"/>',
    "courier": '<circle cx="11" cy="7" r="5" fill="#fff" stroke="{0}" stroke-width="4"/>',
    "post": '<path d="M4.5 1.5h13v11h-13zl6.5 6 6.5-6" fill="#fff" stroke="{0}" stroke-width="1.6"/>',
    "waiting": '<circle cx="11" cy="7" r="6" fill="#fff" stroke="{0}" stroke-width="1.6"/>',
    "unassigned": '<rect x="4" width="14" height="14" rx="3" fill="{0}"/><path d="M11 3v5m0 1.5v2" stroke="#fff"/>',
}
_INDONESIA = ((-11.1, 94.9), (6.2, 141.1))
_NONCE = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}", re.ASCII)
_TILE_HOST = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d+)?(?=/)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiles:
    """A tile server to draw below the areas: `https://host/{z}/{x}/{y}.png` or a path of the page's own host."""

    url: str
    credit: str

    def __post_init__(self) -> None:
        own = self.url.startswith("/") and not self.url.startswith("//")
        if not (own or _TILE_HOST.match(self.url)) or not all(part in self.url for part in ("{z}", "{x}", "{y}")):
            raise ValueError(
                f"a tile address is a path or https://host/… with {{z}}, {{x}} and {{y}}, not {self.url!r}"
            )

    def source(self) -> str:
        """What a content security policy calls the host of these tiles."""
        host = _TILE_HOST.match(self.url)
        return host[0] if host else "'self'"


def page(
    content: MapPage,
    assets_url: str,
    nonce: str,
    lang: Language = "id",
    tiles: Tiles | None = None,
    paper: Paper = "",
) -> str:
    """The map as a page of an application that serves `STATIC` below `assets_url` and sends `page_policy(nonce)`.

    `assets_url` is a path on the page's own host; `nonce` at least 16 characters of base 64, new for every answer.
    Raises ValueError for either when it is something else, LookupError when folium asks for a library we do not ship.
    """
    if not assets_url.startswith("/") or assets_url.startswith("//"):
        raise ValueError(f"the libraries come from a path of the page's own host, not from {assets_url!r}")
    if not _NONCE.fullmatch(nonce):
        raise ValueError("a nonce has at least 16 characters of base 64")
    return _document(content, lang, tiles, _Linked(assets_url, nonce), paper)


def export(content: MapPage, lang: Language = "id") -> str:
    """The map as one file that opens from disk, everything inside and no tiles. Raises LookupError as `page` does."""
    inline = _Inline()
    document = _document(content, lang, None, inline, "")
    # the policy names the hashes of what it allows, so it is known last and stands first
    return document.replace(
        "<head>", f'<head>\n<meta http-equiv="Content-Security-Policy" content="{inline.policy()}">', 1
    )


def page_policy(nonce: str, tiles: Tiles | None = None) -> str:
    """The Content-Security-Policy a `page` runs under: send it with the answer. Its own host may frame it."""
    images = f"data: {tiles.source()}" if tiles else "data:"
    return (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src {images}; "
        "connect-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )


# ---- libraries -------------------------------------------------------------------------------------------------------


def vendored(wanted: Iterable[tuple[str, str]]) -> list[str]:
    """Our files for folium's (name, address) pairs, without those nothing needs.

    Raises LookupError for a library that is neither: a page must never fetch from another host unnoticed.
    """
    names = dict(wanted)
    unknown = [f"{name} ({address})" for name, address in names.items() if name not in _VENDORED]
    if unknown:
        raise LookupError(f"folium wants {', '.join(unknown)}, which is not in maps/static")
    return [file for name in names if (file := _VENDORED[name]) is not None]


@cache
def _asset(file: str) -> bytes:
    return (STATIC / file).read_bytes()


@cache
def _digest(content: bytes) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content).digest()).decode()


class _Linked:
    """Libraries as addresses below one folder; the only inline script carries the nonce."""

    def __init__(self, folder: str, nonce: str) -> None:
        self._folder = map_text(folder.rstrip("/"))
        self._nonce = nonce

    def library(self, file: str) -> str:
        # the hash keeps a changed file out, and the version a changed file out of an old cache
        digest = _digest(_asset(file))
        address = f"{self._folder}/{file}?v={hashlib.sha256(digest.encode()).hexdigest()[:10]}"
        if file.endswith(".css"):
            return f'<link rel="stylesheet" href="{address}" integrity="{digest}">'
        return f'<script src="{address}" integrity="{digest}"></script>'

    def script(self, text: str) -> str:
        return f'<script nonce="{self._nonce}">{text}</script>'


class _Inline:
    """Libraries as text of the page; the hash of each is remembered for the policy."""

    def __init__(self) -> None:
        self._hashes: dict[str, list[str]] = {"script-src": [], "style-src": []}

    def library(self, file: str) -> str:
        # a browser reads every line end of a page as \n, and hashes what it read
        text = _asset(file).decode().replace("\r\n", "\n")
        if file.endswith(".css"):
            # Leaflet's own pictures are replaced in antar-map.css or belong to markers we do not use
            return self._element("style", re.sub(r"url\(images/[^)]*\)", "none", text))
        # a browser's developer tools would look for the map file beside the page
        return self.script(re.sub(r"//# sourceMappingURL=\S+", "", text))

    def script(self, text: str) -> str:
        return self._element("script", text)

    def _element(self, tag: str, text: str) -> str:
        if f"</{tag}" in text.lower():
            raise ValueError(f"this text would close its own <{tag}>")
        self._hashes[f"{tag}-src"].append(f"'{_digest(text.encode())}'")
        return f"<{tag}>{text}</{tag}>"

    def policy(self) -> str:
        named = "; ".join(f"{directive} {' '.join(hashes)}" for directive, hashes in self._hashes.items())
        return f"default-src 'none'; {named}; img-src data:; base-uri 'none'; form-action 'none'"


# ---- the page --------------------------------------------------------------------------------------------------------


def _document(page: MapPage, lang: Language, tiles: Tiles | None, way: _Linked | _Inline, paper: Paper) -> str:
    figure = Figure()
    # branca's own <meta> says the character set a second time
    figure.header = Element()
    figure.header._parent = figure
    figure.add_child(_folium_map(page, tiles))
    _number(figure)
    for child in figure._children.values():
        child.render()
    libraries = "\n".join(way.library(file) for file in vendored(_links(figure.header)))
    return f"""<!DOCTYPE html>
<html lang="{lang}"{f' class="paper {paper}"' if paper else ""}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{map_text(page.title)}</title>
{libraries}
</head>
<body>
{figure.html.render().strip()}
<script type="application/json" id="map-data">{script_json(_content(page, lang, tiles))}</script>
{way.script(_tidy(figure.script.render()))}
</body>
</html>
"""


def _links(head: Element) -> Iterator[tuple[str, str]]:
    """Names and addresses of the libraries; LookupError for anything else, which the page's policy would forbid."""
    for name, child in head._children.items():
        if not isinstance(child, JavascriptLink | CssLink):
            raise LookupError(f"folium puts {name} into the head of the page; the page's policy forbids it")
        yield name, child.url


def _tidy(script: str) -> str:
    return "\n".join(line.strip() for line in script.splitlines() if line.strip())


def _number(root: Element) -> None:
    """Plain numbers for branca's random names: the same layers give the same page, byte for byte."""
    for number, element in enumerate(_below(root)):
        element._id = str(number)


def _below(element: Element) -> Iterator[Element]:
    for child in element._children.values():
        yield child
        yield from _below(child)


# ---- folium ----------------------------------------------------------------------------------------------------------


class _PaperMap(folium.Map):
    """folium's map without its inline styles and scripts; what they did is in antar-map.css."""

    _template = Template(
        """
        {% macro html(this, kwargs) %}
            <div class="folium-map" id={{ this.get_name()|tojson }}></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
            const wide = innerWidth >= 700;
            var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, {
                center: {{ this.location|tojson }}, ...{{ this.options|tojavascript }}
            });
        {% endmacro %}
        """
    )


class _Begin(JSCSSMixin):
    """Our plugin: reads the data block and puts up heading, legend and scale."""

    default_js: list[tuple[str, str]] = [("antar_map", "antar-map.js")]  # noqa: RUF012 (folium's own declaration)
    default_css: list[tuple[str, str]] = [("antar_map_css", "antar-map.css")]  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    _template = Template("{% macro script(this, kwargs) %}antarMap.begin({{ this._parent.get_name() }});{% endmacro %}")


class _Drawing(MacroElement):
    """The content of one layer, drawn by the plugin into the group this stands in."""

    _template = Template(
        "{% macro script(this, kwargs) %}antarMap.draw({{ this._parent.get_name() }}, {{ this.index }});{% endmacro %}"
    )

    def __init__(self, index: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.index = index


class _Finish(MacroElement):
    """Gives the layer control its name in the page's language, and the map its first view beside it."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    _template = Template(
        "{% macro script(this, kwargs) %}antarMap.finish({{ this._parent.get_name() }});{% endmacro %}"
    )


def _folium_map(page: MapPage, tiles: Tiles | None) -> folium.Map:
    """The map, panes, groups and layer control; what is in the groups comes from the data block."""
    (south, west), (north, east) = page.extent() or _INDONESIA
    drawn = _PaperMap(
        location=((south + north) / 2, (west + east) / 2),
        zoom_start=9,
        tiles=None,
        zoom_control=False,
        attribution_control=False,
        # tiles are sharp at whole zooms only; without them the regency may fill the frame
        zoom_snap=1 if tiles else 0.25,
        max_zoom=18,
    )
    # from below: land, borders that let the pointer through, names; lines and pins have Leaflet's own panes above
    CustomPane("areas", z_index=310, pointer_events=True).add_to(drawn)
    CustomPane("borders", z_index=320).add_to(drawn)
    CustomPane("names", z_index=330).add_to(drawn)
    _Begin().add_to(drawn)
    if tiles:
        folium.TileLayer(tiles.url, attr=map_text(tiles.credit), control=False, max_zoom=18).add_to(drawn)
    for index, layer in enumerate(page.layers):
        group = folium.FeatureGroup(name=_layer_name(layer), show=layer.shown)
        _Drawing(index).add_to(group)
        group.add_to(drawn)
    # folium passes this on to Leaflet as it stands: decided where the width of the screen is known
    folium.LayerControl(collapsed=JsCode("!wide")).add_to(drawn)  # type: ignore[arg-type]
    _Finish().add_to(drawn)
    return drawn


def _layer_name(layer: Layer) -> str:
    """A sample of the layer and its escaped name; colours are attributes of SVG, which the policy allows."""
    if layer.lines:
        dashes = ' stroke-dasharray="6 4"' if layer.lines[0].dashed else ""
        sample = f'<path d="M1 7h20" stroke="{layer.lines[0].colour}" stroke-width="4"{dashes}/>'
    elif layer.markers:
        sample = _SAMPLES[layer.markers[0].kind].format(layer.markers[0].colour)
    elif layer.dots:
        sample = f'<circle cx="11" cy="7" r="6" fill="{layer.dots[-1].fill}" stroke="#6d6656"/>'
    else:
        fills = [area.fill for area in layer.areas if area.fill]
        fill = next((fill for fill in fills if fill != LAND), fills[0] if fills else "none")
        sample = f'<rect x="2" y="1" width="18" height="12" rx="1" fill="{fill}" stroke="#a89f8a"/>'
    return (
        f'<svg class="swatch" viewBox="0 0 22 14" aria-hidden="true">{sample}</svg><span>{map_text(layer.name)}</span>'
    )


# ---- the data block --------------------------------------------------------------------------------------------------


def _content(page: MapPage, lang: Language, tiles: Tiles | None) -> Json:
    words = _WORDS[lang]
    return {
        "title": map_text(page.title),
        "subtitle": map_text(page.subtitle),
        "credit": map_text(page.credit),
        "words": {name: map_text(word) for name, word in words.items()},
        "bounds": page.extent() or _INDONESIA,
        "land": LAND,
        "tiles": tiles is not None,
        "kinds": _kinds(page, words),
        "legendTitle": map_text(page.legend_title),
        "legend": [{"colour": entry.colour, "label": map_text(entry.label)} for entry in page.legend],
        "layers": [
            {
                "areas": [_area(area) for area in layer.areas],
                "dots": [_dot(dot) for dot in layer.dots],
                "lines": [_line(line) for line in layer.lines],
                "markers": [_marker(marker) for marker in layer.markers],
            }
            for layer in page.layers
        ],
    }


def _kinds(page: MapPage, words: Mapping[str, str]) -> list[Json]:
    """The kinds of markers on this map with their words, for the legend; each in the colour of one of its markers."""
    colours = {marker.kind: marker.colour for layer in reversed(page.layers) for marker in layer.markers}
    return [
        {"kind": kind, "label": map_text(words[kind]), "colour": colours[kind]} for kind in _SAMPLES if kind in colours
    ]


def _texts(texts: Iterable[str]) -> list[str]:
    return [map_text(text) for text in texts]


def _area(area: Area) -> Json:
    return {
        "rings": [[encode(ring) for ring in polygon] for polygon in area.rings()],
        "fill": area.fill,
        "border": area.border,
        "title": map_text(area.title),
        "lines": _texts(area.lines),
        "label": map_text(area.label),
        "value": map_text(area.value),
        "middle": [round(degrees, 5) for degrees in area.middle()] if area.label or area.value else None,
    }


def _dot(dot: Dot) -> Json:
    return {
        "lat": round(dot.lat, 6),
        "lon": round(dot.lon, 6),
        "radius": round(dot.radius, 1),
        "fill": dot.fill,
        "title": map_text(dot.title),
        "lines": _texts(dot.lines),
        "value": map_text(dot.value),
    }


def _line(line: Line) -> Json:
    return {
        "points": encode(line.points),
        "colour": line.colour,
        "dashed": line.dashed,
        "label": map_text(line.label),
        "title": map_text(line.title),
        "lines": _texts(line.lines),
    }


def _marker(marker: Marker) -> Json:
    return {
        "lat": round(marker.lat, 6),
        "lon": round(marker.lon, 6),
        "kind": marker.kind,
        "colour": marker.colour,
        "route": map_text(marker.route),
        "label": map_text(marker.label),
        "title": map_text(marker.title),
        "lines": _texts(marker.lines),
    }
