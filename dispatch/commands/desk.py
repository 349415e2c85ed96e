"""`antar desk add`, `antar desk default`: which offices receive documents, and where documents go by themselves."""

import click

from dispatch.commands.setup import prepared
from dispatch.services import desks
from dispatch.services.desks import DESTINATIONS, NewDesk

_BY_WORD = {word: code for code, word in DESTINATIONS.items()}


@click.group(help="Offices that receive documents for their citizens, and where documents go by themselves.")
def desk() -> None:
    pass


@desk.command("add", help="Let a kecamatan office receive for its villages, for example 35.05.10.")
@click.argument("district")
@click.option("--office", required=True)
@click.option("--contact", default="", help="Whom couriers ask for.")
@click.option("--phone", default="")
@click.option("--lat", type=float, help="Where the office stands; without it, amid its villages.")
@click.option("--lon", type=float)
def add_desk(district: str, office: str, contact: str, phone: str, lat: float | None, lon: float | None) -> None:
    runtime = prepared()
    new = NewDesk(district_code=district, contact_name=contact, contact_phone=phone, lat=lat, lon=lon)
    with runtime.db.transaction() as session:
        made = desks.add_district_desk(session, office, new)
        said = f"{desks.desk_name(made)} ({made.code}) receives"
    click.echo(f"{said}{'' if lat is not None else '; its position is an estimate'}.")


@desk.command("default", help="Where documents go that do not say it: desa, kecamatan or rumah.")
@click.argument("destination", type=click.Choice(sorted(_BY_WORD)))
@click.option("--office", required=True)
@click.option("--village", default="", help="Only documents of this village (Kemendagri code).")
@click.option("--kind", default="", help="Only this kind of document, for example ktp_el.")
def set_default(destination: str, office: str, village: str, kind: str) -> None:
    runtime = prepared()
    with runtime.db.transaction() as session:
        desks.set_default(session, office, _BY_WORD[destination], village_code=village, kind=kind)
    click.echo(f"{kind or 'every kind'} for {village or 'every village'}: {destination}")
