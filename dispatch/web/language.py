"""Choosing one's language: Indonesian or English, on every page, kept by the browser."""

from urllib.parse import urlsplit

from flask import redirect, request
from werkzeug.wrappers import Response as BaseResponse

from dispatch.auth import cookie_name
from dispatch.runtime import runtime
from dispatch.web.blueprint import web
from dispatch.web.format import local_path
from dispatch.words import COOKIE, LANGUAGES

_YEAR_S = 365 * 24 * 3600


@web.post("/language")
def choose_language() -> BaseResponse:
    """Keep the choice and go back to the page it was made on."""
    # the page is read from the browser's own header: an address with a link's token never becomes a form field
    came_from = urlsplit(request.referrer or "/")
    is_ours = came_from.netloc in ("", request.host)
    page = local_path(came_from.path + (f"?{came_from.query}" if came_from.query else "")) if is_ours else "/"
    answer = redirect(page, 303)
    chosen = request.form.get("language", "")
    if chosen in LANGUAGES:
        answer.set_cookie(
            cookie_name(runtime(), COOKIE),
            chosen,
            max_age=_YEAR_S,
            httponly=True,
            samesite="Lax",
            secure=runtime().settings.https,
            path="/",
        )
    return answer
