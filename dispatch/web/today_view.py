"""What the first page counts and asks: every document in one number, what needs a person, and the next step."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.services import links, review
from dispatch.store.db import now
from dispatch.store.models import (
    Batch,
    BatchItem,
    Document,
    Event,
    ExceptionCase,
    Job,
    Link,
    Plan,
    PlanBatch,
    Route,
    Shipment,
)
from dispatch.store.states import is_final
from dispatch.web.documents import LATE_STATES
from dispatch.web.routes import RouteRow
from dispatch.web.waiting import VillageRow
from dispatch.words import _

CONFLICTS = ("proof_conflict", "count_conflict", "second_phone")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulk:
    """One action for many things at once. `posts`: it changes something by itself."""

    text: str
    href: str
    posts: bool = False


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
    planned = _planned(session, office)
    found = [
        Card(number=due, word=_("siap"), kind="is-waiting", href=url_for("web.batches")),
        Card(number=by_state["ready"] - due, word=_("menunggu isi atau usia"), kind="is-waiting"),
        Card(
            number=by_state["batched"] - planned,
            word=_("dalam batch"),
            kind="is-waiting",
            href=url_for("web.batches"),
        ),
        Card(number=planned, word=_("dalam rencana"), kind="is-moving", href=url_for("web.plans")),
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
    if unprinted := by_state["waiting_blank"] + by_state["printing"]:
        found.insert(0, Card(number=unprinted, word=_("belum dicetak"), kind="is-held", href=url_for("web.capacity")))
    if other:
        found.append(Card(number=other, word=_("ditarik atau lainnya"), kind="is-plain"))
    return found


def _in_state(state: str) -> str:
    return url_for("web.documents", state=state)


def late_documents(session: Session, office: str, day: date) -> int:
    """Documents past their promised day, wherever they are; each of them is in one of the cards too."""
    late = Document.state.in_(LATE_STATES), Document.promised_on < day
    return session.scalar(select(func.count()).where(Document.office == office, *late)) or 0


def needs(session: Session, office: str, day: date, routes: Sequence[RouteRow]) -> list[Need]:
    """What only a person can move, the most urgent kinds first."""
    kinds = Counter(
        session.scalars(
            select(ExceptionCase.kind).where(ExceptionCase.office == office, ExceptionCase.closed_at.is_(None))
        )
    )
    conflicts = sum(number for kind, number in kinds.items() if kind in CONFLICTS)
    enquiries = kinds["enquiry"]
    dead = session.scalar(select(func.count()).where(Job.office == office, Job.state == "dead"))
    failed = session.scalar(select(func.count()).where(Plan.office == office, Plan.state == "failed"))
    cases = url_for("web.cases")
    found = [
        Need(number=failed or 0, text=_("rencana gagal dihitung"), href=url_for("web.plans")),
        Need(
            number=sum(route.late_s > 0 for route in routes),
            text=_("kurir terlambat"),
            href=url_for("web.routes"),
            kind="is-waiting",
        ),
        Need(number=conflicts, text=_("bukti atau hitungan bertentangan"), href=cases),
        Need(number=kinds.total() - conflicts - enquiries, text=_("kejadian perlu keputusan"), href=cases),
        Need(number=enquiries, text=_("pertanyaan dari desa"), href=cases, kind="is-waiting"),
        Need(
            number=review.count_waiting(session, office),
            text=_("alamat perlu diperiksa"),
            href=url_for("web.reviews"),
            kind="is-held",
        ),
        Need(
            number=late_documents(session, office, day),
            text=_("dokumen lewat hari yang dijanjikan"),
            href=url_for("web.documents", late="1"),
            kind="is-waiting",
        ),
        Need(number=dead or 0, text=_("pekerjaan sistem berhenti"), href=cases + "#berhenti"),
    ]
    return [need for need in found if need.number]


def bulk(session: Session, office: str, villages: Sequence[VillageRow], day: date) -> list[Bulk]:
    """What can be done for many at once, right now."""
    due = sum(row.is_due for row in villages)
    sealed = _sealed_and_undecided(session, office, day)
    departing = _not_departed(session, office, day)
    found = []
    if due:
        found.append(Bulk(text=_("Segel batch %(n)s desa", n=due), href=url_for("web.seal"), posts=True))
    if due or sealed:
        found.append(Bulk(text=_("Segel dan cari rute"), href=url_for("web.plan_the_day"), posts=True))
    if departing:
        unlinked = _without_a_link(session, departing)
        if unlinked:
            href = url_for("web.share_routes", plan_id=departing.id)
            found.append(Bulk(text=_("Buat %(n)s tautan kurir", n=unlinked), href=href, posts=True))
        href = url_for("web.print_plan", plan_id=departing.id)
        found.append(Bulk(text=_("Cetak semua surat"), href=href, posts=True))
    back = session.scalar(select(func.count()).where(Document.office == office, Document.state == "returning"))
    if back:
        found.append(Bulk(text=_("Hitung %(n)s dokumen yang kembali", n=back), href=url_for("web.returned")))
    return found


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


def plans_of(session: Session, office: str, day: date) -> Sequence[Plan]:
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


def _planned(session: Session, office: str) -> int:
    """Documents that lie in a batch a live plan has taken."""
    return (
        session.scalar(
            select(func.count(Document.id.distinct()))
            .join(BatchItem, (BatchItem.office == Document.office) & (BatchItem.document_id == Document.id))
            .join(Batch, (Batch.office == BatchItem.office) & (Batch.id == BatchItem.batch_id))
            .where(Document.office == office, Document.state == "batched", Batch.state == "planned")
        )
        or 0
    )


def _without_a_link(session: Session, plan: Plan) -> int:
    """Routes of the plan that have not left and whose courier has no link yet; a partner needs none."""
    linked = select(Link.route_id).where(
        Link.office == plan.office, Link.route_id.is_not(None), Link.revoked_at.is_(None)
    )
    return (
        session.scalar(
            select(func.count()).where(
                Route.office == plan.office,
                Route.plan_id == plan.id,
                Route.state == "planned",
                Route.id.not_in(linked),
                Route.id.not_in(links.ordered_routes(plan.office)),
            )
        )
        or 0
    )
