"""`antar backup FILE` and `antar restore FILE`."""

from pathlib import Path

import click

from dispatch.runtime import Runtime
from dispatch.services import backup
from dispatch.settings import Settings


@click.command(
    "backup", help="Write database and files as one consistent set. The key file is not in it: keep it apart."
)
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
def backup_command(target: Path) -> None:
    runtime = Runtime.from_settings(Settings.from_env())
    made = backup.write(runtime.db, runtime.files, runtime.keys, target)
    click.echo(f"{target}: {made.rows} rows, {made.files} files. Keep {runtime.settings.key_file} in another place.")


@click.command(
    "restore", help="Fill an empty database and file store from a backup, with the key file it was made with."
)
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore_command(source: Path) -> None:
    runtime = Runtime.from_settings(Settings.from_env())
    done = backup.restore(runtime.db, runtime.files, runtime.keys, source)
    click.echo(f"Restored {done.rows} rows and {done.files} files as of {done.made_at}. Now run: antar verify")
