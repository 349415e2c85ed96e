"""The rider's pages behind a route's link: count the load, drive stop by stop, say what happened.

Plain pages that work without a script; `static/courier.js` only adds position, a smaller photo and sending again. A
phone that can work without a network gets the page of `courier_app.py` instead. What either sends is taken in by
`courier_proofs.py`.
"""

from flask import Response, jsonify, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from dispatch.api.problems import wants_page
from dispatch.auth import visitor
from dispatch.errors import Conflict, Invalid, NotFound
from dispatch.runtime import runtime
from dispatch.services import device_keys, links, loading, policies
from dispatch.services.assignment import batches_of_route, route_of
from dispatch.services.loading import Loaded
from dispatch.services.reasons import reasons_at
from dispatch.services.receivers import RECEIVERS
from dispatch.store.models import Batch, Link, Route, Stop, StopBatch
from dispatch.web import courier_views
from dispatch.web.blueprint import web
from dispatch.web.link_pages import given_event_id, given_time, neutral, new_event_id, start, unlisted
from dispatch.web.page import door, refusal, with_word
from dispatch.words import _, say

RELATIONS = (
    say("Kepala desa"),
    say("Sekretaris desa"),
    say("Perangkat desa"),
    say("Petugas registrasi"),
    say("Lainnya"),
)


@web.get("/c/<token>")
def courier_link(token: str) -> Response:
    """The same page for every token; nothing is looked up."""
    return neutral(links.COURIER, token)


@web.post("/c/start")
def start_courier() -> Response | BaseResponse:
    """Bind the first phone to its route. One that made itself a key can work offline and gets the page for that."""
    key = request.form.get("public_key", "")
    if not device_keys.readable(key):
        return start(links.COURIER, url_for("web.courier_route"))
    return start(links.COURIER, url_for("web.courier_app"), public_key=key)


@web.get("/c/route")
def courier_route() -> Response:
    """Before leaving the load check, then the stops in order, the next one large."""
    with runtime().db.reading() as session:
        route = _route(session, _open_link(session))
        if route.state == "planned":
            return _load_check(session, route)
        return unlisted(door("courier/route.html", **courier_views.board(session, route), event_id=new_event_id()))


@web.post("/c/load")
def load_route() -> Response | BaseResponse:
    """The rider counted the bag. What is neither ticked nor said to be missing is asked about once more."""
    taken = frozenset(request.form.getlist("taken"))
    missing = frozenset(request.form.getlist("missing")) - taken  # asked about, and found after all
    with runtime().db.transaction() as session:
        link = _open_link(session)
        route = _route(session, link)
        expected = {batch.id for batch in batches_of_route(session, route)}
        if route.state == "planned" and taken <= expected and not expected <= taken | missing:
            return _load_check(session, route, asked=expected - taken, taken=taken)
        counted = Loaded(
            source=source_of(link),
            event_id=given_event_id(),
            taken=taken,
            missing=missing,
            device_at=given_time(request.form.get("device_at", "")),
        )
        try:
            check = loading.load(session, route, counted, by=visitor().actor)
        except (Conflict, Invalid) as error:
            # both are found before anything is written
            if not wants_page():
                raise
            word = _("Rute ini sudah berangkat.") if isinstance(error, Conflict) else refusal(error)
            return with_word(redirect(url_for("web.courier_route"), 303), word, is_problem=True)
        if not wants_page():
            return jsonify({"load_check_id": check.id, "taken": check.taken, "missing": check.missing})
    return with_word(redirect(url_for("web.courier_route"), 303), _("Selamat jalan. Hati-hati di jalan."))


@web.get("/c/stops/<stop_id>")
def courier_stop(stop_id: str) -> Response:
    """One stop of this very route: hand over, or say why not."""
    with runtime().db.reading() as session:
        route = _route(session, _open_link(session))
        return _stop_page(session, route, _stop(session, route, stop_id))


def again_at_stop(stop_id: str, error: Invalid) -> Response | BaseResponse:
    """The form once more with what is wrong in it; what was confirmed before needs no form."""
    if any(field.field == "event_id" for field in error.fields):
        word = _("Konfirmasi ini sudah diterima kantor. Perubahan sesudahnya tidak dipakai.")
        return with_word(redirect(url_for("web.courier_route"), 303), word, is_problem=True)
    with runtime().db.reading() as session:
        route = _route(session, _open_link(session))
        return _stop_page(session, route, _stop(session, route, stop_id), wrong=error)


def _load_check(
    session: Session, route: Route, *, asked: set[str] | None = None, taken: frozenset[str] = frozenset()
) -> Response:
    values = courier_views.load_list(session, route, asked=asked or set(), taken=taken)
    return unlisted(door("courier/load.html", event_id=new_event_id(), **values))


def _stop_page(session: Session, route: Route, stop: Stop, *, wrong: Invalid | None = None) -> Response:
    view = courier_views.one_stop(session, route, stop)
    page = door(
        "courier/stop.html",
        route=route,
        stop=view,
        is_open=route.state == "under_way" and view.is_open,
        event_id=new_event_id(),
        failure_id=new_event_id(),
        relations=relations_at(session, stop),
        reasons=reasons_at(view.destination),
        wrong=refusal(wrong) if wrong else "",
        status=422 if wrong else 200,
    )
    return unlisted(page)


def _open_link(session: Session) -> Link:
    return links.opened(session, visitor().office, visitor().link_id)


def _route(session: Session, link: Link) -> Route:
    assert link.route_id is not None, "a courier's link opens a route"
    return route_of(session, link.office, link.route_id)


def _stop(session: Session, route: Route, stop_id: str) -> Stop:
    # asked for as a stop of this route, never loaded by its id alone
    found = session.scalar(
        select(Stop).where(Stop.office == route.office, Stop.route_id == route.id, Stop.id == stop_id)
    )
    if found is None:
        raise NotFound()
    return found


def relations_at(session: Session, stop: Stop) -> tuple[str, ...]:
    """As whom somebody may take documents at a stop: at an office its people, at a home whom the policy allows.

    "Lainnya" is always among them: what did happen has to be told as it was.
    """
    batches = session.scalars(
        select(Batch)
        .join(StopBatch, StopBatch.batch_id == Batch.id)
        .where(StopBatch.office == stop.office, StopBatch.stop_id == stop.id)
    ).all()
    if not batches or batches[0].destination != "home":
        return RELATIONS
    policy = policies.for_batches(session, batches, links.local_day(session, stop.office))
    allowed = [words for _, words in policies.receivers_of(policy)]
    return tuple(dict.fromkeys([*allowed, RECEIVERS["other"].words]))


def source_of(link: Link) -> str:
    """Who tells: the riders' phones of one route, so that what an old link's phone sends again is known again."""
    return f"route:{link.route_id}"
