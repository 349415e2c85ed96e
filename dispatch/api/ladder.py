"""The ladder of carriers: what is in force, deciding a new one, and a route whose rider will not come."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field
from sqlalchemy.orm import Session

from dispatch.api.blueprint import api
from dispatch.api.http import Answer, changes, reads
from dispatch.api.schemas import Form, Line, Shape
from dispatch.auth import current_actor, current_office
from dispatch.services import calendar, ladder

Step = Annotated[str, Field(max_length=20)]


class NewLadder(Form):
    """Partners in their order, then perhaps post_counter; next_day always ends it. From today on by default."""

    steps: Annotated[list[Step], Field(max_length=20)]
    valid_from: Annotated[date, Field(strict=False)] | None = None


class LadderOut(Shape):
    """One ladder as it was decided."""

    valid_from: date
    revision: int
    steps: list[str]
    decided_by: str
    decided_at: datetime


class Ladders(Shape):
    """The steps in force today, after the office's own couriers, and every ladder, the latest first."""

    steps: list[str]
    history: list[LadderOut]


class WhyDeclined(Form):
    """Why the rider will not come."""

    reason: Line


class Fallen(Shape):
    """Where everything on the route went (a partner, post_counter or next_day), and what was passed over, and why."""

    step: str
    passed_over: list[str]


@api.get("/ladder")
@api.output(Ladders)
@reads
def get_ladder(session: Session) -> Ladders:
    """To whom work goes that its carrier did not take."""
    office = current_office()
    day = calendar.today(session, calendar.calendar_of(session, office))
    history = [LadderOut.model_validate(row) for row in ladder.history(session, office)]
    return Ladders(steps=list(ladder.steps_on(session, office, day)), history=history)


@api.post("/ladder")
@api.input(NewLadder)
@api.output(LadderOut, status_code=201)
@changes
def decide_ladder(session: Session, json_data: NewLadder) -> Answer:
    """Decide the steps from a day on."""
    office = current_office()
    valid_from = json_data.valid_from or calendar.today(session, calendar.calendar_of(session, office))
    row = ladder.decide(session, office, json_data.steps, valid_from=valid_from, by=current_actor())
    return Answer(LadderOut.model_validate(row), status=201)


@api.post("/routes/<route_id>/decline")
@api.input(WhyDeclined)
@api.output(Fallen)
@changes
def decline_route(session: Session, route_id: str, json_data: WhyDeclined) -> Fallen:
    """The rider will not come: what the route would have brought goes down the ladder."""
    done = ladder.decline_route(session, current_office(), route_id, why=json_data.reason, by=current_actor())
    return Fallen(step=done.step, passed_over=list(done.passed_over))
