"""What carrying costs, on one page: what holds, the decree's band, every change, and a form for new prices."""

from datetime import date

from flask import Response, request, url_for
from sqlalchemy.orm import Session

from dispatch.access import ADMIN, SUPERVISOR
from dispatch.auth import current_actor, current_office, visitor
from dispatch.errors import FieldError, Invalid
from dispatch.services import bands, calendar, tariffs
from dispatch.services.offices import tariff_on
from dispatch.services.post_prices import PostRule
from dispatch.services.text import clean
from dispatch.web.blueprint import web
from dispatch.web.page import Done, acts, page, shows
from dispatch.words import _

RULES_IN_FORM = 6


@web.get("/tariffs")
@shows
def tariff_page(session: Session) -> Response:
    """What holds today, what begins later, what held before, and what the decree allows here."""
    office = current_office()
    day = calendar.today(session, calendar.calendar_of(session, office))
    holding = tariff_on(session, office, day)
    known = tariffs.history(session, office)
    return page(
        session,
        "tariffs.html",
        place="tariffs",
        holding=holding,
        coming=[row for row in known if row.valid_from > day],
        past=[row for row in known if row.valid_from <= day and row.id != holding.id],
        beyond={row.id: tariffs.beyond_band(office, tariffs.prices_in(row), row.valid_from) for row in known},
        band=bands.band_on(office, day),
        decrees=bands.decrees(),
        zone_here=bands.zone_of(office),
        may_decide=visitor().role in (ADMIN, SUPERVISOR),
        empty_rules=max(1, RULES_IN_FORM - len(holding.post_rules)),
    )


@web.post("/tariffs")
@acts(back="web.tariff_page")
def change_tariff(session: Session) -> Done:
    """Write new prices from a day on."""
    row = tariffs.decide(session, current_office(), _prices(), valid_from=_day(), reason=_reason(), by=current_actor())
    said = _("Tarif dicatat, berlaku mulai %(day)s.", day=calendar.short_date(row.valid_from))
    return Done(url_for("web.tariff_page"), said)


def _prices() -> tariffs.Prices:
    wanted = tariffs.Prices.__dataclass_fields__
    numbers = {
        name: _number(name) for name in wanted if name not in ("return_paid", "post_rules") and "service" not in name
    }
    return tariffs.Prices(
        **numbers,
        return_paid=request.form.get("return_paid") == "1",
        post_service=request.form.get("post_service", "").strip(),
        post_urgent_service=request.form.get("post_urgent_service", "").strip(),
        post_rules=tuple(_rules()),
    )


def _rules() -> list[PostRule]:
    columns = [
        request.form.getlist(f"rule_{name}")
        for name in ("service", "destination", "up_to_grams", "near", "far", "per_document")
    ]
    rows = [row for row in zip(*columns, strict=False) if row[0].strip()]
    return [
        PostRule(
            service=service.strip(),
            destination=destination,
            up_to_grams=_whole("post_rules", grams or "0"),
            near=_whole("post_rules", near),
            far=_whole("post_rules", far),
            per_document=_whole("post_rules", each or "0"),
        )
        for service, destination, grams, near, far, each in rows
    ]


def _number(name: str) -> int:
    return _whole(name, request.form.get(name, ""))


def _whole(name: str, text: str) -> int:
    plain = text.strip().replace(".", "")
    if not (plain.isascii() and plain.isdigit() and len(plain) < 10):
        raise Invalid(fields=[FieldError(name, _("isi semua harga dengan angka"))])
    return int(plain)


def _reason() -> str:
    try:
        return clean(request.form.get("reason", ""))
    except ValueError as error:
        raise Invalid(fields=[FieldError("reason", str(error))]) from error


def _day() -> date:
    try:
        return date.fromisoformat(request.form.get("valid_from", ""))
    except ValueError as error:
        raise Invalid(fields=[FieldError("valid_from", _("isi tanggal mulai"))]) from error
