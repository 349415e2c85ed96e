"""Looks at people's data that somebody may have to answer for: searches for a person, files with names in them.

Rows are only ever added. What was searched for is kept as a keyed hash, so the same search is seen to be the same and
no name stands here. Retention: two years are enough to answer for a look; a row holds no citizen's data before or
after, so nothing else depends on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.said import say
from dispatch.store.audit import Actor
from dispatch.store.db import now
from dispatch.store.models import AccessEvent, User
from dispatch.store.privacy import KeyRing

NAME, NIK, LAST4, EXPORT = "search_name", "search_nik", "search_last4", "export"
KINDS = {
    NAME: say("mencari nama"),
    NIK: say("mencari NIK lengkap"),
    LAST4: say("mencari empat angka NIK"),
    EXPORT: say("mengunduh daftar"),
}
_NEWEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look as the supervisor reads it."""

    at: datetime
    who: str
    what: str
    found: int
    reason: str
    second: str


def searched(keys: KeyRing, office: str, text: str) -> str:
    """What is kept of a search: equal for equal searches, and nothing else."""
    return keys.match(" ".join(text.casefold().split()), f"{office}:look")


def record(
    session: Session, office: str, kind: str, *, subject: str, found: int, by: Actor, reason: str = "", second: str = ""
) -> None:
    """Add one look."""
    session.add(
        AccessEvent(
            office=office, at=now(session), actor=str(by), kind=kind, subject=subject, found=found, reason=reason,
            second=second,
        )
    )  # fmt: skip
    session.flush()


def newest(session: Session, office: str) -> Sequence[Look]:
    """The newest looks with the names of whoever looked."""
    users = select(User.id, User.name).where(User.office == office)
    names = {f"user:{user_id}": name for user_id, name in session.execute(users)}
    rows = session.scalars(
        select(AccessEvent)
        .where(AccessEvent.office == office)
        .order_by(AccessEvent.at.desc(), AccessEvent.id.desc())
        .limit(_NEWEST)
    )
    return [
        Look(
            at=row.at, who=names.get(row.actor, row.actor), what=KINDS.get(row.kind, row.kind), found=row.found,
            reason=row.reason, second=names.get(row.second, row.second),
        )
        for row in rows
    ]  # fmt: skip
