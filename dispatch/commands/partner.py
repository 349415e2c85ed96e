"""`antar partner set`: which courier companies an office may order from, and the secrets shared with them."""

import click

from dispatch.commands.setup import prepared
from dispatch.services import partner_accounts


@click.group(help="Courier companies that are ordered over the network.")
def partner() -> None:
    pass


@partner.command("set", help="Keep or replace the office's account with a courier company; the secrets are sealed.")
@click.argument("name", type=click.Choice(partner_accounts.PARTNERS))
@click.option("--office", required=True)
@click.option("--url", required=True, help="The company's address, https://…")
@click.option("--key", prompt=True, hide_input=True, help="The API key (asked for when left out).")
@click.option(
    "--callback-secret",
    "secrets",
    multiple=True,
    required=True,
    help="whsec_…; two while one replaces the other.",
)
def set_partner(name: str, office: str, url: str, key: str, secrets: tuple[str, ...]) -> None:
    runtime = prepared()
    with runtime.db.transaction() as session:
        partner_accounts.set_account(
            session, runtime.keys, office, name, base_url=url, api_key=key, secrets=list(secrets)
        )
    runtime.db.close()
    click.echo(f"{office} orders from {name}.")
    click.echo(f"  callbacks  {runtime.settings.public_url}/callbacks/{office}/{name}")
