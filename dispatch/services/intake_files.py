"""A file of finished documents: registered at once, read by a worker in short transactions, reported row by row.

The same bytes are one import for ever: sending them again answers with the first report. A worker that dies is followed
by one that goes on at the first missing row.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from dispatch.errors import NotFound
from dispatch.services.cells import TableError
from dispatch.services.intake import Arrived, Desk, Outcome, Weighed, desk_of, settle, source_of, weigh
from dispatch.services.tables import TableRow, read_table
from dispatch.store import files, work
from dispatch.store.audit import Actor
from dispatch.store.db import insert_if_absent, new_id, now
from dispatch.store.models import Import, ImportRow
from dispatch.store.privacy import KeyRing
from dispatch.store.work import Claim

ROWS_PER_TRANSACTION = 100  # under 0.1 s: other writers hardly notice


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredUpload:
    """A file that is already durable under the hash of its bytes."""

    sha256: str
    size: int
    filename: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of one item of a call, and the row of the report that says so (None if nothing was new)."""

    outcome: Outcome
    row_id: str | None


def register_file(
    session: Session, office: str, upload: StoredUpload, *, dry_run: bool, by: Actor
) -> tuple[Import, bool]:
    """Name a stored file as an import to be read, or find the one these bytes already have.

    True when it will be read: it is new, or could not be read to its end the last time.
    """
    files.record(session, office, upload.sha256, size=upload.size, media_type=upload.media_type, purpose="import")
    values: dict[str, object] = {
        "id": new_id(),
        "office": office,
        "source": source_of(by),
        "filename": upload.filename,
        "sha256": upload.sha256,
        "is_dry_run": dry_run,
        "status": "waiting",
        "created_by": str(by),
        "created_at": now(session),
    }
    added = insert_if_absent(session, Import, values, unique=["office", "sha256", "is_dry_run"], where="sha256 <> ''")
    found = session.scalars(
        select(Import).where(Import.office == office, Import.sha256 == upload.sha256, Import.is_dry_run.is_(dry_run))
    ).one()
    if not added and found.status != "unreadable":
        return found, False
    found.status, found.problem = "waiting", ""
    work.want(session, "import", found.id, office=office)
    return found, True


def import_of(session: Session, office: str, import_id: str, *, by: Actor | None = None) -> Import:
    """The import with its sums; NotFound unless it is this office's (and, for a program, its own)."""
    found = session.scalar(select(Import).where(Import.office == office, Import.id == import_id))
    if found is None or (by is not None and by.kind == "client" and found.created_by != str(by)):
        raise NotFound(f"there is no import {import_id}")
    return found


def latest_files(session: Session, office: str, *, by: Actor, limit: int = 50) -> Sequence[Import]:
    """The files handed in last, newest first; a program sees only its own."""
    query = select(Import).where(Import.office == office, Import.sha256 != "")
    if by.kind == "client":
        query = query.where(Import.created_by == str(by))
    return session.scalars(query.order_by(Import.created_at.desc(), Import.id.desc()).limit(limit)).all()


def plain_filename(name: str) -> str:
    """A file's name as it may be shown: without folders, without signs that hide its ending."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in last if unicodedata.category(sign)[0] != "C")[-200:]


def rows_of(
    session: Session, found: Import, *, outcome: str | None = None, after: int = 0, limit: int = 500
) -> Sequence[ImportRow]:
    """What became of the rows after row number `after`, in file order."""
    query = select(ImportRow).where(ImportRow.office == found.office, ImportRow.import_id == found.id)
    if outcome is not None:
        query = query.where(ImportRow.outcome == outcome)
    return session.scalars(query.where(ImportRow.row_no > after).order_by(ImportRow.row_no).limit(limit)).all()


def deliver(session: Session, desk: Desk, rows: Sequence[Weighed], *, by: Actor) -> list[Delivered]:
    """Take in what one call brought, all or none. A call that brought nothing new leaves nothing behind."""
    outcomes = settle(session, desk, rows, by=by)
    if not any(outcome.verdict in ("accepted", "review") for outcome in outcomes):
        return [Delivered(outcome, None) for outcome in outcomes]
    at = now(session)
    found = Import(
        id=new_id(),
        office=desk.office,
        source=desk.source,
        status="done",
        total=len(outcomes),
        created_by=str(by),
        created_at=at,
        done_at=at,
    )
    session.add(found)
    session.flush()
    row_ids = write_outcomes(session, found, outcomes)
    return [Delivered(outcome, row_id) for outcome, row_id in zip(outcomes, row_ids, strict=True)]


def write_outcomes(session: Session, found: Import, outcomes: Sequence[Outcome]) -> list[str]:
    """Add rows to an import's report and to its sums, in the transaction that took them in. Returns the rows' ids."""
    reports = [_report(found, outcome) for outcome in outcomes]
    if reports:
        session.execute(insert(ImportRow), reports)
    add_to_sums(session, found, Counter(outcome.verdict for outcome in outcomes))
    return [str(report["id"]) for report in reports]


def add_to_sums(session: Session, found: Import, changes: Mapping[str, int]) -> None:
    """Change the sums by what was added (or taken away); counted by the database, where others may count too."""
    columns = {"accepted": Import.accepted, "known": Import.known, "review": Import.review, "refused": Import.refused}
    sums = {name: column + changes[name] for name, column in columns.items() if changes.get(name)}
    if sums:
        session.execute(update(Import).where(Import.office == found.office, Import.id == found.id).values(sums))


def _report(found: Import, outcome: Outcome) -> dict[str, object]:
    placed = outcome.placed
    reason = " ".join(dict.fromkeys((*(fault.reason for fault in outcome.faults), *outcome.warnings)))
    if outcome.verdict == "review" and placed is not None:
        reason = placed.reason
    elif outcome.verdict == "known":
        reason = "Sudah ada." if outcome.document_id else "Sudah ada dan menunggu pemeriksaan desa."
    fields = ", ".join(dict.fromkeys(fault.heading for fault in outcome.faults if fault.heading))
    return {
        "id": new_id(),
        "office": found.office,
        "import_id": found.id,
        "row_no": outcome.row_no,
        "outcome": outcome.verdict,
        "document_id": outcome.document_id,
        "field": fields if len(fields) <= 40 else fields[:39] + "…",
        "reason": reason if len(reason) <= 300 else reason[:299] + "…",
        "request_key": outcome.request_key,
        "fingerprint": outcome.fingerprint,
        "row_sealed": outcome.row_sealed,
        "candidates": _candidates(outcome) if outcome.verdict == "review" else None,
    }


def _candidates(outcome: Outcome) -> list[dict[str, str | float]]:
    assert outcome.placed is not None
    return [
        {"code": candidate.code, "label": candidate.label, "confidence": candidate.confidence}
        for candidate in outcome.placed.candidates
    ]


# The job: read the stored file and take its rows in.


def read_import(claim: Claim, keys: KeyRing, store: files.FileStore) -> None:
    """Read one import; a second call finds nothing to do, a later one goes on where a dead worker stopped."""
    reading = _Reading(keys, store)
    work.run(claim, load=reading.load, act=reading.act, save=reading.save, give_up=_give_up)


def _give_up(session: Session, import_id: str, error: str) -> None:
    found = session.scalars(select(Import).where(Import.id == import_id)).one()
    if found.status != "done":
        found.status = "unreadable"
        found.problem = f"Berkas tidak selesai dibaca ({error[:100]}). Kirim ulang; bila tetap gagal, hubungi admin."


@dataclass(frozen=True, slots=True)
class _Start:
    """Where an import stands when a worker takes it up."""

    desk: Desk
    sha256: str
    by: Actor
    is_dry_run: bool
    last_row: int


@dataclass(frozen=True, slots=True)
class _Reading:
    """One worker reading one import."""

    keys: KeyRing
    store: files.FileStore

    def load(self, session: Session, import_id: str) -> _Start | None:
        found = session.scalars(select(Import).where(Import.id == import_id)).one()
        if found.status not in ("waiting", "reading"):
            return None
        kind, _, actor_id = found.created_by.partition(":")
        by = Actor(kind=kind, id=actor_id)
        last = session.scalar(select(func.max(ImportRow.row_no)).where(ImportRow.import_id == import_id))
        desk = desk_of(session, self.keys, found.office, source=found.source)
        return _Start(desk, found.sha256, by, found.is_dry_run, last or 0)

    def act(self, start: _Start, claim: Claim) -> str:
        """Take all rows in, a few hundred at a time. Returns why the file cannot be read, "" when it could."""
        try:
            table = read_table(self.store.get(start.desk.office, start.sha256))
        except TableError as error:
            return error.sentence
        with claim.transaction() as session:
            found = _import(session, claim)
            found.status, found.total = "reading", len(table.rows)
        missing = (row for row in table.rows if row.number > start.last_row)
        rehearsal = self._rehearsed(start, table.rows) if start.is_dry_run else None
        for chunk in batched(missing, ROWS_PER_TRANSACTION):
            weighed = _weighed(start.desk, chunk)
            with claim.transaction() as session:
                outcomes = settle(session, start.desk, weighed, by=start.by, rehearsal=rehearsal)
                write_outcomes(session, _import(session, claim), outcomes)
        return ""

    def save(self, session: Session, import_id: str, _start: _Start, problem: str) -> None:
        found = session.scalars(select(Import).where(Import.id == import_id)).one()
        found.status = "unreadable" if problem else "done"
        found.problem = problem
        found.done_at = now(session)

    def _rehearsed(self, start: _Start, rows: Sequence[TableRow]) -> dict[str, Arrived]:
        """What the rows of a dry run that were already reported would have brought."""
        earlier = _weighed(start.desk, (row for row in rows if row.number <= start.last_row))
        return {
            row.request_key: Arrived(None, row.fingerprint, waits=row.placed is not None and row.placed.code is None)
            for row in reversed(earlier)
            if row.finished is not None
        }


def _weighed(desk: Desk, rows: Iterable[TableRow]) -> list[Weighed]:
    return [weigh(desk, row.number, row.cells, surplus=row.surplus) for row in rows]


def _import(session: Session, claim: Claim) -> Import:
    return session.scalars(select(Import).where(Import.id == claim.ref)).one()
