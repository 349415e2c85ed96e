"""The day's capacity: numbers, printers, blanks, print runs, promises and backlog plans."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from dispatch.api.blueprint import api
from dispatch.api.documents import Delivery, NewDocument, Weighing, deliver_all
from dispatch.api.http import Answer, changes, reads
from dispatch.api.quotas import GrantOut, QuotaOut
from dispatch.api.schemas import Form, Int, Line, RowId, Shape
from dispatch.auth import current_actor, current_office
from dispatch.services import backlog, blanks, calendar, day_numbers, printing, promises
from dispatch.store.models.common import Json

Day = Annotated[date, Field(strict=False)]
Blank = Annotated[str, Field(max_length=12)]
Words = Annotated[str, Field(max_length=80)]


class DayQuery(BaseModel):
    """Which day (2026-11-24), by default today."""

    model_config = ConfigDict(extra="forbid")

    day: date | None = None


class PrinterOut(Shape):
    """A printer and whether it works."""

    id: str
    depot_id: str
    name: str
    cards_per_hour: int
    is_active: bool
    note: str


class PointOut(Shape):
    """One print point. `makes` null: no printer was named, the quota alone holds. `blanks`: kind → pieces."""

    id: str
    name: str
    makes: int | None
    set_to_print: int
    printed: int
    waiting: int
    printing: int
    printers: list[PrinterOut]
    blanks: dict[str, int]


class KeptOut(Shape):
    """Promises that fell due in the last four weeks: kept against the first promise, and against the last one told."""

    due: int
    kept_first: int
    kept_last: int


class ComingOut(Shape):
    """Blanks that were announced."""

    id: str
    depot_id: str
    blank: str
    expected_on: date
    pieces: int
    reference: str


class TransferOut(Shape):
    """Blanks between two print points, with both counts."""

    id: str
    blank: str
    from_depot_id: str
    to_depot_id: str
    sent: int
    received: int | None
    sent_at: datetime
    received_at: datetime | None


class DayOut(Shape):
    """The numbers of one day. `by_channel`: how the holders of that day's documents came."""

    day: date
    is_open: bool
    why: str
    quota: QuotaOut
    booked: int
    came: int
    by_channel: dict[str, int]
    urgent: list[GrantOut]
    points: list[PointOut]
    coming: list[ComingOut]
    on_the_way: list[TransferOut]
    waiting: int
    days_of_blanks: int | None
    kept: KeptOut
    untold: int


class NewCard(NewDocument):
    """A card that is recorded and not printed: as a finished document, with the day of recording as `printed_on`."""


class NewCards(Form):
    """Recorded cards. They are finished when the same request number comes as a document, or by a print run."""

    items: Annotated[list[NewCard], Field(min_length=1, max_length=1000)]


class PrinterForm(Form):
    """A printer at a print point; the same name again changes its rate and puts it to work."""

    depot_id: RowId
    name: Line
    cards_per_hour: Int


class PrinterState(Form):
    """Whether a printer works."""

    is_active: bool
    note: Annotated[str, Field(max_length=200)] = ""


class ReceiptForm(Form):
    """Blanks that came to a print point."""

    depot_id: RowId
    blank: Blank = "ktp_el"
    pieces: Int
    reference: Words = ""


class ComingForm(ReceiptForm):
    """Blanks that somebody announced for a day."""

    expected_on: Day


class CountForm(Form):
    """What a person counted, where the books may be wrong."""

    depot_id: RowId
    blank: Blank = "ktp_el"
    pieces: Int
    why: Line


class TransferForm(Form):
    """Blanks that leave one print point for another."""

    from_depot_id: RowId
    to_depot_id: RowId
    blank: Blank = "ktp_el"
    pieces: Int


class ArrivalForm(Form):
    """What was counted on arrival."""

    pieces: Int


class Stock(Shape):
    """Print point → blank → pieces."""

    stock: dict[str, dict[str, int]]


class RunForm(Form):
    """Set the next cards of a print point to print."""

    depot_id: RowId
    at_most: Int = printing.LARGEST_RUN


class RunEnd(Form):
    """Ids of the cards that came out spoiled (their blanks are gone), or were not printed (theirs come back)."""

    spoiled: Annotated[list[RowId], Field(max_length=printing.LARGEST_RUN)] = Field(default_factory=list)
    unused: Annotated[list[RowId], Field(max_length=printing.LARGEST_RUN)] = Field(default_factory=list)


class LineOut(Shape):
    """One card of a run; `outcome` empty: being printed."""

    document_id: str
    code: str
    outcome: str


class RunOut(Shape):
    """A print run."""

    id: str
    depot_id: str
    day: date
    documents: int
    ended_at: datetime | None
    lines: list[LineOut]


class MoveOut(Shape):
    """A promise that was moved. `cause`: blanks, queue, late or sooner."""

    document_id: str
    code: str
    village_code: str
    was: date
    becomes: date
    cause: str
    changed_at: datetime


class Moves(Shape):
    """Whom it concerns: documents whose new day nobody was told of yet."""

    kept: KeptOut
    items: list[MoveOut]


class ToldForm(Form):
    """One village that was told, or empty: all."""

    village_code: Annotated[str, Field(max_length=13)] = ""


class Told(Shape):
    """How many moves were passed on."""

    told: int


class ArrivalOfBlanks(Form):
    """Blanks the plan counts on."""

    day: Day
    pieces: Int


class BacklogForm(Form):
    """A question about the coming weeks. What is left out is as the office has it now.

    `backlog`: so many cards over all villages instead of the office's own; `budget` in rupiah; `invited`: people a day
    whose cards join; `weekends`: the office works on all Saturdays and Sundays."""

    name: Annotated[str, Field(max_length=80)] = ""
    backlog: Int | None = None
    start: Day | None = None
    quota: Int | None = None
    couriers: Int | None = None
    blanks: Int | None = None
    arrivals: Annotated[list[ArrivalOfBlanks], Field(max_length=60)] = Field(default_factory=list)
    budget: Int | None = None
    invited: Int = 0
    with_post: bool = True
    weekends: bool = False
    unlimited_blanks: bool = False
    by_village: bool = False
    seed: Int = 1


class BacklogOut(Shape):
    """A backlog plan. `answer` null until it is done: days with a band, villages, cost, what binds, what-ifs."""

    id: str
    name: str
    status: str
    progress_pct: int
    problem: str
    question: Json
    answer: Json | None
    requested_at: datetime
    done_at: datetime | None


class BacklogPlans(Shape):
    """The newest plans, without their answers."""

    items: list[BacklogOut]


@api.get("/capacity")
@api.input(DayQuery, location="query")
@api.output(DayOut)
@reads
def get_capacity(session: Session, query_data: DayQuery) -> DayOut:
    """The numbers of one day: people, prints, blanks, promises."""
    office = current_office()
    day = query_data.day or calendar.today(session, calendar.calendar_of(session, office))
    found = day_numbers.numbers_of(session, office, day)
    return DayOut(
        day=found.day,
        is_open=found.is_open,
        why=found.why,
        quota=QuotaOut.model_validate(found.quota),
        booked=found.booked,
        came=found.came,
        by_channel=found.by_channel,
        urgent=[GrantOut.model_validate(row) for row in found.grants],
        points=[_point(point) for point in found.points],
        coming=[ComingOut.model_validate(row) for row in found.coming],
        on_the_way=[TransferOut.model_validate(row) for row in found.on_the_way],
        waiting=found.waiting,
        days_of_blanks=found.days_of_blanks,
        kept=KeptOut.model_validate(found.kept),
        untold=found.untold,
    )


@api.post("/print-queue")
@api.input(NewCards)
@api.output(Delivery)
def record_cards(json_data: NewCards) -> Any:
    """Cards that are recorded and wait to be printed; each is promised a day at once."""
    return deliver_all([item.cells() for item in json_data.items], Weighing(as_state=printing.WAITING))


@api.post("/printers")
@api.input(PrinterForm)
@api.output(PrinterOut, status_code=201)
@changes
def add_printer(session: Session, json_data: PrinterForm) -> Answer:
    """A printer at a print point and how many cards it makes in an hour."""
    row = printing.add_printer(
        session,
        current_office(),
        json_data.depot_id,
        name=json_data.name,
        cards_per_hour=json_data.cards_per_hour,
    )
    return Answer(PrinterOut.model_validate(row), status=201)


@api.post("/printers/<string:printer_id>")
@api.input(PrinterState)
@api.output(PrinterOut)
@changes
def set_printer(session: Session, printer_id: RowId, json_data: PrinterState) -> PrinterOut:
    """A printer is broken, or works again."""
    row = printing.set_printer(
        session, current_office(), printer_id, is_active=json_data.is_active, note=json_data.note
    )
    return PrinterOut.model_validate(row)


@api.post("/blanks/receipts")
@api.input(ReceiptForm)
@api.output(Stock, status_code=201)
@changes
def receive_blanks(session: Session, json_data: ReceiptForm) -> Answer:
    """Blanks came to a print point."""
    office = current_office()
    blanks.receive(
        session,
        office,
        json_data.depot_id,
        json_data.blank,
        json_data.pieces,
        reference=json_data.reference,
        by=current_actor(),
    )
    return Answer(_stock(session, office), status=201)


@api.post("/blanks/announcements")
@api.input(ComingForm)
@api.output(ComingOut, status_code=201)
@changes
def announce_blanks(session: Session, json_data: ComingForm) -> Answer:
    """Somebody said that blanks will come; the forecast counts on them."""
    row = blanks.announce(
        session,
        current_office(),
        json_data.depot_id,
        json_data.blank,
        json_data.pieces,
        json_data.expected_on,
        reference=json_data.reference,
        by=current_actor(),
    )
    return Answer(ComingOut.model_validate(row), status=201)


@api.post("/blanks/announcements/<string:delivery_id>/cancel")
@api.output(ComingOut)
@changes
def call_off_blanks(session: Session, delivery_id: RowId) -> ComingOut:
    """What was announced does not come."""
    return ComingOut.model_validate(blanks.never_mind(session, current_office(), delivery_id))


@api.post("/blanks/counts")
@api.input(CountForm)
@api.output(Stock)
@changes
def count_blanks(session: Session, json_data: CountForm) -> Stock:
    """A person counted the blanks; a difference changes the books and asks for a look."""
    office = current_office()
    blanks.count(
        session, office, json_data.depot_id, json_data.blank, json_data.pieces, json_data.why, by=current_actor()
    )
    return _stock(session, office)


@api.post("/blanks/transfers")
@api.input(TransferForm)
@api.output(TransferOut, status_code=201)
@changes
def send_blanks(session: Session, json_data: TransferForm) -> Answer:
    """Blanks leave one print point for another, counted."""
    row = blanks.send(
        session,
        current_office(),
        from_depot=json_data.from_depot_id,
        to_depot=json_data.to_depot_id,
        blank=json_data.blank,
        pieces=json_data.pieces,
        by=current_actor(),
    )
    return Answer(TransferOut.model_validate(row), status=201)


@api.post("/blanks/transfers/<string:transfer_id>/arrive")
@api.input(ArrivalForm)
@api.output(TransferOut)
@changes
def count_transfer(session: Session, transfer_id: RowId, json_data: ArrivalForm) -> TransferOut:
    """The other print point counts what arrived."""
    row = blanks.arrive(session, current_office(), transfer_id, json_data.pieces, by=current_actor())
    return TransferOut.model_validate(row)


@api.post("/print-runs")
@api.input(RunForm)
@api.output(RunOut, status_code=201)
@changes
def begin_print_run(session: Session, json_data: RunForm) -> Answer:
    """Set the next cards to print, as many as quota, printers and blanks allow."""
    office = current_office()
    run = printing.begin_run(session, office, json_data.depot_id, at_most=json_data.at_most, by=current_actor())
    return Answer(_run(session, office, run.id), status=201)


@api.get("/print-runs/<string:run_id>")
@api.output(RunOut)
@reads
def get_print_run(session: Session, run_id: RowId) -> RunOut:
    """A print run and its cards."""
    return _run(session, current_office(), run_id)


@api.post("/print-runs/<string:run_id>/end")
@api.input(RunEnd)
@api.output(RunOut)
@changes
def end_print_run(session: Session, run_id: RowId, json_data: RunEnd) -> RunOut:
    """The run is done: its cards are ready to deliver, but for the spoiled and the unused."""
    office = current_office()
    printing.end_run(session, office, run_id, spoiled=json_data.spoiled, unused=json_data.unused, by=current_actor())
    return _run(session, office, run_id)


@api.get("/promises")
@api.output(Moves)
@reads
def list_promises(session: Session) -> Moves:
    """How promises were kept, and whose new day nobody was told of yet."""
    office = current_office()
    found = day_numbers.kept_lately(session, office)
    return Moves(
        kept=KeptOut.model_validate(found),
        items=[
            MoveOut(
                document_id=document.id,
                code=document.code,
                village_code=village.code,
                was=change.was,
                becomes=change.becomes,
                cause=change.cause,
                changed_at=change.changed_at,
            )
            for change, document, village in promises.untold(session, office)
        ],
    )


@api.post("/promises/told")
@api.input(ToldForm)
@api.output(Told)
@changes
def tell_promises(session: Session, json_data: ToldForm) -> Told:
    """The new days were passed on, to one village or to all."""
    return Told(told=promises.told(session, current_office(), village_code=json_data.village_code))


@api.post("/backlog-plans")
@api.input(BacklogForm)
@api.output(BacklogOut, status_code=202)
@changes
def request_backlog_plan(session: Session, json_data: BacklogForm) -> Answer:
    """Ask when a backlog will be gone; answers at once, the burn-down follows."""
    given = json_data.model_dump()
    given["arrivals"] = tuple((one["day"], one["pieces"]) for one in given["arrivals"])
    row = backlog.request(session, current_office(), backlog.Wish(**given), by=current_actor())
    return Answer(BacklogOut.model_validate(row), status=202, headers={"Location": f"/api/v1/backlog-plans/{row.id}"})


@api.get("/backlog-plans")
@api.output(BacklogPlans)
@reads
def list_backlog_plans(session: Session) -> BacklogPlans:
    """The newest plans, without their answers."""
    rows = [BacklogOut.model_validate(row) for row in backlog.plans(session, current_office())]
    return BacklogPlans(items=[row.model_copy(update={"answer": None}) for row in rows])


@api.get("/backlog-plans/<string:plan_id>")
@api.output(BacklogOut)
@reads
def get_backlog_plan(session: Session, plan_id: RowId) -> BacklogOut:
    """A plan: the dated burn-down with its band, per village, the cost, what binds and what would change it."""
    return BacklogOut.model_validate(backlog.plan_of(session, current_office(), plan_id))


def _point(point: day_numbers.Point) -> PointOut:
    named = ("id", "name", "makes", "set_to_print", "printed", "waiting", "printing")
    return PointOut(
        **{name: getattr(point, name) for name in named},
        printers=[PrinterOut.model_validate(printer) for printer in point.printers],
        blanks=dict(point.blanks),
    )


def _stock(session: Session, office: str) -> Stock:
    found: dict[str, dict[str, int]] = {}
    for (depot_id, blank), pieces in blanks.stock(session, office).items():
        found.setdefault(depot_id, {})[blank] = pieces
    return Stock(stock=found)


def _run(session: Session, office: str, run_id: str) -> RunOut:
    run = printing.run_of(session, office, run_id)
    return RunOut(
        id=run.id,
        depot_id=run.depot_id,
        day=run.day,
        documents=run.documents,
        ended_at=run.ended_at,
        lines=[
            LineOut(document_id=document.id, code=document.code, outcome=line.outcome)
            for line, document in printing.lines_of(session, office, run_id)
        ],
    )
