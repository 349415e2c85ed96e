"""Batches that go with the post or a courier company: lists, the counter's hand-over, orders, photos of proofs."""

from typing import Annotated, Literal

from flask import Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.api.blueprint import api
from dispatch.api.http import Answer, changes, reads
from dispatch.api.routes import Back, BackOut, Why, back_out
from dispatch.api.schemas import Form, RowId, Shape
from dispatch.auth import current_actor, current_office
from dispatch.runtime import runtime
from dispatch.services import assignment, booking, counter, loading, photos, returns
from dispatch.store import files
from dispatch.store.models import Batch, Shipment, Village

_STATE = Literal["planned", "handed_to_partner", "in_transit", "delivered", "returned", "lost", "cancelled"]


class ShipmentsQuery(BaseModel):
    """Which shipments; of one plan, in one state, or all, newest plans first."""

    model_config = ConfigDict(extra="forbid")

    plan_id: str = Field("", max_length=16)
    state: _STATE | None = None
    limit: int = Field(200, ge=1, le=500)


class ShipmentOut(Shape):
    """One batch with a partner. `order` is how the order with the partner stands, `reference` our number of it."""

    id: str
    plan_id: str
    batch_id: str
    batch_code: str
    documents: int
    village_code: str
    village: str
    partner: str
    state: str
    rupiah: int
    resi: str
    reference: str
    order: str


class Shipments(Shape):
    """Shipments and their number."""

    items: list[ShipmentOut]


class CounterHandover(Form):
    """The shipments the clerk counted and took over."""

    shipments: Annotated[list[RowId], Field(min_length=1, max_length=500)]
    clerk: Annotated[str, Field(max_length=120)] = ""


class Booking(Form):
    """The courier company that shall carry it."""

    partner: Annotated[str, Field(max_length=20)]


@api.get("/shipments")
@api.input(ShipmentsQuery, location="query")
@api.output(Shipments)
@reads
def list_shipments(session: Session, query_data: ShipmentsQuery) -> Shipments:
    """The office's shipments."""
    asked = select(Shipment).where(Shipment.office == current_office())
    if query_data.plan_id:
        asked = asked.where(Shipment.plan_id == query_data.plan_id)
    if query_data.state:
        asked = asked.where(Shipment.state == query_data.state)
    found = session.scalars(asked.order_by(Shipment.plan_id.desc(), Shipment.id).limit(query_data.limit)).all()
    return Shipments(items=[_shape(session, shipment) for shipment in found])


@api.get("/plans/<plan_id>/manifest.csv")
def counter_manifest(plan_id: str) -> Response:
    """The list for the post counter: one row per shipment, the column of receipt numbers left for the clerk."""
    rt, office = runtime(), current_office()
    with rt.db.reading() as session:
        body = counter.manifest(session, office, plan_id)
    sha = rt.files.put(office, body)
    # what went to the counter can be shown again later, whatever happened since
    with rt.db.transaction() as session:
        files.record(session, office, sha, size=len(body), media_type="text/csv", purpose="manifest")
    answer = Response(body, mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="daftar-pos-{sha[:8]}.csv"'
    answer.set_etag(sha)
    return answer


@api.post("/shipments/handover")
@api.input(CounterHandover)
@api.output(Shipments)
@changes
def hand_over_shipments(session: Session, json_data: CounterHandover) -> Shipments:
    """The counter's clerk has these shipments now; all of them or none."""
    handed = loading.hand_to_counter(
        session, current_office(), json_data.shipments, clerk=json_data.clerk, by=current_actor()
    )
    return Shipments(items=[_shape(session, shipment) for shipment in handed])


@api.post("/shipments/<shipment_id>/booking")
@api.input(Booking)
@api.output(ShipmentOut, status_code=202)
@changes
def book_shipment(session: Session, shipment_id: str, json_data: Booking) -> Answer:
    """Order a courier company for a shipment; the order itself is placed in the background."""
    booking.book_shipment(session, current_office(), shipment_id, json_data.partner, by=current_actor())
    return Answer(_shape(session, assignment.shipment_of(session, current_office(), shipment_id)), 202)


@api.post("/shipments/<shipment_id>/cancel")
@api.input(Why)
@api.output(ShipmentOut)
@changes
def cancel_shipment(session: Session, shipment_id: str, json_data: Why) -> ShipmentOut:
    """Take a shipment back before it leaves; its batch can be planned again."""
    found = assignment.cancel_shipment(session, current_office(), shipment_id, by=current_actor(), why=json_data.reason)
    return _shape(session, found)


@api.post("/shipments/<shipment_id>/return")
@api.input(Back)
@api.output(BackOut)
@changes
def count_in_shipment(session: Session, shipment_id: str, json_data: Back) -> BackOut:
    """Count in what the partner brought back."""
    counted = returns.count_in_shipment(session, current_office(), shipment_id, json_data.codes(), by=current_actor())
    return back_out(counted)


@api.get("/proofs/<proof_id>/photo")
def proof_photo(proof_id: str) -> Response:
    """The photo of a proof, written anew without metadata."""
    rt = runtime()
    with rt.db.reading() as session:
        return _picture(photos.shown(session, rt.files, current_office(), proof_id), f"bukti-{proof_id}.jpg")


@api.get("/proofs/<proof_id>/signature")
def proof_signature(proof_id: str) -> Response:
    """The drawn signature of a proof, written anew without metadata."""
    rt = runtime()
    with rt.db.reading() as session:
        body = photos.signature_shown(session, rt.files, current_office(), proof_id)
    return _picture(body, f"tanda-tangan-{proof_id}.jpg")


def _picture(body: bytes, name: str) -> Response:
    """A picture from outside: downloaded, and without any rights should a browser show it."""
    answer = Response(body, mimetype=photos.SHOWN_AS)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _shape(session: Session, shipment: Shipment) -> ShipmentOut:
    batch = session.get_one(Batch, shipment.batch_id)
    village = session.get_one(Village, (batch.office, batch.village_code))
    order = assignment.latest_assignment(session, shipment)
    return ShipmentOut(
        id=shipment.id,
        plan_id=shipment.plan_id,
        batch_id=batch.id,
        batch_code=batch.code,
        documents=batch.documents,
        village_code=village.code,
        village=village.name,
        partner=shipment.partner,
        state=shipment.state,
        rupiah=shipment.rupiah,
        resi=shipment.resi,
        reference=order.reference if order else "",
        order=order.state if order else "none",
    )
