"""A backup of either database fills a new one of either kind, files and trail included."""

import io
import json
import tarfile

import pytest
from sqlalchemy import func, select

from dispatch.errors import Conflict, Invalid
from dispatch.services import backup
from dispatch.services.verify import verify
from dispatch.store import files
from dispatch.store.db import Base, Database
from dispatch.store.files import FolderStore
from dispatch.store.models import Document, Event, StoredFile
from dispatch.store.privacy import KeyRing
from tests.databases import OFFICE
from tests.dispatch.test_verify import sound

__all__ = ["sound"]


@pytest.fixture
def empty(tmp_path, clock):
    """A new SQLite database without a table."""
    db = Database(f"sqlite:///{tmp_path / 'new.db'}", clock)
    yield db
    db.close()


def rows(db):
    with db.reading() as session:
        return {
            table.name: sorted(json.dumps([str(v) for v in row]) for row in session.execute(select(table)))
            for table in Base.metadata.sorted_tables
            if table.name not in ("event", "chain_head")
        }


def test_what_was_backed_up_comes_back(sound, empty, tmp_path):
    archive, store = tmp_path / "backup.tar.gz", FolderStore(tmp_path / "restored")

    made = backup.write(sound.db, sound.files, sound.keys, archive)
    done = backup.restore(empty, store, sound.keys, archive)

    assert (done.rows, done.files) == (made.rows, made.files)
    assert rows(empty) == rows(sound.db)
    with empty.reading() as session:
        assert verify(session, store) == []
        last = session.scalars(select(Event).where(Event.office == OFFICE).order_by(Event.seq.desc())).first()
        assert (last.subject_kind, last.to_state) == ("office", "restored")
        sha = session.scalars(select(StoredFile.sha256)).one()
    assert store.get(OFFICE, sha) == b"photo"


def test_no_nik_and_no_key_is_in_the_archive(sound, tmp_path):
    archive = tmp_path / "backup.tar.gz"
    backup.write(sound.db, sound.files, sound.keys, archive)

    with tarfile.open(archive) as tar:
        body = b"".join(tar.extractfile(member).read() for member in tar)

    assert b"3505016708900001" not in body
    assert sound.keys.matching not in body


def test_the_wrong_keys_are_refused_before_anything_is_written(sound, empty, tmp_path):
    archive = tmp_path / "backup.tar.gz"
    backup.write(sound.db, sound.files, sound.keys, archive)

    with pytest.raises(Conflict, match="key file"):
        backup.restore(empty, FolderStore(tmp_path / "restored"), KeyRing.new(), archive)


def test_a_database_in_use_is_not_overwritten(sound, tmp_path):
    archive = tmp_path / "backup.tar.gz"
    backup.write(sound.db, sound.files, sound.keys, archive)

    with pytest.raises(Conflict, match="not empty"):
        backup.restore(sound.db, FolderStore(tmp_path / "restored"), sound.keys, archive)


def test_a_damaged_file_leaves_the_database_empty(sound, empty, tmp_path):
    archive, damaged = tmp_path / "backup.tar.gz", tmp_path / "damaged.tar.gz"
    backup.write(sound.db, sound.files, sound.keys, archive)
    with tarfile.open(archive) as source, tarfile.open(damaged, "w:gz") as target:
        for member in source:
            body = source.extractfile(member).read()
            if member.name.startswith("files/"):
                body = b"wrong"
            member.size = len(body)
            target.addfile(member, io.BytesIO(body))

    with pytest.raises(Invalid, match="damaged"):
        backup.restore(empty, FolderStore(tmp_path / "restored"), sound.keys, damaged)
    with empty.reading() as session:
        assert session.scalar(select(func.count()).select_from(Document)) == 0


def test_a_stored_file_is_named_once(sound):
    with sound.db.transaction() as session:
        sha = sound.files.put(OFFICE, b"photo")
        files.record(session, OFFICE, sha, size=5, media_type="image/jpeg", purpose="photo")
        assert session.scalar(select(func.count()).select_from(StoredFile)) == 1
