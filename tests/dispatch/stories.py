"""An approved plan with a route and shipments, put straight into rows, and the phones that work with it."""

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from dispatch.runtime import Runtime
from dispatch.services import assignment, links
from dispatch.services.verify import verify
from dispatch.store.audit import Actor
from dispatch.store.db import new_id, now
from dispatch.store.models import (
    Batch,
    BatchItem,
    Courier,
    Depot,
    Document,
    ExceptionCase,
    Plan,
    PlanBatch,
    Route,
    Shipment,
    Stop,
    StopBatch,
)
from dispatch.store.states import born, move_all
from tests.databases import OFFICE
from tests.dispatch.finished import SARI, TUESDAY, finished, villages

JSON = {"Accept": "application/json"}


@dataclass
class Day:
    """The ids of what a story is about."""

    plan_id: str = ""
    route_id: str = ""
    stop_ids: list[str] = field(default_factory=list)
    batch_ids: list[str] = field(default_factory=list)
    """Those of the route, in the order of its stops."""
    shipment_ids: list[str] = field(default_factory=list)


def a_day(
    runtime: Runtime,
    *,
    on_route: Sequence[Sequence[int]] = ((3,), (2,)),
    by_post: Sequence[int] = (),
    office: str = OFFICE,
    courier: int = 0,
    first_village: int = 0,
    destination: str = "village_office",
    again: Sequence[Document] = (),
) -> Day:
    """One route whose stops get batches of so many documents, and shipments of so many; approved and offered.

    `again`: ready documents that fill the first batch instead of new ones."""
    with runtime.db.transaction() as session:
        found = session.scalars(select(Document).where(Document.id.in_([d.id for d in again])).order_by(Document.code))
        return _made(session, on_route, by_post, office, courier, first_village, destination, list(found))


def _made(
    session: Session,
    on_route: Sequence[Sequence[int]],
    by_post: Sequence[int],
    office: str,
    courier: int,
    first_village: int,
    destination: str,
    again: list[Document],
) -> Day:
    day = Day()
    places = villages(session, office)[first_village:]
    depot = session.scalars(select(Depot).where(Depot.office == office)).one()
    riders = session.scalars(select(Courier).where(Courier.office == office).order_by(Courier.name)).all()
    plan = Plan(
        office=office, service_date=TUESDAY, requested_by=str(SARI), requested_at=now(session), seconds_allowed=1,
        depot_ids=[depot.id], courier_ids=[],
    )  # fmt: skip
    born(session, [plan], "requested", by=SARI)
    day.plan_id = plan.id
    route = None
    if on_route:
        total = sum(sum(stop) for stop in on_route)
        route = Route(
            office=office, plan_id=plan.id, number=4, courier_id=riders[courier].id, depot_id=depot.id,
            leaves_s=8 * 3600, returns_s=12 * 3600, metres=40_000, documents=total, fare=100_000,
        )  # fmt: skip
        born(session, [route], "planned", by=SARI)
        day.route_id = route.id
    for position, counts in enumerate(on_route, start=1):
        village = places[position]
        assert route is not None
        stop = Stop(
            office=office, route_id=route.id, position=position, village_code=village.code, lat=village.lat,
            lon=village.lon, arrival_s=8 * 3600 + position * 1800, departure_s=8 * 3600 + position * 1800 + 400,
            metres=3200,
        )  # fmt: skip
        born(session, [stop], "pending", by=SARI)
        day.stop_ids.append(stop.id)
        for count in counts:
            batch = _batch(session, office, village, count, depot, plan, "route", destination, again)
            again = []
            session.add(StopBatch(office=office, stop_id=stop.id, batch_id=batch.id))
            day.batch_ids.append(batch.id)
    for number, count in enumerate(by_post, start=1):
        village = places[len(on_route) + number]
        batch = _batch(session, office, village, count, depot, plan, "post")
        shipment = Shipment(
            office=office, plan_id=plan.id, batch_id=batch.id, partner=assignment.POST_COUNTER, rupiah=9000
        )
        born(session, [shipment], "planned", by=SARI)
        day.shipment_ids.append(shipment.id)
    for state in ("solved", "approved"):
        move_all(session, [plan], state, by=SARI)
    assignment.offer_plan(session, plan, by=SARI)
    return day


def _batch(session, office, village, count, depot, plan, outcome, destination="village_office", again=()) -> Batch:
    documents = again or finished(session, village, count, depot=depot)
    number = len(session.scalars(select(Batch.id).where(Batch.office == office)).all())
    batch = Batch(
        office=office, code=f"A2-{10 + number}", village_code=village.code, depot_id=depot.id,
        documents=len(documents), destination=destination, created_at=now(session), sealed_at=now(session),
        released_by="fill",
    )  # fmt: skip
    born(session, [batch], "open", by=SARI)
    for line_no, document in enumerate(documents, start=1):
        document.batch_id, document.destination = batch.id, destination
        session.add(BatchItem(office=office, batch_id=batch.id, document_id=document.id, line_no=line_no))
    move_all(session, documents, "batched", by=SARI)
    move_all(session, [batch], "sealed", by=SARI)
    move_all(session, [batch], "planned", by=SARI)
    session.add(PlanBatch(office=office, plan_id=plan.id, batch_id=batch.id, outcome=outcome))
    return batch


@dataclass
class Phone:
    """Somebody's phone: it opens a link, keeps its cookie and sends what a page would send."""

    client: FlaskClient
    token: str
    letter: str  # c for couriers, v for villages
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def start(self, *, with_key: bool = False) -> TestResponse:
        """Press "Mulai"; `with_key` as a phone does that can work offline."""
        key = {"public_key": self.public_key()} if with_key else {}
        return self.client.post(f"/{self.letter}/start", data={"token": self.token, **key})

    def public_key(self) -> str:
        """As the browser writes it: the point, base64url."""
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return base64.urlsafe_b64encode(point).decode().rstrip("=")

    def signed(self, item: dict[str, object]) -> dict[str, object]:
        """A confirmation as the bound phone signs it: the text, and r and s in 64 bytes."""
        text = json.dumps(item)
        r, s = decode_dss_signature(self.key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        signature = base64.urlsafe_b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big")).decode().rstrip("=")
        return {"signed": text, "signature": signature}

    def load(self, taken: Sequence[str], missing: Sequence[str] = (), event_id: str = "") -> TestResponse:
        data = {"event_id": event_id or new_id(), "taken": list(taken), "missing": list(missing)}
        return self.client.post("/c/load", data=data, headers=JSON)

    def confirm(self, stop_id: str, kind: str = "delivered", **more: object) -> TestResponse:
        """As the page's form sends it."""
        said = {"received_by": "Bu Sari", "relation": "Sekretaris desa"} if kind == "delivered" else {}
        data = {"event_id": new_id(), "stop_id": stop_id, "kind": kind, **said, **more}
        return self.client.post("/c/proofs", data=data, headers=JSON)

    def send(self, *items: dict[str, object]) -> list[dict]:
        """As a script or a phone that was offline sends a list."""
        answer = self.client.post("/c/proofs", json={"proofs": list(items)})
        assert answer.status_code == 200, answer.text
        return answer.json["results"]

    def count(self, batch_id: str, results: dict[str, str] | None = None, **more: object) -> TestResponse:
        """A village counts a batch: everything received unless `results` (document id → result) says otherwise."""
        lines = {f"line_{document_id}": result for document_id, result in (results or {}).items()}
        data = {"event_id": new_id(), "received_by": "Pak Lurah", "all": "received", **lines, **more}
        return self.client.post(f"/v/batches/{batch_id}", data=data, headers=JSON)

    def hand(self, document_id: str, **more: object) -> TestResponse:
        data = {"event_id": new_id(), "received_by": "Siti", "relation": "Orangnya sendiri", **more}
        return self.client.post(f"/v/documents/{document_id}", data=data, headers=JSON)


def courier_phone(
    app: Flask, runtime: Runtime, route_id: str, *, started: bool = True, with_key: bool = False
) -> Phone:
    """The phone of the route's courier, bound to a fresh link; `with_key` as one that works offline."""
    with runtime.db.transaction() as session:
        token = links.issue_courier_link(session, session.get_one(Route, route_id), by=SARI)
    phone = Phone(app.test_client(), token, "c")
    if started:
        assert phone.start(with_key=with_key).status_code == 303
    return phone


def village_phone(app: Flask, runtime: Runtime, village_code: str, office: str = OFFICE) -> Phone:
    """The village desk's phone, bound to a fresh link."""
    with runtime.db.transaction() as session:
        token = links.issue_village_link(session, office, village_code, by=SARI)
    phone = Phone(app.test_client(), token, "v")
    assert phone.start().status_code == 303
    return phone


def under_way(app: Flask, runtime: Runtime, *, with_key: bool = False, **how: object) -> tuple[Day, Phone]:
    """A route that has left with everything in the bag, and its courier's phone."""
    day = a_day(runtime, **how)
    phone = courier_phone(app, runtime, day.route_id, with_key=with_key)
    assert phone.load(day.batch_ids).status_code == 200
    return day, phone


def states(runtime: Runtime, model: type, *ids: str) -> list[str]:
    """The states of rows, in the order of the ids."""
    with runtime.db.reading() as session:
        return [session.get_one(model, row_id).state for row_id in ids]


def documents_of(runtime: Runtime, batch_id: str) -> list[Document]:
    """What is on a batch's list, in its order."""
    with runtime.db.reading() as session:
        return list(
            session.scalars(
                select(Document)
                .join(BatchItem, BatchItem.document_id == Document.id)
                .where(BatchItem.batch_id == batch_id)
                .order_by(BatchItem.line_no)
            )
        )


def held(runtime: Runtime, batch_id: str) -> list[tuple[str, str]]:
    """State and kind of holder of each document of a batch."""
    return [(document.state, document.holder_kind) for document in documents_of(runtime, batch_id)]


def open_cases(runtime: Runtime) -> list[str]:
    """The kinds of the cases that wait for a person."""
    with runtime.db.reading() as session:
        asked = select(ExceptionCase.kind).where(ExceptionCase.closed_at.is_(None)).order_by(ExceptionCase.kind)
        return list(session.scalars(asked))


def all_is_well(runtime: Runtime) -> bool:
    """Every invariant of custody holds."""
    with runtime.db.reading() as session:
        findings = verify(session, runtime.files)
    assert findings == []
    return True


def village_of(runtime: Runtime, batch_id: str) -> str:
    """The code of the village a batch goes to."""
    with runtime.db.reading() as session:
        return session.get_one(Batch, batch_id).village_code


def rows(runtime: Runtime, model: type) -> Iterator[object]:
    """All rows of a table."""
    with runtime.db.reading() as session:
        yield from session.scalars(select(model)).all()


def instant(text: str) -> datetime:
    """An instant written with its zone."""
    return datetime.fromisoformat(text).astimezone(UTC)


POS = Actor(kind="partner", id="reference")
