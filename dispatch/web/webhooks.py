"""Where the office's own programs listen: their addresses, secrets, deliveries, and telling again what was missed."""

from flask import Response, request, url_for
from sqlalchemy.orm import Session

from dispatch.auth import current_actor, current_office
from dispatch.errors import FieldError, Invalid
from dispatch.runtime import runtime
from dispatch.said import say
from dispatch.services import webhooks
from dispatch.web.blueprint import web
from dispatch.web.page import Done, acts, page, shows
from dispatch.words import _

STATUS = {
    "waiting": (say("menunggu"), "is-waiting"),
    "sent": (say("diterima"), "is-done"),
    "failed": (say("gagal"), "is-problem"),
    "stopped": (say("dihentikan"), "is-plain"),
}


@web.get("/webhooks")
@shows
def webhooks_page(session: Session) -> Response:
    """Every endpoint with its newest deliveries."""
    return _page(session)


@web.post("/webhooks")
@acts(back="web.webhooks_page")
def add_webhook(session: Session) -> Response:
    """A new endpoint; its secret is on this page and never again."""
    rt = runtime()
    endpoint, secret = webhooks.add_endpoint(
        session,
        rt.keys,
        current_office(),
        request.form.get("url", "").strip(),
        request.form.getlist("states"),
        on_loopback=rt.settings.webhooks_on_loopback,
        by=current_actor(),
    )
    return _page(session, shown=endpoint.id, secret=secret)


@web.post("/webhooks/<endpoint_id>/secret")
@acts(back="web.webhooks_page")
def rotate_webhook(session: Session, endpoint_id: str) -> Response:
    """A new secret; the old one signs along for a day."""
    secret = webhooks.rotate(session, runtime().keys, current_office(), endpoint_id)
    return _page(session, shown=endpoint_id, secret=secret)


@web.post("/webhooks/<endpoint_id>/active")
@acts(back="web.webhooks_page")
def switch_webhook(session: Session, endpoint_id: str) -> Done:
    """On or off."""
    is_active = request.form.get("is_active") == "1"
    webhooks.switch(session, current_office(), endpoint_id, is_active=is_active)
    return Done(url_for("web.webhooks_page"), _("Webhook dinyalakan.") if is_active else _("Webhook dimatikan."))


@web.post("/webhooks/<endpoint_id>/replay")
@acts(back="web.webhooks_page")
def replay_webhook(session: Session, endpoint_id: str) -> Done:
    """Tell a range again."""
    number = webhooks.replay(session, current_office(), endpoint_id, _number("first"), _number("last"))
    return Done(url_for("web.webhooks_page"), _("%(n)s kejadian dikirim ulang.", n=number))


def _page(session: Session, *, shown: str = "", secret: str = "") -> Response:
    office = current_office()
    found = webhooks.endpoints(session, office)
    return page(
        session,
        "webhooks.html",
        place="webhooks",
        endpoints=[(one, webhooks.deliveries(session, office, one.id)[:10]) for one in found],
        states=webhooks.STATES,
        status=STATUS,
        shown=shown,
        secret=secret,
    )


def _number(field: str) -> int:
    text = request.form.get(field, "")
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise Invalid(fields=[FieldError(field, say("isi urutan dengan angka"))])
    return int(text)
