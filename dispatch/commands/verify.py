"""`antar verify`: ask every invariant; exit 1 when one is broken."""

import json
import sys

import click

from dispatch.runtime import Runtime
from dispatch.services.verify import CHECKS, verify
from dispatch.settings import Settings


@click.command("verify", help="Check the custody trail and every invariant. Exit 1 when one is broken.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
@click.option("--only", multiple=True, type=click.Choice([check.name for check in CHECKS]))
def verify_command(as_json: bool, only: tuple[str, ...]) -> None:
    runtime = Runtime.from_settings(Settings.from_env())
    with runtime.db.reading() as session:
        findings = verify(session, runtime.files, only)
    asked = len(only) or len(CHECKS)
    if as_json:
        click.echo(json.dumps({"checks": asked, "findings": [{"check": f.check, "what": f.what} for f in findings]}))
    else:
        for finding in findings:
            click.echo(f"{finding.check}: {finding.what}")
        click.echo(f"{asked} checks, {len(findings)} findings.")
    sys.exit(1 if findings else 0)
