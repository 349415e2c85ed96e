"""`antar …`: the command line. Each command lives in its own file under `commands/`."""

import sys

import click

from dispatch.commands import Commands
from dispatch.errors import AntarError
from dispatch.settings import SettingsError
from dispatch.store.privacy import KeyFileError

antar = Commands(name="antar", help="Antar: courier dispatch and route optimisation for Dinas Dukcapil.")


def main() -> None:
    """Run a command; what went wrong is one clear line, not a traceback."""
    try:
        antar(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except (SettingsError, KeyFileError, AntarError) as error:
        click.echo(f"antar: {error}", err=True)
        for field in getattr(error, "fields", ()):
            click.echo(f"  {field.field}: {field.reason}", err=True)
        sys.exit(2)
