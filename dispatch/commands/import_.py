"""`antar import FILE`: hand a file in from the shell, watch it being read, and see what became of it."""

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
from sqlalchemy import select

from dispatch import jobs
from dispatch.commands.setup import prepared
from dispatch.errors import Invalid, TooLarge
from dispatch.runtime import Runtime
from dispatch.services import intake_files
from dispatch.services.cells import MAX_FILE_BYTES
from dispatch.services.intake_files import StoredUpload
from dispatch.store.audit import Actor
from dispatch.store.models import Import, ImportRow, Job, Office

SHELL = Actor(kind="system", id="shell")
LOOK_EVERY_S = 0.5
MOST_SHOWN = 50
FINAL = ("done", "unreadable")


@click.command("import", help="Take in a CSV or XLSX file of finished documents.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--office", default="", help="Kemendagri code of the office; needed only where there are several.")
@click.option("--dry-run", is_flag=True, help="Say what would become of every row and take nothing in.")
def import_(file: Path, office: str, dry_run: bool) -> None:
    runtime = prepared()
    office = office or _only_office(runtime)
    found = read_now(runtime, office, file, dry_run=dry_run, say=_say)
    _print_report(runtime, found)
    if found.status != "done":
        sys.exit(1)


def read_now(
    runtime: Runtime, office: str, file: Path, *, dry_run: bool = False, say: Callable[[Import], None]
) -> Import:
    """Hand a file in and read it in this process, or watch the worker that took it up first.

    `say` is called twice a second with the import as it stands; the finished import is returned.
    """
    if file.stat().st_size > MAX_FILE_BYTES:
        raise TooLarge(f"{file.name} is larger than {MAX_FILE_BYTES} bytes")
    body = file.read_bytes()
    upload = StoredUpload(
        sha256=runtime.files.put(office, body),
        size=len(body),
        filename=intake_files.plain_filename(file.name),
        media_type="application/octet-stream",
    )
    with runtime.db.transaction() as session:
        found, _ = intake_files.register_file(session, office, upload, dry_run=dry_run, by=SHELL)
    if found.status in FINAL:
        return found
    with ThreadPoolExecutor(max_workers=1) as pool:
        reading = pool.submit(_read_to_the_end, runtime, found.id)
        look = threading.Event()
        reading.add_done_callback(lambda _: look.set())
        while not look.wait(LOOK_EVERY_S):
            say(_as_it_stands(runtime, found.id))
        reading.result()
    found = _as_it_stands(runtime, found.id)
    say(found)
    return found


def _read_to_the_end(runtime: Runtime, import_id: str) -> None:
    """Work on the import's job until it is over, here or in whichever process claimed it."""
    pause = threading.Event()
    while _as_it_stands(runtime, import_id).status not in FINAL:
        with runtime.db.reading() as session:
            job_id = session.scalar(
                select(Job.id).where(Job.kind == "import", Job.ref == import_id, Job.state == "open")
            )
        if job_id is None or not jobs.perform(runtime, job_id):
            pause.wait(LOOK_EVERY_S)


def _as_it_stands(runtime: Runtime, import_id: str) -> Import:
    with runtime.db.reading() as session:
        return session.scalars(select(Import).where(Import.id == import_id)).one()


def _only_office(runtime: Runtime) -> str:
    with runtime.db.reading() as session:
        codes = session.scalars(select(Office.code).order_by(Office.code).limit(10)).all()
    if len(codes) != 1:
        which = ", ".join(codes) or "none is set up yet; run antar init"
        raise Invalid(f"say which office with --office ({which})")
    return codes[0]


def _say(found: Import) -> None:
    done = found.accepted + found.known + found.review + found.refused
    click.echo(f"  {done:,} of {found.total:,} rows".replace(",", "."), err=True)


def _print_report(runtime: Runtime, found: Import) -> None:
    click.echo(f"{found.filename}  {'DRY RUN, nothing taken in' if found.is_dry_run else found.id}")
    if found.status != "done":
        click.echo(f"  not read: {found.problem}")
        return
    for words, number in (
        ("rows", found.total),
        ("documents", found.accepted),
        ("already here", found.known),
        ("to review", found.review),
        ("refused", found.refused),
    ):
        click.echo(f"  {words:<14}{number:>7}")
    with runtime.db.reading() as session:
        asked = session.scalars(
            select(ImportRow)
            .where(ImportRow.import_id == found.id, ImportRow.outcome.in_(("refused", "review")))
            .order_by(ImportRow.row_no)
            .limit(MOST_SHOWN)
        ).all()
    for row in asked:
        click.echo(f"  {found.filename} baris {row.row_no}, {row.field or 'desa'}: {row.reason}")
    unsaid = found.refused + found.review - len(asked)
    if unsaid > 0:
        click.echo(f"  … and {unsaid} more")
