"""What an endpoint that changes something gets: one transaction, and an answer that a repeated request reads again."""

import functools
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import request
from pydantic import BaseModel
from sqlalchemy.orm import Session

from dispatch.auth import visitor
from dispatch.errors import BadRequest, PreconditionMissing
from dispatch.runtime import runtime
from dispatch.store import keys
from dispatch.store.models.common import Json

_ETAG = re.compile(r'(?:W/)?"?(\d{1,9})"?', re.ASCII)
_KEY = re.compile(r"^[\x21-\x7e]{8,80}$")


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint says: a shape, a status and perhaps a Location."""

    body: BaseModel | Json
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def parts(self) -> tuple[Json, int, dict[str, str]]:
        body = self.body.model_dump(mode="json") if isinstance(self.body, BaseModel) else self.body
        return body, self.status, self.headers


View = Callable[..., Any]


def version_given(if_match: str) -> int | None:
    """The version of an If-Match; None for "*", which is any."""
    given = if_match.strip()
    if given == "*":
        return None
    version = _ETAG.fullmatch(given)
    if version is None:
        raise BadRequest('If-Match carries one version, as in "3"')
    return int(version[1])


def version_seen() -> int:
    """The version that a change is based on; an edit without one is refused (428)."""
    version = version_given(request.headers.get("If-Match", "*"))
    if version is None:
        raise PreconditionMissing("send If-Match with the version of your last look, the ETag of its answer")
    return version


def changes(view: View) -> View:
    """Give the view a session in one transaction; with an Idempotency-Key, its answer is kept and given again."""

    @functools.wraps(view)
    def call(**arguments: Any) -> Any:
        return runtime().db.transact(lambda session: _once(session, view, arguments)).parts()

    return call


def reads(view: View) -> View:
    """Give the view a session that changes nothing."""

    @functools.wraps(view)
    def call(**arguments: Any) -> Any:
        with runtime().db.reading() as session:
            return _answer(view(session, **arguments)).parts()

    return call


def _once(session: Session, view: View, arguments: dict[str, Any]) -> Answer:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return _answer(view(session, **arguments))
    if not _KEY.match(key):
        raise BadRequest("the Idempotency-Key must be 8 to 80 visible characters")
    who = visitor()
    place = {"office": who.office, "actor": str(who.actor), "endpoint": request.endpoint or "", "key": key}
    earlier = keys.take(session, **place, fingerprint=_fingerprint())
    if earlier is not None:
        return Answer(earlier["body"], earlier["status"], {**earlier["headers"], "Idempotent-Replay": "true"})
    answer = _answer(view(session, **arguments))
    body, status, headers = answer.parts()
    keys.answered(session, **place, answer={"body": body, "status": status, "headers": headers})
    return answer


def _answer(value: Any) -> Answer:
    return value if isinstance(value, Answer) else Answer(value)


def _fingerprint() -> str:
    digest = hashlib.sha256(f"{request.method} {request.full_path}\n".encode())
    if request.files:
        for name, file in sorted(request.files.items()):
            digest.update(name.encode() + hashlib.sha256(file.stream.read()).digest())
            file.stream.seek(0)
        digest.update(repr(sorted(request.form.items(multi=True))).encode())
    else:
        digest.update(request.get_data())
    return digest.hexdigest()
