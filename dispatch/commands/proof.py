"""`antar proof-check FILE.json`: whether the trail still says what a downloaded proof says; exit 1 when it does not."""

import sys
from pathlib import Path

import click

from dispatch.errors import BadRequest
from dispatch.runtime import Runtime
from dispatch.services.custody_proof import check_file, events_since, parsed
from dispatch.settings import Settings


@click.command("proof-check", help="Check a downloaded proof (JSON) against the trail. Exit 1 when they differ.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def proof_check(file: Path) -> None:
    runtime = Runtime.from_settings(Settings.from_env())
    try:
        body = parsed(file.read_text(encoding="utf-8"))
        with runtime.db.reading() as session:
            problems = check_file(session, body)
            newer = events_since(session, body)
    except (BadRequest, UnicodeDecodeError) as error:
        raise click.UsageError(f"{file.name} cannot be checked: {error}") from None
    finally:
        runtime.db.close()
    for problem in problems:
        click.echo(problem)
    if problems:
        click.echo(f"{file.name} does not match the trail.")
        sys.exit(1)
    click.echo(f"{file.name} matches the trail{f'; {newer} newer events since' if newer > 0 else ''}.")
