"""The month's service BASTs on a page: everybody who was paid, their orders as a table, the numbered paper."""

from flask import Response, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.auth import current_actor, current_office
from dispatch.runtime import runtime
from dispatch.services import calendar, papers, plan_papers, service_bast
from dispatch.services.paper_numbers import SERVICE
from dispatch.store.models import Paper
from dispatch.web.blueprint import web
from dispatch.web.page import Done, acts, page, shows


@web.get("/services")
@shows
def services_page(session: Session) -> Response:
    """Who carried for money in a month, and their BAST."""
    office = current_office()
    today = calendar.today(session, calendar.calendar_of(session, office))
    asked = request.args.get("month", "")
    month = service_bast.month_of(asked) if asked else today.replace(day=1)
    found = service_bast.providers(session, office, month)
    numbered = session.scalars(
        select(Paper).where(
            Paper.office == office, Paper.kind == SERVICE, Paper.subject_id.in_([one.subject for one in found])
        )
    )
    return page(
        session,
        "services.html",
        place="services",
        month=month,
        words=service_bast.month_words(month),
        found=found,
        papers={paper.subject_id: paper for paper in numbered},
        called=service_bast.name_of,
    )


@web.post("/services")
@acts(back="web.services_page")
def number_service_bast(session: Session) -> Done:
    """Number the BAST and show it."""
    month = service_bast.month_of(request.form.get("month", ""))
    partner, courier_id = request.form.get("partner", "")[:20], request.form.get("courier_id", "")[:16]
    papers.print_service_bast(
        session, plan_papers.ground_of(runtime()), current_office(), month, partner, courier_id, by=current_actor()
    )
    file = url_for("api.service_bast_file", month=f"{month:%Y-%m}", partner=partner, courier_id=courier_id or None)
    return Done(file)
