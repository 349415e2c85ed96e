"""What the courier's and the village's links share: a door that tells nothing, and a phone that is bound to it.

Chat apps fetch every address they show, so opening a link changes nothing and shows the same page for every token.
Only the button binds the phone that pressed it; from then on its cookie speaks and no token is in any address.
"""

from datetime import UTC, datetime

from flask import Response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from dispatch.auth import cookie_name
from dispatch.errors import FieldError, Invalid
from dispatch.runtime import runtime
from dispatch.services import links
from dispatch.services.text import clean
from dispatch.store.db import new_id
from dispatch.web.blueprint import web
from dispatch.web.page import door
from dispatch.words import say

_COOKIE_DAYS = {links.COURIER: 1 + links.SYNC_DAYS, links.VILLAGE: links.VILLAGE_DAYS}


@web.get("/robots.txt")
def robots() -> Response:
    """No page of ours is for a search engine."""
    return Response("User-agent: *\nDisallow: /\n", mimetype="text/plain")


def neutral(purpose: str, token: str) -> Response:
    """The page behind every link, whatever its token: a button and nothing personal."""
    return unlisted(door(f"{purpose}/start.html", token=token[:64]))


def start(purpose: str, to: str, *, public_key: str = "") -> Response | BaseResponse:
    """Bind this phone and go on; the one refusal for every link that cannot be opened here."""
    rt = runtime()
    name = cookie_name(rt, f"antar_{purpose}")
    token, device = request.form.get("token", ""), request.cookies.get(name)
    # committed whatever comes of it: the try counts, and a second phone is told to the office
    with rt.db.transaction() as session:
        secret = links.bind(
            session,
            purpose,
            token,
            place=links.address_block(request.remote_addr),
            device=device or None,
            public_key=public_key,
        )
    if secret is None:
        return unlisted(door(f"{purpose}/refused.html", status=404))
    answer = redirect(to, 303)
    answer.set_cookie(
        name,
        secret,
        max_age=_COOKIE_DAYS[purpose] * 24 * 3600,
        httponly=True,
        samesite="Strict",
        secure=rt.settings.https,
        path="/",
    )
    return answer


def unlisted[R: BaseResponse](response: R) -> R:
    """Kept out of search engines."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def new_event_id() -> str:
    """An id for a confirmation, made by us where a page has no script to make it."""
    return new_id() + new_id()


def given(field: str, what: str, most: int) -> str:
    """A short text of the form, cleaned; Invalid when it is too long or holds hidden signs."""
    try:
        text = clean(request.form.get(field, ""))
    except ValueError as error:
        raise Invalid(fields=[FieldError(field, say("%(what)s %(rule)s", what=what, rule=str(error)))]) from None
    if len(text) > most:
        raise Invalid(fields=[FieldError(field, say("%(what)s paling panjang %(most)s huruf", what=what, most=most))])
    return text


def given_time(text: str) -> datetime | None:
    """An instant with its zone as a phone writes it; None for anything else."""
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def given_event_id() -> str:
    """The id the page made for this confirmation. Invalid when it cannot be one."""
    text = request.form.get("event_id", "")
    if not (8 <= len(text) <= 40 and text.isascii() and text.replace("-", "").isalnum()):
        raise Invalid(fields=[FieldError("event_id", say("muat ulang halaman ini, lalu kirim lagi"))])
    return text
