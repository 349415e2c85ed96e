"""`antar simulate`: a courier company next door, to train on, to demonstrate with and to test against."""

import click

from partners.simulator import ready
from partners.simulator.life import NAMES, Life, Odds


@click.command(help="A courier company's API on this machine, with everything going wrong on request. Ctrl-C ends it.")
@click.argument("name", type=click.Choice(tuple(ready.READY)))
@click.option("--port", default=0, help="0 takes a free one.")
@click.option("--key", default=ready.KEY, show_default=True, help="The API key it accepts.")
@click.option("--callback-url", default="", help="Our address for its callbacks, as `antar partner set` prints it.")
@click.option("--faults", default="", help=f"Chances by name, like lost-reply=0.1,duplicate=0.2. {', '.join(NAMES)}.")
@click.option("--pace", default=5.0, show_default=True, help="Seconds between two steps of every order; 0: by hand.")
@click.option("--seed", default=1, show_default=True, help="The same seed draws the same faults.")
def simulate(name: str, port: int, key: str, callback_url: str, faults: str, pace: float, seed: int) -> None:
    try:
        odds = Odds.parse(faults)
    except ValueError as mistake:
        raise click.BadParameter(str(mistake), param_hint="--faults") from None
    with ready.READY[name](key, callback_url or None, port) as company:
        life = Life(company, odds, seed=seed)
        click.echo(f"{name} listens on {company.base_url} and accepts the key {key}.")
        click.echo(
            f"  set it up   antar partner set {name} --office … --url {company.base_url} {ready.HINTS[name]}".rstrip()
        )
        click.echo(f"  its orders  {company.base_url}/simulator/orders")
        click.echo(f"  callbacks   {callback_url or 'none; start it with --callback-url'}")
        try:
            if pace > 0:
                life.run(pace)
            else:
                life.wait()
        except KeyboardInterrupt:
            click.echo("Ended.")
