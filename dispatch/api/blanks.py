"""Blanks at the print points: receipts, announcements, counts and transfers."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field
from sqlalchemy.orm import Session

from dispatch.api.blueprint import api
from dispatch.api.http import Answer, changes
from dispatch.api.schemas import Form, Int, Line, RowId, Shape
from dispatch.auth import current_actor, current_office
from dispatch.services import blanks

Day = Annotated[date, Field(strict=False)]
Blank = Annotated[str, Field(max_length=12)]
Words = Annotated[str, Field(max_length=80)]


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


def _stock(session: Session, office: str) -> Stock:
    found: dict[str, dict[str, int]] = {}
    for (depot_id, blank), pieces in blanks.stock(session, office).items():
        found.setdefault(depot_id, {})[blank] = pieces
    return Stock(stock=found)
