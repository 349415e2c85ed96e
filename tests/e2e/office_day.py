"""An office in the middle of its day, made by the services alone, and a real web server in front of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dispatch.app import create_app
from dispatch.clock import SetClock
from dispatch.data import sample_day
from dispatch.demo.web import Web
from dispatch.jobs import perform_due
from dispatch.runtime import Runtime
from dispatch.services import accounts, batching, cases, delivery, intake_files, links, loading, offices, planning
from dispatch.services.delivery import Report
from dispatch.services.intake_files import StoredUpload
from dispatch.services.loading import Loaded
from dispatch.settings import Settings
from dispatch.store.audit import Actor
from dispatch.store.db import new_id
from dispatch.store.models import Batch, Plan, Route, Stop, StopBatch, Tariff, User
from dispatch.store.privacy import KeyRing
from tests.databases import OFFICE, TODAY, fill_template

PASSWORD = "kopi pahit di alun-alun"
ROLES = {"sari": "dispatcher", "bupu": "supervisor", "tono": "viewer", "admin": "admin"}


@dataclass(frozen=True)
class OfficeDay:
    """A running web server and what it works with."""

    address: str
    runtime: Runtime
    clock: SetClock


@contextmanager
def office_day(home: Path, *, upto: str = "under_way", seconds: int = 3) -> Iterator[OfficeDay]:
    """The Blitar office at 08:00 on the sample day. `upto`: empty, imported, sealed, solved, approved or under_way."""
    url = f"sqlite:///{home / 'antar.db'}"
    fill_template(url)
    KeyRing.new().save(home / "keys.json")
    clock = SetClock(TODAY)
    web = Web(threads=4)
    app = create_app(Settings(home=home, database_url=url, public_url=web.address, plan_seconds=seconds), clock)
    runtime: Runtime = app.extensions["antar"]
    live_through(runtime, clock, upto=upto, seconds=seconds)
    web.start(app)
    try:
        yield OfficeDay(web.address, runtime, clock)
    finally:
        web.close()
        runtime.db.close()


def live_through(runtime: Runtime, clock: SetClock, *, upto: str, seconds: int) -> None:
    """The office's day through its services, as far as `upto`."""
    by = _staff(runtime)
    stages = ("empty", "imported", "sealed", "solved", "approved", "under_way")
    for stage in stages[1 : stages.index(upto) + 1]:
        _STAGES[stage](runtime, clock, by, seconds)


def _staff(runtime: Runtime) -> Actor:
    with runtime.db.transaction() as session:
        for username, role in ROLES.items():
            new = offices.add_user(session, OFFICE, username=username, name=username.title(), role=role)
            accounts.change_password(session, new.user.id, old=new.password, new=PASSWORD)
        # an office far from any post office, so that a short search finds routes worth riding
        session.execute(
            update(Tariff)
            .where(Tariff.office == OFFICE)
            .values(waiting_per_document=1_500, post_near=18_000, post_far=26_000)
        )
        sari = session.scalars(select(User.id).where(User.username == "sari")).one()
    return Actor(kind="user", id=sari)


def _import(runtime: Runtime, clock: SetClock, by: Actor, seconds: int) -> None:
    body = sample_day.FILE.read_bytes()
    upload = StoredUpload(
        sha256=runtime.files.put(OFFICE, body), size=len(body), filename="blitar_400.csv", media_type="text/csv"
    )
    with runtime.db.transaction() as session:
        intake_files.register_file(session, OFFICE, upload, dry_run=False, by=by)
    perform_due(runtime)


def _seal(runtime: Runtime, clock: SetClock, by: Actor, seconds: int) -> None:
    with runtime.db.transaction() as session:
        batching.release(session, OFFICE, by=by)


def _solve(runtime: Runtime, clock: SetClock, by: Actor, seconds: int) -> None:
    with runtime.db.transaction() as session:
        planning.request_plan(session, OFFICE, service_date=TODAY.date(), seconds=seconds, by=by)
    perform_due(runtime)


def _approve(runtime: Runtime, clock: SetClock, by: Actor, seconds: int) -> None:
    with runtime.db.transaction() as session:
        planning.approve(session, session.scalars(select(Plan).where(Plan.state == "solved")).one(), by=by)


def _leave(runtime: Runtime, clock: SetClock, by: Actor, seconds: int) -> None:
    """Two couriers have loaded and are on the road; a batch was short and asks for a decision."""
    with runtime.db.transaction() as session:
        routes = session.scalars(select(Route).order_by(Route.number).limit(2)).all()
        for route in routes:
            links.issue_courier_link(session, route, by=by)
            batches = session.scalars(
                select(Batch.id)
                .join(StopBatch, StopBatch.batch_id == Batch.id)
                .join(Stop, Stop.id == StopBatch.stop_id)
                .where(Stop.route_id == route.id)
            ).all()
            counted = Loaded(source=str(by), event_id=new_id(), taken=frozenset(batches), missing=frozenset())
            loading.load(session, route, counted, by=by)
            drive(session, route, visited=4 if route.number == 1 else 2, by=by)
        cases.open_case(
            session,
            OFFICE,
            "second_phone",
            subject_kind="route",
            subject_id=routes[0].id,
            detail="HP lain mencoba membuka tautan rute 1. HP itu ditolak.",
        )
    clock.advance(timedelta(hours=2, minutes=20))


def drive(session: Session, route: Route, *, visited: int, by: Actor) -> None:
    """The first stops of a route are handed over, the last of them fails."""
    stops = session.scalars(select(Stop).where(Stop.route_id == route.id).order_by(Stop.position).limit(visited)).all()
    for stop in stops:
        failed = stop is stops[-1]
        report = Report(
            source=str(by),
            event_id=new_id(),
            kind="failed" if failed else "delivered",
            reason="KANTOR_DESA_TUTUP" if failed else "",
            received_by="" if failed else "Bu Sari",
            relation="" if failed else "sekretaris",
        )
        delivery.record(session, stop, report, by=by)


_STAGES = {"imported": _import, "sealed": _seal, "solved": _solve, "approved": _approve, "under_way": _leave}
