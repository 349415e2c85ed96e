"""What the papers say, gathered from rows: BASTs, manifests, labels, receipts, the record of old cards.

Reads only. Nothing here is printed with an NIK or a KK number, and a route's manifest holds no citizen at all.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.errors import Conflict, NotFound
from dispatch.papers.bast import Bast, Counted, KindCount, ListedDocument, Printing
from dispatch.papers.cards import CardRecord, ReturnedCards
from dispatch.papers.labels import Label
from dispatch.papers.manifest import Manifest, ManifestBatch, ManifestStop
from dispatch.papers.receipts import Receipt
from dispatch.papers.sheet import Person
from dispatch.papers.words import day_written
from dispatch.services.desks import DISTRICT_OFFICE, HOME, KECAMATAN, desk_name
from dispatch.services.intake_rows import AUTO_PREFIX
from dispatch.services.kinds import BY_CODE
from dispatch.services.offices import rules_on
from dispatch.services.paper_settings import Look, look_of, without_long_numbers
from dispatch.store.models import (
    Attempt,
    Batch,
    BatchItem,
    Courier,
    Depot,
    Document,
    Handover,
    HandoverLine,
    Office,
    OldCardCount,
    OldCards,
    Outreach,
    Plan,
    Recipient,
    Route,
    Rules,
    ServiceVehicle,
    Shipment,
    Stop,
    StopBatch,
    User,
    Village,
)

UNPRINTED = Printing(revision=0, seal="", head="")
RESULTS = {"received": "ada", "missing": "tidak ada", "damaged": "rusak"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a batch travels. `shares_cards`: another batch of the same stop speaks of the old cards."""

    day: date
    route: Route | None = None
    courier: str = ""
    position: int = 0
    shares_cards: bool = False
    outreach: Outreach | None = None
    car: str = ""

    @property
    def words(self) -> str:
        if self.outreach is not None:
            return f"dibawa {self.car}, layanan keliling {self.outreach.place}"
        if self.route is None:
            return "dikirim lewat Pos"
        return f"diantar {self.courier}, rute {self.route.number}, tujuan ke-{self.position}"


def batches_named(session: Session, office: str, batch_ids: Sequence[str]) -> Sequence[Batch]:
    """These batches in the order given; NotFound for one that is not the office's."""
    found = {
        batch.id: batch
        for batch in session.scalars(select(Batch).where(Batch.office == office, Batch.id.in_(list(batch_ids))))
    }
    unknown = [batch_id for batch_id in batch_ids if batch_id not in found]
    if unknown:
        raise NotFound(f"there is no batch {unknown[0]}")
    return [found[batch_id] for batch_id in batch_ids]


def ways_of(session: Session, batches: Sequence[Batch]) -> Mapping[str, Way]:
    """Batch → how it travels by its newest approved plan; batches without one are missing."""
    ids = [batch.id for batch in batches]
    ways: dict[str, Way] = {}
    by_post = session.execute(
        select(Shipment.batch_id, Plan.service_date)
        .join(Plan, Plan.id == Shipment.plan_id)
        .where(Shipment.batch_id.in_(ids), Shipment.state != "cancelled", Plan.state.in_(("approved", "closed")))
        .order_by(Plan.requested_at)
    )
    for batch_id, day in by_post:
        ways[batch_id] = Way(day=day)
    to_outreach = session.execute(
        select(Batch.id, Outreach, ServiceVehicle.name, Courier.name)
        .join(Outreach, Outreach.id == Batch.outreach_id)
        .join(ServiceVehicle, ServiceVehicle.id == Outreach.vehicle_id)
        .join(Courier, Courier.id == Outreach.crew_lead_id)
        .where(Batch.id.in_(ids), Outreach.state != "cancelled")
    )
    for batch_id, outreach, car, lead in to_outreach:
        ways[batch_id] = Way(day=outreach.service_date, outreach=outreach, car=car, courier=lead)
    first_at: dict[str, str] = {}
    on_routes = session.execute(
        select(StopBatch.batch_id, Plan.service_date, Route, Courier.name, Stop)
        .join(Stop, Stop.id == StopBatch.stop_id)
        .join(Route, Route.id == Stop.route_id)
        .join(Plan, Plan.id == Route.plan_id)
        .join(Courier, Courier.id == Route.courier_id)
        .join(Batch, Batch.id == StopBatch.batch_id)
        .where(StopBatch.batch_id.in_(ids), Route.state != "cancelled", Plan.state.in_(("approved", "closed")))
        .order_by(Plan.requested_at, Batch.code)
    )
    for batch_id, day, route, courier, stop in on_routes:
        shares = first_at.setdefault(stop.id, batch_id) != batch_id
        ways[batch_id] = Way(day=day, route=route, courier=courier, position=stop.position, shares_cards=shares)
    return ways


def basts(session: Session, office: str, batches: Sequence[Batch]) -> Mapping[str, Bast]:
    """Batch → its BAST without number and revision. Home batches have none; their documents have receipts instead."""
    wanted = [batch for batch in batches if batch.destination != HOME]
    ways, look = ways_of(session, wanted), look_of(session, office)
    lines, counts = _lines(session, wanted), _counts(session, wanted)
    desks = _desks(session, office, wanted)
    row = session.get_one(Office, office)
    zone = ZoneInfo(row.timezone)
    cards = _cards_by_place(session, office, ways)
    made: dict[str, Bast] = {}
    for batch in wanted:
        way = ways.get(batch.id)
        if way is None:
            raise Conflict(f"batch {batch.code} is on no approved plan yet")
        counted = counts.get(batch.id)
        day = counted.received_at.astimezone(zone).date() if counted else way.day
        made[batch.id] = _bast(row, look, batch, desks[batch.village_code], way, day, lines[batch.id], counted, cards)
    return made


def manifest(session: Session, office: str, route_id: str) -> Manifest:
    """The list a courier leaves with. NotFound, or Conflict while the route's plan is not approved."""
    row = session.execute(
        select(Route, Plan, Courier, Depot)
        .join(Plan, Plan.id == Route.plan_id)
        .join(Courier, Courier.id == Route.courier_id)
        .join(Depot, Depot.id == Route.depot_id)
        .where(Route.office == office, Route.id == route_id)
    ).first()
    if row is None:
        raise NotFound(f"there is no route {route_id}")
    route, plan, courier, depot = row
    if plan.state not in ("approved", "closed") or route.state == "cancelled":
        raise Conflict(f"route {route.id} is not to be driven")
    rules = rules_on(session, office, plan.service_date)
    return Manifest(
        letterhead=look_of(session, office).letterhead,
        day=plan.service_date,
        route=route.number,
        courier=courier.name,
        depot=depot.name,
        leaves=clock_words(route.leaves_s),
        returns=clock_words(route.returns_s),
        distance=f"{route.metres / 1000:.1f} km".replace(".", ","),
        stops=tuple(_manifest_stops(session, route, rules, plan.service_date)),
    )


def labels(session: Session, office: str, batches: Sequence[Batch]) -> list[Label]:
    """One label a batch; it may be printed before a plan knows the way."""
    ways, desks = ways_of(session, batches), _desks(session, office, batches)
    name = session.scalars(select(Office.name).where(Office.code == office)).one()
    made = []
    for batch in batches:
        desk, way = desks[batch.village_code], ways.get(batch.id)
        made.append(
            Label(
                code=batch.code,
                place=_place_name(batch, desk),
                area=f"Kec. {desk.district}",
                documents=batch.documents,
                way=way.words.capitalize() if way else "",
                office=f"Dukcapil {name.replace('Kabupaten ', 'Kab. ', 1)}",
            )
        )
    return made


def receipts(session: Session, office: str, batches: Sequence[Batch]) -> list[Receipt]:
    """One receipt for every document of these batches, in the order of their lists."""
    desks, lines = _desks(session, office, batches), _lines(session, batches)
    name = session.scalars(select(Office.name).where(Office.code == office)).one()
    return [
        Receipt(
            office=f"Dinas Kependudukan dan Pencatatan Sipil {name}",
            code=line.code,
            kind=line.kind,
            holder=line.holder,
            registration=line.registration,
            place=f"{_place_name(batch, desks[batch.village_code])}, Kec. {desks[batch.village_code].district}",
        )
        for batch in batches
        for line in lines[batch.id]
    ]


def card_record(session: Session, office: str, count_id: str) -> CardRecord:
    """The record of one count of old cards, without number and revision."""
    count = session.scalar(select(OldCardCount).where(OldCardCount.office == office, OldCardCount.id == count_id))
    if count is None:
        raise NotFound(f"there is no count {count_id}")
    row, look = session.get_one(Office, office), look_of(session, office)
    bundles = session.execute(
        select(OldCards, Village)
        .join(Village, (Village.office == OldCards.office) & (Village.code == OldCards.village_code))
        .where(OldCards.office == office, OldCards.count_id == count.id)
        .order_by(OldCards.collected_at, Village.code)
    ).all()
    zone = ZoneInfo(row.timezone)
    bringer, what = _who_brought(session, count)
    kind, _, who = count.counted_by.partition(":")
    clerk = session.scalar(select(User.name).where(User.office == office, User.id == who)) if kind == "user" else None
    return CardRecord(
        letterhead=look.letterhead,
        number="",
        day=count.counted_at.astimezone(zone).date(),
        place=f"Dinas Kependudukan dan Pencatatan Sipil {row.name}",
        brings=bringer,
        takes=Person(name=clerk or "", position="Petugas pelayanan"),
        knows=look.knows,
        signed_in=look.signed_in,
        source=what,
        expected=count.expected,
        found=count.found,
        cards=tuple(
            ReturnedCards(
                place=desk_name(village),
                area=f"Kec. {village.district}",
                collected=day_written(bundle.collected_at.astimezone(zone).date()),
                count=bundle.cards,
            )
            for bundle, village in bundles
        ),
        printing=UNPRINTED,
        verify_url="",
    )


def plan_batches(session: Session, plan: Plan) -> Sequence[Batch]:
    """What an approved plan takes away: by route and stop, then what goes with the post."""
    on_routes = session.scalars(
        select(Batch)
        .join(StopBatch, StopBatch.batch_id == Batch.id)
        .join(Stop, Stop.id == StopBatch.stop_id)
        .join(Route, Route.id == Stop.route_id)
        .where(Route.office == plan.office, Route.plan_id == plan.id, Route.state != "cancelled")
        .order_by(Route.number, Stop.position, Batch.code)
    ).all()
    by_post = session.scalars(
        select(Batch)
        .join(Shipment, Shipment.batch_id == Batch.id)
        .where(Shipment.office == plan.office, Shipment.plan_id == plan.id, Shipment.state != "cancelled")
        .order_by(Batch.code)
    ).all()
    return [*on_routes, *by_post]


def clock_words(seconds: int) -> str:
    """Seconds after local midnight: 29700 → "08.15"."""
    minutes = round(seconds / 60)
    return f"{minutes // 60:02d}.{minutes % 60:02d}"


def _bast(
    office: Office,
    look: Look,
    batch: Batch,
    desk: Village,
    way: Way,
    day: date,
    lines: Sequence[ListedDocument],
    counted: Handover | None,
    cards: Mapping[tuple[str, str], int],
) -> Bast:
    kinds = Counter(line.kind for line in lines)
    if way.outreach is not None:
        place, receiver = f"{way.outreach.place}, {desk_name(desk)}", _crew(way)
    else:
        place, receiver = _place_name(batch, desk), _receiver(desk, counted)
    return Bast(
        letterhead=look.letterhead,
        number="",
        day=day,
        place=f"{place}, Kecamatan {desk.district}, {office.name}",
        giver=look.giver,
        receiver=receiver,
        knows=look.knows,
        signed_in=look.signed_in,
        batch_code=batch.code,
        carried_by=way.words,
        kinds=tuple(KindCount(kind=kind, count=count) for kind, count in kinds.items()),
        documents=tuple(lines),
        old_cards=_old_cards(batch, way, cards),
        counted=_counted(counted, ZoneInfo(office.timezone)) if counted else None,
        printing=UNPRINTED,
        verify_url="",
    )


def _crew(way: Way) -> Person:
    return Person(name=way.courier, position=f"Petugas layanan keliling ({way.car})", address="Kantor Dukcapil")


def _receiver(desk: Village, counted: Handover | None) -> Person:
    if desk.kind == KECAMATAN:
        position, place = f"Camat {desk.name} atau petugas yang ditunjuk", f"Kantor Kecamatan {desk.name}"
    else:
        head = "Lurah" if desk.kind == "kelurahan" else "Kepala Desa"
        position, place = f"{head} {desk.name} atau perangkat yang ditunjuk", f"Kantor {desk_name(desk)}"
    name = counted.received_by if counted else ""
    return Person(name=without_long_numbers(name), position=position, address=f"{place}, Kecamatan {desk.district}")


def _place_name(batch: Batch, desk: Village) -> str:
    if batch.destination == HOME:
        return f"Rumah warga di {desk_name(desk)}"
    return f"Kantor {desk_name(desk)}"


def _counted(found: Handover, zone: ZoneInfo) -> Counted:
    at = found.received_at.astimezone(zone)
    return Counted(
        by=without_long_numbers(found.received_by),
        at=f"{day_written(at.date())} pukul {at:%H.%M}",
        received=found.counted["received"],
        missing=found.counted["missing"],
        damaged=found.counted["damaged"],
        extra=found.counted["extra"],
    )


def _old_cards(batch: Batch, way: Way, cards: Mapping[tuple[str, str], int]) -> int | None:
    """None while they can still be handed over: the line is filled in by hand then."""
    if batch.state not in ("handed_over", "closed") or way.route is None:
        return None
    return 0 if way.shares_cards else cards.get((way.route.id, batch.village_code), 0)


def _cards_by_place(session: Session, office: str, ways: Mapping[str, Way]) -> Mapping[tuple[str, str], int]:
    routes = {way.route.id for way in ways.values() if way.route is not None}
    rows = session.execute(
        select(OldCards.route_id, OldCards.village_code, func.sum(OldCards.cards))
        .where(OldCards.office == office, OldCards.route_id.in_(routes))
        .group_by(OldCards.route_id, OldCards.village_code)
    )
    return {(route_id or "", village): int(cards) for route_id, village, cards in rows}


def _lines(session: Session, batches: Sequence[Batch]) -> Mapping[str, list[ListedDocument]]:
    """Batch → its list, with what the receiver found where it was counted."""
    ids = [batch.id for batch in batches]
    there = _results_there(session, ids)
    results = dict(
        session.execute(
            select(HandoverLine.document_id, HandoverLine.result)
            .join(Handover, Handover.id == HandoverLine.handover_id)
            .where(Handover.batch_id.in_(ids), HandoverLine.result != "extra")
        ).all()
    )
    rows = session.execute(
        select(BatchItem.batch_id, Document, Recipient.name)
        .join(Document, Document.id == BatchItem.document_id)
        .join(Recipient, Recipient.id == Document.recipient_id)
        .where(BatchItem.batch_id.in_(ids))
        .order_by(BatchItem.batch_id, BatchItem.line_no)
    )
    lines: dict[str, list[ListedDocument]] = defaultdict(list)
    for batch_id, document, holder in rows:
        lines[batch_id].append(
            ListedDocument(
                code=document.code,
                kind=kind_name(document.kind),
                holder=without_long_numbers(holder),
                registration=registration_of(document),
                result=there.get((batch_id, document.id)) or RESULTS.get(results.get(document.id, ""), ""),
            )
        )
    return lines


def _results_there(session: Session, batch_ids: Sequence[str]) -> Mapping[tuple[str, str], str]:
    """(batch, document) → what became of it at the mobile service its batch rode to."""
    words = {"succeeded": "diserahkan", "failed": "kembali"}
    rows = session.execute(
        select(BatchItem.batch_id, BatchItem.document_id, Attempt.state)
        .join(Batch, Batch.id == BatchItem.batch_id)
        .join(Attempt, (Attempt.document_id == BatchItem.document_id) & (Attempt.outreach_id == Batch.outreach_id))
        .where(BatchItem.batch_id.in_(batch_ids), Attempt.state.in_(words))
    )
    return {(batch_id, document_id): words[state] for batch_id, document_id, state in rows}


def kind_name(code: str) -> str:
    """ "ktp_el" → "KTP-el"."""
    return BY_CODE[code].name if code in BY_CODE else code


def registration_of(document: Document) -> str:
    """The number a document came with; a dash where the office gave none."""
    number = document.request_number
    return "–" if number.startswith(AUTO_PREFIX) else without_long_numbers(number)


def _counts(session: Session, batches: Sequence[Batch]) -> Mapping[str, Handover]:
    rows = session.scalars(select(Handover).where(Handover.batch_id.in_([batch.id for batch in batches])))
    return {row.batch_id: row for row in rows}


def _desks(session: Session, office: str, batches: Sequence[Batch]) -> Mapping[str, Village]:
    codes = {batch.village_code for batch in batches}
    rows = session.scalars(select(Village).where(Village.office == office, Village.code.in_(codes)))
    return {desk.code: desk for desk in rows}


def _manifest_stops(session: Session, route: Route, rules: Rules, day: date) -> list[ManifestStop]:
    carried: dict[str, list[Batch]] = defaultdict(list)
    for stop_id, batch in session.execute(
        select(StopBatch.stop_id, Batch)
        .join(Stop, Stop.id == StopBatch.stop_id)
        .join(Batch, Batch.id == StopBatch.batch_id)
        .where(Stop.office == route.office, Stop.route_id == route.id)
        .order_by(Batch.code)
    ):
        carried[stop_id].append(batch)
    rows = session.execute(
        select(Stop, Village)
        .join(Village, (Village.office == Stop.office) & (Village.code == Stop.village_code))
        .where(Stop.office == route.office, Stop.route_id == route.id)
        .order_by(Stop.position)
    )
    return [_manifest_stop(stop, desk, carried[stop.id], rules, day) for stop, desk in rows]


def _manifest_stop(stop: Stop, desk: Village, batches: Sequence[Batch], rules: Rules, day: date) -> ManifestStop:
    is_home = any(batch.destination == HOME for batch in batches)
    contact = ", ".join(filter(None, (desk.contact_name, desk.contact_phone)))
    hours = rules.village_hours.get(str(day.weekday()), [])
    window = " dan ".join(f"{clock_words(start)}–{clock_words(end)}" for start, end in hours)
    return ManifestStop(
        position=stop.position,
        place=_place_name(batches[0], desk) if batches else desk_name(desk),
        area=f"Kecamatan {desk.district}",
        contact="nama dan alamat ada di HP kurir" if is_home else contact,
        arrival=clock_words(stop.arrival_s),
        window="kapan saja" if is_home else window or "menurut perjanjian",
        batches=tuple(ManifestBatch(code=batch.code, documents=batch.documents) for batch in batches),
    )


def _who_brought(session: Session, count: OldCardCount) -> tuple[Person, str]:
    if count.holder_kind == "courier":
        name = session.scalar(select(Courier.name).where(Courier.office == count.office, Courier.id == count.holder_id))
        return Person(name=name or "", position="Kurir"), f"kurir {name}" if name else "kurir"
    if count.holder_kind in ("village_office", DISTRICT_OFFICE):
        desk = session.get_one(Village, (count.office, count.holder_id))
        return Person(name=desk.contact_name, position=f"Petugas {desk_name(desk)}"), f"kantor {desk_name(desk)}"
    return Person(position="Mitra antar"), "mitra antar"
