"""A backlog plan as a page: when it is gone, what binds, what would change it, and the burn-down of every village."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import Response, request, url_for
from sqlalchemy.orm import Session

from dispatch.auth import current_actor, current_office
from dispatch.errors import FieldError, Invalid
from dispatch.services import backlog as services
from dispatch.services import backlog_nightly
from dispatch.store.models.common import Json
from dispatch.web.blueprint import web
from dispatch.web.page import Done, acts, page, part, shows
from dispatch.words import _

WIDTH, HEIGHT, TOP, LEFT, BOTTOM = 720, 260, 10, 56, 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The burn-down as paths in a box of 720 by 260: the band, the middle, what is not printed, and its marks."""

    band: str
    middle: str
    unprinted: str
    days: Sequence[tuple[float, str]]
    amounts: Sequence[tuple[float, int]]


@web.get("/backlog")
@shows
def backlog(session: Session) -> Response:
    """The plans made so far, and the form for another."""
    return page(session, "backlog.html", place="backlog", plans=services.plans(session, current_office()))


@web.post("/backlog")
@acts(back="web.backlog")
def request_backlog(session: Session) -> Done:
    """Ask for a plan."""
    form = request.form
    arrival = _number("arrival_pieces")
    wish = services.Wish(
        name=form.get("name", "")[:80],
        backlog=_number("backlog"),
        start=_day("start"),
        quota=_number("quota"),
        couriers=_number("couriers"),
        blanks=_number("blanks"),
        arrivals=((_day("arrival_day") or date.min, arrival),) if arrival and form.get("arrival_day") else (),
        budget=_number("budget"),
        with_post=form.get("with_post") == "1",
        weekends=form.get("weekends") == "1",
        by_village=form.get("by_village") == "1",
        nightly=form.get("nightly") == "1",
    )
    row = backlog_nightly.request(session, current_office(), wish, by=current_actor())
    return Done(url_for("web.backlog_plan", plan_id=row.id))


@web.get("/backlog/<plan_id>")
@shows
def backlog_plan(session: Session, plan_id: str) -> Response:
    """One plan; while it is computed, how far it is."""
    found = services.plan_of(session, current_office(), plan_id)
    return page(
        session,
        "backlog_plan.html",
        place="backlog",
        plan=found,
        answer=found.answer,
        chart=chart_of(found.answer) if found.answer else None,
        constraints=services.CONSTRAINTS,
        changes=services.CHANGES,
    )


@web.post("/backlog/<plan_id>/nightly/stop")
@acts(back="web.backlog_plan")
def stop_nightly_backlog(session: Session, plan_id: str) -> Done:
    """Let a plan stay as it was computed last."""
    backlog_nightly.stop(session, current_office(), plan_id)
    return Done(url_for("web.backlog_plan", plan_id=plan_id), _("Rencana ini tidak dihitung ulang lagi."))


@web.get("/backlog/<plan_id>/live")
@shows
def backlog_live(session: Session, plan_id: str) -> Response:
    """How far the computing is."""
    found = services.plan_of(session, current_office(), plan_id)
    answer = Response(part("backlog_live.html", plan=found))
    if found.status in ("done", "failed"):
        answer.headers["X-Finished"] = "1"
    return answer


def chart_of(answer: Json) -> Chart:
    """The days of an answer as lines; the first point is the whole backlog."""
    shown = answer["days"][: _last_day(answer)]
    whole: int = max(1, int(answer["documents"]), *(max(day["left"]) for day in shown))
    bands = [[answer["documents"]] * 3] + [day["left"] for day in shown]
    unprinted = [answer["documents"], *(day["unprinted"] for day in shown)]

    def x(n: int) -> float:
        return round(LEFT + (WIDTH - LEFT - 10) * n / max(1, len(bands) - 1), 1)

    def y(amount: int) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - amount / whole), 1)

    def line(amounts: Sequence[int]) -> str:
        return "M" + "L".join(f"{x(n)} {y(amount)}" for n, amount in enumerate(amounts))

    upper, lower = [band[2] for band in bands], [band[0] for band in bands]
    back = "L".join(f"{x(n)} {y(lower[n])}" for n in range(len(lower) - 1, -1, -1))
    step = max(1, -(-len(shown) // 6))
    days = [(x(n + 1), shown[n]["day"]) for n in range(0, len(shown), step) if x(n + 1) < WIDTH - LEFT]
    return Chart(
        band=f"{line(upper)}L{back}Z",
        middle=line([band[1] for band in bands]),
        unprinted=line(unprinted),
        days=days,
        amounts=[(y(whole * quarter // 4), whole * quarter // 4) for quarter in range(5)],
    )


def _last_day(answer: Json) -> int:
    """The chart ends where nine of ten runs are done, not with the slowest."""
    return int(answer["done_working_days"][2] or len(answer["days"]))


def _number(field: str) -> int | None:
    text = request.form.get(field, "").strip().replace(".", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 13):
        raise Invalid(fields=[FieldError(field, _("isi dengan angka, atau kosongkan"))])
    return int(text)


def _day(field: str) -> date | None:
    text = request.form.get(field, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Invalid(fields=[FieldError(field, _("isi tanggalnya"))]) from error
