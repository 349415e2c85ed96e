"""Idempotency keys: the key is inserted first, so a twin request waits here and then reads our answer."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dispatch.errors import KeyReused
from dispatch.store.db import insert_if_absent, now
from dispatch.store.models import IdempotencyKey
from dispatch.store.models.common import Json


def take(session: Session, *, office: str, actor: str, endpoint: str, key: str, fingerprint: str) -> Json | None:
    """Claim a key for this request. None: it is ours, do the work. Otherwise the answer that was given before."""
    place = {"office": office, "actor": actor, "endpoint": endpoint, "key": key}
    new = {**place, "fingerprint": fingerprint, "created_at": now(session)}
    if insert_if_absent(session, IdempotencyKey, new, unique=list(place)):
        return None
    earlier = session.scalars(select(IdempotencyKey).filter_by(**place)).one()
    if earlier.fingerprint != fingerprint:
        raise KeyReused("the Idempotency-Key was used before for a request with another body")
    return earlier.answer or {}


def answered(session: Session, *, office: str, actor: str, endpoint: str, key: str, answer: Json) -> None:
    """Remember the answer, in the transaction that did the work."""
    place = {"office": office, "actor": actor, "endpoint": endpoint, "key": key}
    session.execute(update(IdempotencyKey).filter_by(**place).values(answer=answer))
