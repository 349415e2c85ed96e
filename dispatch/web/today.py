"""The first page: where every document is, what needs a person, and the one thing to do next."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Response, redirect, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from dispatch.access import ADMIN, VILLAGE_OFFICER
from dispatch.auth import current_office, visitor
from dispatch.services import calendar, review
from dispatch.store.db import now
from dispatch.store.models import (
    Batch,
    Courier,
    Depot,
    Document,
    Event,
    ExceptionCase,
    Job,
    Plan,
    PlanBatch,
    Route,
    Shipment,
    User,
    Village,
)
from dispatch.store.states import is_final
from dispatch.web.blueprint import web
from dispatch.web.documents import LATE_STATES
from dispatch.web.page import page, shows
from dispatch.web.routes import RouteRow, routes_on
from dispatch.web.waiting import VillageRow, villages_waiting
from dispatch.words import _


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One number of the office's documents; all cards together hold each document once."""

    number: int
    word: str
    kind: str
    trend: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Something a person has to look at, and where."""

    number: int
    text: str
    href: str
    kind: str = "is-problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Where the day stands: the step from 1 to 5, why, and the one button. `posts`: it changes something by itself."""

    number: int
    text: str
    action: str
    href: str
    posts: bool = False


@web.get("/")
@shows
def today(session: Session) -> Response | BaseResponse:
    """What an office sees first; an admin sees the set-up instead, never the documents; a village officer the desk."""
    office = current_office()
    if visitor().role == VILLAGE_OFFICER:
        return redirect(url_for("web.village_batches"), 303)
    if visitor().role == ADMIN:
        return page(session, "setup.html", place="today", **_set_up(session, office))
    office_calendar = calendar.calendar_of(session, office)
    day = calendar.today(session, office_calendar)
    villages = villages_waiting(session, office, day)
    plans = _plans(session, office, day)
    routes = routes_on(session, office, day, zone=office_calendar.zone)
    return page(
        session,
        "today.html",
        place="today",
        cards=cards(session, office, villages, office_calendar.zone),
        villages=villages,
        needs=needs(session, office, day, routes),
        plans=plans,
        routes=routes,
        step=step_of_day(session, office, villages, plans, day),
        why_closed=office_calendar.why_closed(day),
    )


def cards(session: Session, office: str, villages: Sequence[VillageRow], zone: ZoneInfo) -> list[Card]:
    """Every document of the office in exactly one number."""
    counted = session.execute(
        select(Document.state, func.count()).where(Document.office == office).group_by(Document.state)
    )
    by_state: Counter[str] = Counter(dict(counted.all()))
    due = sum(row.documents for row in villages if row.is_due)
    home = by_state["returning"] + by_state["returned"]
    other = by_state["withdrawn"] + by_state["self_printed"] + by_state["lost"]
    delivered = _delivered_today(session, office, zone)
    found = [
        Card(number=due, word=_("siap"), kind="is-waiting", href=url_for("web.batches")),
        Card(number=by_state["ready"] - due, word=_("menunggu isi atau usia"), kind="is-waiting"),
        Card(number=by_state["batched"], word=_("dalam batch"), kind="is-waiting", href=url_for("web.batches")),
        Card(number=by_state["out"], word=_("di jalan"), kind="is-moving", href=url_for("web.routes")),
        Card(number=by_state["at_village"], word=_("di desa"), kind="is-moving", href=_in_state("at_village")),
        Card(
            number=by_state["delivered"],
            word=_("diterima warga"),
            kind="is-done",
            trend=_("hari ini %(delivered)s", delivered=delivered) if delivered else "",
            href=_in_state("delivered"),
        ),
        Card(number=by_state["held"], word=_("ditahan"), kind="is-held", href=url_for("web.held")),
        Card(
            number=home,
            word=_("kembali ke kantor"),
            kind="is-problem" if home else "is-plain",
            href=_in_state("returning" if by_state["returning"] else "returned"),
        ),
    ]
    if other:
        found.append(Card(number=other, word=_("ditarik atau lainnya"), kind="is-plain"))
    return found


def _in_state(state: str) -> str:
    return url_for("web.documents", state=state)


def needs(session: Session, office: str, day: date, routes: Sequence[RouteRow]) -> list[Need]:
    """What only a person can move, the most urgent kinds first."""
    late = session.scalar(
        select(func.count()).where(
            Document.office == office, Document.state.in_(LATE_STATES), Document.promised_on < day
        )
    )
    cases = session.scalar(
        select(func.count()).where(ExceptionCase.office == office, ExceptionCase.closed_at.is_(None))
    )
    dead = session.scalar(select(func.count()).where(Job.office == office, Job.state == "dead"))
    failed = session.scalar(select(func.count()).where(Plan.office == office, Plan.state == "failed"))
    found = [
        Need(number=failed or 0, text=_("rencana gagal dihitung"), href=url_for("web.plans")),
        Need(
            number=sum(route.late_s > 0 for route in routes),
            text=_("kurir terlambat"),
            href=url_for("web.routes"),
            kind="is-waiting",
        ),
        Need(number=cases or 0, text=_("kejadian perlu keputusan"), href=url_for("web.cases")),
        Need(
            number=review.count_waiting(session, office),
            text=_("alamat perlu diperiksa"),
            href=url_for("web.reviews"),
            kind="is-held",
        ),
        Need(
            number=late or 0,
            text=_("dokumen lewat hari yang dijanjikan"),
            href=url_for("web.documents", late="1"),
            kind="is-waiting",
        ),
        Need(number=dead or 0, text=_("pekerjaan sistem berhenti"), href=url_for("web.cases") + "#berhenti"),
    ]
    return [need for need in found if need.number]


def step_of_day(
    session: Session, office: str, villages: Sequence[VillageRow], plans: Sequence[Plan], day: date
) -> Step:
    """The one step that is next. What is already under way is finished before anything new is begun."""
    by_state = {plan.state: plan for plan in plans}
    if solved := by_state.get("solved"):
        return Step(number=4, text=_("Rencana siap disetujui."), action=_("Lihat dan setujui"), href=_plan(solved))
    if asked := by_state.get("requested"):
        return Step(number=3, text=_("Rute sedang dicari."), action=_("Lihat rencana"), href=_plan(asked))
    if printing := _not_departed(session, office, day):
        return Step(
            number=5,
            text=_("Bagikan tautan kurir, cetak manifes, lalu serahkan dokumen."),
            action=_("Bagikan dan cetak"),
            href=_plan(printing),
        )
    due = [row for row in villages if row.is_due]
    if due:
        documents = sum(row.documents for row in due)
        return Step(
            number=2,
            text=_("%(documents)s dokumen untuk %(n)s desa siap disegel.", documents=documents, n=len(due)),
            action=_("Segel batch yang siap"),
            href=url_for("web.seal"),
            posts=True,
        )
    sealed = _sealed_and_undecided(session, office, day)
    if sealed:
        return Step(
            number=3,
            text=_("%(sealed)s batch menunggu rute.", sealed=sealed),
            action=_("Buat rencana"),
            href=url_for("web.new_plan"),
        )
    if any(plan.state == "approved" and plan.service_date == day for plan in plans):
        return Step(number=5, text=_("Semua sudah berangkat."), action=_("Ikuti rute"), href=url_for("web.routes"))
    text = _("Belum ada dokumen yang siap hari ini.") if not villages else _("Dokumen lain belum waktunya berangkat.")
    return Step(number=1, text=text, action=_("Impor dokumen"), href=url_for("web.imports"))


def _plan(plan: Plan) -> str:
    return url_for("web.plan", plan_id=plan.id)


def _plans(session: Session, office: str, day: date) -> Sequence[Plan]:
    """Plans that are still open, or that serve today; newest first."""
    still_open = Plan.state.in_([s for s in ("requested", "solved", "approved", "failed") if not is_final("plan", s)])
    return session.scalars(
        select(Plan)
        .where(Plan.office == office, Plan.state != "discarded", still_open | (Plan.service_date == day))
        .order_by(Plan.requested_at.desc())
        .limit(8)
    ).all()


def _not_departed(session: Session, office: str, day: date) -> Plan | None:
    """An approved plan of today or later of which a route, or a batch for the post, is still in the office."""
    routes = select(Route.plan_id).where(Route.office == office, Route.state == "planned")
    shipments = select(Shipment.plan_id).where(Shipment.office == office, Shipment.state == "planned")
    return session.scalars(
        select(Plan)
        .where(Plan.office == office, Plan.state == "approved", Plan.service_date >= day)
        .where(Plan.id.in_(routes) | Plan.id.in_(shipments))
        .order_by(Plan.service_date)
    ).first()


def _sealed_and_undecided(session: Session, office: str, day: date) -> int:
    """Sealed batches, without those that an approved plan of today or later has decided to let wait."""
    waits = (
        select(PlanBatch.batch_id)
        .join(Plan, (Plan.office == PlanBatch.office) & (Plan.id == PlanBatch.plan_id))
        .where(Plan.office == office, Plan.state.in_(("approved", "closed")), Plan.service_date >= day)
        .where(PlanBatch.outcome == "wait")
    )
    return (
        session.scalar(
            select(func.count()).where(Batch.office == office, Batch.state == "sealed", Batch.id.not_in(waits))
        )
        or 0
    )


def _delivered_today(session: Session, office: str, zone: ZoneInfo) -> int:
    start = datetime.combine(now(session).astimezone(zone).date(), time(), zone)
    return (
        session.scalar(
            select(func.count()).where(
                Event.office == office,
                Event.subject_kind == "document",
                Event.to_state == "delivered",
                Event.at >= start,
                Event.at < start + timedelta(days=1),
            )
        )
        or 0
    )


def _set_up(session: Session, office: str) -> dict[str, object]:
    return {
        "villages": session.scalar(select(func.count()).where(Village.office == office)),
        "depots": session.scalars(select(Depot).where(Depot.office == office).order_by(Depot.name)).all(),
        "couriers": session.scalars(select(Courier).where(Courier.office == office).order_by(Courier.name)).all(),
        "users": session.scalars(select(User).where(User.office == office).order_by(User.name)).all(),
    }
