"""The invariants of money, asked by `antar verify` beside those of custody. Answers carry ids and rupiah only."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.services.tariffs import EVENT as TARIFF
from dispatch.services.tariffs import fingerprint
from dispatch.store.files import FileStore
from dispatch.store.models import Event, Tariff


def tariffs_kept(session: Session, _files: FileStore) -> Iterator[str]:
    """A tariff that somebody decided is as it was decided: its event in the trail carries the hash of it."""
    rows = session.execute(
        select(Tariff, Event.evidence)
        .outerjoin(
            Event, (Event.office == Tariff.office) & (Event.subject_kind == TARIFF) & (Event.subject_id == Tariff.id)
        )
        .where(Tariff.decided_at.is_not(None))
    )
    for row, evidence in rows:
        if fingerprint(row) != evidence:
            yield f"tariff {row.id} is not what was decided"
