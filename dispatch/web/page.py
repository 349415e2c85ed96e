"""What every page shares: the office around it, one transaction for what it changes, and a word about what was done.

A page that shows reads in one consistent look. A form that changes something opens one transaction, calls one service
and sends the browser on (303), so that going back or reloading never does it twice. What a service refuses comes back
as a word on the page the form was on.
"""

import base64
import binascii
import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, current_app, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from dispatch.access import DISPATCHER, SUPERVISOR
from dispatch.auth import cookie_name, csrf_token, current_office, visitor
from dispatch.errors import AntarError, Conflict, FieldError, Invalid, TooMany
from dispatch.runtime import runtime
from dispatch.services.text import clean
from dispatch.store.db import now
from dispatch.store.models import Office
from dispatch.web.blueprint import web
from dispatch.web.format import local_path
from dispatch.web.places import places_for
from dispatch.words import _, say
from maps.layers import route_colour

PER_PAGE = 100
_WORD_SECONDS = 120

View = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Done:
    """Something was changed: where the browser goes now and what it is told there."""

    to: str
    said: str = ""
    undo: str = ""
    """The address of a form that takes it back; it is offered beside the word."""


def shows(view: View) -> View:
    """Give the view a session that changes nothing."""

    @functools.wraps(view)
    def call(**arguments: Any) -> Any:
        with runtime().db.reading() as session:
            return view(session, **arguments)

    return call


def acts(*, back: str, before: Callable[[], object] | None = None) -> Callable[[View], View]:
    """Give the view one transaction; it returns Done, or a finished answer.

    What is refused is told on the page `back`. `before` prepares outside the transaction what the view takes second.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def call(**arguments: Any) -> Any:
            try:
                prepared = () if before is None else (before(),)
                done = runtime().db.transact(lambda session: view(session, *prepared, **arguments))
            except (Conflict, Invalid, TooMany) as error:
                return with_word(redirect(_address(back, arguments), 303), refusal(error), is_problem=True)
            return with_word(redirect(done.to, 303), done.said, undo=done.undo) if isinstance(done, Done) else done

        return call

    return decorate


def _address(endpoint: str, arguments: dict[str, Any]) -> str:
    """The endpoint's address with those of the arguments that are part of its path."""
    known = next(current_app.url_map.iter_rules(endpoint)).arguments
    return url_for(endpoint, **{name: value for name, value in arguments.items() if name in known})


def refusal(error: AntarError) -> str:
    """What a person is told: the sentence of the error and the rule each field breaks."""
    rules = [_(field.reason) for field in error.fields]
    return " ".join([_(error.sentence), *(f"{rule[:1].upper()}{rule[1:]}." for rule in rules)])


def page(session: Session, template: str, /, **values: Any) -> Response:
    """A page for somebody signed in, with the office around it."""
    me = visitor()
    office = session.scalars(select(Office).where(Office.code == current_office())).one()
    return _spoken(
        template,
        me=me,
        can_work=me.role in (DISPATCHER, SUPERVISOR),
        office=office,
        zone=office.timezone,
        today=local_day(session, office),
        csrf_token=csrf_token(),
        menu=places_for(me.role),
        **values,
    )


web.add_app_template_global(route_colour)


def part(template: str, /, **values: Any) -> str:
    """A piece of a page, fetched again while something is going on."""
    return render_template(template, csrf_token=csrf_token(), **values)


def door(template: str, /, *, status: int = 200, **values: Any) -> Response:
    """A page outside the office: nobody needs to be signed in."""
    answer = _spoken(template, **values)
    answer.status_code = status
    return answer


def local_day(session: Session, office: Office) -> date:
    """Today's date where the office is."""
    return now(session).astimezone(ZoneInfo(office.timezone)).date()


def with_word[R: BaseResponse](response: R, said: str, *, is_problem: bool = False, undo: str = "") -> R:
    """Leave a word for the next page, which shows it once."""
    if said:
        text = json.dumps({"said": said, "is_problem": is_problem, "undo": undo})
        response.set_cookie(
            cookie_name(runtime(), "antar_word"),
            base64.urlsafe_b64encode(text.encode()).decode(),
            max_age=_WORD_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=runtime().settings.https,
        )
    return response


def _spoken(template: str, /, **values: Any) -> Response:
    name = cookie_name(runtime(), "antar_word")
    left = request.cookies.get(name)
    response = make_response(render_template(template, word=_word(left), **values))
    if left is not None:
        response.delete_cookie(name, httponly=True, samesite="Lax", secure=runtime().settings.https)
    return response


def _word(left: str | None) -> dict[str, Any] | None:
    # whatever the cookie says is only ever printed as text
    try:
        word = json.loads(base64.urlsafe_b64decode((left or "").encode()))
    except (ValueError, binascii.Error):
        return None
    if not isinstance(word, dict) or not isinstance(word.get("said"), str):
        return None
    undo = word.get("undo")
    return word | {"undo": local_path(undo) if isinstance(undo, str) and undo else ""}


def number_asked(name: str) -> int:
    """A whole number of the address's query; 0 when it is missing or no number."""
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def sentence_given(field: str, what: str, most: int = 120) -> str:
    """A short text of the form; Invalid when it is empty, too long or holds hidden signs. `what` names it to people."""
    try:
        text = clean(request.form.get(field, ""))
    except ValueError as error:
        raise Invalid(fields=[FieldError(field, say("%(what)s %(rule)s", what=what, rule=str(error)))]) from error
    if not text or len(text) > most:
        raise Invalid(
            fields=[FieldError(field, say("isi %(what)s, paling panjang %(most)s huruf", what=what, most=most))]
        )
    return text
