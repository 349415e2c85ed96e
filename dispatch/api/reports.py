"""Reports as JSON and as files: the same tables the pages show."""

from datetime import date

from flask import Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from dispatch.api.blueprint import api
from dispatch.api.http import reads
from dispatch.api.schemas import Shape
from dispatch.auth import current_office
from dispatch.runtime import runtime
from dispatch.services import calendar
from dispatch.services.reports.files import MEDIA, Format, sheet_of, written
from dispatch.services.reports.period import Period
from dispatch.services.reports.tables import REPORTS, Figures, Table, Value, report_of


class DaysQuery(BaseModel):
    """The first and the last day (2026-11-01), both counting; at most a year."""

    model_config = ConfigDict(extra="forbid")

    first: date = Field(alias="from")
    last: date = Field(alias="to")


class FileQuery(DaysQuery):
    """A report's file."""

    format: Format = "csv"


class ColumnOut(Shape):
    """`form`: text, count, days (working days), share (0 to 1), rupiah, km (metres), minutes."""

    word: str
    form: str


class ReportShort(Shape):
    """A report that can be asked for."""

    key: str
    title: str
    about: str


class ReportList(Shape):
    """Every report."""

    reports: list[ReportShort]


class ReportOut(ReportShort):
    """A report's table. `total` is what the rows add up to, null where nothing is added."""

    first: date
    last: date
    columns: list[ColumnOut]
    rows: list[list[str | int | float | None]]
    total: list[str | int | float | None] | None


@api.get("/reports")
@api.output(ReportList)
@reads
def list_reports(session: Session) -> ReportList:
    """Which reports there are."""
    return ReportList(reports=[ReportShort(key=r.key, title=r.word, about=r.about) for r in REPORTS])


@api.get("/reports/<key>")
@api.input(DaysQuery, location="query")
@api.output(ReportOut)
@reads
def get_report(session: Session, key: str, query_data: DaysQuery) -> ReportOut:
    """One report of some days."""
    report = report_of(key)
    period, table = _made(session, key, query_data)
    return ReportOut(
        key=report.key,
        title=report.word,
        about=report.about,
        first=period.first,
        last=period.last,
        columns=[ColumnOut(word=column.word, form=column.form) for column in table.columns],
        rows=[_cells(row) for row in table.rows],
        total=_cells(table.total) if table.total else None,
    )


@api.get("/reports/<key>/file")
@api.input(FileQuery, location="query")
def report_file(key: str, query_data: FileQuery) -> Response:
    """The same as CSV or XLSX; no cell of it ever calculates."""
    report = report_of(key)
    with runtime().db.reading() as session:
        period, table = _made(session, key, query_data)
    name = f"antar-{report.key}-{period.first}-{period.last}.{query_data.format}"
    return Response(
        written(sheet_of(report.word, table), query_data.format),
        mimetype=MEDIA[query_data.format],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _made(session: Session, key: str, asked: DaysQuery) -> tuple[Period, Table]:
    office = current_office()
    office_calendar = calendar.calendar_of(session, office)
    period = Period(first=asked.first, last=asked.last, zone=office_calendar.zone)
    return period, report_of(key).make(Figures(session, office, period, office_calendar))


def _cells(row: tuple[Value, ...]) -> list[Value]:
    return list(row)
