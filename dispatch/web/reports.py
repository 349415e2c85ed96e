"""Reports: the month in one picture to print for the office head, and each report with its chart, table and files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import Response, request
from sqlalchemy.orm import Session

from dispatch.auth import current_office
from dispatch.errors import Invalid
from dispatch.services import calendar
from dispatch.services.reports import month
from dispatch.services.reports.period import Period, month_before, month_of
from dispatch.services.reports.tables import REPORTS, Figures, Form, Table, Value, report_of
from dispatch.store.db import now
from dispatch.web.blueprint import web
from dispatch.web.format import NOTHING, count, km, percent, rupiah
from dispatch.web.page import page, shows
from dispatch.words import _

_MONTHS_BACK = 24
_ON_THE_SHEET = ("days", "failures", "ways", "unclaimed", "couriers", "districts")
_CAUSE_CLASS = {
    "blank": "is-problem", "printing": "is-waiting",
    "office": "is-waiting", "batched": "is-waiting", "road": "is-moving", "desk": "is-moving", "back": "is-problem",
    "held": "is-held",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a stacked bar."""

    word: str
    number: int
    kind: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A report and its table, on the month's sheet."""

    key: str
    word: str
    about: str
    table: Table


@web.get("/reports")
@shows
def month_report(session: Session) -> Response:
    """The month in one picture, and below it every report the head wants on one printed sheet."""
    figures = figures_asked(session)
    picture = month.together(figures.pictures)
    return page(
        session,
        "reports.html",
        place="reports",
        reports=REPORTS,
        period=figures.period,
        months=_months(session, figures.calendar),
        picture=picture,
        came=_came(picture),
        went=_went(picture),
        promises=_promises(picture),
        sheets=[
            Shown(report.key, report.word, report.about, report.make(figures))
            for report in REPORTS
            if report.key in _ON_THE_SHEET
        ],
    )


@web.get("/reports/<key>")
@shows
def report(session: Session, key: str) -> Response:
    """One report of one month."""
    found = report_of(key)
    figures = figures_asked(session)
    return page(
        session,
        "report.html",
        place="reports",
        reports=REPORTS,
        report=found,
        table=found.make(figures),
        period=figures.period,
        months=_months(session, figures.calendar),
    )


def figures_asked(session: Session) -> Figures:
    """The figures of `?month=2026-11` or of `?from=2026-11-01&to=2026-11-15`; without either, of this month."""
    office = current_office()
    office_calendar = calendar.calendar_of(session, office)
    first, last = request.args.get("from", ""), request.args.get("to", "")
    if first or last:
        period = Period(first=_day(first), last=_day(last), zone=office_calendar.zone)
    else:
        today = office_calendar.local_date(now(session))
        period = month_of(request.args.get("month", "") or f"{today:%Y-%m}", office_calendar.zone)
    return Figures(session, office, period, office_calendar)


@web.app_template_filter("figure")
def figure(value: Value, form: Form) -> str:
    """A value of a report as people read it."""
    if value is None:
        return NOTHING
    if isinstance(value, str):
        return value
    if form == "share":
        return percent(float(value))
    if form == "rupiah":
        return rupiah(round(value))
    if form == "km":
        return km(round(value))
    if form == "minutes":
        return f"{'+' if value > 0 else ''}{round(value)} mnt"
    return count(round(value))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("a day is written YYYY-MM-DD") from None


def _months(session: Session, office_calendar: calendar.Calendar) -> Sequence[Period]:
    """This month and those before, newest first."""
    text = f"{office_calendar.local_date(now(session)):%Y-%m}"
    found = []
    for _number in range(_MONTHS_BACK):
        found.append(month_of(text, office_calendar.zone))
        text = month_before(found[-1].first)
    return found


def _came(picture: month.Picture) -> list[Part]:
    return [
        Part(_("belum selesai di awal"), picture.opening, "is-plain"),
        Part(_("masuk"), picture.entered, "is-moving"),
    ]


def _went(picture: month.Picture) -> list[Part]:
    return [
        Part(_("diterima warga"), picture.delivered, "is-done"),
        *(
            Part(_(month.cause_words(cause)), picture.waiting[cause], _CAUSE_CLASS.get(cause, "is-waiting"))
            for cause in (*month.CAUSES, *sorted(picture.waiting.keys() - month.CAUSES.keys()))
        ),
        Part(_("ditarik dan lain"), picture.ended, "is-plain"),
    ]


def _promises(picture: month.Picture) -> list[Part]:
    return [
        Part(_("tepat janji"), picture.kept, "is-done"),
        Part(_("sampai, tetapi terlambat"), picture.late, "is-waiting"),
        Part(_("lewat janji, belum sampai"), picture.overdue, "is-problem"),
        Part(_("belum waktunya"), picture.due_later, "is-moving"),
        Part(_("ditarik dan lain"), picture.promise_void, "is-plain"),
    ]
