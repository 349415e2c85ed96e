"""The desks as the office sees them: what waits in each village, since when, and a reminder with one press."""

from dataclasses import dataclass
from datetime import date

from flask import Response, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.auth import current_actor, current_office
from dispatch.errors import NotFound
from dispatch.runtime import runtime
from dispatch.services import desks as services
from dispatch.services import links, old_cards, reminders
from dispatch.services.calendar import calendar_of, today
from dispatch.services.policies import in_force
from dispatch.services.second_leg import DESK_DAYS
from dispatch.store.models import Document, Event, Village
from dispatch.store.states import DESKS
from dispatch.web.blueprint import web
from dispatch.web.page import Done, acts, page, sentence_given, shows
from dispatch.words import _


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskRow:
    """What one desk holds. Ages in working days; `late`: how many wait longer than they may."""

    desk: Village
    name: str
    waiting: int
    late: int
    oldest: int
    going_back: int
    cards: int
    reminded_on: date | None


@web.get("/desks")
@shows
def desks(session: Session) -> Response:
    """Every desk that holds something, the longest waiting first."""
    return page(session, "desks.html", place="desks", rows=rows_of(session, current_office()))


@web.post("/desks/<code>/remind")
@acts(back="web.desks")
def remind_desk(session: Session, code: str) -> Response:
    """The message for a desk, ready to send; that it was reminded is noted."""
    office = current_office()
    row = next((one for one in rows_of(session, office) if one.desk.code == code), None)
    if row is None:
        raise NotFound()
    reminders.remind_desk(session, office, code, by=current_actor())
    message = reminders.to_desk(row.desk, row.waiting, row.oldest)
    return page(session, "remind_desk.html", place="desks", row=row, message=message)


@web.post("/desks/<code>/link")
@acts(back="web.desks")
def share_desk(session: Session, code: str) -> Response:
    """A new link for a desk, shown this once; an older one is dead from now on."""
    office = current_office()
    token = links.issue_village_link(session, office, code, by=current_actor())
    village = session.get_one(Village, (office, code))
    link = f"{runtime().settings.public_url}/v/{token}"
    return page(
        session, "share_village.html", place="desks", village=village, name=services.desk_name(village), link=link,
        days=links.VILLAGE_DAYS, back=url_for("web.desks"),
    )  # fmt: skip


@web.post("/desks/<code>/contact")
@acts(back="web.desks")
def set_desk_contact(session: Session, code: str) -> Done:
    """Whom couriers and the office call there."""
    phone = "".join(sign for sign in request.form.get("phone", "") if sign.isdigit() or sign == "+")[:20]
    desk = services.set_contact(
        session, current_office(), code, name=sentence_given("name", "nama", most=80), phone=phone
    )
    return Done(url_for("web.desks"), _("Kontak %(desk_name)s disimpan.", desk_name=services.desk_name(desk)))


def rows_of(session: Session, office: str) -> list[DeskRow]:
    """The desks that hold something of ours."""
    calendar = calendar_of(session, office)
    day = today(session, calendar)
    rules = in_force(session, office, day)
    since = (
        select(func.max(Event.at))
        .where(Event.office == office, Event.subject_kind == "document", Event.subject_id == Document.id)
        .where(Event.to_state == "at_village")
        .scalar_subquery()
    )
    held = session.execute(
        select(Document.holder_id, Document.state, Document.kind, since)
        .where(Document.office == office, Document.holder_kind.in_(DESKS))
        .where(Document.state.in_(("at_village", "returning")))
    ).all()
    ages: dict[str, list[tuple[int, bool]]] = {}
    back: dict[str, int] = {}
    for code, state, kind, at in held:
        if state == "returning":
            back[code] = back.get(code, 0) + 1
            continue
        waited = calendar.working_days_between(calendar.local_date(at), day)
        allowed = (rules.get(kind) or rules[""]).waiting_days or DESK_DAYS
        ages.setdefault(code, []).append((waited, waited > allowed))
    cards = {one.holder.id: one.cards for one in old_cards.outside(session, office) if one.holder.kind in DESKS}
    reminded = reminders.desks_reminded(session, office)
    places = services.desks_by_code(session, office, ages.keys() | back.keys() | cards.keys())
    rows = [
        DeskRow(
            desk=place,
            name=services.desk_name(place),
            waiting=len(ages.get(code, [])),
            late=sum(is_late for _, is_late in ages.get(code, [])),
            oldest=max((waited for waited, _ in ages.get(code, [])), default=0),
            going_back=back.get(code, 0),
            cards=cards.get(code, 0),
            reminded_on=reminded.get(code),
        )
        for code, place in places.items()
    ]
    return sorted(rows, key=lambda row: (-row.late, -row.oldest, -row.waiting, row.name))
