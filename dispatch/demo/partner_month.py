"""A month at the Blitar office on a clock moved by hand: ojek, Pos and a courier company under two budget lines.

Every working day a file of finished documents comes in, batches are released, planned and approved, riders ride, the
counter and the company take their parcels. What can go wrong does: riders stay away and their routes go down the
ladder, the company loses replies, refuses, changes its prices and tells things twice, village offices are closed, and
the money ends before the month does, so that a plan is refused and the ceiling is raised. Services do the office's
part; the company speaks over real HTTP, both ways.
"""

import base64
import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from dispatch.app import create_app
from dispatch.clock import SetClock
from dispatch.data.sample_month import month_csvs
from dispatch.demo.stage import OFFICE, RIDERS, clear
from dispatch.demo.web import Web
from dispatch.errors import OverBudget
from dispatch.jobs import perform_due
from dispatch.papers.sheet import pdf
from dispatch.runtime import Runtime
from dispatch.services import (
    assignment,
    batching,
    booking,
    budgets,
    commitments,
    intake_files,
    ladder,
    ledger,
    loading,
    offices,
    papers,
    partner_accounts,
    plan_papers,
    planning,
    returns,
    service_bast,
)
from dispatch.services.calendar import calendar_of
from dispatch.services.delivery import Report, record
from dispatch.services.intake_files import StoredUpload
from dispatch.services.loading import Loaded
from dispatch.services.tariffs import Prices, decide
from dispatch.services.verify import verify
from dispatch.settings import Settings
from dispatch.store import schema
from dispatch.store.audit import Actor
from dispatch.store.db import new_id, now
from dispatch.store.models import Assignment, Attempt, Batch, Document, LedgerEntry, Plan, Route, Shipment
from dispatch.store.privacy import KeyRing
from dispatch.web.format import rupiah
from maps.gazetteer import gazetteer
from partners.base import PartnerError
from partners.simulator import Fault, ReferenceSimulator
from partners.simulator.callbacks import Spoiling

FIRST = date(2026, 11, 2)
PER_DAY = 400
SECONDS = 2
COMPANY = partner_accounts.REFERENCE
SARI = Actor(kind="user", id="sari")
TO_THE_COMPANY = 3  # every third parcel
FAULTS = (Fault.REPLY_LOST, Fault.ERROR_500, Fault.NO_MONEY, Fault.REPLY_TORN, Fault.TOO_MANY)

Say = Callable[[str], None]


@dataclass
class Month:
    """What the month left behind."""

    days: int = 0
    routes: int = 0
    declined: int = 0
    closed: int = 0
    faults: int = 0
    repriced: int = 0
    refused_plans: int = 0
    carried: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    documents: int = 0
    lines: list[tuple[str, int, int, int, int]] = field(default_factory=list)
    entries: int = 0
    imbalance: int = 0
    spent: int = 0
    basts: list[Path] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)

    @property
    def adds_up(self) -> bool:
        """The ledger balances to the rupiah, and every document is somewhere."""
        realised = sum(line[4] for line in self.lines)
        committed = sum(line[3] for line in self.lines)
        return self.imbalance == 0 and realised + committed == self.spent and self.documents == self.states.total()


@dataclass
class _Office:
    """What the scenario plays on."""

    runtime: Runtime
    clock: SetClock
    company: ReferenceSimulator

    def later(self, **time: float) -> None:
        self.clock.advance(timedelta(**time))

    def work(self) -> None:
        """Do what is due; what fails is tried again when its time has come."""
        for _ in range(12):
            try:
                if not perform_due(self.runtime):
                    return
            except (PartnerError, booking.StillUnknown):
                self.later(minutes=3)


def live(home: Path, say: Say, *, days: int = 22, per_day: int = PER_DAY) -> Month:
    """Live through so many working days from 2 November 2026 on, and check everything at the end."""
    clear(home)
    month = Month()
    with _office(home) as on:
        with on.runtime.db.reading() as session:
            calendar = calendar_of(session, OFFICE)
        dates = [FIRST]
        while len(dates) < days:
            dates.append(calendar.add_working_days(dates[-1], 1))
        _set_up(on, days=days, per_day=per_day)
        for number, (day, body) in enumerate(zip(dates, month_csvs(dates, per_day), strict=True), start=1):
            _live_a_day(on, month, number, day, body)
            month.carried = _carried(on)
            say(f"{day:%d %b}  {month.routes:4} routes  {month.carried['ojek']:5} ojek  {month.carried['post']:5} Pos  "
                f"{month.carried['company']:5} company   left: {_standing(on)}")  # fmt: skip
        _close_the_books(on, month, home)
    return month


@contextmanager
def _office(home: Path) -> Iterator[_Office]:
    """The office with a web server for the company's callbacks, and the company."""
    clock = SetClock(datetime(FIRST.year, FIRST.month, FIRST.day, 0, 30, tzinfo=UTC))
    web = Web(threads=2)
    settings = Settings(home=home, public_url=web.address, plan_seconds=SECONDS)
    KeyRing.new().save(settings.key_file)
    app = create_app(settings, clock)
    runtime: Runtime = app.extensions["antar"]
    schema.upgrade(runtime.db)
    key, secret = secrets.token_urlsafe(24), f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
    web.start(app)
    try:
        with ReferenceSimulator(
            api_key=key,
            webhook_secrets=(secret,),
            callback_url=f"{web.address}/callbacks/{OFFICE}/{COMPANY}",
            clock=clock.now,
        ) as company:
            with runtime.db.transaction() as session:
                offices.set_up(session, OFFICE, gazetteer())
                for number, name in enumerate(RIDERS, 1):
                    offices.add_courier(session, OFFICE, name=f"Pak {name}", phone=f"08120000100{number}")
                partner_accounts.set_account(
                    session, runtime.keys, OFFICE, COMPANY, base_url=company.base_url, api_key=key, secrets=[secret]
                )
            yield _Office(runtime, clock, company)
    finally:
        web.close()
        runtime.db.close()


def _set_up(on: _Office, *, days: int, per_day: int) -> None:
    """A tariff whose post is far enough from cheap, two lines (DAK for the ojek first), and a ladder."""
    expected = days * per_day * 3_000
    with on.runtime.db.transaction() as session:
        decide(
            session,
            OFFICE,
            Prices(per_km=2_200, rounding=500, post_near=12_000, post_far=17_000),
            valid_from=FIRST,
            reason="",
            by=SARI,
        )
        for position, (source, share, channels) in enumerate((("DAK", 4, ["ojek"]), ("APBD", 8, [])), start=1):
            budgets.add_line(
                session,
                OFFICE,
                year=2026,
                source=source,
                activity="2.12.03.2.01",
                account=f"5.1.02.02.{position}",
                name="Pengantaran dokumen",
                rupiah_granted=expected // share,
                position=position,
                channels=channels,
                by=SARI,
            )
        ladder.decide(session, OFFICE, [COMPANY, assignment.POST_COUNTER], valid_from=FIRST, by=SARI)
    on.later(minutes=1)


def _live_a_day(on: _Office, month: Month, number: int, day: date, body: bytes) -> None:
    on.clock.at = datetime(day.year, day.month, day.day, 0, 45, tzinfo=UTC)
    _bring_in(on, body)
    plan_id = _plan(on, month, day)
    if plan_id is not None:
        _ride(on, month, number, plan_id)
        _send(on, month, number, plan_id)
    month.days += 1


def _bring_in(on: _Office, body: bytes) -> None:
    files = on.runtime.files
    upload = StoredUpload(sha256=files.put(OFFICE, body), size=len(body), filename="hari.csv", media_type="text/csv")
    with on.runtime.db.transaction() as session:
        intake_files.register_file(session, OFFICE, upload, dry_run=False, by=SARI)
    on.work()


def _plan(on: _Office, month: Month, day: date) -> str | None:
    """Release, plan and approve; where the money is short the ceiling is raised first."""
    db = on.runtime.db
    with db.transaction() as session:
        batching.release(session, OFFICE, by=SARI)
        if not session.scalar(select(func.count()).select_from(Batch).where(Batch.state == "sealed")):
            return None
        plan_id = planning.request_plan(session, OFFICE, service_date=day, seconds=SECONDS, by=SARI).id
    on.work()
    try:
        with db.transaction() as session:
            planning.approve(session, session.get_one(Plan, plan_id), by=SARI)
    except OverBudget:
        month.refused_plans += 1
        with db.transaction() as session:
            line = ledger.lines_of(session, OFFICE, 2026)[-1]
            more = ledger.ceiling(line) + max(5_000_000, ledger.ceiling(line) // 4)
            budgets.set_ceiling(session, OFFICE, line.id, more, why="perubahan APBD", by=SARI)
            planning.approve(session, session.get_one(Plan, plan_id), by=SARI)
    on.later(minutes=5)
    return plan_id


def _ride(on: _Office, month: Month, number: int, plan_id: str) -> None:
    db = on.runtime.db
    with db.reading() as session:
        routes = session.scalars(select(Route.id).where(Route.plan_id == plan_id).order_by(Route.number)).all()
    for at, route_id in enumerate(routes):
        if number % 3 == 0 and at == len(routes) - 1 and at > 0:
            with db.transaction() as session:
                ladder.decline_route(session, OFFICE, route_id, why="motor rusak", by=SARI)
            month.declined += 1
            continue
        with db.transaction() as session:
            route = session.get_one(Route, route_id)
            batches = frozenset(batch.id for batch in assignment.batches_of_route(session, route))
            counted = Loaded(source=str(SARI), event_id=new_id(), taken=batches, missing=frozenset())
            loading.load(session, route, counted, by=SARI)
            for stop in assignment.stops_of(session, route):
                closed = at == 0 and stop.position == 2
                month.closed += closed
                record(session, stop, _said(session_now=now(session), closed=closed), by=SARI)
            if at == 0:
                returns.count_in_route(session, OFFICE, route_id, None, by=SARI)
        month.routes += 1
        on.later(minutes=20)


def _said(*, session_now: datetime, closed: bool = False) -> Report:
    if closed:
        return Report(
            source=str(SARI), event_id=new_id(), kind="failed", reason="KANTOR_DESA_TUTUP", device_at=session_now
        )
    return Report(
        source=str(SARI),
        event_id=new_id(),
        kind="delivered",
        received_by="Bu Sekdes",
        relation="Sekretaris desa",
        device_at=session_now,
    )


def _send(on: _Office, month: Month, number: int, plan_id: str) -> None:
    """Every third parcel is ordered from the company, with faults; the others go over the counter."""
    db = on.runtime.db
    parcels = _parcels(on, plan_id)
    for at, shipment_id in enumerate(parcels):
        if at % TO_THE_COMPANY == 0:
            if at // TO_THE_COMPANY == number % 4:
                on.company.fail_next(FAULTS[number % len(FAULTS)], on="book")
                month.faults += 1
            try:
                with db.transaction() as session:
                    booking.book_shipment(session, OFFICE, shipment_id, COMPANY, by=SARI)
            except OverBudget:
                continue
    on.work()
    _carry(on, month, number, plan_id)
    with db.transaction() as session:
        waiting = session.scalars(
            select(Shipment.id).where(
                Shipment.plan_id == plan_id, Shipment.state == "planned", Shipment.partner == assignment.POST_COUNTER
            )
        ).all()
        if waiting:
            loading.hand_to_counter(session, OFFICE, waiting, clerk="Petugas Pos", by=SARI)
    on.later(hours=2)
    with db.transaction() as session:
        for shipment_id in waiting:
            record(session, session.get_one(Shipment, shipment_id), _said(session_now=now(session)), by=SARI)


def _carry(on: _Office, month: Month, number: int, plan_id: str) -> None:
    """The company picks up and delivers, changes a price now and then, and tells of it twice and in any order."""
    with on.runtime.db.reading() as session:
        orders = session.scalars(
            select(Assignment.reference)
            .join(Shipment, Shipment.id == Assignment.shipment_id)
            .where(Shipment.plan_id == plan_id, Assignment.partner == COMPANY, Assignment.state == "accepted")
            .order_by(Assignment.reference)
        ).all()
    for at, reference in enumerate(orders):
        on.later(minutes=4)
        price = None
        if at % 4 == number % 4:
            price, month.repriced = 14_500 + 500 * (number % 5), month.repriced + 1
        on.company.happen(reference, "picked_up", price=price)
        on.later(minutes=9)
        on.company.happen(reference, "delivered", received_by="Bu Sekdes")
        on.company.callbacks.send(Spoiling(twice=number % 2 == 0, reordered=number % 3 == 0))
        on.work()


def _parcels(on: _Office, plan_id: str) -> Sequence[str]:
    with on.runtime.db.reading() as session:
        return session.scalars(
            select(Shipment.id)
            .where(Shipment.plan_id == plan_id, Shipment.partner == assignment.POST_COUNTER)
            .where(Shipment.state == "planned")
            .order_by(Shipment.id)
        ).all()


def _carried(on: _Office) -> Counter[str]:
    """How many documents arrived so far, by who brought them."""
    with on.runtime.db.reading() as session:
        rows = session.execute(
            select(Shipment.partner, func.count())
            .select_from(Attempt)
            .outerjoin(Shipment, Shipment.id == Attempt.shipment_id)
            .where(Attempt.state == "succeeded")
            .group_by(Shipment.partner)
        )
        names = {None: "ojek", assignment.POST_COUNTER: "post", COMPANY: "company"}
        return Counter({names[partner]: count for partner, count in rows})


def _standing(on: _Office) -> str:
    with on.runtime.db.reading() as session:
        return ", ".join(f"{one.source} {rupiah(one.available)}" for one in ledger.lines_of(session, OFFICE, 2026))


def _close_the_books(on: _Office, month: Month, home: Path) -> None:
    """Service BASTs, the ledger added up apart from its own sums, and every invariant."""
    folder = home / "bast-jasa"
    folder.mkdir(exist_ok=True)
    with on.runtime.db.transaction() as session:
        for one in service_bast.providers(session, OFFICE, FIRST.replace(day=1)):
            printed = papers.print_service_bast(
                session, plan_papers.ground_of(on.runtime), OFFICE, one.month, one.partner, one.courier_id, by=SARI
            )
            path = folder / f"{printed.paper.label.replace('/', '-')}.pdf"
            path.write_bytes(pdf([printed.words], title=printed.paper.label, made_at=printed.revision.made_at))
            month.basts.append(path)
    with on.runtime.db.reading() as session:
        month.lines = [
            (ledger.named(line), ledger.ceiling(line), line.available, line.committed, line.realised)
            for line in ledger.lines_of(session, OFFICE, 2026)
        ]
        accounts: Counter[str] = Counter()
        for entry in session.scalars(select(LedgerEntry)):
            accounts[entry.taken_from] -= entry.rupiah
            accounts[entry.given_to] += entry.rupiah
            month.entries += 1
        month.imbalance = abs(sum(accounts.values())) + abs(accounts["granted"] + sum(line[1] for line in month.lines))
        month.spent = session.scalar(
            select(func.coalesce(func.sum(Assignment.rupiah + Assignment.rounding - Assignment.uncovered), 0)).where(
                Assignment.state.in_((*commitments.LIVE, "finished"))
            )
        ) or 0  # fmt: skip
        found = session.execute(select(Document.state, func.count()).group_by(Document.state))
        month.states = Counter({row[0]: row[1] for row in found})
        month.documents = session.scalar(select(func.count()).select_from(Document)) or 0
        month.findings = [f"{one.check}: {one.what}" for one in verify(session, on.runtime.files)]


def summary(month: Month) -> str:
    """The month in numbers."""
    states = ", ".join(f"{count} {state}" for state, count in sorted(month.states.items()))
    carried = month.carried
    lines = {
        "documents": f"{month.documents} in {month.days} working days: {states}",
        "carried": f"{carried['ojek']} by ojek on {month.routes} routes, {carried['post']} by Pos, "
        f"{carried['company']} by the courier company",
        "what went wrong": f"{month.declined} riders stayed away, {month.closed} offices were closed, {month.faults} "
        f"orders met a fault, {month.repriced} changed their price, {month.refused_plans} plans had too little money",
        **{
            name: f"ceiling {rupiah(ceiling)} = realised {rupiah(realised)} + committed {rupiah(committed)} "
            f"+ left {rupiah(available)}"
            for name, ceiling, available, committed, realised in month.lines
        },
        "ledger": f"{month.entries} entries, they sum to Rp {month.imbalance}; orders cost {rupiah(month.spent)}",
        "service BASTs": f"{len(month.basts)} in {month.basts[0].parent}" if month.basts else "none",
        "every invariant": "; ".join(month.findings[:5]) or "holds",
    }
    return "\n".join(f"{name:32} {value}" for name, value in lines.items())
