"""Plans: asked for, watched while they are solved, approved or discarded. An answer's ETag is the plan's version."""

import re
from datetime import date
from typing import Annotated, Any

from flask import request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from sqlalchemy.orm import Session

from dispatch.api.blueprint import api
from dispatch.api.http import Answer, changes, reads, version_given
from dispatch.api.schemas import Form, Int, RowId, Shape
from dispatch.auth import current_actor, current_office
from dispatch.errors import Stale
from dispatch.runtime import runtime
from dispatch.services import plan_view, planning
from dispatch.services.plan_shapes import PlanSummary, PlanView
from dispatch.services.planning_days import MOST_DAYS
from dispatch.settings import MOST_PLAN_SECONDS
from dispatch.store.models import Plan

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _day(value: Any) -> Any:
    """Only 2026-11-24 is a date; pydantic alone would take a number of seconds, too."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        return date.fromisoformat(value)
    raise ValueError("tanggal ditulis seperti 2026-11-24")


Day = Annotated[date, BeforeValidator(_day)]


class NewPlan(Form):
    """A service date, and where one should not simply take everything: depots, couriers.

    `seconds` is how long to search; without it the number of batches decides: 5 s up to 20 batches, 10 up to 100, 20 up
    to 300, 40 up to 700, 60 up to 1,500, 120 up to 4,000, 240 beyond. `look_ahead`: how many coming working days are
    weighed, too; what rides cheaper on one of them waits."""

    service_date: Day
    depot_ids: Annotated[list[RowId], Field(max_length=100)] = Field(default_factory=list)
    courier_ids: Annotated[list[RowId], Field(max_length=500)] = Field(default_factory=list)
    seconds: Annotated[Int, Field(ge=1, le=MOST_PLAN_SECONDS)] | None = None
    with_post: bool = True
    look_ahead: Annotated[Int, Field(ge=0, le=MOST_DAYS)] = 0


class PlanQuery(BaseModel):
    """Which plans."""

    model_config = ConfigDict(extra="forbid")

    state: str = Field("", max_length=20)
    service_date: Day | None = None
    limit: int = Field(50, ge=1, le=200)
    offset: int = Field(0, ge=0, le=1_000_000)


class PlanPage(Shape):
    """Plans, the newest first."""

    items: list[PlanSummary]


@api.post("/plans")
@api.input(NewPlan)
@api.output(PlanSummary, status_code=202)
@changes
def create_plan(session: Session, json_data: NewPlan) -> Answer:
    """Reserve the sealed batches and ask for routes; answers at once, the routes follow at the Location."""
    plan = planning.request_plan(
        session,
        current_office(),
        service_date=json_data.service_date,
        depot_ids=json_data.depot_ids,
        courier_ids=json_data.courier_ids,
        seconds=json_data.seconds or runtime().settings.plan_seconds or None,
        with_post=json_data.with_post,
        look_ahead=json_data.look_ahead,
        by=current_actor(),
    )
    return _told(session, plan, 202)


@api.get("/plans")
@api.input(PlanQuery, location="query")
@api.output(PlanPage)
@reads
def list_plans(session: Session, query_data: PlanQuery) -> PlanPage:
    """The office's plans, the newest first."""
    plans = plan_view.latest_plans(session, current_office(), **query_data.model_dump())
    return PlanPage(items=plan_view.summaries(session, plans))


@api.get("/plans/<plan_id>")
@api.output(PlanView)
@reads
def get_plan(session: Session, plan_id: str) -> Answer:
    """A plan with its routes, stops, totals and reasons; while it is solved, the best cost and the seconds left."""
    plan = planning.plan_of(session, current_office(), plan_id)
    return Answer(plan_view.view(session, plan), 200, {"ETag": f'"{plan.version}"'})


@api.post("/plans/<plan_id>/stop")
@api.output(PlanSummary, status_code=202)
@changes
def stop_plan(session: Session, plan_id: str) -> Answer:
    """Stop searching and use the best routes found so far."""
    plan = planning.plan_of(session, current_office(), plan_id)
    planning.stop_early(session, plan)
    return _told(session, plan, 202)


@api.post("/plans/<plan_id>/retry")
@api.output(PlanSummary, status_code=202)
@changes
def retry_plan(session: Session, plan_id: str) -> Answer:
    """Search again for a plan that failed."""
    plan = planning.plan_of(session, current_office(), plan_id)
    planning.retry(session, plan, by=current_actor())
    return _told(session, plan, 202)


@api.post("/plans/<plan_id>/approve")
@api.output(PlanSummary)
@changes
def approve_plan(session: Session, plan_id: str) -> Answer:
    """Offer the routes to their couriers and the rest to the post; batches left out are free again."""
    plan = _unchanged(planning.plan_of(session, current_office(), plan_id))
    planning.approve(session, plan, by=current_actor())
    return _told(session, plan, 200)


@api.post("/plans/<plan_id>/discard")
@api.output(PlanSummary)
@changes
def discard_plan(session: Session, plan_id: str) -> Answer:
    """Give every batch of a plan back."""
    plan = _unchanged(planning.plan_of(session, current_office(), plan_id))
    planning.discard(session, plan, by=current_actor())
    return _told(session, plan, 200)


def _told(session: Session, plan: Plan, status: int) -> Answer:
    session.flush()
    headers = {"Location": f"/api/v1/plans/{plan.id}", "ETag": f'"{plan.version}"'}
    return Answer(plan_view.summary(session, plan), status, headers)


def _unchanged(plan: Plan) -> Plan:
    """The plan, if it is still the one the visitor looked at; without If-Match it always is."""
    version = version_given(request.headers.get("If-Match", "*"))
    if version is not None and version != plan.version:
        raise Stale(f"plan {plan.id} is at version {plan.version}, not {version}")
    return plan
