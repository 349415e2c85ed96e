"""The rider's page for a phone that can work without a network: an empty page, its scripts, and the route as data.

The page itself is the same for everybody and holds nothing of anybody, so that the phone may keep it. What it shows
comes from `/c/data`, asked for with the bound phone's cookie, and lives on the phone only while it is needed.
"""

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from flask import Response, current_app, json, jsonify, url_for
from sqlalchemy.orm import Session

from dispatch.auth import visitor
from dispatch.runtime import runtime
from dispatch.services import codes, links, policies
from dispatch.services.assignment import route_of
from dispatch.services.reasons import reasons_at
from dispatch.store.models import Batch, Plan, Route
from dispatch.web import courier_views
from dispatch.web.blueprint import web
from dispatch.web.courier import relations_at
from dispatch.web.courier_views import StopView
from dispatch.web.link_pages import unlisted
from dispatch.web.page import door

FAR_M = 500
"""From here on the phone asks whether the rider is at the right place; it never refuses."""


@web.get("/c/app")
def courier_app() -> Response:
    """The empty page that the phone keeps."""
    page = door("courier/app.html", undo_s=runtime().settings.undo_s, far_m=FAR_M, tries=codes.TRIES)
    return unlisted(page)


@web.get("/c/sw.js")
def courier_worker() -> Response:
    """The service worker, told what belongs to the page; another build is another worker."""
    folder = Path(current_app.static_folder or "")
    files = _files(folder)
    kept = [url_for("web.courier_app"), *(url_for("static", filename=name) for name in files)]
    told = f'"use strict";\nconst BUILD = {json.dumps(_build(folder, files))};\nconst KEPT = {json.dumps(kept)};\n'
    return Response(told + (folder / "courier" / "worker.js").read_text(), mimetype="text/javascript")


@web.get("/c/app.webmanifest")
def courier_manifest() -> Response:
    """What the phone needs to put the page among its apps."""
    icons = [
        {"src": url_for("static", filename=f"courier/icon-{side}.png"), "sizes": f"{side}x{side}", "type": "image/png"}
        for side in (192, 512)
    ]
    about = {
        "name": "Antar dokumen",
        "short_name": "Antar",
        "lang": "id",
        "start_url": url_for("web.courier_app"),
        "scope": "/c/",
        "display": "standalone",
        "orientation": "portrait",
        "theme_color": "#0b6e4f",
        "background_color": "#fbfbf9",
        "icons": icons,
    }
    return Response(json.dumps(about), mimetype="application/manifest+json")


@web.get("/c/data")
def courier_data() -> Response:
    """The route for the phone to keep: only what is still to be done, and how far it is."""
    rt = runtime()
    with rt.db.reading() as session:
        link = links.opened(session, visitor().office, visitor().link_id)
        assert link.route_id is not None, "a courier's link opens a route"
        route = route_of(session, link.office, link.route_id)
        found = _route_data(session, route)
    # slow on purpose, so outside the look at the database
    for stop in found["stops"]:
        code = stop.pop("code")
        lock = codes.lock_of_stop(rt.keys, stop["id"], route.office, code) if code else None
        stop["lock"] = {"salt": lock.salt, "hash": lock.hash, "iterations": lock.iterations} if lock else None
    return unlisted(jsonify(found))


def _route_data(session: Session, route: Route) -> dict[str, Any]:
    plan = session.get_one(Plan, route.plan_id)
    board = courier_views.board(session, route)
    views = courier_views.views_of(session, route)
    batches = courier_views.batches_by_stop(session, route)
    still_open = [view for view in views if view.is_open and route.state in ("planned", "under_way")]
    return {
        "id": route.id,
        "number": route.number,
        "state": route.state,
        "zone": board["zone"],
        "leaves_s": route.leaves_s,
        "total": board["total"],
        "visited": board["visited"],
        "to_bring_back": board["to_bring_back"],
        "load": _load_list(views, batches) if route.state == "planned" else [],
        "stops": [_stop_data(session, view, batches.get(view.id, []), plan) for view in still_open],
    }


def _load_list(views: Sequence[StopView], batches: dict[str, list[Batch]]) -> list[dict[str, Any]]:
    return [
        {"id": batch.id, "code": batch.code, "place": view.short_place, "documents": batch.documents}
        for view in views
        for batch in batches.get(view.id, [])
    ]


def _stop_data(session: Session, view: StopView, batches: Sequence[Batch], plan: Plan) -> dict[str, Any]:
    day = plan.service_date
    wanted = policies.for_batches(session, batches, day).proofs if batches else dict.fromkeys(policies.PROOFS, "off")
    row = view.stop
    return {
        "id": view.id,
        "position": view.position,
        "state": view.state,
        "place": view.place,
        "district": view.district,
        "address": view.address,
        "landmark": view.landmark,
        "is_estimate": view.is_estimate,
        "metres": view.metres,
        "arrival_s": view.arrival_s,
        "documents": view.documents or sum(batch.documents for batch in batches),
        "batches": [{"id": batch.id, "code": batch.code} for batch in batches],
        "destination": view.destination,
        "phone": view.phone,
        "contact": view.contact,
        "lat": view.lat,
        "lon": view.lon,
        "geo_url": view.geo_url,
        "map_url": view.web_map_url,
        "proofs": dict(wanted),
        "cards_due": policies.cards_due(session, batches, day),
        "code": codes.code_of_stop(runtime().keys, row, batches, day) if wanted["code"] != "off" else "",
        "relations": relations_at(session, row),
        "reasons": [{"code": reason.code, "words": reason.words} for reason in reasons_at(view.destination)],
    }


@cache
def _files(folder: Path) -> tuple[str, ...]:
    """What the page needs from the first moment, by its name under static/; the decoder comes when a camera asks."""
    scripts = sorted(path.name for path in (folder / "courier").glob("*.js") if path.name != "worker.js")
    return ("courier.css", "favicon.svg", *(f"courier/{name}" for name in scripts))


@cache
def _build(folder: Path, files: tuple[str, ...]) -> str:
    known = hashlib.sha256()
    for name in (*files, "courier/worker.js", "../templates/courier/app.html"):
        known.update((folder / name).read_bytes())
    return known.hexdigest()[:16]
