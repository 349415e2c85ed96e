"""Editing a solved plan on its page: every button is a plain form, and one that is too late is shown what it missed.

With a script the page's middle is exchanged in place (htmx); without one the browser follows to the same page. A form
carries the version of the plan it was looking at. When somebody else changed the plan meanwhile nothing is lost: the
page of changes shows what was done, what differs, and the edit that came too late, to be made again or not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.auth import current_actor, current_office
from dispatch.errors import FieldError, Invalid, NotFound, Stale
from dispatch.runtime import runtime
from dispatch.services import plan_ask, plan_compare, plan_edits, plan_view, planning
from dispatch.services.plan_edits import Advice, Edit, Exclude, Include, Move, PinStop, Swap
from dispatch.services.plan_words import named
from dispatch.store.models import Plan, PlanEdit, User
from dispatch.web.blueprint import web
from dispatch.web.page import Done, acts, page, shows
from dispatch.words import _

FIELDS = ("kind", "stop_id", "batch_id", "route", "where", "courier_id", "position", "to", "way")
_ID_SIGNS = frozenset("0123456789abcdefghijklmnopqrstuvwxyz")


@dataclass(frozen=True, slots=True, kw_only=True)
class EditRow:
    """An edit and who made it."""

    edit: PlanEdit
    who: str
    undone_by: str


@web.post("/plans/<plan_id>/edits")
@acts(back="web.plan")
def edit_plan(session: Session, plan_id: str) -> Done:
    """Make one change to the plan that was looked at."""
    plan = planning.plan_of(session, current_office(), plan_id)
    wanted = wanted_edit(request.form)
    try:
        made = plan_edits.edit(session, runtime().files, plan, wanted, seen=_version(request.form), by=current_actor())
    except Stale:
        return Done(_changes_address(plan_id))
    stop_id = request.form.get("stop_id", "")
    still_there = stop_id and not isinstance(wanted, Exclude)
    address = url_for("web.plan", plan_id=plan_id, stop=stop_id if still_there else None)
    return Done(address, made.said[:1].upper() + made.said[1:] + ".")


@web.post("/plans/<plan_id>/undo")
@acts(back="web.plan")
def undo_plan_edit(session: Session, plan_id: str) -> Done:
    """Take the newest change back."""
    plan = planning.plan_of(session, current_office(), plan_id)
    try:
        undone = plan_edits.undo(session, runtime().files, plan, seen=_version(request.form), by=current_actor())
    except Stale:
        return Done(_changes_address(plan_id))
    return Done(url_for("web.plan", plan_id=plan_id), _("Dibatalkan: %(what)s.", what=undone.said))


@web.post("/plans/<plan_id>/rest")
@acts(back="web.plan")
def search_rest(session: Session, plan_id: str) -> Done:
    """Search the rest again; what was pinned, taken out and allowed stays."""
    plan = planning.plan_of(session, current_office(), plan_id)
    try:
        plan_edits.claim(session, plan, _version(request.form))
    except Stale:
        return Done(_changes_address(plan_id))
    plan_ask.search_rest(session, plan, by=current_actor())
    return Done(url_for("web.plan", plan_id=plan_id))


@web.get("/plans/<plan_id>/changes")
@shows
def plan_changes(session: Session, plan_id: str) -> Response:
    """What was changed, since a version or ever; with the edit that came too late, if one did."""
    plan = planning.plan_of(session, current_office(), plan_id)
    since = _number(request.args.get("since", ""))
    late = {name: request.args[name] for name in FIELDS if request.args.get(name)}
    then = plan_edits.draft_at(session, plan, since) if since else None
    now_is = plan_edits.draft_at(session, plan, plan.version)
    words = named(session, plan)
    return page(
        session,
        "plan_changes.html",
        place="plans",
        plan=plan,
        since=since,
        rows=_rows(session, plan, plan_edits.history(session, plan, since=since)),
        moved=plan_compare.moves(then, now_is, words) if then and now_is else (),
        late=late if late.get("kind") else None,
        late_words=_late_words(session, plan, late) if late.get("kind") else "",
    )


@web.get("/plans/compare")
@shows
def compare_plans(session: Session) -> Response:
    """Two plans side by side."""
    office = current_office()
    one, other = (planning.plan_of(session, office, request.args.get(name, "")) for name in ("one", "other"))
    views = [plan_view.view(session, plan) for plan in (one, other)]
    return page(
        session,
        "plan_compare.html",
        place="plans",
        plans=views,
        differences=plan_compare.compare(*views),
    )


def wanted_edit(form: Mapping[str, str]) -> Edit:
    """The edit that a form asks for."""
    kind = form.get("kind", "")
    stop_id, batch_id, courier_id = (_id(form.get(name, "")) for name in ("stop_id", "batch_id", "courier_id"))
    where = form.get("where", "")  # a select: the number of a route, or who begins a new one
    route = _number(form.get("route", "")) or _number(where)
    courier_id = courier_id or ("" if _number(where) else _id(where))
    position = _number(form.get("position", "")) or None
    match kind:
        case "move":
            return Move(stop_id=stop_id, route=route, courier_id=courier_id, position=position)
        case "include":
            return Include(batch_id=batch_id, route=route, courier_id=courier_id, position=position)
        case "pin":
            to = form.get("to", "")
            return PinStop(stop_id=stop_id, to=to if to in ("route", "position") else "none")  # type: ignore[arg-type]
        case "exclude":
            return Exclude(stop_id=stop_id, way=form.get("way", "cheapest"))
        case "swap":
            return Swap(route=route, courier_id=courier_id)
        case "advice":
            return Advice(batch_id=batch_id)
    raise Invalid(fields=[FieldError("kind", "perubahan tidak dikenal")])


def _changes_address(plan_id: str) -> str:
    wanted: dict[str, Any] = {name: request.form[name] for name in FIELDS if request.form.get(name)}
    return url_for("web.plan_changes", plan_id=plan_id, since=request.form.get("version", ""), **wanted)


def _rows(session: Session, plan: Plan, edits: Sequence[PlanEdit]) -> list[EditRow]:
    names = dict(session.execute(select(User.id, User.name).where(User.office == plan.office)).all())

    def who(actor: str) -> str:
        return str(names.get(actor.partition(":")[2], actor)) if actor else ""

    return [EditRow(edit=edit, who=who(edit.by), undone_by=who(edit.undone_by)) for edit in edits]


def _late_words(session: Session, plan: Plan, late: Mapping[str, str]) -> str:
    """What somebody wanted to do, in a few words."""
    seen = plan_view.view(session, plan)
    stops = {stop.id: stop.place for route in seen.routes for stop in route.stops}
    batches = {one.batch_id: one.village for part in (seen.post, seen.waiting, seen.unassigned) for one in part}
    what = stops.get(late.get("stop_id", "")) or batches.get(late.get("batch_id", "")) or ""
    kinds = {
        "move": _("pindahkan tujuan"),
        "include": _("masukkan ke rute"),
        "pin": _("kunci tujuan"),
        "exclude": _("keluarkan dari rute"),
        "swap": _("ganti kurir"),
        "advice": _("terapkan saran"),
    }
    number = late.get("route") or late.get("where", "")
    where = _("rute %(n)s", n=number) if _number(number) else ""
    return " · ".join(part for part in (kinds.get(late["kind"], ""), what, where) if part)


def _version(form: Mapping[str, str]) -> int:
    return _number(form.get("version", ""))


def _number(text: str) -> int:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _id(text: str) -> str:
    if len(text) > 16 or not set(text) <= _ID_SIGNS:
        raise NotFound()
    return text
