"""Backup and restore: rows and files as one consistent set, in a form that both databases read.

The rows are read in one transaction; a file is durable before its row, so the files read afterwards hold at least all
that the rows name. The keys are not in the backup: keep the key file elsewhere, for without it sealed values stay
sealed. The archive says which keys it needs, and restoring refuses the wrong ones before it writes anything.

Archive (tar.gz): backup.json, then tables/<name>.jsonl in an order that references can follow, then
files/<office>/<sha>.
"""

import base64
import io
import json
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Date, LargeBinary, Table, func, insert, select
from sqlalchemy.orm import Session

from dispatch.errors import Conflict, Invalid
from dispatch.store import audit, schema
from dispatch.store.audit import SYSTEM, Change
from dispatch.store.db import Base, Database, UTCDateTime, now
from dispatch.store.files import FileStore
from dispatch.store.models import Event, Office, StoredFile
from dispatch.store.privacy import KeyFileError, KeyRing

FORMAT = 1
_CHUNK = 1000
_PLACE = "backup"


@dataclass(frozen=True, slots=True)
class Summary:
    """What a backup holds or a restore wrote."""

    rows: int
    files: int
    made_at: str


def write(db: Database, files: FileStore, keys: KeyRing, target: Path) -> Summary:
    """Write the archive; it appears under its name only once it is whole."""
    fresh = target.with_name(target.name + ".new")
    rows = 0
    with tarfile.open(fresh, "w:gz", compresslevel=6) as archive:
        with db.snapshot() as session:
            made_at = now(session).isoformat()
            head = {
                "format": FORMAT,
                "schema": schema.newest(),
                "made_at": made_at,
                "key_check": keys.seal("antar", _PLACE),
                "match_check": keys.match("antar", _PLACE),
            }
            _add(archive, "backup.json", json.dumps(head, indent=2).encode())
            for table in Base.metadata.sorted_tables:
                rows += _add_table(archive, session, table)
            named = session.execute(select(StoredFile.office, StoredFile.sha256)).all()
        for office, sha in named:
            _add(archive, f"files/{office}/{sha}", files.get(office, sha))
    fresh.replace(target)
    return Summary(rows, len(named), made_at)


def restore(db: Database, files: FileStore, keys: KeyRing, source: Path) -> Summary:
    """Fill an empty database and file store from an archive, all or nothing; each trail notes that it went back."""
    rows = kept = 0
    with tarfile.open(source, "r:gz") as archive:
        head = _head(archive, keys)
        schema.upgrade(db)
        with db.transaction() as session:
            if session.scalar(select(func.count()).select_from(Office)):
                raise Conflict("the database is not empty; restore into a new one")
            for member in archive:
                body = archive.extractfile(member)
                if body is None:
                    continue
                if member.name.startswith("tables/"):
                    table = Base.metadata.tables[Path(member.name).stem]
                    rows += _fill(session.connection(), table, body)
                elif member.name.startswith("files/"):
                    _, office, sha = member.name.split("/")
                    if files.put(office, body.read()) != sha:
                        raise Invalid(f"the file {sha} in the backup is damaged")
                    kept += 1
            for office in session.scalars(select(Office.code)).all():
                _mark_restored(session, office, head["made_at"])
    return Summary(rows, kept, head["made_at"])


def _head(archive: tarfile.TarFile, keys: KeyRing) -> dict[str, Any]:
    first = archive.next()
    body = archive.extractfile(first) if first is not None and first.name == "backup.json" else None
    if body is None:
        raise Invalid("this is not a backup of Antar")
    head: dict[str, Any] = json.load(body)
    if head["format"] != FORMAT or head["schema"] != schema.newest():
        raise Invalid(f"the backup has the shape {head['schema']}, this version needs {schema.newest()}")
    try:
        opens = keys.open(head["key_check"], _PLACE) == "antar"
    except KeyFileError:
        opens = False
    if not opens or keys.match("antar", _PLACE) != head["match_check"]:
        raise Conflict("the key file does not belong to this backup; restore needs the keys it was made with")
    return head


def _mark_restored(session: Session, office: str, made_at: str) -> None:
    """A restored office knows that it went back, and to when."""
    chain = audit.begin(session, office)
    earlier = session.scalar(
        select(func.count()).select_from(Event).where(Event.subject_kind == "office", Event.subject_id == office)
    )
    change = Change(
        subject_kind="office",
        subject_id=office,
        version=(earlier or 0) + 1,
        from_state="restored" if earlier else "",
        to_state="restored",
        why=f"from the backup of {made_at}",
    )
    audit.append(session, chain, [change], by=SYSTEM, at=now(session))


def _add_table(archive: tarfile.TarFile, session: Session, table: Table) -> int:
    count = 0
    with tempfile.TemporaryFile() as spool:
        for row in session.execute(select(table).execution_options(yield_per=_CHUNK)).mappings():
            plain = {name: _plain(value) for name, value in row.items()}
            spool.write(json.dumps(plain, ensure_ascii=False).encode() + b"\n")
            count += 1
        _add_stream(archive, f"tables/{table.name}.jsonl", spool)
    return count


def _fill(connection: Connection, table: Table, body: IO[bytes]) -> int:
    count = 0
    for chunk in _chunks(body):
        connection.execute(
            insert(table), [{c.name: _value(table, c.name, row[c.name]) for c in table.c} for row in chunk]
        )
        count += len(chunk)
    return count


def _chunks(body: IO[bytes]) -> Iterator[list[dict[str, Any]]]:
    chunk: list[dict[str, Any]] = []
    for line in body:
        chunk.append(json.loads(line))
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, datetime | date) else value


def _value(table: Table, name: str, value: Any) -> object:
    if value is None:
        return None
    kind = table.c[name].type
    if isinstance(kind, LargeBinary):
        return base64.b64decode(value)
    if isinstance(kind, UTCDateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(kind, Date) else value


def _add(archive: tarfile.TarFile, name: str, body: bytes) -> None:
    _add_stream(archive, name, io.BytesIO(body))


def _add_stream(archive: tarfile.TarFile, name: str, body: IO[bytes]) -> None:
    info = tarfile.TarInfo(name)
    info.size = body.seek(0, io.SEEK_END)
    info.mode = 0o600
    body.seek(0)
    archive.addfile(info, body)
