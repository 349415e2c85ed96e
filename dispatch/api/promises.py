"""How promises were kept, and who is still to be told of a new day."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field
from sqlalchemy.orm import Session

from dispatch.api.blueprint import api
from dispatch.api.http import changes, reads
from dispatch.api.schemas import Form, Shape
from dispatch.auth import current_office
from dispatch.services import day_numbers, promises


class KeptOut(Shape):
    """Promises that fell due in the last four weeks: kept against the first promise, and against the last one told."""

    due: int
    kept_first: int
    kept_last: int


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
