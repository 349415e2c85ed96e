"""`antar channel set`: the office's accounts with WhatsApp, an SMS gateway and a mail server; secrets are sealed."""

import click

from dispatch.commands.setup import prepared
from dispatch.errors import AntarError
from dispatch.services import channel_accounts

SECRET = ("token", "app_secret", "key", "password")


@click.group(help="Ways to reach people: WhatsApp, SMS, e-mail.")
def channel() -> None:
    pass


@channel.command("set", help="Keep or replace an account; what is secret in it is asked for and sealed.")
@click.argument("name", type=click.Choice(list(channel_accounts.FIELDS)))
@click.option("--office", required=True)
@click.option("--phone-number-id", default="", help="WhatsApp: the number's id at Meta.")
@click.option("--verify-token", default="", help="WhatsApp: a word of your own for Meta's handshake.")
@click.option("--url", default="", help="SMS: the gateway's address, https://…")
@click.option("--sender", default="", help="SMS: the sender's name. E-mail: the sender's address.")
@click.option("--host", default="", help="E-mail: the mail server.")
@click.option("--port", default="465", show_default=True, help="E-mail: its port.")
@click.option("--user", default="", help="E-mail: the account's name.")
def set_channel(name: str, office: str, url: str, **given: str) -> None:
    said = {**given, "base_url": url}
    for field in channel_accounts.FIELDS[name]:
        if field in SECRET:
            said[field] = click.prompt(
                field.replace("_", " ").capitalize(), hide_input=True, default="", show_default=False
            )
    runtime = prepared()
    try:
        with runtime.db.transaction() as session:
            channel_accounts.set_account(session, runtime.keys, office, name, said)
    except AntarError as error:
        reasons = "; ".join(field.reason for field in error.fields) or error.detail
        raise click.ClickException(reasons) from None
    finally:
        runtime.db.close()
    click.echo(f"{office} writes to its people by {name}, once that is switched on under Pesan.")
    if name == channel_accounts.WHATSAPP:
        click.echo(f"  webhook  {runtime.settings.public_url}/callbacks/{office}/whatsapp")
