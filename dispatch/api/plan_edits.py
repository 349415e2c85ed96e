"""Editing a solved plan: one change at a time, based on a version (`If-Match`), each kept and taken back at will."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from dispatch.api.blueprint import api
from dispatch.api.http import Answer, changes, reads, version_seen
from dispatch.api.schemas import Form, Int, RowId, Shape
from dispatch.auth import current_actor, current_office
from dispatch.errors import FieldError, Invalid
from dispatch.runtime import runtime
from dispatch.services import plan_ask, plan_compare, plan_edits, plan_view, planning
from dispatch.services.plan_edits import Advice, Edit, Exclude, Include, Move, PinStop, Reorder, Swap
from dispatch.services.plan_shapes import PlanSummary, PlanView
from dispatch.settings import MOST_PLAN_SECONDS
from dispatch.store.models import Plan, PlanEdit

Number = Annotated[Int, Field(ge=0, le=100_000)]


class NewEdit(Form):
    """One change. What a kind needs:

    | kind | fields |
    | --- | --- |
    | move | `stop_id`; `route` (a number) or `courier_id` (a new route), neither: the cheapest; `position` from 1 |
    | reorder | `route`, `stop_ids`: all of its stops in the new order |
    | pin | `stop_id`, `to`: route, position or none |
    | exclude | `stop_id`, `way`: cheapest, post or wait |
    | include | `batch_id`; `route` or `courier_id`, neither: where it costs least; `position` |
    | swap | `route`, `courier_id` |
    | advice | `batch_id`: follow the smallest change that was found for it |
    """

    kind: Literal["move", "reorder", "pin", "exclude", "include", "swap", "advice"]
    stop_id: RowId | None = None
    batch_id: RowId | None = None
    courier_id: RowId | None = None
    route: Number = 0
    position: Annotated[Int, Field(ge=1, le=100_000)] | None = None
    stop_ids: Annotated[list[RowId], Field(max_length=1000)] = Field(default_factory=list)
    to: Literal["route", "position", "none"] = "route"
    way: Literal["cheapest", "post", "wait"] = "cheapest"


class EditShape(Shape):
    """One change that was made: who, when, in words, and what the plan cost before and after."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    id: str
    number: int
    kind: str
    said: str
    version: int
    at: datetime
    by: str
    cost_before: int
    cost_after: int
    undone_at: datetime | None
    undone_by: str


class RestQuestion(Form):
    """How long to search; without it as long as before."""

    seconds: Annotated[Int, Field(ge=1, le=MOST_PLAN_SECONDS)] | None = None


class DifferenceShape(Shape):
    """A batch that two plans treat differently: who carries it, Pos, Menunggu, Tidak terlayani; empty: not in it."""

    code: str
    village: str
    documents: int
    one: str
    other: str


class ComparisonShape(Shape):
    """Two plans side by side."""

    one: PlanSummary
    other: PlanSummary
    differences: list[DifferenceShape]


class EditQuery(BaseModel):
    """Which edits: those made or taken back after a version."""

    model_config = ConfigDict(extra="forbid")

    since: int = Field(0, ge=0, le=1_000_000_000)


class EditPage(Shape):
    """Edits in their order, and the plan's version now."""

    version: int
    items: list[EditShape]


@api.post("/plans/<plan_id>/edits")
@api.input(NewEdit)
@api.output(PlanView)
@changes
def edit_plan(session: Session, plan_id: str, json_data: NewEdit) -> Answer:
    """Change one thing; the answer is the whole plan with new times, prices and the limits it exceeds."""
    plan = planning.plan_of(session, current_office(), plan_id)
    plan_edits.edit(session, runtime().files, plan, _wanted(json_data), seen=version_seen(), by=current_actor())
    return _shown(session, plan)


@api.post("/plans/<plan_id>/undo")
@api.output(PlanView)
@changes
def undo_plan_edit(session: Session, plan_id: str) -> Answer:
    """Take the newest change back."""
    plan = planning.plan_of(session, current_office(), plan_id)
    plan_edits.undo(session, runtime().files, plan, seen=version_seen(), by=current_actor())
    return _shown(session, plan)


@api.post("/plans/<plan_id>/rest")
@api.input(RestQuestion)
@api.output(PlanSummary, status_code=202)
@changes
def search_rest_of_plan(session: Session, plan_id: str, json_data: RestQuestion) -> Answer:
    """Search again for all that nobody decided: pins, exclusions and what was allowed stay."""
    plan = planning.plan_of(session, current_office(), plan_id)
    plan_edits.claim(session, plan, version_seen())
    plan_ask.search_rest(session, plan, by=current_actor(), seconds=json_data.seconds)
    session.flush()
    headers = {"Location": f"/api/v1/plans/{plan.id}", "ETag": f'"{plan.version}"'}
    return Answer(plan_view.summary(session, plan), 202, headers)


@api.get("/plans/<plan_id>/compare/<other_id>")
@api.output(ComparisonShape)
@reads
def compare_plans(session: Session, plan_id: str, other_id: str) -> ComparisonShape:
    """Two plans side by side: what they cost, and the batches they treat differently."""
    one, other = (planning.plan_of(session, current_office(), each) for each in (plan_id, other_id))
    views = [plan_view.view(session, plan) for plan in (one, other)]
    return ComparisonShape(
        one=plan_view.summary(session, one),
        other=plan_view.summary(session, other),
        differences=[DifferenceShape.model_validate(one) for one in plan_compare.compare(*views)],
    )


@api.get("/plans/<plan_id>/edits")
@api.input(EditQuery, location="query")
@api.output(EditPage)
@reads
def list_plan_edits(session: Session, plan_id: str, query_data: EditQuery) -> EditPage:
    """What people changed; after a 412, `since` your own version tells what you have not seen."""
    plan = planning.plan_of(session, current_office(), plan_id)
    edits = plan_edits.history(session, plan, since=query_data.since)
    return EditPage(version=plan.version, items=[_edit(one) for one in edits])


def _edit(edit: PlanEdit) -> EditShape:
    return EditShape.model_validate(edit)


def _shown(session: Session, plan: Plan) -> Answer:
    session.flush()
    return Answer(plan_view.view(session, plan), 200, {"ETag": f'"{plan.version}"'})


def _wanted(new: NewEdit) -> Edit:
    match new.kind:
        case "move":
            stop_id = _needed("stop_id", new.stop_id)
            return Move(stop_id=stop_id, route=new.route, courier_id=new.courier_id or "", position=new.position)
        case "reorder":
            return Reorder(route=new.route, stop_ids=new.stop_ids)
        case "pin":
            return PinStop(stop_id=_needed("stop_id", new.stop_id), to=new.to)
        case "exclude":
            return Exclude(stop_id=_needed("stop_id", new.stop_id), way=new.way)
        case "include":
            batch_id = _needed("batch_id", new.batch_id)
            return Include(batch_id=batch_id, route=new.route, courier_id=new.courier_id or "", position=new.position)
        case "swap":
            return Swap(route=new.route, courier_id=_needed("courier_id", new.courier_id))
        case "advice":
            return Advice(batch_id=_needed("batch_id", new.batch_id))


def _needed(field: str, value: str | None) -> str:
    if value is None:
        raise Invalid(fields=[FieldError(field, "wajib diisi")])
    return value
