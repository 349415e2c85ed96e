"""`antar partner`: which courier companies an office may order from, and the secrets shared with them."""

from collections.abc import Sequence

import click
from sqlalchemy import select

from dispatch.commands.setup import prepared
from dispatch.errors import Invalid
from dispatch.services import partner_accounts, partner_watch
from dispatch.services.partner_setups import SETUPS
from dispatch.store.models import Office, PartnerAccount
from partners.base import PartnerError
from partners.kiriminaja import KiriminAjaPartner

_NAME = click.argument("name", type=click.Choice(partner_accounts.PARTNERS))
_CALLBACKS = {
    "signed": "signs its callbacks; give its secret with --callback-secret (twice while one replaces the other)",
    "path": "signs nothing; the secret end of the callback address is made here unless you give one",
    "header": "brings an agreed word in a header; it is made here unless you give one with --callback-secret",
    "key": "signs its callbacks with the account's own key",
}


@click.group(help="Courier companies that are ordered over the network.")
def partner() -> None:
    pass


@partner.command("needs", help="What a courier company needs before it can be ordered.")
@_NAME
def needs(name: str) -> None:
    setup = SETUPS[name]
    click.echo(f"{setup.title}; up to {setup.most_drops} stop{'s' if setup.most_drops > 1 else ''} an order")
    click.echo(f"  --url             {setup.live or 'the address it gave you'}")
    if setup.sandbox:
        click.echo(f"  --sandbox         {setup.sandbox}")
    click.echo("  --key             the API key (asked for when left out)")
    for need in setup.needs:
        click.echo(f"  --set {need.name}=…  {need.help}{' (needed)' if need.required else ''}")
    click.echo(f"  callbacks: it {_CALLBACKS[setup.callbacks]}")


@partner.command("set", help="Keep or replace the office's account with a courier company; everything in it is sealed.")
@_NAME
@click.option("--office", required=True)
@click.option("--url", default="", help="The company's address; left out: where it is known to be.")
@click.option("--sandbox", is_flag=True, help="Its sandbox instead.")
@click.option("--key", prompt=True, hide_input=True, help="The API key (asked for when left out).")
@click.option("--callback-secret", "secrets", multiple=True, help="Two while one replaces the other.")
@click.option("--set", "fields", multiple=True, help="field=value; `antar partner needs NAME` lists them.")
def set_partner(
    name: str, office: str, url: str, sandbox: bool, key: str, secrets: tuple[str, ...], fields: tuple[str, ...]
) -> None:
    setup = SETUPS[name]
    base_url = url or (setup.sandbox if sandbox else setup.live)
    if not base_url:
        raise click.UsageError(f"{name} needs --url: nobody knows where it is")
    more = dict(_field(one) for one in fields)
    runtime = prepared()
    try:
        with runtime.db.transaction() as session:
            partner_accounts.set_account(
                session, runtime.keys, office, name, base_url=base_url, api_key=key, secrets=secrets, more=more
            )
            path = partner_accounts.callback_path(session, runtime.keys, office, name)
    except Invalid as wrong:
        raise click.ClickException("; ".join(error.reason for error in wrong.fields) or str(wrong)) from None
    finally:
        runtime.db.close()
    click.echo(f"{office} orders from {name}.")
    click.echo(f"  callbacks  {runtime.settings.public_url}{path}")


@partner.command("list", help="The office's accounts, and whether one is frozen.")
@click.option("--office", required=True)
def list_partners(office: str) -> None:
    runtime = prepared()
    with runtime.db.reading() as session:
        accounts = session.scalars(
            select(PartnerAccount).where(PartnerAccount.office == office).order_by(PartnerAccount.partner)
        ).all()
        for account in accounts:
            state = "frozen" if account.frozen_at else "active" if account.is_active else "off"
            click.echo(f"{account.partner:<14} {state:<7} {account.base_url}")
    if not accounts:
        click.echo(f"{office} has no account with a courier company.")
    runtime.db.close()


@partner.command("regions", help="Learn KiriminAja's numbers of the office's villages, matched by their names.")
@click.argument("name", type=click.Choice(("kiriminaja",)))
@click.option("--office", required=True)
def learn_regions(name: str, office: str) -> None:
    runtime = prepared()
    with runtime.db.reading() as session:
        adapter = partner_accounts.adapter_for(session, runtime.keys, office, name, runtime.clock.now)
        where = session.get_one(Office, office)
        province, regency = where.province, where.name
    assert isinstance(adapter, KiriminAjaPartner)
    try:
        named = adapter.villages_of(province, regency)
    except PartnerError as error:
        raise click.ClickException(f"{name} could not be asked: {error}") from None
    with runtime.db.transaction() as session:
        missing = partner_accounts.keep_regions(session, office, name, named)
    runtime.db.close()
    click.echo(f"{len(named)} villages at {name}.")
    _list_missing(missing)


@partner.command("thaw", help="A frozen partner was looked at: it may be ordered from, and what it said counts.")
@_NAME
@click.option("--office", required=True)
def thaw(name: str, office: str) -> None:
    runtime = prepared()
    with runtime.db.transaction() as session:
        partner_accounts.thaw(session, office, name)
        waiting = partner_watch.rouse(session, office, name)
    runtime.db.close()
    click.echo(f"{name} counts again; {waiting} messages had waited.")


def _field(written: str) -> tuple[str, str]:
    name, equals, value = written.partition("=")
    if not equals or not name:
        raise click.UsageError(f"--set takes field=value, not {written!r}")
    return name.strip(), value.strip()


def _list_missing(missing: Sequence[str]) -> None:
    if not missing:
        click.echo("Every village of the office is known there.")
        return
    click.echo(f"Not found there, and not to be ordered for ({len(missing)}):")
    for village in missing:
        click.echo(f"  {village}")
