"""Service BASTs: who was paid in a month, and each statement as a numbered PDF and as CSV."""

from typing import Annotated

from flask import Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from dispatch.api.blueprint import api
from dispatch.api.http import Answer, changes, reads
from dispatch.api.papers import PaperOut, numbered_file, shape
from dispatch.api.schemas import Form, Shape
from dispatch.auth import current_actor, current_office
from dispatch.runtime import runtime
from dispatch.services import papers, plan_papers, service_bast
from dispatch.services.paper_numbers import SERVICE

Month = Annotated[str, Field(pattern=r"^\d{4}-\d{2}$")]


class MonthQuery(BaseModel):
    """Which month, as 2026-11."""

    model_config = ConfigDict(extra="forbid")

    month: Month


class CourierQuery(BaseModel):
    """Which of the office's own couriers; empty for the post and partners."""

    model_config = ConfigDict(extra="forbid")

    courier_id: str = Field("", max_length=16)


class NewStatement(Form):
    """A month of one provider: `ojek_link` with its courier, post_counter, or a partner."""

    month: Month
    partner: Annotated[str, Field(min_length=1, max_length=20)]
    courier_id: Annotated[str, Field(max_length=16)] = ""


class ProviderOut(Shape):
    """Somebody with finished orders in the month."""

    partner: str
    courier_id: str
    name: str
    orders: int
    rupiah: int


class Providers(Shape):
    """All of them, by name."""

    items: list[ProviderOut]


@api.get("/services")
@api.input(MonthQuery, location="query")
@api.output(Providers)
@reads
def list_services(session: Session, query_data: MonthQuery) -> Providers:
    """Who carried for money in the month, and for how much."""
    found = service_bast.providers(session, current_office(), service_bast.month_of(query_data.month))
    return Providers(items=[ProviderOut.model_validate(one) for one in found])


@api.post("/services/bast")
@api.input(NewStatement)
@api.output(PaperOut, status_code=201)
@changes
def print_service_bast(session: Session, json_data: NewStatement) -> Answer:
    """Number the month's service BAST of a courier or partner; the same again keeps its number."""
    printed = papers.print_service_bast(
        session,
        plan_papers.ground_of(runtime()),
        current_office(),
        service_bast.month_of(json_data.month),
        json_data.partner,
        json_data.courier_id,
        by=current_actor(),
    )
    return Answer(shape(printed.paper, printed.revision), status=201)


@api.get("/services/<month>/<partner>/bast.pdf")
@api.input(CourierQuery, location="query")
def service_bast_file(month: str, partner: str, query_data: CourierQuery) -> Response:
    """The service BAST as it was printed last."""
    first, courier_id = service_bast.month_of(month), query_data.courier_id

    def of(session: Session, ground: papers.Ground, office: str, _subject: str) -> papers.Printed:
        return papers.service_bast_of(session, ground, office, first, partner, courier_id)

    return numbered_file(SERVICE, service_bast.subject_of(first, partner, courier_id), of)


@api.get("/services/<month>/<partner>/orders.csv")
@api.input(CourierQuery, location="query")
def service_csv(month: str, partner: str, query_data: CourierQuery) -> Response:
    """The orders of the month as a table, as they stand now."""
    with runtime().db.reading() as session:
        first = service_bast.month_of(month)
        paper = service_bast.statement(session, current_office(), first, partner, query_data.courier_id)
    name = f"jasa-{month}-{partner}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(service_bast.as_csv(paper), mimetype="text/csv", headers=headers)
