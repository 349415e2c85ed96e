"""One file per command (or small family of commands)."""

import click

from dispatch.commands.setup import client, courier, init, migrate, user

COMMANDS: tuple[click.Command, ...] = (init, migrate, user, client, courier)
