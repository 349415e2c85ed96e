"""`antar roads`: build datasets from OpenStreetMap extracts, look at them, and learn from confirmed runs."""

import json
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dispatch.runtime import Runtime
from dispatch.services import calibration
from dispatch.services.calibration import Proposal
from dispatch.services.roads import pace_of, region_for
from dispatch.settings import Settings
from dispatch.store.models.common import Json
from maps.boundaries import boundaries
from maps.gazetteer import gazetteer
from routing.model import Point
from routing.travel.areas import Area
from routing.travel.calibrate import LEAST_LEGS, Ratio
from routing.travel.dataset import datasets, newest
from routing.travel.errors import BuildFailed, TravelError

if TYPE_CHECKING:
    from routing.travel import clip as clipping
    from routing.travel.prepare import Progress

STEPS = {"read": "Reading the extract", "clip": "Clipping", "extract": "Making roads", "contract": "Making shortcuts"}
FAR_M = 500  # a village this far from its road is named
MARGIN_KM = 5


@click.group(help="Real roads: datasets from OpenStreetMap, and better numbers from confirmed runs.")
def roads() -> None:
    pass


@roads.command(
    help="Build the roads of an area from an OpenStreetMap extract. Stopped half-way, it goes on when repeated."
)
@click.argument("extract", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--office", default="", help="Kemendagri code of a regency: its outline with a margin.")
@click.option("--bbox", default="", help="W,S,E,N in degrees.")
@click.option("--polygon", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A GeoJSON file.")
@click.option("--margin", default=MARGIN_KM, show_default=True, help="Kilometres around the regency or polygon.")
@click.option("--name", default="", help="What the dataset is called (default: the office's code).")
@click.option("--threads", default=1, show_default=True)
def build(extract: Path, office: str, bbox: str, polygon: Path | None, margin: int, name: str, threads: int) -> None:
    if sum(map(bool, (office, bbox, polygon))) != 1:
        raise click.UsageError("say where: one of --office, --bbox or --polygon")
    if not (name or office):
        raise click.UsageError("a dataset that is not of one office needs a --name")
    with one_clear_line():
        from routing.travel import prepare

        if office:
            area = office_area(office, margin * 1000)
        elif bbox:
            area = bbox_area(bbox)
        else:
            area = polygon_area(polygon, margin * 1000)
        made = prepare.build(
            extract,
            area,
            name=name or office,
            folder=Settings.from_env().roads,
            made_at=datetime.now(UTC),
            threads=threads,
            tell=Bar().tell,
        )
    click.echo(f"{made.id}: {made.ways:,} roads, {made.nodes:,} points, {made.restrictions} turn restrictions.")
    click.echo(f"{made.credit}. `antar serve` uses it from its next start on.")


@roads.command("list", help="The datasets of this machine, the newest first.")
def list_() -> None:
    found = datasets(Settings.from_env().roads)
    for dataset in found:
        west, south, east, north = dataset.bbox
        click.echo(
            f"{dataset.id:24} {dataset.made_at:%Y-%m-%d}  {dataset.ways:>9,} roads  "
            f"{west:.3f},{south:.3f},{east:.3f},{north:.3f}  {dataset.source}"
        )
    if not found:
        click.echo("No roads yet: antar roads build EXTRACT.osm.pbf --office CODE")


@roads.command(help="Take a dataset away.")
@click.argument("dataset_id")
def remove(dataset_id: str) -> None:
    found = [dataset for dataset in datasets(Settings.from_env().roads) if dataset.id == dataset_id]
    if not found:
        raise click.ClickException(f"there is no dataset {dataset_id}")
    with one_clear_line():
        from routing.travel import prepare

        prepare.remove(found[0])
    click.echo(f"{dataset_id} is gone.")


@roads.command(help="Ask the newest dataset of an office for all its villages, and name those far from a road.")
@click.option("--office", required=True)
def check(office: str) -> None:
    dataset = newest(Settings.from_env().roads, office)
    if dataset is None:
        raise click.ClickException(
            f"there are no roads for {office}: antar roads build EXTRACT.osm.pbf --office {office}"
        )
    with one_clear_line():
        from routing.travel.osrm_server import serving

        villages = gazetteer().villages(office)
        depot = gazetteer().depot(office)
        points = [Point(lat=v.lat, lon=v.lon) for v in villages] + [Point(lat=depot.lat, lon=depot.lon)]
        with serving(dataset) as travel:
            survey = travel.survey(points, dataset.profile)
    far = [(v, m) for v, m in zip(villages, survey.snapped_m, strict=False) if m is None or m > FAR_M]
    for village, metres in far:
        where = "no road within reach" if metres is None else f"{metres} m from the nearest road"
        click.echo(f"{village.code} {village.name} ({village.district}): {where}")
    on = sorted(metres for metres in survey.snapped_m if metres is not None)
    middle = f", half of them within {on[len(on) // 2]} m" if on else ""
    click.echo(f"{len(villages)} villages and the office: {len(on)} on roads{middle}; {len(far)} to look at.")
    sys.exit(1 if len(on) < len(points) else 0)


@roads.command(help="What confirmed runs say about factors and speeds; --apply makes it the rule from tomorrow on.")
@click.option("--office", required=True)
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Runs from this day on (default: half a year).")
@click.option("--least", default=LEAST_LEGS, show_default=True, help="Rides an area needs to be believed.")
@click.option("--apply", "is_applied", is_flag=True)
def calibrate(office: str, since: datetime | None, least: int, is_applied: bool) -> None:
    runtime = Runtime.from_settings(Settings.from_env())
    begin: date | None = None if since is None else since.date()
    with closing(runtime.db), runtime.db.transaction() as session:
        proposal = calibration.propose(session, office, since=begin, least_legs=least)
        for line in told(proposal):
            click.echo(line)
        if not is_applied:
            return
        rules = calibration.apply(session, proposal)
        click.echo("Nothing to apply." if rules is None else f"In force from {rules.valid_from} on.")


@roads.command(help="Time factors of an office, in force from tomorrow on; without options, what holds now.")
@click.option("--office", required=True)
@click.option("--hour", "hours", multiple=True, metavar="H=F", help="7=1.3: a third longer from 07:00 to 08:00.")
@click.option("--rain", type=float, help="How many times longer on a day of rain.")
@click.option("--rain-months", default="", metavar="M,M", help="Months that count as rainy, for example 11,12,1,2,3.")
def pace(office: str, hours: tuple[str, ...], rain: float | None, rain_months: str) -> None:
    runtime = Runtime.from_settings(Settings.from_env())
    try:
        asked = asked_pace(hours, rain, rain_months)
        with closing(runtime.db), runtime.db.transaction() as session:
            today = calibration.propose(session, office).rules
            rules = calibration.set_pace(session, office, asked) if asked else today
            held = pace_of(rules)
            months = rules.travel.get("pace", {}).get("rain_months", [])
            valid_from = rules.valid_from
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    by_hour = ", ".join(f"{hour:02}:00 x {factor:g}" for hour, factor in sorted(held.by_hour.items())) or "none"
    click.echo(f"Since {valid_from}: always x {held.always:g}; by hour: {by_hour}; rain x {held.rain:g} in {months}")


def asked_pace(hours: tuple[str, ...], rain: float | None, rain_months: str) -> Json:
    """The options as the rules keep them; ValueError where they are not numbers."""
    asked: Json = {}
    if hours:
        pairs = [hour.partition("=") for hour in hours]
        asked["by_hour"] = {str(int(hour)): float(factor) for hour, _, factor in pairs}
    if rain is not None:
        asked["rain"] = rain
    if rain_months:
        asked["rain_months"] = [int(month) for month in rain_months.split(",")]
        if not set(asked["rain_months"]) <= set(range(1, 13)):
            raise ValueError("a year has the months 1 to 12")
    return asked


def told(proposal: Proposal) -> Iterator[str]:
    """The proposal for a person: what holds, what was measured, and how sure it is."""
    found, rules = proposal.calibration, proposal.rules
    yield f"{found.used} rides since {proposal.since}; {found.left_out} left out as impossible."
    region = region_for(rules)
    for area_id, fit in found.areas.items():
        area = region.areas.get(area_id, Area())
        yield f"{area.name or proposal.office} ({fit.legs} rides)"
        yield f"  road factor  now {area.factor or rules.area_factor_pct / 100:.2f}  measured {_spread(fit.factor)}"
        yield f"  speed km/h   now {area.speed_kmh or rules.speed_kmh:.0f}  measured {_spread(fit.speed_kmh)}"
    for pair, ratio in found.crossings.items():
        now = region.crossings.get(pair, 0)
        yield f"{' - '.join(sorted(pair))}: crossing now {now} m  measured {_spread(ratio)}  (changed in the data file)"
    if found.pace is not None:
        yield f"On real roads a ride takes {_spread(found.pace)} times what the road server says."


def _spread(ratio: Ratio | None) -> str:
    if ratio is None:
        return "too few rides"
    digits = 2 if ratio.median < 10 else 0
    lower, upper = f"{ratio.lower:.{digits}f}", f"{ratio.upper:.{digits}f}"
    return f"{ratio.median:.{digits}f} (half of {ratio.legs} within {lower} to {upper})"


def office_area(code: str, margin_m: int) -> "clipping.Area":
    """The regency's outline where one is shipped, else the hull of its villages, with a margin."""
    from routing.travel import clip

    outlines = boundaries(code, "district")
    if outlines is not None:
        return clip.outline(outlines, margin_m)
    return clip.around([Point(lat=v.lat, lon=v.lon) for v in gazetteer().villages(code)], margin_m)


def bbox_area(text: str) -> "clipping.Area":
    """The area of "W,S,E,N"."""
    from routing.travel import clip

    try:
        west, south, east, north = (float(edge) for edge in text.split(","))
    except ValueError:
        raise BuildFailed("--bbox is W,S,E,N: four numbers of degrees") from None
    return clip.box(west, south, east, north)


def polygon_area(path: Path | None, margin_m: int) -> "clipping.Area":
    """The area of a GeoJSON file."""
    from routing.travel import clip

    assert path is not None
    try:
        told = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise BuildFailed(f"{path.name} is not JSON") from error
    return clip.outline(told, margin_m)


class Bar:
    """How far a build is, on standard error: one line that moves on a terminal, one line per step elsewhere."""

    def __init__(self) -> None:
        self.moves = sys.stderr.isatty()
        self.step = ""

    def tell(self, progress: "Progress") -> None:
        """Show this much."""
        if progress.step != self.step:
            if self.moves and self.step:
                click.echo(err=True)
            self.step = progress.step
            if not self.moves:
                click.echo(STEPS[progress.step], err=True)
        if self.moves:
            click.echo(f"\r{STEPS[progress.step]:20} {_shown(progress)}", err=True, nl=False)


def _shown(progress: "Progress") -> str:
    if progress.share is None:
        return f"{progress.count / 1e6:8.1f} million points"
    done = round(progress.share * 30)
    return f"[{'#' * done}{'.' * (30 - done)}] {progress.share:4.0%}"


@contextmanager
def one_clear_line() -> Iterator[None]:
    """What goes wrong with roads is one line for the person at the shell."""
    try:
        yield
    except (TravelError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    except ModuleNotFoundError as error:
        if error.name not in ("osmium", "shapely"):
            raise
        raise click.ClickException("real roads need the extra `roads`: pip install antar[roads]") from error
