"""Backlog plans: when a backlog will be gone, and what would change it."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field
from sqlalchemy.orm import Session

from dispatch.api.blueprint import api
from dispatch.api.http import Answer, changes, reads
from dispatch.api.schemas import Form, Int, RowId, Shape
from dispatch.auth import current_actor, current_office
from dispatch.services import backlog, backlog_nightly
from dispatch.store.models.common import Json

Day = Annotated[date, Field(strict=False)]


class ArrivalOfBlanks(Form):
    """Blanks the plan counts on."""

    day: Day
    pieces: Int


class BacklogForm(Form):
    """A question about the coming weeks. What is left out is as the office has it now.

    `backlog`: so many cards over all villages instead of the office's own; `budget` in rupiah; `invited`: people a day
    whose cards join; `weekends`: the office works on all Saturdays and Sundays;
    `nightly`: computed again every night, instead of the plan that was until now."""

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
    nightly: bool = False
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


@api.post("/backlog-plans")
@api.input(BacklogForm)
@api.output(BacklogOut, status_code=202)
@changes
def request_backlog_plan(session: Session, json_data: BacklogForm) -> Answer:
    """Ask when a backlog will be gone; answers at once, the burn-down follows."""
    given = json_data.model_dump()
    given["arrivals"] = tuple((one["day"], one["pieces"]) for one in given["arrivals"])
    row = backlog_nightly.request(session, current_office(), backlog.Wish(**given), by=current_actor())
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
