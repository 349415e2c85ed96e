"""The month's statement for each courier and partner: which orders were carried to their end, what they are paid, and
where that differs from what was agreed. As a numbered paper (PDF) and as a table (CSV)."""

import csv
import hashlib
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from dispatch.errors import FieldError, Invalid, NotFound
from dispatch.papers.bast import Printing
from dispatch.papers.service import ServiceBast, ServiceLine
from dispatch.papers.sheet import Person
from dispatch.services.assignment import OJEK_LINK, POST_COUNTER
from dispatch.services.calendar import calendar_of, today
from dispatch.services.desks import desk_name
from dispatch.services.paper_settings import look_of
from dispatch.store.models import (
    Assignment,
    Attempt,
    Batch,
    Courier,
    Office,
    Plan,
    Proof,
    Route,
    Shipment,
    Stop,
    Village,
)

MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November",
    "Desember",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Who was paid in a month: a courier of the office's own, the post, or a partner."""

    month: date
    partner: str
    courier_id: str
    name: str
    orders: int
    rupiah: int

    @property
    def subject(self) -> str:
        """What the numbered paper of this month and provider is filed under."""
        return subject_of(self.month, self.partner, self.courier_id)


def subject_of(month: date, partner: str, courier_id: str) -> str:
    """16 characters that stand for one month of one provider."""
    return hashlib.sha256(f"{month:%Y-%m}:{partner}:{courier_id}".encode()).hexdigest()[:16]


def month_of(text: str) -> date:
    """The first day of "2026-11". Invalid for anything else."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise Invalid(fields=[FieldError("month", "bulan ditulis seperti 2026-11")]) from error


def month_words(month: date) -> str:
    """ "November 2026"."""
    return f"{MONTHS[month.month - 1]} {month.year}"


def providers(session: Session, office: str, month: date) -> Sequence[Provider]:
    """Everybody with finished orders of the month's service dates, by name."""
    rows = session.execute(
        select(
            Assignment.partner,
            Assignment.courier_id,
            func.count(),
            func.sum(Assignment.rupiah + Assignment.rounding),
        )
        .outerjoin(Route, Route.id == Assignment.route_id)
        .outerjoin(Shipment, Shipment.id == Assignment.shipment_id)
        .join(Plan, or_(Plan.id == Route.plan_id, Plan.id == Shipment.plan_id))
        .where(Assignment.office == office, Assignment.state == "finished", *_within(month))
        .group_by(Assignment.partner, Assignment.courier_id)
    ).all()
    found = session.execute(select(Courier.id, Courier.name).where(Courier.office == office))
    names = {row[0]: row[1] for row in found}
    made = [
        Provider(
            month=month, partner=partner, courier_id=courier_id or "",
            name=names.get(courier_id or "", name_of(partner)),
            orders=orders, rupiah=int(rupiah),
        )
        for partner, courier_id, orders, rupiah in rows
    ]  # fmt: skip
    return sorted(made, key=lambda one: (one.partner, one.name))


def name_of(partner: str) -> str:
    """How people call a partner."""
    return {OJEK_LINK: "Ojek", POST_COUNTER: "Pos Indonesia"}.get(partner, partner)


def statement(session: Session, office: str, month: date, partner: str, courier_id: str = "") -> ServiceBast:
    """The words of the paper, without number and revision. NotFound where nothing was finished."""
    known = {(one.partner, one.courier_id): one for one in providers(session, office, month)}
    provider = known.get((partner, courier_id))
    if provider is None:
        raise NotFound(f"{partner} finished nothing in {month:%Y-%m}")
    row, look = session.get_one(Office, office), look_of(session, office)
    last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return ServiceBast(
        letterhead=look.letterhead,
        number="",
        day=min(last, today(session, calendar_of(session, office))),
        month=month_words(month),
        provider=Person(name=provider.name, position="Kurir" if courier_id else "Penyedia jasa pengantaran"),
        office=Person(
            name=look.giver.name,
            number=look.giver.number,
            position=look.giver.position or f"Dinas Kependudukan dan Pencatatan Sipil {row.name}",
            address=look.giver.address,
        ),
        knows=look.knows,
        signed_in=look.signed_in,
        lines=tuple(_lines(session, office, provider, ZoneInfo(row.timezone))),
        printing=Printing(revision=0, seal="", head=""),
        verify_url="",
    )


def as_csv(paper: ServiceBast) -> bytes:
    """One row for each order, for the treasurer's spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(
        ["tanggal", "pesanan", "isi", "dokumen", "sampai", "kembali", "ongkos", "pembulatan", "selisih", "dibayar",
         "bukti"]
    )  # fmt: skip
    for one in paper.lines:
        writer.writerow(
            [one.day, one.reference, one.what, one.documents, one.delivered, one.returned, one.agreed, one.rounding,
             one.difference, one.charged, " ".join(code for code, _ in one.proofs)]
        )  # fmt: skip
    return text.getvalue().encode("utf-8-sig")


def _within(month: date) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (Plan.service_date >= month, Plan.service_date < (month + timedelta(days=31)).replace(day=1))


def _lines(session: Session, office: str, provider: Provider, zone: ZoneInfo) -> Sequence[ServiceLine]:
    rows = session.execute(
        select(Assignment, Plan.service_date, Route, Shipment, Batch, Village)
        .outerjoin(Route, Route.id == Assignment.route_id)
        .outerjoin(Shipment, Shipment.id == Assignment.shipment_id)
        .outerjoin(Batch, Batch.id == Shipment.batch_id)
        .outerjoin(Village, (Village.office == Batch.office) & (Village.code == Batch.village_code))
        .join(Plan, or_(Plan.id == Route.plan_id, Plan.id == Shipment.plan_id))
        .where(Assignment.office == office, Assignment.state == "finished", *_within(provider.month))
        .where(Assignment.partner == provider.partner)
        .where(func.coalesce(Assignment.courier_id, "") == provider.courier_id)
        .order_by(Plan.service_date, Assignment.reference)
    ).all()
    outcomes, proofs = _outcomes(session, office), _proofs(session, office, zone)
    lines = []
    for offer, day, route, shipment, batch, village in rows:
        carried = route.id if route is not None else shipment.id
        arrived, back = outcomes.get(carried, (0, 0))
        what = f"rute {route.number}" if route is not None else f"batch {batch.code}, {desk_name(village)}"
        lines.append(
            ServiceLine(
                day=day,
                reference=offer.reference,
                what=what,
                documents=route.documents if route is not None else batch.documents,
                delivered=arrived,
                returned=back,
                agreed=route.fare if route is not None else shipment.rupiah,
                rounding=offer.rounding,
                charged=offer.rupiah + offer.rounding,
                proofs=tuple(proofs.get(carried, ())),
            )
        )
    return lines


def _outcomes(session: Session, office: str) -> Mapping[str, tuple[int, int]]:
    """Route or shipment → how many documents arrived, how many did not."""
    where = func.coalesce(Stop.route_id, Attempt.shipment_id)
    rows = session.execute(
        select(where, Attempt.state, func.count())
        .outerjoin(Stop, Stop.id == Attempt.stop_id)
        .where(Attempt.office == office, where.is_not(None))
        .group_by(where, Attempt.state)
    )
    found: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for carried, state, count in rows:
        arrived, back = found[carried]
        found[carried] = (arrived + count, back) if state == "succeeded" else (arrived, back + count)
    return found


def _proofs(session: Session, office: str, zone: ZoneInfo) -> Mapping[str, list[tuple[str, str]]]:
    """Route or shipment → code and local time of its proofs."""
    where = func.coalesce(Stop.route_id, Proof.shipment_id)
    rows = session.execute(
        select(where, Proof.id, Proof.received_at)
        .outerjoin(Stop, Stop.id == Proof.stop_id)
        .where(Proof.office == office, Proof.kind.in_(("delivered", "failed")), where.is_not(None))
        .order_by(Proof.received_at, Proof.id)
    )
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for carried, proof_id, at in rows:
        found[carried].append((proof_id, f"{at.astimezone(zone):%d-%m-%Y %H.%M}"))
    return found
