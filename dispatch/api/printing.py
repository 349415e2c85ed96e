"""Printers, cards that wait to be printed, and print runs."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy.orm import Session

from dispatch.api.blueprint import api
from dispatch.api.documents import Delivery, NewDocument, Weighing, deliver_all
from dispatch.api.http import Answer, changes, reads
from dispatch.api.schemas import Form, Int, Line, RowId, Shape
from dispatch.auth import current_actor, current_office
from dispatch.services import printing


class PrinterOut(Shape):
    """A printer and whether it works."""

    id: str
    depot_id: str
    name: str
    cards_per_hour: int
    is_active: bool
    note: str


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
