"""A desk's page about mobile services: when the office comes, and the word that place and hours are right."""

from flask import Response, redirect, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from dispatch.errors import Conflict, Invalid
from dispatch.runtime import runtime
from dispatch.services import links
from dispatch.services import outreach as services
from dispatch.store.models import Outreach, OutreachVillage
from dispatch.web.blueprint import web
from dispatch.web.desk_page import desk_page, refused, this_desk
from dispatch.web.link_pages import given
from dispatch.words import _


@web.get("/v/outreach")
def village_outreaches() -> Response:
    """When the office comes here, from today on."""
    return _page()


@web.post("/v/outreach/<outreach_id>/confirm")
def confirm_outreach(outreach_id: str) -> BaseResponse:
    """The village agrees with place and hours."""
    desk = this_desk()
    try:
        with runtime().db.transaction() as session:
            name = given("name", _("nama"), 80)
            services.confirm(session, desk.office, desk.code, outreach_id, name=name, by=desk.actor)
    except (Invalid, Conflict) as error:
        return refused(error, lambda wrong: _page(wrong=wrong), to="web.village_outreaches")
    return redirect(url_for("web.village_outreaches"), 303)


def _page(*, wrong: str = "") -> Response:
    desk = this_desk()
    with runtime().db.reading() as session:
        day = links.local_day(session, desk.office)
        rows = session.execute(
            select(Outreach, OutreachVillage)
            .join(OutreachVillage, OutreachVillage.outreach_id == Outreach.id)
            .where(Outreach.office == desk.office, OutreachVillage.village_code == desk.code)
            .where(Outreach.service_date >= day, Outreach.state != "cancelled")
            .order_by(Outreach.service_date, Outreach.starts_s)
        ).all()
        return desk_page(
            session,
            desk,
            "village/outreach.html",
            status=422 if wrong else 200,
            place="outreach",
            rows=rows,
            wrong=wrong,
        )
