"""How a map goes out: the page under its own policy, or the one file to keep."""

from typing import Literal

from flask import Response, g, request, url_for

from dispatch.runtime import runtime
from maps import render
from maps.layers import MapPage
from maps.render import Paper


def map_page(content: MapPage) -> Response:
    """The map under a policy that lets nothing in but its own libraries and, where one is set, the tile server.

    `?paper=landscape` or `portrait` lays it out on an A4 sheet.
    """
    tiles = runtime().settings.tiles
    libraries = url_for("web.map_library", file="")
    text = render.page(content, assets_url=libraries, nonce=g.nonce, tiles=tiles, paper=paper_asked())
    answer = Response(text, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = render.page_policy(g.nonce, tiles)
    if tiles:
        # a tile server may ask who draws its tiles; the address of a page never leaves
        answer.headers["Referrer-Policy"] = "origin"
    return answer


def map_file(content: MapPage, name: str) -> Response:
    """The map as one file that opens without a network; `name` without its ending, in plain letters."""
    answer = Response(render.export(content), mimetype="text/html")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.html"'
    return answer


def paper_asked() -> Paper:
    """How the sheet lies that was asked for; anything else is no sheet."""
    sides: dict[str, Literal["landscape", "portrait"]] = {"landscape": "landscape", "portrait": "portrait"}
    return sides.get(request.args.get("paper", ""), "")
