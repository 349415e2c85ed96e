"""Routes as they are driven, the links that open them, and what comes back from them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.api.blueprint import api
from dispatch.api.http import Answer, changes, reads
from dispatch.api.schemas import Form, Line, Shape, Text
from dispatch.auth import current_actor, current_office
from dispatch.runtime import runtime
from dispatch.services import assignment, booking, links, returns
from dispatch.services.cases import cases_of, close_case
from dispatch.store.db import now
from dispatch.store.models import (
    Batch,
    Courier,
    Document,
    ExceptionCase,
    Link,
    Office,
    Plan,
    Proof,
    Route,
    Stop,
    StopBatch,
    Village,
)
from dispatch.store.states import is_final
from partners.ojek_link import RouteOffer, offer_route

LinkState = Literal["none", "waiting", "bound", "ended"]
Code = Annotated[str, Field(min_length=1, max_length=12)]


class RoutesQuery(BaseModel):
    """Which routes: those of one service date (2026-11-24), by default today's."""

    model_config = ConfigDict(extra="forbid")

    day: date | None = Field(None, alias="date")


class RouteOut(Shape):
    """A route and how far it is. Seconds after local midnight, metres, rupiah."""

    id: str
    plan_id: str
    service_date: date
    number: int
    state: str
    courier_id: str
    courier: str
    stops: int
    stops_done: int
    documents: int
    leaves_s: int
    returns_s: int
    metres: int
    fare: int
    link: LinkState


class BatchAtStop(Shape):
    """A batch to hand over at a stop."""

    id: str
    code: str
    documents: int
    state: str


class ProofOut(Shape):
    """What came back for a stop. `is_conflict`: it came too late to count."""

    id: str
    kind: str
    received_by: str
    relation: str
    reason: str
    has_photo: bool
    device_at: datetime | None
    received_at: datetime
    is_conflict: bool


class StopOut(Shape):
    """One stop of a route with its batches and proofs."""

    id: str
    position: int
    village_code: str
    village: str
    district: str
    lat: float
    lon: float
    state: str
    arrival_s: int
    arrived_at: datetime | None
    done_at: datetime | None
    batches: list[BatchAtStop]
    proofs: list[ProofOut]


class RouteDetail(RouteOut):
    """A route, stop by stop."""

    stops_in_order: list[StopOut]


class Routes(Shape):
    """The routes of a day."""

    items: list[RouteOut]


class LinkOut(Shape):
    """A new link, shown this once. `whatsapp_url` opens a chat with the text; empty without a mobile number."""

    url: str
    whatsapp_url: str
    act_until: datetime


class Revoked(Shape):
    """Whether a link was alive and has ended now."""

    revoked: bool


class RouteBooking(Form):
    """The courier company that shall carry the route."""

    partner: Annotated[str, Field(max_length=20)]


class Why(Form):
    """Why something is taken back."""

    reason: Line


class Back(Form):
    """What the office counted in: `all` of it, or the codes on the envelopes."""

    all: bool = False
    documents: list[Code] = Field(default_factory=list, max_length=1_000)

    def codes(self) -> list[str] | None:
        return None if self.all else self.documents


class BackOut(Shape):
    """The codes of what is ready again, of what is held for a person, and of what the carrier still has."""

    ready: list[str]
    held: list[str]
    still_out: list[str]


class CaseOut(Shape):
    """Something a person must look at."""

    id: str
    kind: str
    subject_kind: str
    subject_id: str
    detail: str
    opened_at: datetime
    closed_at: datetime | None
    decision: str


class Cases(Shape):
    """Cases, newest first."""

    items: list[CaseOut]


class CasesQuery(BaseModel):
    """Open cases, closed ones, or all."""

    model_config = ConfigDict(extra="forbid")

    state: Literal["open", "closed", "all"] = "open"


class Decision(Form):
    """What a person decided about a case. `lost`: codes of documents that are given up with it."""

    decision: Annotated[Text, Field(min_length=1, max_length=200)]
    lost: list[Code] = Field(default_factory=list, max_length=200)


@api.get("/routes")
@api.input(RoutesQuery, location="query")
@api.output(Routes)
@reads
def list_routes(session: Session, query_data: RoutesQuery) -> Routes:
    """The approved routes of one service date."""
    office = current_office()
    day = query_data.day or links.local_day(session, office)
    found = session.scalars(
        select(Route)
        .join(Plan, Plan.id == Route.plan_id)
        .where(Route.office == office, Plan.service_date == day, Plan.state.in_(("approved", "closed")))
        .order_by(Plan.requested_at, Route.number)
    ).all()
    return Routes(items=[_shape(session, route) for route in found])


@api.get("/routes/<route_id>")
@api.output(RouteDetail)
@reads
def get_route(session: Session, route_id: str) -> RouteDetail:
    """One route, stop by stop, with what came back."""
    route = assignment.route_of(session, current_office(), route_id)
    return RouteDetail(**_shape(session, route).model_dump(), stops_in_order=_stops(session, route))


@api.post("/routes/<route_id>/link")
@api.output(LinkOut, status_code=201)
def create_route_link(route_id: str) -> tuple[dict[str, object], int]:
    """A new link for the courier's phone. The old one is dead at once."""
    # not kept under an Idempotency-Key: the answer holds the token, and only its hash may be stored
    with runtime().db.transaction() as session:
        route = assignment.route_of(session, current_office(), route_id)
        token = links.issue_courier_link(session, route, by=current_actor())
        made = _link_out(session, route, f"{runtime().settings.public_url}/c/{token}")
    return made.model_dump(mode="json"), 201


@api.post("/routes/<route_id>/link/revoke")
@api.output(Revoked)
@changes
def revoke_route_link(session: Session, route_id: str) -> Revoked:
    """End the courier's link at once, for instance when the phone is lost."""
    route = assignment.route_of(session, current_office(), route_id)
    return Revoked(revoked=links.revoke_courier_link(session, route, by=current_actor()))


@api.post("/villages/<village_code>/link")
@api.output(LinkOut, status_code=201)
def create_village_link(village_code: str) -> tuple[dict[str, object], int]:
    """A new link for a village office, good for 14 days. The old one is dead at once."""
    with runtime().db.transaction() as session:
        office = current_office()
        token = links.issue_village_link(session, office, village_code, by=current_actor())
        until = session.scalars(
            select(Link.act_until).where(
                Link.office == office, Link.village_code == village_code, Link.revoked_at.is_(None)
            )
        ).one()
        made = LinkOut(url=f"{runtime().settings.public_url}/v/{token}", whatsapp_url="", act_until=until)
    return made.model_dump(mode="json"), 201


@api.post("/routes/<route_id>/booking")
@api.input(RouteBooking)
@api.output(RouteOut, status_code=202)
@changes
def book_route(session: Session, route_id: str, json_data: RouteBooking) -> Answer:
    """Order a courier company that carries several stops for a route; the order itself is placed in the background."""
    booking.book_route(session, current_office(), route_id, json_data.partner, by=current_actor())
    return Answer(_shape(session, assignment.route_of(session, current_office(), route_id)), 202)


@api.post("/routes/<route_id>/cancel")
@api.input(Why)
@api.output(RouteOut)
@changes
def cancel_route(session: Session, route_id: str, json_data: Why) -> RouteOut:
    """Take a route back before it leaves; its batches can be planned again."""
    route = assignment.cancel_route(session, current_office(), route_id, by=current_actor(), why=json_data.reason)
    return _shape(session, route)


@api.post("/routes/<route_id>/return")
@api.input(Back)
@api.output(BackOut)
@changes
def count_in_route(session: Session, route_id: str, json_data: Back) -> BackOut:
    """Count in what the courier brought back. The route is completed when nothing is with the courier any more."""
    counted = returns.count_in_route(session, current_office(), route_id, json_data.codes(), by=current_actor())
    return back_out(counted)


@api.get("/cases")
@api.input(CasesQuery, location="query")
@api.output(Cases)
@reads
def list_cases(session: Session, query_data: CasesQuery) -> Cases:
    """What a person must look at."""
    is_open = {"open": True, "closed": False, "all": None}[query_data.state]
    return Cases(items=[CaseOut.model_validate(c) for c in cases_of(session, current_office(), is_open=is_open)])


@api.post("/cases/<case_id>/close")
@api.input(Decision)
@api.output(CaseOut)
@changes
def decide_case(session: Session, case_id: str, json_data: Decision) -> CaseOut:
    """Write down what was decided and close the case."""
    office, by = current_office(), current_actor()
    case: ExceptionCase = close_case(session, office, case_id, json_data.decision, by=by)
    returns.declare_lost(session, office, json_data.lost, why=f"case {case.id}", by=by)
    return CaseOut.model_validate(case)


def back_out(counted: returns.CountedIn) -> BackOut:
    """A count of returned documents, as codes."""

    def codes(documents: Sequence[Document]) -> list[str]:
        return sorted(document.code for document in documents)

    return BackOut(ready=codes(counted.ready), held=codes(counted.held), still_out=codes(counted.still_out))


def _shape(session: Session, route: Route) -> RouteOut:
    courier = session.get_one(Courier, route.courier_id)
    day = session.scalars(select(Plan.service_date).where(Plan.id == route.plan_id)).one()
    states = session.scalars(select(Stop.state).where(Stop.office == route.office, Stop.route_id == route.id)).all()
    return RouteOut(
        id=route.id,
        plan_id=route.plan_id,
        service_date=day,
        number=route.number,
        state=route.state,
        courier_id=courier.id,
        courier=courier.name,
        stops=len(states),
        stops_done=sum(is_final("stop", state) for state in states),
        documents=route.documents,
        leaves_s=route.leaves_s,
        returns_s=route.returns_s,
        metres=route.metres,
        fare=route.fare,
        link=_link_state(session, route),
    )


def _link_state(session: Session, route: Route) -> LinkState:
    link = session.scalar(
        select(Link)
        .where(Link.office == route.office, Link.route_id == route.id)
        .order_by(Link.revoked_at.is_(None).desc(), Link.created_at.desc())
        .limit(1)
    )
    if link is None:
        return "none"
    if link.revoked_at is not None or now(session) > link.act_until:
        return "ended"
    return "bound" if link.device_hash else "waiting"


def _link_out(session: Session, route: Route, url: str) -> LinkOut:
    courier = session.get_one(Courier, route.courier_id)
    stops = session.scalar(
        select(func.count()).select_from(Stop).where(Stop.office == route.office, Stop.route_id == route.id)
    )
    offer = RouteOffer(
        courier_name=courier.name,
        office_name=f"Dukcapil {session.get_one(Office, route.office).name}",
        service_date=session.scalars(select(Plan.service_date).where(Plan.id == route.plan_id)).one(),
        stops=stops or 1,
        documents=max(1, route.documents),
        link=url,
    )
    try:
        whatsapp_url = offer_route(courier.phone, offer).whatsapp_url
    except ValueError:
        whatsapp_url = ""  # a courier without a mobile number is shown the link itself
    until = session.scalars(
        select(Link.act_until).where(Link.office == route.office, Link.route_id == route.id, Link.revoked_at.is_(None))
    ).one()
    return LinkOut(url=url, whatsapp_url=whatsapp_url, act_until=until)


def _stops(session: Session, route: Route) -> list[StopOut]:
    rows = session.execute(
        select(Stop, Village)
        .join(Village, (Village.office == Stop.office) & (Village.code == Stop.village_code))
        .where(Stop.office == route.office, Stop.route_id == route.id)
        .order_by(Stop.position)
    ).all()
    ids = [stop.id for stop, _ in rows]
    batches: dict[str, list[BatchAtStop]] = {stop_id: [] for stop_id in ids}
    for stop_id, batch in session.execute(
        select(StopBatch.stop_id, Batch)
        .join(Batch, Batch.id == StopBatch.batch_id)
        .where(StopBatch.office == route.office, StopBatch.stop_id.in_(ids))
        .order_by(Batch.code)
    ):
        batches[stop_id].append(BatchAtStop.model_validate(batch))
    proofs: dict[str, list[ProofOut]] = {stop_id: [] for stop_id in ids}
    for proof in session.scalars(
        select(Proof).where(Proof.office == route.office, Proof.stop_id.in_(ids)).order_by(Proof.received_at, Proof.id)
    ):
        proofs[proof.stop_id or ""].append(_proof(proof))
    return [
        StopOut(
            id=stop.id,
            position=stop.position,
            village_code=village.code,
            village=village.name,
            district=village.district,
            lat=stop.lat,
            lon=stop.lon,
            state=stop.state,
            arrival_s=stop.arrival_s,
            arrived_at=stop.arrived_at,
            done_at=stop.done_at,
            batches=batches[stop.id],
            proofs=proofs[stop.id],
        )
        for stop, village in rows
    ]


def _proof(proof: Proof) -> ProofOut:
    return ProofOut(
        id=proof.id,
        kind=proof.kind,
        received_by=proof.received_by,
        relation=proof.relation,
        reason=proof.reason,
        has_photo=bool(proof.received_sha),
        device_at=proof.device_at,
        received_at=proof.received_at,
        is_conflict=proof.is_conflict,
    )
