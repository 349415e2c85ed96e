"""`antar import FILE` hands a file in from the shell and reads it there."""

from datetime import timedelta

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from dispatch.clock import SystemClock
from dispatch.commands.import_ import SHELL, import_, read_now
from dispatch.data.sample_day import FILE, TODAY
from dispatch.errors import Invalid, TooLarge
from dispatch.services import intake_files, offices
from dispatch.services.intake_files import StoredUpload
from dispatch.store import schema, work
from dispatch.store.db import Database
from dispatch.store.models import Document, Job
from dispatch.store.privacy import KeyRing
from maps.gazetteer import gazetteer

OFFICE = "35.05"


@pytest.fixture
def machine(tmp_path, monkeypatch) -> Database:
    """A machine with one office set up, living on the day of the sample file."""
    to_that_day = (TODAY - SystemClock().now().date()).days * 86_400
    monkeypatch.setenv("ANTAR_HOME", str(tmp_path))
    monkeypatch.setenv("ANTAR_CLOCK_SHIFT_S", str(to_that_day + 86_400))
    KeyRing.new().save(tmp_path / "keys.json")
    db = Database(f"sqlite:///{tmp_path / 'antar.db'}", SystemClock())
    schema.upgrade(db)
    with db.transaction() as session:
        offices.set_up(session, OFFICE, gazetteer())
    yield db
    db.close()


def antar_import(*arguments: object) -> Result:
    return CliRunner().invoke(import_, [str(argument) for argument in arguments], catch_exceptions=False)


def documents(db: Database) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(Document)) or 0


def test_a_file_is_read_and_reported(machine):
    done = antar_import(FILE)

    assert done.exit_code == 0
    words = [line.split() for line in done.stdout.splitlines()]
    assert ["documents", "394"] in words
    assert ["to", "review", "6"] in words
    assert ["refused", "12"] in words
    assert sum("baris" in line for line in words) == 18
    assert "412 of 412 rows" in done.stderr
    assert documents(machine) == 394


def test_the_same_file_again_shows_the_same_report(machine):
    first, again = antar_import(FILE), antar_import(FILE)

    assert again.stdout == first.stdout
    assert documents(machine) == 394


def test_a_dry_run_takes_nothing_in(machine):
    done = antar_import(FILE, "--dry-run")

    assert "DRY RUN" in done.stdout
    assert documents(machine) == 0


def test_a_file_nobody_can_read_ends_with_one(machine, tmp_path):
    bad = tmp_path / "surat.csv"
    bad.write_text("Dengan hormat,\n")

    done = antar_import(bad)

    assert done.exit_code == 1
    assert "Kolom belum ada" in done.stdout


def test_where_there_are_several_offices_one_has_to_be_named(machine):
    with machine.transaction() as session:
        offices.set_up(session, "35.03", gazetteer())

    with pytest.raises(Invalid, match=r"35\.03, 35\.05"):
        antar_import(FILE)
    assert antar_import(FILE, "--office", OFFICE).exit_code == 0


def test_a_file_beyond_the_limit_is_not_even_kept(machine, tmp_path):
    big = tmp_path / "besar.csv"
    big.write_bytes(b"x" * (10 * 1024 * 1024 + 1))

    with pytest.raises(TooLarge):
        antar_import(big)
    assert not (tmp_path / "files").exists()


def test_an_import_that_a_dead_worker_holds_is_watched_and_then_taken_over(runtime, clock):
    """The shell hands in a file that a worker took up and died over; nobody's lease is broken."""
    body = FILE.read_bytes()
    upload = StoredUpload(
        sha256=runtime.files.put(OFFICE, body), size=len(body), filename="a.csv", media_type="text/csv"
    )
    with runtime.db.transaction() as session:
        intake_files.register_file(session, OFFICE, upload, dry_run=False, by=SHELL)
        job_id = session.scalars(select(Job.id)).one()
    assert work.claim(runtime.db, job_id, timedelta(seconds=30)) is not None
    looks = []

    def say(found) -> None:
        looks.append(found.status)
        clock.advance(timedelta(seconds=20))

    found = read_now(runtime, OFFICE, FILE, say=say)

    assert (found.status, found.accepted) == ("done", 394)
    assert looks[0] == "waiting"
    assert looks[-1] == "done"
