"""`antar init`, `antar migrate`, `antar user add`, `antar client add`: what a person does once."""

import click

from dispatch.access import ROLES, SCOPES
from dispatch.runtime import Runtime
from dispatch.services import offices
from dispatch.settings import Settings
from dispatch.store import schema
from dispatch.store.db import Database
from dispatch.store.privacy import KeyRing
from maps.gazetteer import gazetteer


def prepared() -> Runtime:
    """The runtime of this environment with keys and an up-to-date database, made on first use."""
    settings = Settings.from_env()
    settings.home.mkdir(parents=True, exist_ok=True)
    if not settings.key_file.exists():
        KeyRing.new().save(settings.key_file)
    runtime = Runtime.from_settings(settings)
    schema.upgrade(runtime.db)
    return runtime


@click.command(help="Set up an office: villages, depot, tariff, hours, and an admin with a one-time password.")
@click.option("--office", required=True, help="Kemendagri code of the regency, for example 35.05.")
@click.option("--admin", default="", help="Username of the admin (default: admin-<code>).")
def init(office: str, admin: str) -> None:
    runtime = prepared()
    with runtime.db.transaction() as session:
        made = offices.set_up(session, office, gazetteer())
        username = admin or f"admin-{office.replace('.', '')}"
        new = offices.add_user(session, office, username=username, name="Admin", role="admin")
    click.echo(f"{made.name} ({made.code}) is set up.")
    click.echo(f"  admin          {new.user.username}")
    click.echo(f"  one-time word  {new.password}   (shown once; change it at the first login)")


@click.command(help="Bring the database to the shape this version needs.")
def migrate() -> None:
    settings = Settings.from_env()
    schema.upgrade(Database(settings.database_url, Runtime.from_settings(settings).clock))
    click.echo("The database is up to date.")


@click.group(help="Users of an office.")
def user() -> None:
    pass


@user.command("add", help="Add a user with a one-time password.")
@click.argument("username")
@click.option("--office", required=True)
@click.option("--name", required=True)
@click.option("--role", required=True, type=click.Choice(ROLES))
@click.option("--village", default="", help="The desk of a village officer: Kemendagri code of village or kecamatan.")
def add_user(username: str, office: str, name: str, role: str, village: str) -> None:
    runtime = prepared()
    with runtime.db.transaction() as session:
        new = offices.add_user(session, office, username=username, name=name, role=role, village_code=village)
    click.echo(f"{username}  {new.password}   (shown once; change it at the first login)")


@click.group(help="Programs of an office that use the API.")
def client() -> None:
    pass


@client.command("add", help="Add an API client; its key is shown once.")
@click.argument("name")
@click.option("--office", required=True)
@click.option("--scope", "scopes", multiple=True, type=click.Choice(SCOPES), required=True)
def add_client(name: str, office: str, scopes: tuple[str, ...]) -> None:
    runtime = prepared()
    with runtime.db.transaction() as session:
        _, key = offices.add_client(session, office, name=name, scopes=list(scopes))
    click.echo(key)


@click.group(help="People who carry.")
def courier() -> None:
    pass


@courier.command("add", help="Add an ojek rider who starts at the office's depot.")
@click.argument("name")
@click.option("--office", required=True)
@click.option("--phone", required=True)
@click.option(
    "--kind", type=click.Choice(["ojek", "staff"]), default="ojek", help="staff brings what needs an officer."
)
def add_courier(name: str, office: str, phone: str, kind: str) -> None:
    runtime = prepared()
    with runtime.db.transaction() as session:
        made = offices.add_courier(session, office, name=name, phone=phone, kind=kind)
    click.echo(f"{made.name} ({made.id})")


@click.group(help="The keys that seal NIK and other secrets.")
def keys() -> None:
    pass


@keys.command("rotate", help="Seal new values with a new key; what older keys sealed can still be opened.")
def rotate_keys() -> None:
    settings = Settings.from_env()
    ring = KeyRing.load(settings.key_file).rotated()
    ring.save(settings.key_file)
    click.echo(f"New values are sealed with {ring.current} once the processes are started again. Keep the file safe.")
