"""Rows whose village nobody could tell from what was written: a person chooses, or refuses the row with a reason."""

from dataclasses import dataclass

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import Session

from dispatch.errors import Conflict, FieldError, Invalid, NotFound
from dispatch.services.intake import desk_of, opened, settle, weighed_as
from dispatch.services.intake_files import add_to_sums
from dispatch.services.intake_rows import Finished
from dispatch.services.intake_villages import Placed
from dispatch.services.nik import masked
from dispatch.store.audit import Actor
from dispatch.store.db import now
from dispatch.store.models import Import, ImportRow
from dispatch.store.privacy import KeyRing


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row that waits, and what it says."""

    row: ImportRow
    finished: Finished

    @property
    def nik_shown(self) -> str:
        return masked(self.finished.nik)


def waiting_rows(session: Session, keys: KeyRing, office: str, *, after: str = "", limit: int = 100) -> list[Waiting]:
    """The rows of the office that wait for a person, the longest waiting first. Rows of dry runs do not wait."""
    place = (Import.created_at, ImportRow.import_id, ImportRow.row_no)
    query = _waiting(office)
    if after:
        last = session.execute(
            select(*place)
            .join(Import, (Import.office == ImportRow.office) & (Import.id == ImportRow.import_id))
            .where(ImportRow.office == office, ImportRow.id == after)
        ).first()
        if last is None:
            raise NotFound(f"there is no row {after}")
        query = query.where(tuple_(*place) > tuple_(*last))
    return [Waiting(row, opened(keys, row)) for row in session.scalars(query.order_by(*place).limit(limit))]


def count_waiting(session: Session, office: str) -> int:
    """How many rows of the office wait for a person."""
    return session.scalar(select(func.count()).select_from(_waiting(office).subquery())) or 0


def choose_village(
    session: Session, keys: KeyRing, office: str, row_id: str, village_code: str, *, by: Actor
) -> ImportRow:
    """Say which village the row means; it becomes a document. Conflict when somebody decided it first."""
    row, found = _undecided(session, office, row_id)
    desk = desk_of(session, keys, office, source=found.source)
    if village_code not in desk.villages:
        raise Invalid(fields=[FieldError("village_code", "Desa/kelurahan ini tidak ada di wilayah kantor.")])
    placed = Placed(code=village_code, confidence=1.0)
    weighed = weighed_as(desk, row.row_no, opened(keys, row), placed)
    row.outcome = "accepted"  # it waits no longer, so it does not stand in its own way
    session.flush()
    (outcome,) = settle(session, desk, [weighed], by=by)
    if outcome.verdict == "refused":
        raise Conflict(outcome.faults[0].reason)
    row.document_id = outcome.document_id
    _decided(session, row, found, outcome.verdict, "", by=by)
    return row


def refuse(session: Session, office: str, row_id: str, reason: str, *, by: Actor) -> ImportRow:
    """Send the row back with a reason; no document comes of it. Conflict when somebody decided it first."""
    row, found = _undecided(session, office, row_id)
    _decided(session, row, found, "refused", reason, by=by)
    row.field = "desa"
    return row


def _waiting(office: str) -> Select[ImportRow]:
    return (
        select(ImportRow)
        .join(Import, (Import.office == ImportRow.office) & (Import.id == ImportRow.import_id))
        .where(ImportRow.office == office, ImportRow.outcome == "review", Import.is_dry_run.is_(False))
    )


def _undecided(session: Session, office: str, row_id: str) -> tuple[ImportRow, Import]:
    row = session.scalar(select(ImportRow).where(ImportRow.office == office, ImportRow.id == row_id).with_for_update())
    if row is None:
        raise NotFound(f"there is no row {row_id} to review")
    found = session.scalars(select(Import).where(Import.office == office, Import.id == row.import_id)).one()
    if found.is_dry_run:
        raise NotFound(f"there is no row {row_id} to review")
    if row.outcome != "review":
        raise Conflict(f"row {row_id} was decided already: {row.outcome}")
    return row, found


def _decided(session: Session, row: ImportRow, found: Import, outcome: str, reason: str, *, by: Actor) -> None:
    row.outcome, row.reason = outcome, reason
    row.row_sealed = ""  # the person's data lives on in the document, or not at all
    row.decided_by, row.decided_at = str(by), now(session)
    add_to_sums(session, found, {"review": -1, outcome: 1})
