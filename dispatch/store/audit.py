"""The trail: appended only, chained by hash per office, holding ids and reasons and never a name or a number.

hash = SHA-256(prev_hash ‖ canonical JSON of the event without its hashes); canonical: sorted keys, UTC, no floats.
Taking the office's chain head first is also what puts the writers of one office in line, before any row is locked,
so that two of them cannot wait for each other.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from dispatch.store.models import ChainHead, Event

GENESIS = "GENESIS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who did it: a user, an API client, a link, a partner, or the system itself."""

    kind: str  # user, client, courier, village, partner, system
    id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


SYSTEM = Actor(kind="system", id="antar")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one event says, before it has its place in the chain."""

    subject_kind: str
    subject_id: str
    version: int
    from_state: str
    to_state: str
    why: str = ""
    evidence: str = ""
    holder_kind: str = ""
    holder_id: str = ""


def digest(prev_hash: str, event: dict[str, object]) -> str:
    """The hash of an event given as its columns (without `prev_hash` and `hash`)."""
    plain = {k: v.astimezone(UTC).isoformat() if isinstance(v, datetime) else v for k, v in event.items()}
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256((prev_hash + text).encode()).hexdigest()


def begin(session: Session, office: str) -> ChainHead:
    """Take the office's chain head for the rest of the transaction."""
    session.execute(update(ChainHead).where(ChainHead.office == office).values(seq=ChainHead.seq))
    head = session.scalar(select(ChainHead).where(ChainHead.office == office).execution_options(populate_existing=True))
    if head is None:
        raise LookupError(f"office {office} has no trail")
    return head


def append(session: Session, head: ChainHead, changes: Sequence[Change], *, by: Actor, at: datetime) -> None:
    """Write the events of one use case at the end of the chain."""
    rows: list[dict[str, object]] = []
    seq, prev = head.seq, head.hash
    for change in changes:
        seq += 1
        row: dict[str, object] = {
            "office": head.office,
            "seq": seq,
            "actor_kind": by.kind,
            "actor_id": by.id,
            "at": at,
            **asdict(change),
        }
        own = digest(prev, row)
        rows.append({**row, "prev_hash": prev, "hash": own})
        prev = own
    session.execute(insert(Event), rows)
    session.info.setdefault("changes", []).extend(rows)  # read when the transaction ends: who has to be told
    head.seq, head.hash = seq, prev
    session.flush()
