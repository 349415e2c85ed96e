"""One file per command (or small family of commands); only the one that is called is loaded."""

from importlib import import_module
from typing import NamedTuple

import click


class Place(NamedTuple):
    """Where a command lives (`module:name`) and its line in the list of commands."""

    target: str
    summary: str


COMMANDS: dict[str, Place] = {
    "demo": Place("demo:demo", "A whole day at the Blitar office on real villages, then keeps serving it."),
    "init": Place("setup:init", "Set up an office: villages, depot, tariff, hours, an admin."),
    "user": Place("setup:user", "Users of an office."),
    "desk": Place("desk:desk", "Offices that receive documents, and where documents go by themselves."),
    "courier": Place("setup:courier", "People who carry."),
    "client": Place("setup:client", "Programs of an office that use the API."),
    "keys": Place("setup:keys", "The keys that seal NIK and other secrets."),
    "serve": Place("serve:serve", "Everything on this machine: web, workers, sweeper and a bundled Redis."),
    "web": Place("serve:web", "The web server alone."),
    "worker": Place("serve:worker", "One worker; run as many as you like, anywhere."),
    "sweep": Place("serve:sweep", "Ring again for work that nobody took."),
    "import": Place("import_:import_", "Take in a CSV or XLSX file of finished documents."),
    "village": Place("village:village", "The village an address means, or the candidates."),
    "channel": Place("channel:channel", "Accounts with WhatsApp, an SMS gateway and a mail server."),
    "partner": Place("partner:partner", "Courier companies an office orders from, and what each needs."),
    "simulate": Place("simulate:simulate", "A courier company's API on this machine, with faults on request."),
    "policies": Place("policies:policies", "Who may receive a document, and fifteen real practices to choose from."),
    "solve": Place("solve:solve_command", "Routes for an instance file (VRPLIB, Solomon or our own JSON)."),
    "roads": Place("roads:roads", "Real roads: build them from OpenStreetMap, learn from confirmed runs."),
    "verify": Place("verify:verify_command", "Check the custody trail and every invariant."),
    "proof-check": Place("proof:proof_check", "Check a downloaded proof against the custody trail."),
    "backup": Place("backup:backup_command", "Write database and files as one consistent set."),
    "restore": Place("backup:restore_command", "Fill an empty database and file store from a backup."),
    "migrate": Place("setup:migrate", "Bring the database to the shape this version needs."),
}


class Commands(click.Group):
    """The commands of the table, loaded when they are called: most need neither a solver nor a web server."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].target.partition(":")
        command = getattr(import_module(f"dispatch.commands.{module}"), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, place.summary) for name, place in COMMANDS.items()])
