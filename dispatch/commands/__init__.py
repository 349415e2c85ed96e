"""One file per command (or small family of commands)."""

import click

from dispatch.commands.backup import backup_command, restore_command
from dispatch.commands.demo import demo
from dispatch.commands.import_ import import_
from dispatch.commands.serve import serve, sweep, web, worker
from dispatch.commands.setup import client, courier, init, migrate, user
from dispatch.commands.verify import verify_command
from dispatch.commands.village import village

COMMANDS: tuple[click.Command, ...] = (
    demo,
    init,
    migrate,
    user,
    client,
    courier,
    serve,
    web,
    worker,
    sweep,
    verify_command,
    backup_command,
    restore_command,
    import_,
    village,
)
