"""What citizens are told: the outbox, the list a clerk works through with one click each, and the settings."""

from flask import Response, request, url_for
from sqlalchemy.orm import Session

from dispatch.auth import current_actor, current_office, visitor
from dispatch.errors import FieldError, Invalid
from dispatch.runtime import runtime
from dispatch.services import message_settings, outbox
from dispatch.services.announcing import settings_of
from dispatch.services.message_settings import CHANNELS, Wanted, wanted_of
from dispatch.services.message_words import NEWS, PLACEHOLDERS
from dispatch.web.blueprint import web
from dispatch.web.page import Done, acts, door, page, part, shows
from dispatch.words import _


@web.get("/messages")
@shows
def messages(session: Session) -> Response:
    """The outbox by state; while nothing is switched on, what would be sent."""
    office, url = current_office(), runtime().settings.public_url
    asked = request.args.get("status", "")
    settings = settings_of(session, office)
    is_on = settings is not None and settings.is_on
    return page(
        session,
        "messages.html",
        place="messages",
        is_on=is_on,
        status=asked if asked in outbox.STATUS else "",
        counts=outbox.counts(session, office),
        lines=outbox.lines(session, office, url, status=asked if asked in outbox.STATUS else ""),
        would=[] if is_on else outbox.would_send(session, office, url),
        states=outbox.STATUS,
        again=outbox.AGAIN,
        news=NEWS,
        channels=CHANNELS,
        may_decide=visitor().role == "supervisor",
    )


@web.get("/messages/by-hand")
@shows
def messages_by_hand(session: Session) -> Response:
    """What the office sends from its own phone, the oldest first."""
    return page(session, "messages_by_hand.html", place="messages", **_by_hand(session))


@web.get("/messages/by-hand/list")
@shows
def by_hand_live(session: Session) -> str:
    """The list alone: fetched again when the clerk comes back from WhatsApp."""
    return part("messages_by_hand_live.html", **_by_hand(session))


@web.post("/messages/<message_id>/open")
@acts(back="web.messages_by_hand")
def open_by_hand(session: Session, message_id: str) -> Response:
    """Note who sends it, and go on to WhatsApp with the text."""
    url = runtime().settings.public_url
    to = outbox.open_by_hand(session, current_office(), message_id, url, by=current_actor())
    # a redirect of a form to another site is kept back by form-action 'self'; this page goes on by itself
    return door("message_open.html", to=to)


@web.post("/messages/<message_id>/again")
@acts(back="web.messages")
def send_message_again(session: Session, message_id: str) -> Done:
    """Try a message once more."""
    outbox.send_again(session, current_office(), message_id)
    return Done(url_for("web.messages"), _("Pesan dikirim lagi."))


@web.post("/messages/opt-out")
@acts(back="web.messages")
def opt_out(session: Session) -> Done:
    """A citizen told the office to stop, or to begin again."""
    keys, office, phone = runtime().keys, current_office(), request.form.get("phone", "")[:30]
    if request.form.get("wants") == "1":
        outbox.opt_in(session, keys, office, phone)
        return Done(url_for("web.messages"), _("Nomor ini dikirimi pesan lagi."))
    outbox.opt_out(session, keys, office, phone, source=str(current_actor()))
    return Done(url_for("web.messages"), _("Nomor ini tidak dikirimi pesan lagi."))


@web.get("/messages/settings")
@shows
def message_settings_page(session: Session) -> Response:
    """Which changes are told, how, when and in which words."""
    settings = settings_of(session, current_office())
    return page(
        session,
        "message_settings.html",
        place="messages",
        wanted=wanted_of(settings),
        decided=settings,
        news=NEWS,
        channels=CHANNELS,
        placeholders=PLACEHOLDERS,
    )


@web.post("/messages/settings")
@acts(back="web.message_settings_page")
def change_message_settings(session: Session) -> Done:
    """From the next change on this counts."""
    form = request.form
    wanted = Wanted(
        is_on=form.get("is_on") == "1",
        news=[news for news in NEWS if form.get(f"news_{news}") == "1"],
        channels=_channels(),
        templates={news: form.get(f"text_{news}", "").strip() for news in NEWS},
        whatsapp_templates={news: name for news in NEWS if (name := form.get(f"whatsapp_{news}", "").strip())},
        quiet_start_s=_hour("quiet_start"),
        quiet_end_s=_hour("quiet_end"),
    )
    message_settings.decide(session, current_office(), wanted, by=current_actor())
    return Done(url_for("web.message_settings_page"), _("Pengaturan pesan disimpan."))


def _by_hand(session: Session) -> dict[str, object]:
    url = runtime().settings.public_url
    return {"lines": outbox.lines(session, current_office(), url, status="by_hand"), "news": NEWS}


def _channels() -> list[str]:
    """The channels ticked, in the order of their numbers."""
    chosen = [(request.form.get(f"order_{channel}", ""), channel) for channel in CHANNELS]
    return [channel for order, channel in sorted(chosen) if order.isascii() and order.isdigit() and order != "0"]


def _hour(field: str) -> int:
    """ "20:00" as seconds after midnight."""
    hour, _colon, minute = request.form.get(field, "")[:5].partition(":")
    if not (hour.isascii() and hour.isdigit() and minute.isascii() and minute.isdigit()):
        raise Invalid(fields=[FieldError(field, "isi jam, misalnya 20:00")])
    return int(hour) * 3600 + int(minute) * 60
