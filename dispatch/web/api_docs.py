"""The API's description as a page; its viewer lies in our own static files."""

import base64
import hashlib
from functools import cache
from pathlib import Path

from flask import Response, make_response, render_template

from dispatch.web.blueprint import web

_VIEWER = Path(__file__).parent / "static" / "vendor" / "swagger-ui"


@web.get("/api/v1/docs")
def api_docs() -> Response:
    """Every operation with its shapes, to read and to try."""
    # the viewer draws at load; its address never changes, so its content is pinned by its hash
    styles, scripts = _integrity("swagger-ui.css"), _integrity("swagger-ui-bundle.js")
    return make_response(render_template("api_docs.html", styles=styles, scripts=scripts))


@cache
def _integrity(name: str) -> str:
    body = (_VIEWER / name).read_bytes()
    return "sha256-" + base64.b64encode(hashlib.sha256(body).digest()).decode()
