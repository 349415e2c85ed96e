"""Where a document is, for any way a citizen asks by: the office's own chat, a village's screen, another page."""

from datetime import date
from typing import Annotated

from flask import request
from pydantic import Field
from sqlalchemy.orm import Session

from dispatch.api.blueprint import api
from dispatch.api.http import Answer
from dispatch.api.schemas import Form, Shape
from dispatch.errors import NotFound
from dispatch.runtime import runtime
from dispatch.services import public_status
from dispatch.services.links import address_block
from dispatch.services.public_status import Question
from dispatch.store.models.common import Json


class StatusQuestion(Form):
    """`factor`: the last four digits of the phone that was written down, or the birth date (01-07-1990)."""

    request_number: Annotated[str, Field(min_length=1, max_length=60)]
    factor: Annotated[str, Field(min_length=4, max_length=20)]


class StatusOut(Shape):
    """One document. `state`: waiting_blank, ready, out, at_village, returning, held, delivered, withdrawn or lost."""

    state: str
    sentence: str
    place: str
    since: date
    promised_on: date
    fee_rupiah: int
    fee: str
    resi: str
    office: str


class StatusAnswers(Shape):
    """Every document the number and the factor fit."""

    items: list[StatusOut]


@api.post("/status")
@api.input(StatusQuestion)
@api.output(StatusAnswers)
def ask_status(json_data: StatusQuestion) -> tuple[Json, int, dict[str, str]]:
    """State, place, day and fee in plain Indonesian. 404 for every number and factor that do not fit."""
    rt = runtime()
    question = Question(request_number=json_data.request_number, factor=json_data.factor)

    def asked(session: Session) -> list[StatusOut]:
        found = public_status.ask(session, rt.keys, question, place=address_block(request.remote_addr))
        return [StatusOut.model_validate(one) for one in found]

    items = rt.db.transact(asked)  # committed before anything is answered: the try counts
    if not items:
        raise NotFound("the number and the factor do not fit")
    return Answer(StatusAnswers(items=items)).parts()
