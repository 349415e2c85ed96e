"""Budgets: lines and how they stand, ceilings, the ledger, and what carrying cost beside other ways."""

from datetime import date, datetime
from typing import Annotated, Literal

from flask import Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from dispatch.api.blueprint import api
from dispatch.api.http import Answer, changes, reads
from dispatch.api.schemas import Form, Int, Line, Shape, Text
from dispatch.auth import current_actor, current_office
from dispatch.errors import FieldError, Invalid
from dispatch.runtime import runtime
from dispatch.services import budget_report, budgets, calendar, cost_report
from dispatch.services.ledger import ceiling
from dispatch.store.models import BudgetLine

Code = Annotated[str, Field(min_length=1, max_length=40)]


class YearQuery(BaseModel):
    """Which year's budget, by default this one."""

    model_config = ConfigDict(extra="forbid")

    year: int | None = Field(None, ge=2020, le=2100)


class LedgerQuery(YearQuery):
    """Which entries, the latest first."""

    line_id: str = Field("", max_length=16)
    limit: int = Field(200, ge=1, le=1000)
    offset: int = Field(0, ge=0, le=10_000_000)


class PeriodQuery(BaseModel):
    """First and last service date."""

    model_config = ConfigDict(extra="forbid")

    start: date
    end: date


class NewLine(Form):
    """A line of a year with its ceiling. `channels` (ojek, post, partner) and `kinds` say what it pays; empty: all.

    Of several lines that may pay, the one of the lowest `position` that has enough left does."""

    year: Int
    source: Literal["APBD", "DAK", "Lainnya"]
    activity: Code
    account: Code
    name: Line
    ceiling: Int
    position: Int = 1
    channels: Annotated[list[str], Field(max_length=3)] = Field(default_factory=list)
    kinds: Annotated[list[str], Field(max_length=20)] = Field(default_factory=list)


class NewCeiling(Form):
    """What the line may spend in its year from now on, and why."""

    ceiling: Int
    why: Text


class LineOut(Shape):
    """One line now, in rupiah. `ends`: the day its money ends at the pace of the last 20 working days."""

    id: str
    year: int
    source: str
    activity: str
    account: str
    name: str
    position: int
    channels: list[str]
    kinds: list[str]
    ceiling: int
    committed: int
    realised: int
    available: int
    pace: int
    ends: date | None


class BudgetOut(Shape):
    """All lines of a year and their sums. `uncovered`: owed to partners beyond any line, asked of a person."""

    year: int
    lines: list[LineOut]
    ceiling: int
    committed: int
    realised: int
    available: int
    pace: int
    ends: date | None
    uncovered: int


class EntryOut(Shape):
    """One entry: so many rupiah of a line moved from one account to another."""

    number: int
    day: date
    at: datetime
    line_id: str
    act: str
    taken_from: str
    given_to: str
    item: str
    rupiah: int
    reference: str
    by: str
    why: str


class LedgerOut(Shape):
    """Entries, the latest first."""

    items: list[EntryOut]


class ChannelOut(Shape):
    """One way of carrying in the period."""

    name: str
    documents: int
    orders: int
    rupiah: int


class ComparisonOut(Shape):
    """What a period cost, and what the same documents would have cost otherwise."""

    start: date
    end: date
    documents: int
    channels: list[ChannelOut]
    actual: int
    per_document: int
    single_orders: int
    all_post: int
    hired: int
    people: int


@api.get("/budgets")
@api.input(YearQuery, location="query")
@api.output(BudgetOut)
@reads
def get_budget(session: Session, query_data: YearQuery) -> BudgetOut:
    """How the year's lines stand: ceiling, committed, realised, available, and until when they last."""
    office = current_office()
    its_calendar = calendar.calendar_of(session, office)
    today = calendar.today(session, its_calendar)
    found = budget_report.overview(session, office, query_data.year or today.year, its_calendar, today)
    lines = [_line(one.line, one.pace, one.ends) for one in found.standings]
    said = {name: getattr(found, name) for name in BudgetOut.model_fields if name != "lines"}
    return BudgetOut(lines=lines, **said)


@api.post("/budgets")
@api.input(NewLine)
@api.output(LineOut, status_code=201)
@changes
def create_budget_line(session: Session, json_data: NewLine) -> Answer:
    """Open a line; from the first one on nothing of its year or later is offered without money for it."""
    said = json_data.model_dump(exclude={"ceiling"})
    line = budgets.add_line(session, current_office(), rupiah_granted=json_data.ceiling, by=current_actor(), **said)
    return Answer(_line(line), status=201)


@api.post("/budgets/<line_id>/ceiling")
@api.input(NewCeiling)
@api.output(LineOut)
@changes
def set_budget_ceiling(session: Session, line_id: str, json_data: NewCeiling) -> LineOut:
    """Raise or lower a ceiling; never below what is committed and realised."""
    why, wanted = json_data.why, json_data.ceiling
    return _line(budgets.set_ceiling(session, current_office(), line_id, wanted, why=why, by=current_actor()))


@api.get("/ledger")
@api.input(LedgerQuery, location="query")
@api.output(LedgerOut)
@reads
def list_ledger(session: Session, query_data: LedgerQuery) -> LedgerOut:
    """The entries of a year."""
    rows = budget_report.entries_of(
        session,
        current_office(),
        query_data.year or _this_year(session),
        line_id=query_data.line_id,
        most=query_data.limit,
        offset=query_data.offset,
    )
    names = [name for name in EntryOut.model_fields if name != "reference"]
    return LedgerOut(
        items=[
            EntryOut(reference=reference, **{name: getattr(entry, name) for name in names})
            for entry, _, reference in rows
        ]
    )


@api.get("/ledger.csv")
@api.input(YearQuery, location="query")
def ledger_file(query_data: YearQuery) -> Response:
    """The whole ledger of a year as CSV."""
    with runtime().db.reading() as session:
        year = query_data.year or _this_year(session)
        body = budget_report.ledger_csv(session, current_office(), year)
    headers = {"Content-Disposition": f'attachment; filename="buku-kas-{year}.csv"', "Cache-Control": "no-store"}
    return Response(body, mimetype="text/csv", headers=headers)


@api.get("/costs")
@api.input(PeriodQuery, location="query")
@api.output(ComparisonOut)
@reads
def compare_costs(session: Session, query_data: PeriodQuery) -> ComparisonOut:
    """What the documents of these service dates cost, beside single ojek orders, all by post, and own couriers."""
    if not 0 <= (query_data.end - query_data.start).days <= 366:
        raise Invalid(fields=[FieldError("end", "isi tanggal akhir, paling lama setahun setelah awal")])
    found = cost_report.compare(session, current_office(), query_data.start, query_data.end)
    return ComparisonOut.model_validate(found)


def _this_year(session: Session) -> int:
    return calendar.today(session, calendar.calendar_of(session, current_office())).year


def _line(line: BudgetLine, pace: int = 0, ends: date | None = None) -> LineOut:
    own = {name: getattr(line, name) for name in LineOut.model_fields if name not in ("ceiling", "pace", "ends")}
    return LineOut(ceiling=ceiling(line), pace=pace, ends=ends, **own)
