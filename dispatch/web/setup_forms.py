"""What the set-up pages share: a refused form comes back as it was filled in, each wrong field with its reason."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from dispatch.errors import FieldError, Invalid
from dispatch.runtime import runtime
from dispatch.said import say
from dispatch.services.text import clean
from dispatch.web.page import Done, with_word
from dispatch.words import _

Wrong = Mapping[str, str]
Form = Callable[[Session, Wrong], Response]


def submit(act: Callable[[Session], Done | Response], again: Form) -> BaseResponse:
    """Do what the form asks in one transaction; when a field is wrong show `again` with the reasons (422)."""
    try:
        done = runtime().db.transact(act)
    except Invalid as error:
        wrong: dict[str, str] = {}
        for field in error.fields or (FieldError("form", error.detail),):
            wrong[field.field] = f"{wrong[field.field]}; {_(field.reason)}" if field.field in wrong else _(field.reason)
        with runtime().db.reading() as session:
            answer = again(session, wrong)
        answer.status_code = 422
        return answer
    return with_word(redirect(done.to, 303), done.said) if isinstance(done, Done) else done


def text(field: str, what: str, *, most: int, needed: bool = True) -> str:
    """A short text of the form. Invalid when it is empty though needed, too long, or holds hidden signs."""
    try:
        given = clean(request.form.get(field, ""))
    except ValueError as error:
        raise Invalid(fields=[FieldError(field, say("%(what)s %(why)s", what=what, why=error))]) from error
    if (needed and not given) or len(given) > most:
        raise Invalid(
            fields=[FieldError(field, say("isi %(what)s, paling panjang %(most)s huruf", what=what, most=most))]
        )
    return given


def whole(field: str, what: str, *, needed: bool = True) -> int | None:
    """A whole number of the form; None when it may be empty and is."""
    given = request.form.get(field, "").strip()
    if not given and not needed:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 10):
        raise Invalid(fields=[FieldError(field, say("%(what)s harus bilangan bulat", what=what))])
    return int(given)


def degrees(field: str, what: str) -> float:
    """Decimal degrees, with a point or a comma."""
    given = request.form.get(field, "").strip().replace(",", ".")
    try:
        value = float(given)
    except ValueError:
        value = float("nan")
    if not -180 <= value <= 180:
        raise Invalid(fields=[FieldError(field, say("%(what)s ditulis dalam derajat, misalnya -8.1335", what=what))])
    return value


def ticked(field: str) -> bool:
    """Whether a box of the form is ticked."""
    return request.form.get(field) == "1"


def filled(row: Mapping[str, Any]) -> dict[str, Any]:
    """The values to show in the form: what was sent, or the row's own when the form is opened."""
    if request.method != "POST":
        return dict(row)
    return {
        field: ticked(field) if isinstance(value, bool) else request.form.get(field, "") for field, value in row.items()
    }
