"""What the pages of a desk share: whose desk it is, by link or by login, and the frame around the page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from dispatch.api.problems import wants_page
from dispatch.auth import csrf_token, visitor
from dispatch.errors import AntarError, Conflict, Invalid, NotFound
from dispatch.runtime import runtime
from dispatch.services.desks import desk_name
from dispatch.services.handover import Line
from dispatch.services.nik import masked
from dispatch.services.recipients import nik_place
from dispatch.store.audit import Actor
from dispatch.store.models import Office, Village
from dispatch.web.link_pages import unlisted
from dispatch.web.page import door, refusal, with_word


@dataclass(frozen=True, slots=True)
class Desk:
    """The village or kecamatan office that is asking."""

    office: str
    code: str
    source: str
    actor: Actor


def this_desk() -> Desk:
    """The desk of this request. NotFound for a login that belongs to none."""
    me = visitor()
    if not me.village_code:
        raise NotFound()
    source = f"link:{me.link_id}" if me.link_id else str(me.actor)
    return Desk(office=me.office, code=me.village_code, source=source, actor=me.actor)


def desk_page(session: Session, desk: Desk, template: str, *, status: int = 200, **values: Any) -> Response:
    """A page of the desk, kept out of search engines."""
    place = session.get_one(Village, (desk.office, desk.code))
    office = session.get_one(Office, desk.office)
    answer = door(
        template,
        status=status,
        village=place,
        desk_name=desk_name(place),
        office=office,
        zone=office.timezone,
        csrf_token="" if visitor().link_id else csrf_token(),
        me=visitor(),
        **values,
    )
    return unlisted(answer)


def refused(error: AntarError, again: Callable[[str], Response], *, to: str = "web.village_batches") -> BaseResponse:
    """A form's refusal: the form once more, or a word on the list where the form means nothing any more."""
    if not wants_page():
        raise error
    is_over = isinstance(error, Conflict) or (
        isinstance(error, Invalid) and any(field.field == "event_id" for field in error.fields)
    )
    if is_over:
        return with_word(redirect(url_for(to), 303), refusal(error), is_problem=True)
    return again(refusal(error))


def last_four(lines: Sequence[Line]) -> dict[str, str]:
    """The end of the NIK by document id, only for people whose name somebody else here has too."""
    keys = runtime().keys
    return {
        line.document.id: masked(keys.open(line.recipient.nik_sealed, nik_place(line.document.office)))[-4:]
        for line in lines
        if line.needs_nik
    }
