"""The first page: where every document is, what needs a person, the one thing to do next, and what is done in bulk."""

from flask import Response, redirect, url_for
from sqlalchemy import ColumnExpressionArgument, func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from dispatch.access import ADMIN, DISPATCHER, SUPERVISOR, VILLAGE_OFFICER
from dispatch.auth import current_actor, current_office, visitor
from dispatch.services import batching, calendar, planning
from dispatch.store.models import ApiClient, Courier, Depot, User, Village
from dispatch.web.blueprint import web
from dispatch.web.page import Done, acts, page, shows
from dispatch.web.plans import next_service_day
from dispatch.web.routes import routes_on
from dispatch.web.today_view import bulk, cards, late_documents, needs, plans_of, step_of_day
from dispatch.web.waiting import villages_waiting
from dispatch.words import _


@web.get("/")
@shows
def today(session: Session) -> Response | BaseResponse:
    """What an office sees first; an admin sees the set-up instead, never the documents; a village officer the desk."""
    office = current_office()
    if visitor().role == VILLAGE_OFFICER:
        return redirect(url_for("web.village_batches"), 303)
    if visitor().role == ADMIN:
        return page(session, "setup.html", place="today", **_set_up(session, office))
    office_calendar = calendar.calendar_of(session, office)
    day = calendar.today(session, office_calendar)
    villages = villages_waiting(session, office, day)
    plans = plans_of(session, office, day)
    routes = routes_on(session, office, day, zone=office_calendar.zone)
    return page(
        session,
        "today.html",
        place="today",
        cards=cards(session, office, villages, office_calendar.zone),
        villages=villages,
        needs=needs(session, office, day, routes),
        plans=plans,
        routes=routes,
        step=step_of_day(session, office, villages, plans, day),
        bulk=bulk(session, office, villages, day),
        late=late_documents(session, office, day),
        why_closed=office_calendar.why_closed(day),
    )


@web.post("/today/plan")
@acts(back="web.today")
def plan_the_day(session: Session) -> Done:
    """Seal what is due and ask for routes for everything that is sealed, with every courier who is free: one action."""
    office, by = current_office(), current_actor()
    made = batching.release(session, office, by=by)
    plan = planning.request_plan(session, office, service_date=next_service_day(session, office), by=by)
    said = _("%(n)s batch disegel, rutenya sedang dicari.", n=len(made.batches)) if made.batches else ""
    return Done(url_for("web.plan", plan_id=plan.id), said)


def _set_up(session: Session, office: str) -> dict[str, object]:
    """How far an office is with being set up; each step says where it is done."""

    def number(row: type[Village | Depot | Courier | User | ApiClient], *so: ColumnExpressionArgument[bool]) -> int:
        return session.scalar(select(func.count()).select_from(row).where(row.office == office, *so)) or 0

    couriers, clients = number(Courier, Courier.is_active), number(ApiClient, ApiClient.is_active)
    dispatchers = number(User, User.is_active, User.role.in_((DISPATCHER, SUPERVISOR)))
    guessed = number(Depot, Depot.is_active, Depot.is_estimate)
    return {
        "villages": number(Village),
        "depots": number(Depot, Depot.is_active),
        "couriers": couriers,
        "users": number(User, User.is_active),
        "clients": clients,
        "steps": [
            (not guessed, _("Letak titik cetak diukur"), url_for("web.depots")),
            (couriers > 0, _("Kurir terdaftar dengan nomor HP"), url_for("web.couriers")),
            (dispatchers > 0, _("Ada petugas pengiriman yang bisa masuk"), url_for("web.users")),
            (clients > 0, _("Program kantor punya kunci (bila memakai API)"), url_for("web.clients")),
        ],
    }
