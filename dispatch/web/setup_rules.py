"""Set-up pages for the office's working rules from a day on, and the history of everything that was set up."""

from datetime import date, timedelta

from flask import Response, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from dispatch.auth import current_actor, current_office
from dispatch.errors import FieldError, Invalid
from dispatch.services import set_up
from dispatch.services import set_up_rules as services
from dispatch.services.offices import rules_on
from dispatch.services.set_up_rules import CLOCK, NUMBERS, Number
from dispatch.store.models import Office, Rules, User
from dispatch.web.blueprint import web
from dispatch.web.page import Done, local_day, page, shows
from dispatch.web.setup_forms import Wrong, filled, submit, whole
from dispatch.words import _, say

# two columns of groups, each a title and its fields
GROUPS = (
    (
        (say("Kapan batch dilepas"), ("release_documents", "release_working_days", "promise_working_days")),
        (
            say("Lama di jalan dan di tujuan"),
            ("stop_s", "home_stop_s", "per_document_s", "speed_kmh", "area_factor_pct"),
        ),
    ),
    (
        (
            say("Kurir dan rute"),
            ("bag_documents", "shift_start_s", "shift_end_s", "max_stops", "home_max_stops", "max_metres"),
        ),
    ),
)


@web.get("/setup/rules")
@shows
def rules(session: Session) -> Response:
    """The numbers the office works by, and the form to decide others from a day on."""
    return _rules_page(session, {})


@web.post("/setup/rules")
def decide_rules() -> BaseResponse:
    """Let other numbers hold from a day on."""

    def act(session: Session) -> Done:
        numbers = {field: _given(field, number) for field, number in NUMBERS.items()}
        services.decide(session, current_office(), numbers, valid_from=_day(), by=current_actor())
        return Done(url_for("web.rules"), _("Disimpan. Yang sudah berjalan tidak berubah."))

    return submit(act, _rules_page)


@web.get("/setup/history")
@shows
def set_up_history(session: Session) -> Response:
    """Everything that was changed in the set-up, by whom and when."""
    office = current_office()
    return page(
        session,
        "setup/history.html",
        place="set_up_history",
        past=set_up.history(session, office),
        names={user.id: user.name for user in session.scalars(select(User).where(User.office == office))},
    )


def shown(row: Rules, field: str) -> str:
    """A stored number as people set it: "08:00", "150"."""
    number, stored = NUMBERS[field], getattr(row, field)
    if number.unit == CLOCK:
        return f"{stored // 3600:02d}:{stored % 3600 // 60:02d}"
    return str(stored // number.size)


def _rules_page(session: Session, wrong: Wrong) -> Response:
    office = session.scalars(select(Office).where(Office.code == current_office())).one()
    day = local_day(session, office)
    current = rules_on(session, office.code, day)
    dated = services.dated(session, office.code)
    latest = dated[0]
    values = {field: shown(latest, field) for field in NUMBERS}
    values["valid_from"] = (day + timedelta(days=1)).isoformat()
    return page(
        session,
        "setup/rules.html",
        place="rules",
        current=current,
        dated=dated,
        groups=GROUPS,
        numbers=NUMBERS,
        clock=CLOCK,
        values=filled(values),
        shown=shown,
        wrong=wrong,
        tomorrow=day + timedelta(days=1),
    )


def _given(field: str, number: Number) -> int:
    if number.unit != CLOCK:
        value = whole(field, _(number.words))
        assert value is not None, "a needed number was read"
        return value * number.size
    hours, _colon, minutes = request.form.get(field, "").partition(":")
    if not (hours.isdigit() and minutes.isdigit() and int(hours) <= 24 and int(minutes) < 60):
        raise Invalid(fields=[FieldError(field, _("isi jam, misalnya 08:00"))])
    return int(hours) * 3600 + int(minutes) * 60


def _day() -> date:
    try:
        return date.fromisoformat(request.form.get("valid_from", ""))
    except ValueError:
        raise Invalid(fields=[FieldError("valid_from", _("isi tanggal"))]) from None
