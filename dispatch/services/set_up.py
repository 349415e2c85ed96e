"""Changing an office's set-up: one way to do it, so that every change leaves its row of history and its event.

The history says from what to what and may hold names and phone numbers; the trail carries only a hash of it, by which
`antar verify` finds a history that was changed afterwards.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.store import audit
from dispatch.store.audit import Actor, Change
from dispatch.store.db import new_id, now
from dispatch.store.models import ApiClient, Courier, Depot, Event, PartnerAccount, Rules, SetUpChange, User

EVENT = "set_up"
SHOWN = 200

_SEALED = frozenset({"password_hash", "key_hash", "secrets_sealed"})  # that it changed is kept, never from what to what

Subject = Courier | Depot | User | ApiClient | Rules | PartnerAccount


_KINDS: Mapping[type[Subject], str] = {
    User: "user",
    ApiClient: "client",
    Courier: "courier",
    Depot: "depot",
    Rules: "rules",
    PartnerAccount: "partner",
}


def put(session: Session, row: Subject, wanted: Mapping[str, object], *, name: str, by: Actor) -> bool:
    """Give a row (a new or a known one) these values and keep what changed; False when nothing did."""
    is_new = row not in session
    changes = {
        field: [None, None] if field in _SEALED else [None if is_new else _plain(getattr(row, field)), _plain(value)]
        for field, value in wanted.items()
        if is_new or getattr(row, field) != value
    }
    if not changes:
        return False
    head = audit.begin(session, row.office)
    for field, value in wanted.items():
        setattr(row, field, value)
    session.add(row)
    session.flush()
    made = SetUpChange(
        id=new_id(),
        office=row.office,
        subject_kind=_kind(row),
        subject_id=row.id,
        subject_name=name,
        changes=changes,
        made_by=str(by),
        made_at=now(session),
    )
    session.add(made)
    session.flush()
    event = Change(
        subject_kind=EVENT, subject_id=made.id, version=1, from_state="", to_state="changed", evidence=fingerprint(made)
    )
    audit.append(session, head, [event], by=by, at=made.made_at)
    return True


def history(session: Session, office: str, *, kind: str = "", subject_id: str = "") -> Sequence[SetUpChange]:
    """What was changed, the latest first; of one kind or one subject where named."""
    asked = (
        select(SetUpChange)
        .join(Event, (Event.office == SetUpChange.office) & (Event.subject_id == SetUpChange.id))
        .where(SetUpChange.office == office, Event.subject_kind == EVENT)
    )
    if kind:
        asked = asked.where(SetUpChange.subject_kind == kind)
    if subject_id:
        asked = asked.where(SetUpChange.subject_id == subject_id)
    return session.scalars(asked.order_by(Event.seq.desc()).limit(SHOWN)).all()


def fingerprint(made: SetUpChange) -> str:
    """The same for the same change; 40 hex characters, as an event can carry them."""
    said = [made.subject_kind, made.subject_id, made.subject_name, made.changes, made.made_by]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:40]


def _kind(row: Subject) -> str:
    return _KINDS[type(row)]


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date | datetime) else value
