"""`antar policies`: the release policies of an office and the shipped practices."""

from contextlib import closing
from datetime import datetime

import click

from dispatch.runtime import Runtime
from dispatch.services import calendar, policy_changes
from dispatch.services.kinds import BY_CODE
from dispatch.services.policies import NEEDS, PROOFS, Terms, in_force
from dispatch.services.practices import practice_named, practices
from dispatch.settings import Settings
from dispatch.store.audit import Actor


@click.group(help="Who may receive a document, how often one tries, where it waits: as rules with a date.")
def policies() -> None:
    pass


@policies.command("list", help="The shipped practices; with --office also what holds there today.")
@click.option("--office", default="", help="Kemendagri code of the regency, for example 35.05.")
def list_(office: str) -> None:
    for practice in practices().values():
        click.echo(f"{practice.name:20} {practice.title}")
        click.echo(f"{'':20}   {told(practice.terms)}")
    if not office:
        return
    runtime = Runtime.from_settings(Settings.from_env())
    with closing(runtime.db), runtime.db.reading() as session:
        day = calendar.today(session, calendar.calendar_of(session, office))
        found = in_force(session, office, day)
    click.echo(f"\nIn force in {office} on {day}:")
    for kind in sorted(found):
        rule = found[kind]
        click.echo(f"{kind or 'all kinds':20} since {rule.valid_from} ({rule.practice or 'own words'})")
        click.echo(f"{'':20}   {told(rule)}")


@policies.command(help="Let an office work by a shipped practice from a day on (default: today).")
@click.argument("name")
@click.option("--office", required=True)
@click.option("--kind", default="", type=click.Choice(["", *BY_CODE]), help="Only for this kind of document.")
@click.option("--from", "valid_from", type=click.DateTime(["%Y-%m-%d"]))
def apply(name: str, office: str, kind: str, valid_from: datetime | None) -> None:
    practice = practice_named(name)
    runtime = Runtime.from_settings(Settings.from_env())
    with closing(runtime.db), runtime.db.transaction() as session:
        today = calendar.today(session, calendar.calendar_of(session, office))
        day = valid_from.date() if valid_from else today
        by = Actor(kind="system", id="command")
        rows = policy_changes.apply(session, office, practice, valid_from=day, by=by, kind=kind)
        kinds = ", ".join(row.kind or "all kinds" for row in rows)
    click.echo(f"{practice.name} holds in {office} from {day} on for {kinds}.")


def told(terms: Terms) -> str:
    """The terms on one line."""
    waits = f"then {terms.waiting_days} working days at {terms.waiting_place}" if terms.waiting_days else "then back"
    parts = [
        "to " + ", ".join(sorted(terms.receivers)),
        f"{terms.attempts} attempts, {waits}",
        "old card swapped" if terms.swap_old_card else "",
        f"Rp {terms.fee_rupiah:,} by {terms.payer}" if terms.fee_rupiah else "",
        ", ".join(f"{kind} required" for kind in PROOFS if terms.proofs[kind] == next(iter(NEEDS))),
    ]
    return "; ".join(part for part in parts if part)
