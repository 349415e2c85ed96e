"""What a rider's phone sends: confirmations, one from a page's form or a list from a script, and pictures.

A list is answered item by item, so that a bad one never stops the others. An item is the confirmation itself, or the
exact text of it with the signature of the phone's key; only signed ones count after the link's end.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal

from flask import Response, current_app, jsonify, redirect, request, url_for
from pydantic import AwareDatetime, Field, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from dispatch.api.problems import problem, wants_page
from dispatch.api.schemas import Form, RowId, Text
from dispatch.auth import visitor
from dispatch.errors import AntarError, BadRequest, Conflict, FieldError, Gone, Invalid, NotFound
from dispatch.runtime import runtime
from dispatch.services import accounts, codes, device_keys, links, loading, photos, plausible
from dispatch.services.assignment import route_of
from dispatch.services.delivery import Kind, Report, lacking, record
from dispatch.services.links import Tapped
from dispatch.services.loading import Loaded
from dispatch.services.photos import Received
from dispatch.store.db import now
from dispatch.store.models import Batch, Link, LoadCheck, Plan, Proof, Route, Stop, StopBatch
from dispatch.web.blueprint import web
from dispatch.web.courier import again_at_stop, source_of
from dispatch.web.link_pages import given, given_event_id, given_time
from dispatch.web.page import refusal, with_word
from dispatch.words import _, say

MOST_AT_ONCE = 50
PROOFS_PER_QUARTER = 300
PHOTOS_PER_QUARTER = 150

Sha = Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]
EventId = Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{8,40}$")]


class ProofItem(Form):
    """One confirmation in a list. `event_id` is made on the phone; `device_at` by the phone's clock, with its zone.

    `photo_sha` and `signature_sha` name pictures sent before; `code` is what the recipient said.
    """

    event_id: EventId
    stop_id: RowId
    kind: Literal["arrived", "delivered", "failed"]
    received_by: Annotated[Text, Field(max_length=120)] = ""
    relation: Annotated[Text, Field(max_length=40)] = ""
    reason: Annotated[Text, Field(max_length=40)] = ""
    note: Text = ""
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None
    accuracy_m: Annotated[float, Field(ge=0, le=1_000_000)] | None = None
    photo_sha: Sha = ""
    signature_sha: Sha = ""
    code: Annotated[str, Field(pattern=r"^([0-9]{6})?$")] = ""
    scanned: bool = False
    old_cards: Annotated[int, Field(ge=0, le=999)] = 0
    device_at: Annotated[AwareDatetime, Field(strict=False)] | None = None

    def report(self, source: str, *, code_checked: bool) -> Report:
        return Report(source=source, code_checked=code_checked, **self.model_dump(exclude={"stop_id", "code"}))


class LoadItem(Form):
    """The load check of a phone that had no signal in the yard."""

    event_id: EventId
    kind: Literal["loaded"]
    taken: Annotated[list[RowId], Field(max_length=500)]
    missing: Annotated[list[RowId], Field(max_length=500)]
    device_at: Annotated[AwareDatetime, Field(strict=False)] | None = None


class SignedItem(Form):
    """The text of a confirmation as it was signed, and the signature over it (device_keys.py)."""

    signed: Annotated[str, Field(max_length=40_000)]
    signature: Annotated[str, Field(max_length=100)]


@dataclass(frozen=True, slots=True)
class Said:
    """One item of a list, read. `text`: what the signature stands for; both empty when it came unsigned."""

    item: ProofItem | LoadItem
    text: str = ""
    signature: str = ""


@web.post("/c/photos")
def keep_photo() -> Response:
    """Take in a picture before the confirmation that names it. The same one again is the same file."""
    rt = runtime()
    with rt.db.transaction() as session:
        link = links.syncing(session, visitor().office, visitor().link_id)
        accounts.throttle(session, f"photos:{link.id}", PHOTOS_PER_QUARTER)
    body = request.stream.read(photos.LARGEST + 1)
    received = photos.receive(rt.files, visitor().office, body)  # durable before any row names it
    with rt.db.transaction() as session:
        photos.name_received(session, visitor().office, received)
    return jsonify({"sha256": received.sha256})


@web.post("/c/proofs")
def record_proofs() -> Any:
    """Take in confirmations: one from a page's form, or a list from a script. The same one again changes nothing."""
    if not request.is_json:
        return _from_form()
    body = request.get_json()
    items, phone_now = _list(body), _phone_now(body)
    return jsonify({"results": [_one_of_list(item, phone_now) for item in items]})


def _list(body: object) -> Sequence[object]:
    items = body.get("proofs") if isinstance(body, dict) else None
    if not isinstance(items, list) or not 1 <= len(items) <= MOST_AT_ONCE:
        raise BadRequest(f'the body must be {{"proofs": […]}} with 1 to {MOST_AT_ONCE} confirmations')
    return items


def _phone_now(body: dict[str, Any]) -> datetime | None:
    """What the phone's clock says while it sends: with it a wrong clock is seen through."""
    said = body.get("phone_now")
    return given_time(said) if isinstance(said, str) else None


def _one_of_list(item: object, phone_now: datetime | None) -> dict[str, Any]:
    """What became of one confirmation of a list; one bad item never stops the others."""
    place: dict[str, Any] = {"event_id": _event_id(item)}
    try:
        said = _read(item)
        place["event_id"] = said.item.event_id
        if isinstance(said.item, LoadItem):
            return {**place, "status": 200, "receipt": _load(said, said.item, phone_now)}
        return {**place, "status": 200, "receipt": _confirm(said, said.item, phone_now)}
    except ValidationError as wrong:
        fields = [FieldError(".".join(map(str, w["loc"])), w["msg"]) for w in wrong.errors()]
        return {**place, "status": 422, "problem": problem(Invalid(fields=fields))}
    except AntarError as error:
        return {**place, "status": error.status, "problem": problem(error)}


def _event_id(item: object) -> str | None:
    found = item.get("event_id") if isinstance(item, dict) else None
    return found if isinstance(found, str) else None


def _read(item: object) -> Said:
    if not (isinstance(item, dict) and "signed" in item):
        return Said(_checked(item))
    envelope = SignedItem.model_validate(item)
    return Said(_checked(current_app.json.loads(envelope.signed)), envelope.signed, envelope.signature)


def _checked(item: object) -> ProofItem | LoadItem:
    is_load = isinstance(item, dict) and item.get("kind") == "loaded"
    return (LoadItem if is_load else ProofItem).model_validate(item)


def _load(said: Said, item: LoadItem, phone_now: datetime | None) -> dict[str, Any]:
    with runtime().db.transaction() as session:
        link = links.syncing(session, visitor().office, visitor().link_id)
        if links.refuse_late(session, link, _tapped(session, link, said, phone_now)):
            raise Gone()
        counted = Loaded(
            source=source_of(link),
            event_id=item.event_id,
            taken=frozenset(item.taken),
            missing=frozenset(item.missing),
            device_at=item.device_at,
        )
        check = loading.load(session, _route(session, link), counted, by=visitor().actor)
        return load_receipt(check)


def _confirm(said: Said, item: ProofItem, phone_now: datetime | None) -> dict[str, Any]:
    with runtime().db.reading() as session:
        link = links.syncing(session, visitor().office, visitor().link_id)
        is_known = _is_known(session, link, item.event_id)
    if item.code and not is_known:
        # counted whatever becomes of the confirmation
        with runtime().db.transaction() as session:
            accounts.throttle(session, f"code:{item.stop_id}", codes.TRIES)
    with runtime().db.transaction() as session:
        link = links.syncing(session, visitor().office, visitor().link_id)
        tapped = _tapped(session, link, said, phone_now)
        stop = _stop(session, _route(session, link), item.stop_id)
        report = item.report(source_of(link), code_checked=_is_right_code(session, stop, item.code))
        proof = _record(session, link, stop, report, tapped)
        return receipt(proof)


def _is_right_code(session: Session, stop: Stop, code: str) -> bool:
    if not code:
        return False
    expected = codes.code_of_stop(runtime().keys, stop, _batches(session, stop), _service_day(session, stop))
    if not codes.is_right(expected, code):
        raise Invalid(fields=[FieldError("code", "kode penerima tidak cocok; tanyakan ke kantor")])
    return True


def _tapped(session: Session, link: Link, said: Said, phone_now: datetime | None) -> Tapped:
    at = said.item.device_at
    passed = phone_now - at if phone_now is not None and at is not None else None
    return Tapped(
        by_phone=at,
        # a clock that was set back on the way makes no time in the future
        by_gap=now(session) - max(passed, timedelta()) if passed is not None else None,
        is_signed=bool(said.text) and device_keys.is_signed(link.public_key, said.text, said.signature),
    )


def _record(session: Session, link: Link, stop: Stop, report: Report, tapped: Tapped) -> Proof:
    doubt = links.refuse_late(session, link, tapped)
    accounts.throttle(session, f"proofs:{link.id}", PROOFS_PER_QUARTER)
    if report.kind == "delivered" and not report.received_by:
        raise Invalid(fields=[FieldError("received_by", _("isi nama yang menerima"))])
    if _is_known(session, link, report.event_id):
        return record(session, stop, report, by=visitor().actor)
    photo = _sent_before(session, report.photo_sha, "photo_sha")
    drawing = _sent_before(session, report.signature_sha, "signature_sha")
    if drawing is not None:
        photos.refuse_large_signature(runtime().files, link.office, drawing)
    proof = record(session, stop, report, by=visitor().actor, doubt=doubt)
    proof.is_signed, proof.tapped_at = tapped.is_signed, tapped.by_gap or tapped.by_phone
    if photo is not None:
        photos.attach(session, proof, photo)
    session.flush()
    plausible.look_at(session, stop, proof)
    return proof


def _from_form() -> Response | BaseResponse:
    stop_id, kind = request.form.get("stop_id", ""), request.form.get("kind", "")
    try:
        photo = _photo_of_form()
        with runtime().db.transaction() as session:
            link = links.syncing(session, visitor().office, visitor().link_id)
            if photo is not None:
                photos.name_received(session, link.office, photo)
            report = _report_of_form(source_of(link), kind, photo)
            stop = _stop(session, _route(session, link), stop_id)
            if not _is_known(session, link, report.event_id):
                _ask_for_lacking(session, stop, report)
            tapped = Tapped(report.device_at, None, is_signed=False)
            proof = _record(session, link, stop, report, tapped)
            said = _said(proof)
            got = receipt(proof)
    except Invalid as error:
        if not wants_page():
            raise
        return again_at_stop(stop_id, error)
    except Conflict as error:
        if not wants_page():
            raise
        return with_word(redirect(url_for("web.courier_route"), 303), refusal(error), is_problem=True)
    home = url_for("web.courier_stop", stop_id=stop_id) if kind == "arrived" else url_for("web.courier_route")
    if not wants_page():
        return with_word(jsonify({**got, "next": home}), said)
    return with_word(redirect(home, 303), said)


def _ask_for_lacking(session: Session, stop: Stop, report: Report) -> None:
    """The page is still open, so what it can bring is asked for; a code, a scan or a signature needs the other page."""
    found = [error for error in lacking(session, stop, report) if error.field in ("photo", "relation", "old_cards")]
    if found:
        raise Invalid(fields=found)


def _report_of_form(source: str, kind: str, photo: Received | None) -> Report:
    known: dict[str, Kind] = {"arrived": "arrived", "delivered": "delivered", "failed": "failed"}
    if kind not in known:
        raise BadRequest("kind must be arrived, delivered or failed")
    lat, lon = _number("lat", 90), _number("lon", 180)
    has_position = lat is not None and lon is not None
    old_cards = _number("old_cards", 999)
    return Report(
        source=source,
        event_id=given_event_id(),
        kind=known[kind],
        received_by=given("received_by", say("nama penerima"), 120),
        relation=given("relation", say("jabatan"), 40),
        reason=given("reason", say("alasan"), 40),
        note=given("note", say("catatan"), 300),
        lat=lat if has_position else None,
        lon=lon if has_position else None,
        accuracy_m=_number("accuracy_m", 1_000_000),
        device_at=given_time(request.form.get("device_at", "")),
        photo_sha=photo.sha256 if photo else "",
        old_cards=int(old_cards) if old_cards and old_cards > 0 else 0,
    )


def _photo_of_form() -> Received | None:
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


def receipt(proof: Proof) -> dict[str, Any]:
    """What the phone keeps as its receipt; the same for every time the confirmation is sent."""
    return {
        "event_id": proof.event_id,
        "proof_id": proof.id,
        "stop_id": proof.stop_id,
        "kind": proof.kind,
        "received_at": proof.received_at.astimezone(UTC).isoformat(),
        "receipt_hash": proof.fingerprint,
        "is_conflict": proof.is_conflict,
    }


def load_receipt(check: LoadCheck) -> dict[str, Any]:
    """The receipt of a load check."""
    said = "\n".join([check.id, check.event_id, *check.taken, "-", *check.missing])
    return {
        "event_id": check.event_id,
        "load_check_id": check.id,
        "kind": "loaded",
        "received_at": check.received_at.astimezone(UTC).isoformat(),
        "receipt_hash": hashlib.sha256(said.encode()).hexdigest(),
        "is_conflict": False,
    }


def _said(proof: Proof) -> str:
    if proof.is_conflict:
        return _("Diterima kantor, tetapi tujuan ini sudah pernah dilaporkan. Kantor akan memeriksa.")
    return {"arrived": "", "delivered": _("Diterima kantor. Terima kasih."), "failed": _("Alasan diterima kantor.")}[
        proof.kind
    ]


def _sent_before(session: Session, sha256: str, field: str) -> Received | None:
    if not sha256:
        return None
    found = photos.named(session, visitor().office, sha256)
    if found is None:
        raise Invalid(fields=[FieldError(field, _("gambarnya belum sampai di kantor"))])
    return found


def _is_known(session: Session, link: Link, event_id: str) -> bool:
    known = select(Proof.id).where(
        Proof.office == link.office, Proof.source == source_of(link), Proof.event_id == event_id
    )
    return session.scalar(known) is not None


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


def _batches(session: Session, stop: Stop) -> Sequence[Batch]:
    return session.scalars(
        select(Batch)
        .join(StopBatch, StopBatch.batch_id == Batch.id)
        .where(StopBatch.office == stop.office, StopBatch.stop_id == stop.id)
        .order_by(Batch.code)
    ).all()


def _service_day(session: Session, stop: Stop) -> date:
    return session.scalars(
        select(Plan.service_date).join(Route, Route.plan_id == Plan.id).where(Route.id == stop.route_id)
    ).one()
