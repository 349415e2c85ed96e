"""A month at the Blitar office on a simulated clock: 400 cards a day, blanks that run out for six days, two Sundays.

Everything goes through the services that pages and phones call, and every route is really solved; only the time is not
waited for. At the end every card is somewhere, every blank is accounted for, and promises are measured.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.clock import SetClock
from dispatch.data.sample_names import MEN_FIRST, MEN_LAST, WOMEN_FIRST, WOMEN_LAST
from dispatch.demo.stage import OFFICE, RIDERS, clear
from dispatch.jobs import perform_due
from dispatch.runtime import Runtime
from dispatch.services import (
    assignment,
    batching,
    blanks,
    calendar_changes,
    delivery,
    handover,
    intake,
    loading,
    offices,
    planning,
    printing,
    promises,
    quotas,
    returns,
)
from dispatch.services.calendar import calendar_of, short_date
from dispatch.services.calendar_changes import NewDays
from dispatch.services.desks import HOME, KECAMATAN
from dispatch.services.handover import Count
from dispatch.services.loading import Loaded
from dispatch.services.promises import Kept
from dispatch.services.quotas import NewBooking, NewGrant
from dispatch.services.verify import verify
from dispatch.settings import Settings
from dispatch.store import schema
from dispatch.store.audit import Actor
from dispatch.store.db import new_id
from dispatch.store.models import (
    BatchItem,
    BlankMovement,
    Courier,
    Depot,
    Document,
    PlanBatch,
    PrintLine,
    PromiseChange,
    Route,
    Stop,
    StopBatch,
    Village,
)
from dispatch.store.privacy import KeyRing
from maps.gazetteer import gazetteer

ZONE = ZoneInfo("Asia/Jakarta")
FIRST_DAY = date(2026, 11, 2)
SUNDAYS = (date(2026, 11, 15), date(2026, 11, 22))
OUT_FOR = 6
BURST = 2
"""When blanks are back the printers run twice as long."""
BROKEN_FROM, BROKEN_FOR = 6, 4
FAILS, SPOILS, COMES, WALKS_IN, AT_HOME = 0.04, 0.005, 0.85, 0.14, 0.04

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How large a month. As shipped: 23 service days of 400 cards; blanks for nine days, then 6,000."""

    days: int = 23
    per_day: int = 400
    lasts: int = 9
    arriving: int = 15
    """Days of cards that arrive after the shortage."""
    plan_seconds: int = 2


@dataclass(slots=True)
class Month:
    """What the month left behind."""

    recorded: int = 0
    printed: int = 0
    spoiled: int = 0
    routes: int = 0
    metres: int = 0
    fare: int = 0
    failed_stops: int = 0
    moved: Counter[str] = field(default_factory=Counter)
    states: dict[str, int] = field(default_factory=dict)
    stock: int = 0
    received: int = 0
    kept: Kept = field(default_factory=lambda: Kept(due=0, kept_first=0, kept_last=0))
    findings: list[str] = field(default_factory=list)

    @property
    def adds_up(self) -> bool:
        """Every recorded card is one document in one state, every blank is in stock, in a card or spoiled."""
        is_whole = sum(self.states.values()) == self.recorded
        return is_whole and self.received == self.stock + self.printed + self.spoiled and not self.findings

    @property
    def is_kept(self) -> bool:
        """Nine promises of ten, by the first and by the last day told."""
        found = self.kept
        return found.due > 0 and min(found.kept_first, found.kept_last) >= 0.9 * found.due


def live(home: Path, say: Say, scale: Scale, *, seed: int = 1) -> Month:
    """Live through the month in a fresh office at `home`."""
    clear(home)
    settings = Settings(home=home)
    KeyRing.new().save(settings.key_file)
    clock = SetClock(_at(FIRST_DAY, 7, 30))
    runtime = Runtime.from_settings(settings, clock)
    schema.upgrade(runtime.db)
    try:
        office = _Office(runtime, clock, Random(seed), scale, say)  # noqa: S311  # chance of a play, no secret
        for number, day in enumerate(office.service_days(), start=1):
            office.live_day(number, day)
        return office.told()
    finally:
        runtime.db.close()


def summary(month: Month) -> str:
    """The month in numbers."""
    states = ", ".join(f"{count} {state}" for state, count in sorted(month.states.items()))
    moves = ", ".join(f"{count} {cause}" for cause, count in month.moved.most_common()) or "none"
    kept = month.kept
    lines = {
        "cards recorded": f"{month.recorded} = {states}",
        "blanks received": f"{month.received} = {month.printed} printed + {month.spoiled} spoiled + {month.stock} left",
        "routes": f"{month.routes}: {month.metres // 1000} km, Rp {month.fare:,}; {month.failed_stops} offices closed",
        "promises moved": moves,
        "promised day kept": f"{_share(kept.kept_first, kept.due)} of {kept.due} by the first day told, "
        f"{_share(kept.kept_last, kept.due)} by the last",
        "custody": "; ".join(month.findings[:5]) or "every invariant holds",
    }
    return "\n".join(f"{name:20} {value}" for name, value in lines.items())


class _Office:
    """One office and its clock; every method is something that people do on a day."""

    def __init__(self, runtime: Runtime, clock: SetClock, chance: Random, scale: Scale, say: Say) -> None:
        self.runtime, self.clock, self.chance, self.scale, self.say = runtime, clock, chance, scale, say
        self.month = Month()
        self.request = 0
        with runtime.db.transaction() as session:
            offices.set_up(session, OFFICE, gazetteer())
            new = offices.add_user(session, OFFICE, username="sari", name="Sari", role="supervisor")
            self.by = Actor(kind="user", id=new.user.id)
            for number, name in enumerate(RIDERS, start=1):
                offices.add_courier(session, OFFICE, name=f"Pak {name}", phone=f"08120000100{number}")
            self.depot = session.scalars(select(Depot.id).where(Depot.office == OFFICE)).one()
            self.villages: Sequence[str] = session.scalars(
                select(Village.code).where(Village.office == OFFICE, Village.kind != KECAMATAN).order_by(Village.code)
            ).all()
            for printer in ("Fargo 1", "Fargo 2", "Fargo 3"):
                printing.add_printer(session, OFFICE, self.depot, name=printer, cards_per_hour=44)
            if scale.per_day != quotas.shipped(OFFICE).prints_per_day:
                self._quota(session, scale.per_day, FIRST_DAY, "bulan kecil")
            self._receive(session, scale.lasts * scale.per_day)
            for sunday in SUNDAYS:
                opened = NewDays(first_day=sunday, last_day=sunday, verdict="open", why="Layanan akhir pekan")
                calendar_changes.decide_days(session, OFFICE, opened, by=self.by)

    def service_days(self) -> Iterator[date]:
        """The days on which the office works, two Sundays among them."""
        with self.runtime.db.reading() as session:
            calendar = calendar_of(session, OFFICE)
        day = FIRST_DAY
        for _ in range(self.scale.days):
            yield day
            day = calendar.add_working_days(day, 1)

    def live_day(self, number: int, day: date) -> None:
        """Morning: what happened, promises, routes. Then the counter and the printers."""
        self.clock.at = _at(day, 7, 30)
        said = self._news(number, day)
        with self.runtime.db.transaction() as session:
            promises.review(session, OFFICE)
        rode = self._ride(day)
        self.clock.at = _at(day, 13, 0)
        self._record(day)
        printed = self._print()
        perform_due(self.runtime)
        waiting = self._waiting()
        self.say(f"{number:2} {short_date(day):16} {rode:4} brought, {printed:4} printed, {waiting:5} wait{said}")

    def told(self) -> Month:
        """Count everything from its rows."""
        month = self.month
        with self.runtime.db.reading() as session:
            month.states = dict(session.execute(select(Document.state, func.count()).group_by(Document.state)).all())
            month.stock = sum(blanks.stock(session, OFFICE).values())
            month.received = (
                session.scalar(select(func.sum(BlankMovement.pieces)).where(BlankMovement.kind == "receipt")) or 0
            )
            outcomes = dict(session.execute(select(PrintLine.outcome, func.count()).group_by(PrintLine.outcome)).all())
            month.printed, month.spoiled = outcomes.get("printed", 0), outcomes.get("spoiled", 0)
            month.moved = Counter(
                dict(session.execute(select(PromiseChange.cause, func.count()).group_by(PromiseChange.cause)).all())
            )
            calendar = calendar_of(session, OFFICE)
            month.kept = promises.kept(session, OFFICE, calendar, FIRST_DAY, calendar.local_date(self.clock.at))
            found = verify(session, self.runtime.files)
        month.findings = [f"{finding.check}: {finding.what}" for finding in found]
        return month

    def _news(self, number: int, day: date) -> str:
        """What is different today."""
        lasts, said = self.scale.lasts, ""
        with self.runtime.db.transaction() as session:
            if number == lasts + 2:
                comes = calendar_of(session, OFFICE).add_working_days(day, OUT_FOR - 1)
                pieces = self.scale.arriving * self.scale.per_day
                blanks.announce(session, OFFICE, self.depot, "ktp_el", pieces, comes, by=self.by)
                said = f"; no blanks, {pieces} announced for {short_date(comes)}"
            if number == lasts + 1 + OUT_FOR:
                self._receive(session, self.scale.arriving * self.scale.per_day)
                self._quota(session, BURST * self.scale.per_day, day, "Blangko datang, dua giliran cetak")
                said = "; the blanks are here, two shifts print"
            if number in (BROKEN_FROM, BROKEN_FROM + BROKEN_FOR):
                courier = session.scalars(select(Courier).order_by(Courier.name)).first()
                assert courier is not None
                courier.is_active = number != BROKEN_FROM
                said += "; a vehicle is back" if courier.is_active else f"; {courier.name}'s vehicle is broken"
        return said

    def _receive(self, session: Session, pieces: int) -> None:
        blanks.receive(session, OFFICE, self.depot, "ktp_el", pieces, by=self.by, reference="Ditjen Dukcapil")

    def _quota(self, session: Session, prints: int, day: date, why: str) -> None:
        terms = replace(quotas.shipped(OFFICE), queue_per_day=self.scale.per_day, prints_per_day=prints)
        quotas.decide_quota(session, OFFICE, terms, valid_from=day, why=why, by=self.by)

    def _record(self, day: date) -> None:
        """Invited people come or do not, others come without; the urgent lane takes a few. All are recorded."""
        invited = [self._number() for _ in range(self.scale.per_day)]
        coming = [number for number in invited if self.chance.random() < COMES]
        lane = [self._number() for _ in range(max(1, self.scale.per_day // 80))]
        walking = [self._number() for _ in range(self.scale.per_day - len(coming) - len(lane))]
        villages = {number: self.chance.choice(self.villages) for number in (*coming, *walking)}
        villages |= dict(zip(lane, self.chance.sample(list(self.villages), len(lane)), strict=True))
        with self.runtime.db.transaction() as session:
            quotas.book(session, OFFICE, [NewBooking(request_number=one) for one in invited], wanted=day, by=self.by)
            for number in coming:
                quotas.came(session, OFFICE, number)
            for number in lane:
                grant = NewGrant(
                    request_number=number, village_code=villages[number], need="health",
                    village_reference=f"470/{number}", district_reference=f"471/{number}",
                )  # fmt: skip
                quotas.grant_urgent(session, OFFICE, grant, by=self.by)
        channels = {**dict.fromkeys(coming, "invited"), **dict.fromkeys(walking, "walk_in"),
                    **dict.fromkeys(lane, "walk_in")}  # fmt: skip
        self._hand_in([self._card(number, villages[number], channel, day) for number, channel in channels.items()])

    def _hand_in(self, rows: Sequence[dict[str, str]]) -> None:
        with self.runtime.db.reading() as session:
            desk = intake.desk_of(session, self.runtime.keys, OFFICE, source="office")
        desk = replace(desk, as_state=printing.WAITING)
        weighed = [intake.weigh(desk, n, row) for n, row in enumerate(rows, start=1)]
        with self.runtime.db.transaction() as session:
            outcomes = intake.settle(session, desk, weighed, by=self.by)
        self.month.recorded += sum(outcome.verdict == "accepted" for outcome in outcomes)

    def _card(self, number: str, village: str, channel: str, day: date) -> dict[str, str]:
        n, is_woman = self.request, self.chance.random() < 0.5
        self.request += 1
        birth = date(1960, 1, 1) + timedelta(days=n * 7 % 16_000)
        first, last = (WOMEN_FIRST, WOMEN_LAST) if is_woman else (MEN_FIRST, MEN_LAST)
        day_of_birth = birth.day + 40 * is_woman
        return {
            "request_number": number,
            "kind": "KTP-el",
            "nik": f"{village.replace('.', '')[:6]}{day_of_birth:02}{birth:%m%y}{7000 + n % 2999:04}",
            "name": f"{self.chance.choice(first)} {self.chance.choice(last)}",
            "village_code": village,
            "printed_on": day.isoformat(),
            "channel": channel,
            "address": f"RT {1 + n % 9:03}/RW {1 + n % 5:03}",
            "destination": "rumah" if self.chance.random() < AT_HOME else "",
        }

    def _number(self) -> str:
        self.request += 1
        return f"B-{self.request:06}"

    def _print(self) -> int:
        """Print as much as the day and the blanks allow; a card in two hundred comes out spoiled."""
        with self.runtime.db.transaction() as session:
            stock = blanks.stock(session, OFFICE).get((self.depot, "ktp_el"), 0)
            if not stock or not printing.room_today(session, OFFICE, self.depot):
                return 0
            run = printing.begin_run(session, OFFICE, self.depot, by=self.by)
            cards = [document.id for _line, document in printing.lines_of(session, OFFICE, run.id)]
            spoiled = [card for card in cards if self.chance.random() < SPOILS]
            printing.end_run(session, OFFICE, run.id, spoiled=spoiled, by=self.by)
        return len(cards) - len(spoiled)

    def _ride(self, day: date) -> int:
        """Release, plan, solve, approve, and every rider's round; how many documents arrived."""
        with self.runtime.db.transaction() as session:
            batching.release(session, OFFICE, by=self.by)
            if not session.scalar(select(func.count()).select_from(Document).where(Document.state == "batched")):
                return 0
            plan_id = planning.request_plan(
                session, OFFICE, service_date=day, seconds=self.scale.plan_seconds, with_post=False, by=self.by
            ).id
        perform_due(self.runtime)
        with self.runtime.db.transaction() as session:
            plan = planning.plan_of(session, OFFICE, plan_id)
            on_routes = session.scalar(
                select(func.count()).where(PlanBatch.plan_id == plan_id, PlanBatch.outcome == "route")
            )
            if plan.state != "solved" or not on_routes:
                planning.discard(session, plan, by=self.by)
                return 0
            planning.approve(session, plan, by=self.by)
            routes = session.scalars(select(Route.id).where(Route.plan_id == plan_id).order_by(Route.number)).all()
        return sum(self._round(route_id) for route_id in routes)

    def _round(self, route_id: str) -> int:
        """One rider loads, visits every stop, and brings back what could not be handed over."""
        arrived = 0
        with self.runtime.db.transaction() as session:
            route = session.get_one(Route, route_id)
            there = {batch.id: batch for batch in assignment.batches_of_route(session, route)}
            taken = Loaded(source=str(self.by), event_id=new_id(), taken=frozenset(there), missing=frozenset())
            loading.load(session, route, taken, by=self.by)
            self.month.routes, self.month.metres = self.month.routes + 1, self.month.metres + route.metres
            self.month.fare += route.fare
        with self.runtime.db.transaction() as session:
            for stop in session.scalars(select(Stop).where(Stop.route_id == route_id).order_by(Stop.position)).all():
                ids = session.scalars(select(StopBatch.batch_id).where(StopBatch.stop_id == stop.id)).all()
                is_home = there[ids[0]].destination == HOME
                if self.chance.random() < FAILS:
                    self.month.failed_stops += 1
                    reason = "TIDAK_DI_RUMAH" if is_home else "KANTOR_DESA_TUTUP"
                    self._report(session, stop, kind="failed", reason=reason)
                    continue
                self._report(session, stop, kind="delivered", received_by="Bu Sekdes", relation="Orangnya sendiri")
                for batch_id in ids:
                    arrived += there[batch_id].documents
                    if not is_home:
                        self._count(session, stop.village_code, batch_id)
        with self.runtime.db.transaction() as session:
            returns.count_in_route(session, OFFICE, route_id, None, by=self.by)
        return arrived

    def _report(self, session: Session, stop: Stop, **said: str) -> None:
        report = delivery.Report(source=str(self.by), event_id=new_id(), **said)  # type: ignore[arg-type]
        delivery.record(session, stop, report, by=self.by)

    def _count(self, session: Session, village_code: str, batch_id: str) -> None:
        ids = session.scalars(select(BatchItem.document_id).where(BatchItem.batch_id == batch_id)).all()
        counted = Count(
            source="link:desk", event_id=new_id(), received_by="Bu Sekdes", lines=dict.fromkeys(ids, "received")
        )
        handover.count(session, OFFICE, village_code, batch_id, counted, by=Actor(kind="village", id=village_code))

    def _waiting(self) -> int:
        with self.runtime.db.reading() as session:
            asked = select(func.count()).select_from(Document).where(Document.state == printing.WAITING)
            return session.scalar(asked) or 0


def _at(day: date, hour: int, minute: int) -> datetime:
    return datetime.combine(day, time(hour, minute), ZONE).astimezone(UTC)


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"
