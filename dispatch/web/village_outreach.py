"""A desk's pages about coming: when the office comes to the village, and when citizens come to the desk."""

from collections.abc import Mapping
from datetime import date

from flask import Response, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from dispatch.errors import Conflict, FieldError, Invalid
from dispatch.runtime import runtime
from dispatch.services import links, second_leg, slots
from dispatch.services import outreach as services
from dispatch.services.calendar import calendar_of
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


@web.get("/v/slots")
def village_slots() -> Response:
    """Who is asked to come to this desk on a day, to print or to tell."""
    return _slots_page()


@web.post("/v/slots")
def invite_to_desk() -> BaseResponse:
    """Give everybody whose document waits here a half hour on that day."""
    desk = this_desk()
    try:
        with runtime().db.transaction() as session:
            slots.invite_to_desk(session, desk.office, desk.code, _day_asked(request.form), by=desk.actor)
    except (Invalid, Conflict) as error:
        return refused(error, lambda wrong: _slots_page(wrong=wrong), to="web.village_slots")
    return redirect(url_for("web.village_slots", day=request.form.get("day", "")), 303)


def _slots_page(*, wrong: str = "") -> Response:
    desk = this_desk()
    with runtime().db.reading() as session:
        calendar = calendar_of(session, desk.office)
        try:
            day = _day_asked(request.args)
        except Invalid:
            day = calendar.add_working_days(links.local_day(session, desk.office), 1)
        return desk_page(
            session,
            desk,
            "village/slots.html",
            status=422 if wrong else 200,
            place="batches",
            day=day,
            invited=slots.invited_at_desk(session, desk.office, desk.code, day),
            waiting=len(second_leg.waiting(session, desk.office, desk.code)),
            message_for=slots.message_for,
            where=slots.place_of_desk(session, desk.office, desk.code),
            wrong=wrong,
        )


def _day_asked(given: Mapping[str, str]) -> date:
    try:
        return date.fromisoformat(given.get("day", ""))
    except ValueError:
        raise Invalid(fields=[FieldError("day", _("isi tanggal"))]) from None


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
