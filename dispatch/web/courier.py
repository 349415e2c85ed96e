"""The rider's pages behind a route's link: count the load, drive stop by stop, say what happened.

Plain pages that work without a script; `static/courier.js` only adds position, a smaller photo and sending again.
Scripts and phones that were offline send a list of confirmations to the same address; each is answered by itself.
"""

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from flask import Response, jsonify, redirect, request, url_for
from pydantic import AwareDatetime, Field, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from dispatch.api.problems import problem, wants_page
from dispatch.api.schemas import Form, RowId, Text
from dispatch.auth import visitor
from dispatch.errors import AntarError, BadRequest, Conflict, FieldError, Gone, Invalid, NotFound
from dispatch.runtime import runtime
from dispatch.services import accounts, links, loading, photos
from dispatch.services.assignment import batches_of_route, route_of
from dispatch.services.delivery import Kind, Report, record
from dispatch.services.loading import Loaded
from dispatch.services.photos import Received
from dispatch.services.reasons import reasons_at
from dispatch.store.models import Link, Proof, Route, Stop
from dispatch.web import courier_views
from dispatch.web.blueprint import web
from dispatch.web.link_pages import given, given_event_id, neutral, new_event_id, start, unlisted
from dispatch.web.page import door, refusal, with_word

MOST_AT_ONCE = 50
PROOFS_PER_QUARTER = 300
RELATIONS = ("Kepala desa", "Sekretaris desa", "Perangkat desa", "Petugas registrasi", "Lainnya")
HOME_RELATIONS = ("Orangnya sendiri", "Keluarga serumah", "Ketua RT", "Tetangga", "Lainnya")


class ProofItem(Form):
    """One confirmation in a list. `event_id` is made on the phone; `device_at` by the phone's clock, with its zone."""

    event_id: Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{8,40}$")]
    stop_id: RowId
    kind: Literal["arrived", "delivered", "failed"]
    received_by: Annotated[Text, Field(max_length=120)] = ""
    relation: Annotated[Text, Field(max_length=40)] = ""
    reason: Annotated[Text, Field(max_length=40)] = ""
    note: Text = ""
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None
    accuracy_m: Annotated[float, Field(ge=0, le=1_000_000)] | None = None
    device_at: Annotated[AwareDatetime, Field(strict=False)] | None = None

    def report(self, source: str) -> Report:
        return Report(source=source, **self.model_dump(exclude={"stop_id"}))


@web.get("/c/<token>")
def courier_link(token: str) -> Response:
    """The same page for every token; nothing is looked up."""
    return neutral(links.COURIER, token)


@web.post("/c/start")
def start_courier() -> Response | BaseResponse:
    """Bind the first phone to its route."""
    return start(links.COURIER, url_for("web.courier_route"))


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
            source=_source(link), event_id=given_event_id(), taken=taken, missing=missing, device_at=_device_at()
        )
        try:
            check = loading.load(session, route, counted, by=visitor().actor)
        except (Conflict, Invalid) as error:
            # both are found before anything is written
            if not wants_page():
                raise
            word = "Rute ini sudah berangkat." if isinstance(error, Conflict) else refusal(error)
            return with_word(redirect(url_for("web.courier_route"), 303), word, is_problem=True)
        if not wants_page():
            return jsonify({"load_check_id": check.id, "taken": check.taken, "missing": check.missing})
    return with_word(redirect(url_for("web.courier_route"), 303), "Selamat jalan. Hati-hati di jalan.")


@web.get("/c/stops/<stop_id>")
def courier_stop(stop_id: str) -> Response:
    """One stop of this very route: hand over, or say why not."""
    with runtime().db.reading() as session:
        route = _route(session, _open_link(session))
        return _stop_page(session, route, _stop(session, route, stop_id))


@web.post("/c/proofs")
def record_proofs() -> Any:
    """Take in confirmations: one from a page's form, or a list from a script. The same one again changes nothing."""
    if request.is_json:
        return jsonify({"results": [_one_of_list(item) for item in _list()]})
    return _from_form()


def _from_form() -> Response | BaseResponse:
    stop_id, kind = request.form.get("stop_id", ""), request.form.get("kind", "")
    try:
        photo = _photo()
        with runtime().db.transaction() as session:
            link = links.syncing(session, visitor().office, visitor().link_id)
            report = _report(_source(link), kind, photo)
            proof = _record(session, link, stop_id, report, photo)
            said = _said(proof)
            receipt = _receipt(proof)
    except Invalid as error:
        if not wants_page():
            raise
        return _again(stop_id, error)
    except Conflict as error:
        if not wants_page():
            raise
        return with_word(redirect(url_for("web.courier_route"), 303), refusal(error), is_problem=True)
    home = url_for("web.courier_stop", stop_id=stop_id) if kind == "arrived" else url_for("web.courier_route")
    if not wants_page():
        return with_word(jsonify({**receipt, "next": home}), said)
    return with_word(redirect(home, 303), said)


def _again(stop_id: str, error: Invalid) -> Response | BaseResponse:
    """The form once more with what is wrong in it; what was confirmed before needs no form."""
    if any(field.field == "event_id" for field in error.fields):
        word = "Konfirmasi ini sudah diterima kantor. Perubahan sesudahnya tidak dipakai."
        return with_word(redirect(url_for("web.courier_route"), 303), word, is_problem=True)
    with runtime().db.reading() as session:
        route = _route(session, _open_link(session))
        return _stop_page(session, route, _stop(session, route, stop_id), wrong=error)


def _one_of_list(item: object) -> dict[str, Any]:
    """What became of one confirmation of a list; one bad item never stops the others."""
    event_id = item.get("event_id") if isinstance(item, dict) else None
    place: dict[str, Any] = {"event_id": event_id if isinstance(event_id, str) else None}
    try:
        checked = ProofItem.model_validate(item)
        with runtime().db.transaction() as session:
            link = links.syncing(session, visitor().office, visitor().link_id)
            proof = _record(session, link, checked.stop_id, checked.report(_source(link)), None)
            return {**place, "status": 200, "receipt": _receipt(proof)}
    except ValidationError as wrong:
        fields = [FieldError(".".join(map(str, w["loc"])), w["msg"]) for w in wrong.errors()]
        return {**place, "status": 422, "problem": problem(Invalid(fields=fields))}
    except AntarError as error:
        return {**place, "status": error.status, "problem": problem(error)}


def _list() -> Sequence[object]:
    body = request.get_json()
    items = body.get("proofs") if isinstance(body, dict) else None
    if not isinstance(items, list) or not 1 <= len(items) <= MOST_AT_ONCE:
        raise BadRequest(f'the body must be {{"proofs": […]}} with 1 to {MOST_AT_ONCE} confirmations')
    return items


def _record(session: Session, link: Link, stop_id: str, report: Report, photo: Received | None) -> Proof:
    if not links.may_confirm(session, link, report.device_at):
        raise Gone()
    accounts.throttle(session, f"proofs:{link.id}", PROOFS_PER_QUARTER)
    stop = _stop(session, _route(session, link), stop_id)
    if report.kind == "delivered" and not report.received_by:
        raise Invalid(fields=[FieldError("received_by", "isi nama yang menerima")])
    proof = record(session, stop, report, by=visitor().actor)
    if photo is not None:
        photos.attach(session, proof, photo)
    return proof


def _report(source: str, kind: str, photo: Received | None) -> Report:
    known: dict[str, Kind] = {"arrived": "arrived", "delivered": "delivered", "failed": "failed"}
    if kind not in known:
        raise BadRequest("kind must be arrived, delivered or failed")
    lat, lon = _number("lat", 90), _number("lon", 180)
    has_position = lat is not None and lon is not None
    return Report(
        source=source,
        event_id=given_event_id(),
        kind=known[kind],
        received_by=given("received_by", "nama penerima", 120),
        relation=given("relation", "jabatan", 40),
        reason=given("reason", "alasan", 40),
        note=given("note", "catatan", 300),
        lat=lat if has_position else None,
        lon=lon if has_position else None,
        accuracy_m=_number("accuracy_m", 1_000_000),
        device_at=_device_at(),
        photo_sha=photo.sha256 if photo else "",
    )


def _photo() -> Received | None:
    """The photo of the form, stored before anything names it."""
    upload = request.files.get("photo")
    if upload is None or not upload.filename:
        return None
    body = upload.stream.read(photos.LARGEST + 1)
    upload.close()  # a large one lies in a temporary file
    return photos.receive(runtime().files, visitor().office, body)


def _number(field: str, most: float) -> float | None:
    """A circumstance of the phone; one that makes no sense is left out rather than losing the confirmation."""
    try:
        number = float(request.form.get(field, ""))
    except ValueError:
        return None
    return number if math.isfinite(number) and abs(number) <= most else None


def _device_at() -> datetime | None:
    try:
        at = datetime.fromisoformat(request.form.get("device_at", ""))
        return at.astimezone(UTC) if at.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _receipt(proof: Proof) -> dict[str, Any]:
    """What the phone keeps as its receipt; the same for every time the confirmation is sent."""
    return {
        "event_id": proof.event_id,
        "proof_id": proof.id,
        "stop_id": proof.stop_id,
        "kind": proof.kind,
        "received_at": proof.received_at.isoformat(),
        "receipt_hash": proof.fingerprint,
        "is_conflict": proof.is_conflict,
    }


def _said(proof: Proof) -> str:
    if proof.is_conflict:
        return "Diterima kantor, tetapi tujuan ini sudah pernah dilaporkan. Kantor akan memeriksa."
    return {"arrived": "", "delivered": "Diterima kantor. Terima kasih.", "failed": "Alasan diterima kantor."}[
        proof.kind
    ]


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
        relations=HOME_RELATIONS if view.destination == "home" else RELATIONS,
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


def _source(link: Link) -> str:
    return f"link:{link.id}"
