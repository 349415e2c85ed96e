"""Who carries what its carrier did not take: the office's ladder on a page, and a route whose rider will not come."""

from datetime import date

from flask import Response, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.access import ADMIN, SUPERVISOR
from dispatch.auth import current_actor, current_office, visitor
from dispatch.errors import FieldError, Invalid
from dispatch.services import calendar, ladder
from dispatch.services.assignment import POST_COUNTER
from dispatch.services.partner_accounts import PARTNERS
from dispatch.store.models import PartnerAccount
from dispatch.web.blueprint import web
from dispatch.web.page import Done, acts, page, sentence_given, shows
from dispatch.words import _


@web.get("/ladder")
@shows
def ladder_page(session: Session) -> Response:
    """The steps in force today, those to come, and a form for new ones."""
    office = current_office()
    day = calendar.today(session, calendar.calendar_of(session, office))
    decided = ladder.history(session, office)
    accounts = session.scalars(
        select(PartnerAccount.partner).where(PartnerAccount.office == office, PartnerAccount.is_active)
    ).all()
    return page(
        session,
        "ladder.html",
        place="ladder",
        steps=ladder.steps_on(session, office, day),
        decided=decided,
        choices={**{name: name for name in PARTNERS}, POST_COUNTER: _("Pos (loket)")},
        last=ladder.NEXT_DAY,
        accounts=accounts,
        may_decide=visitor().role in (ADMIN, SUPERVISOR),
    )


@web.post("/ladder")
@acts(back="web.ladder_page")
def change_ladder(session: Session) -> Done:
    """New steps from a day on."""
    try:
        valid_from = date.fromisoformat(request.form.get("valid_from", ""))
    except ValueError as error:
        raise Invalid(fields=[FieldError("valid_from", _("isi tanggal mulai"))]) from error
    steps = [step for step in request.form.getlist("steps") if step]
    ladder.decide(session, current_office(), steps, valid_from=valid_from, by=current_actor())
    return Done(url_for("web.ladder_page"), _("Urutan cadangan dicatat."))


@web.post("/routes/<route_id>/decline")
@acts(back="web.route")
def decline_route(session: Session, route_id: str) -> Done:
    """Its rider will not come: everything on it goes down the ladder."""
    why = sentence_given("why", "alasan")
    done = ladder.decline_route(session, current_office(), route_id, why=why, by=current_actor())
    return Done(url_for("web.routes"), _("Rute dilepas: %(where)s.", where=done.words))
