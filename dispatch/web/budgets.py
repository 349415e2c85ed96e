"""The budget on a page: how each line stands and until when it lasts, its entries, new lines and ceilings; and what
carrying cost beside other ways."""

from datetime import date

from flask import Response, request, url_for
from sqlalchemy.orm import Session

from dispatch.access import ADMIN, SUPERVISOR
from dispatch.auth import current_actor, current_office, visitor
from dispatch.errors import FieldError, Invalid
from dispatch.said import say
from dispatch.services import budget_report, budgets, calendar, cost_report
from dispatch.services.commitments import CHANNELS
from dispatch.services.kinds import KINDS
from dispatch.web.blueprint import web
from dispatch.web.page import Done, acts, number_asked, page, sentence_given, shows
from dispatch.words import _

ACTS = {
    "grant": say("pagu"),
    "commit": say("komitmen"),
    "realise": say("realisasi"),
    "reverse": say("batal"),
    "correct": say("koreksi"),
}


@web.get("/budgets")
@shows
def budget_page(session: Session) -> Response:
    """The lines of a year, what they have left, and their latest entries."""
    office = current_office()
    its_calendar = calendar.calendar_of(session, office)
    today = calendar.today(session, its_calendar)
    year = number_asked("year") or today.year
    line_id = request.args.get("line", "")[:16]
    return page(
        session,
        "budgets.html",
        place="budgets",
        found=budget_report.overview(session, office, year, its_calendar, today),
        years=sorted({today.year, year, *budget_report.years_of(session, office)}, reverse=True),
        entries=budget_report.entries_of(session, office, year, line_id=line_id, most=40),
        line_id=line_id,
        acts=ACTS,
        channels={"ojek": _("ojek"), "post": _("Pos"), "partner": _("mitra lain")},
        sources=budgets.SOURCES,
        kinds=[kind for kind in KINDS if kind.deliverable],
        may_decide=visitor().role in (ADMIN, SUPERVISOR),
    )


@web.post("/budgets")
@acts(back="web.budget_page")
def open_budget_line(session: Session) -> Done:
    """A new line with its ceiling."""
    line = budgets.add_line(
        session,
        current_office(),
        year=_number("year", _("tahun")),
        source=request.form.get("source", ""),
        activity=sentence_given("activity", _("kode kegiatan"), most=40),
        account=sentence_given("account", _("kode rekening"), most=40),
        name=sentence_given("name", _("nama")),
        rupiah_granted=_number("ceiling", _("pagu")),
        position=_number("position", _("urutan")),
        channels=[one for one in CHANNELS if one in request.form.getlist("channels")],
        kinds=request.form.getlist("kinds")[:20],
        by=current_actor(),
    )
    return Done(url_for("web.budget_page", year=line.year), _("Mata anggaran dicatat."))


@web.post("/budgets/<line_id>/ceiling")
@acts(back="web.budget_page")
def change_ceiling(session: Session, line_id: str) -> Done:
    """Raise or lower a ceiling."""
    why, wanted = sentence_given("why", _("alasan")), _number("ceiling", _("pagu"))
    line = budgets.set_ceiling(session, current_office(), line_id, wanted, why=why, by=current_actor())
    return Done(url_for("web.budget_page", year=line.year), _("Pagu diubah."))


@web.get("/costs")
@shows
def cost_page(session: Session) -> Response:
    """What the documents of a period cost, beside other ways of bringing them."""
    office = current_office()
    today = calendar.today(session, calendar.calendar_of(session, office))
    start, end = _day("start") or today.replace(day=1), _day("end") or today
    is_right = 0 <= (end - start).days <= 366
    return page(
        session,
        "costs.html",
        place="costs",
        start=start,
        end=end,
        found=cost_report.compare(session, office, start, end) if is_right else None,
    )


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def _number(field: str, words: str) -> int:
    text = request.form.get(field, "").strip().replace(".", "")
    if not (text.isascii() and text.isdigit() and len(text) < 14):
        raise Invalid(fields=[FieldError(field, _("isi %(what)s dengan angka", what=words))])
    return int(text)
