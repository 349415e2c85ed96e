"""`antar demo`: a whole day on real villages, through the real processes, pages and links."""

import os
import sys
import threading
from pathlib import Path

import click

from dispatch.commands.serve import stop_on_signal
from dispatch.demo import day, month, partner_month, september
from dispatch.demo.stage import stage
from dispatch.settings import DEFAULT_HOME


@click.command(help="Live through a day at the Blitar office, then keep serving it.")
@click.option(
    "--scenario",
    type=click.Choice(["day", "capacity", "september", "partners"]),
    default="day",
    show_default=True,
)
@click.option("--once", is_flag=True, help="End after the day instead of serving on.")
@click.option("--port", default=8080, show_default=True, help="Another one is taken if it is in use.")
@click.option("--days", type=int, help="Service days of a month: 23 in the scenario capacity, 22 in partners.")
@click.option("--per-day", default=400, show_default=True, help="Cards recorded a day in a month.")
def demo(scenario: str, once: bool, port: int, days: int | None, per_day: int) -> None:
    if scenario == "capacity":
        return _month(days or 23, per_day)
    if scenario == "partners":
        return _partners(days or 22, per_day)
    if scenario == "september":
        click.echo("Antar demo, scenario september: Blitar's September 2016, planned again.")
        september.live(Path(os.environ.get("ANTAR_HOME", DEFAULT_HOME)), click.echo)
        return None
    stopping = threading.Event()
    home = Path(os.environ.get("ANTAR_HOME", DEFAULT_HOME))
    click.echo(f"Antar demo, scenario {scenario}: the Blitar office on Tuesday 24 November 2026. Starting …")
    with stage(home, port) as on:
        lived = day.live(on, click.echo, leave_one=not once)
        click.echo(f"\n{day.summary(lived)}\n")
        if lived.findings or not lived.adds_up:
            click.echo("The day does not add up.", err=True)
            sys.exit(1)
        if once:
            return
        stop_on_signal(stopping)
        click.echo(f"dispatcher   {on.url}/   {on.username} / {on.password}")
        if lived.courier_link:
            click.echo(f"courier      {lived.courier_link}")
        click.echo(f"village      {lived.village_link}")
        click.echo("Ctrl-C ends it.")
        stopping.wait()


def _month(days: int, per_day: int) -> None:
    """A month on a simulated clock; nothing is left running."""
    home = Path(os.environ.get("ANTAR_HOME", DEFAULT_HOME))
    click.echo(f"Antar demo, scenario capacity: {days} service days at the Blitar office, {per_day} cards a day.")
    lived = month.live(home, click.echo, month.Scale(days=days, per_day=per_day))
    click.echo(f"\n{month.summary(lived)}")
    if not (lived.adds_up and lived.is_kept):
        click.echo("The month does not add up.", err=True)
        sys.exit(1)


def _partners(days: int, per_day: int) -> None:
    """A month of ojek, Pos and a courier company under two budget lines, and its books."""
    home = Path(os.environ.get("ANTAR_HOME", DEFAULT_HOME))
    click.echo(f"Antar demo, scenario partners: {days} service days at the Blitar office, {per_day} documents a day.")
    lived = partner_month.live(home, click.echo, days=days, per_day=per_day)
    click.echo(f"\n{partner_month.summary(lived)}\n")
    if lived.findings or not lived.adds_up:
        click.echo("The month does not add up.", err=True)
        sys.exit(1)
