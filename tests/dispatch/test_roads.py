"""Plans on real roads, and what happens when there are none. The roads are Liechtenstein's: villages of the office are
put there, because that is the whole network the tests have."""

import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from dispatch.commands.roads import roads as roads_command
from dispatch.errors import NotFound
from dispatch.jobs import perform_due
from dispatch.services import batching, calibration, plan_view, planning
from dispatch.services.offices import rules_on
from dispatch.services.plan_map import plan_map
from dispatch.services.plan_shapes import PlanView
from dispatch.services.roads import Roads, estimate_of, pace_on, road_server
from dispatch.settings import Settings, SettingsError
from dispatch.store.db import now
from dispatch.store.models import Depot, Proof, Route, Rules, Stop
from routing.model import Point
from routing.travel.osrm_server import free_port
from routing.travel.straight_line import StraightLine
from routing.travel.valhalla import ValhallaTravel
from tests.databases import OFFICE, OTHER_OFFICE
from tests.dispatch.finished import SARI, TUESDAY, WEDNESDAY_BEFORE, finished, villages
from tests.routing.travel.networks import liechtenstein, roads
from tests.routing.travel.places import (
    BALZERS,
    FAR_FROM_ROADS,
    LIECHTENSTEIN,
    MALBUN,
    RUGGELL,
    SCHAAN,
    SINGAPORE,
    TRIESEN,
    VADUZ,
)

__all__ = ["liechtenstein", "roads"]

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("roads")]


@pytest.fixture
def abroad(runtime, liechtenstein, roads):
    """The office in Vaduz with five villages around it, and a server for the roads between them."""
    with runtime.db.transaction() as session:
        session.execute(update(Depot).where(Depot.office == OFFICE).values(lat=VADUZ.lat, lon=VADUZ.lon))
        for village, point in zip(villages(session), (SCHAAN, BALZERS, TRIESEN, MALBUN, RUGGELL), strict=False):
            village.lat, village.lon = point.lat, point.lon
    runtime.roads = replace(
        runtime.roads, folder=liechtenstein.folder.parent, served={liechtenstein.id: roads.base_url}
    )
    return runtime


def asked(session) -> str:
    """A plan of routes only: what is not ridden is not delivered."""
    return planning.request_plan(session, OFFICE, service_date=TUESDAY, seconds=1, with_post=False, by=SARI).id


def solved(runtime, places=5) -> PlanView:
    """A plan for so many of the villages, each with urgent documents for a rider."""
    with runtime.db.transaction() as session:
        for village in villages(session)[:places]:
            finished(session, village, 4, printed_on=WEDNESDAY_BEFORE, urgent=True)
        batching.release(session, OFFICE, by=SARI)
        plan_id = asked(session)
    perform_due(runtime)
    with runtime.db.reading() as session:
        return plan_view.view(session, planning.plan_of(session, OFFICE, plan_id))


def test_a_plan_rides_on_real_roads_and_its_map_shows_them(abroad, liechtenstein):
    plan = solved(abroad)

    assert plan.state == "solved"
    assert plan.travel_source == liechtenstein.travel_source
    assert sum(len(route.stops) for route in plan.routes) == 5
    content = plan_map(plan, OFFICE, "Kabupaten Blitar", StraightLine())
    (line, *_) = [line for layer in content.layers for line in layer.lines]
    assert len(line.points) > 100
    assert "© OpenStreetMap contributors, ODbL" in content.credit


def test_a_map_asks_no_server(abroad):
    """The way is kept with the route: the page opens when the road server is long gone."""
    plan = solved(abroad)
    abroad.roads = Roads(served={}, cache=abroad.settings.home)

    content = plan_map(plan, OFFICE, "Kabupaten Blitar", StraightLine())

    assert max(len(line.points) for layer in content.layers for line in layer.lines) > 100


def test_a_village_without_a_road_is_left_out_and_says_why(abroad):
    with abroad.db.transaction() as session:
        cut_off = villages(session)[1]
        cut_off.lat, cut_off.lon = FAR_FROM_ROADS.lat, FAR_FROM_ROADS.lon
        code = cut_off.code

    plan = solved(abroad)

    (left,) = [batch for batch in (*plan.post, *plan.waiting, *plan.unassigned) if batch.village_code == code]
    assert left.reason["cause"] == "unreachable"
    assert "tidak ada jalan" in left.reason["sentence"]
    assert sum(len(route.stops) for route in plan.routes) == 4


def test_a_road_server_that_is_gone_does_not_stop_a_plan(abroad, liechtenstein, caplog):
    abroad.roads = replace(abroad.roads, served={liechtenstein.id: f"http://127.0.0.1:{free_port()}"})

    plan = solved(abroad)

    assert plan.state == "solved"
    assert plan.travel_source == "estimate:roads-silent"
    assert {route.line for route in plan.routes} == {""}
    assert "roads silent" in caplog.text


def test_a_server_with_the_roads_of_another_land_is_not_believed(runtime, roads):
    """Otherwise every village would look unreachable."""
    runtime.roads = Roads(url=roads.base_url, served={}, cache=runtime.settings.home / "matrices")

    plan = solved(runtime)

    assert plan.travel_source == "estimate:roads-elsewhere"
    assert sum(len(route.stops) for route in plan.routes) > 0


def test_the_second_plan_of_the_same_places_asks_nobody(abroad, liechtenstein):
    first = solved(abroad)
    abroad.roads = replace(abroad.roads, served={liechtenstein.id: f"http://127.0.0.1:{free_port()}"})

    with abroad.db.transaction() as session:
        planning.discard(session, planning.plan_of(session, OFFICE, first.id), by=SARI)
        again = asked(session)
    perform_due(abroad)

    with abroad.db.reading() as session:
        second = plan_view.view(session, planning.plan_of(session, OFFICE, again))
    assert second.travel_source == liechtenstein.travel_source
    assert len(second.routes) == len(first.routes)


def test_which_roads_are_asked(runtime, liechtenstein, tmp_path):
    depot = [VADUZ]
    here = Roads(folder=liechtenstein.folder.parent, served={liechtenstein.id: "http://127.0.0.1:1"}, cache=tmp_path)

    assert here.server_for("35.05", depot).identity == liechtenstein.travel_source  # its box holds the depot
    assert here.server_for("35.05", [*depot, FAR_FROM_ROADS]) is None
    assert here.server_for("li", []).identity == liechtenstein.travel_source  # made for this office
    assert replace(here, served={}).server_for("li", depot) is None  # built, but nobody serves it yet
    elsewhere = replace(here, url="https://osrm.example.go.id")
    assert elsewhere.server_for("li", depot).identity == "osrm:osrm.example.go.id"
    assert isinstance(road_server("valhalla+http://10.0.0.7:8002"), ValhallaTravel)
    assert road_server("osrm+http://10.0.0.7:5000").base_url == "http://10.0.0.7:5000"
    estimate = StraightLine()
    assert replace(here, served={}).travel_for("35.05", depot, estimate) is estimate


def test_an_estimate_knows_the_river_of_blitar_and_nothing_of_trenggalek(runtime):
    with runtime.db.reading() as session:
        sides = {v.district: Point(lat=v.lat, lon=v.lon) for v in villages(session)}
        blitar = estimate_of(session, rules_on(session, OFFICE, TUESDAY))
        trenggalek = estimate_of(session, rules_on(session, OTHER_OFFICE, TUESDAY))

    across = [sides["Kanigoro"], sides["Sutojayan"]]
    assert trenggalek == StraightLine(factor=1.4, speed_kmh=30)
    straight = trenggalek.matrix(across, "motorbike").metres[0, 1] / 1.4
    assert blitar.matrix(across, "motorbike").metres[0, 1] == pytest.approx(straight * 1.7 + 4_000, abs=2)


def test_what_the_office_measured_counts_more_than_what_was_shipped(runtime):
    with runtime.db.transaction() as session:
        rules = rules_on(session, OFFICE, TUESDAY)
        rules.area_factor_pct = 150
        rules.travel = {"areas": {"selatan": {"factor_pct": 190, "speed_kmh": 20}}}
        bakung = [Point(lat=v.lat, lon=v.lon) for v in villages(session) if v.district == "Bakung"][:2]
        kanigoro = [Point(lat=v.lat, lon=v.lon) for v in villages(session) if v.district == "Kanigoro"][:2]
        travel = estimate_of(session, rules)

    for places, factor, speed in ((bakung, 1.9, 20), (kanigoro, 1.5, 30)):
        straight = StraightLine(factor=1).matrix(places, "motorbike").metres[0, 1]
        matrix = travel.matrix(places, "motorbike")
        assert matrix.metres[0, 1] == pytest.approx(straight * factor, abs=2)
        assert matrix.seconds[0, 1] == pytest.approx(matrix.metres[0, 1] * 3.6 / speed, abs=1)


def test_rain_and_rush_hours_make_a_plan_longer_in_time_only(abroad):
    dry = solved(abroad)
    with abroad.db.transaction() as session:
        planning.discard(session, planning.plan_of(session, OFFICE, dry.id), by=SARI)
        rules = rules_on(session, OFFICE, TUESDAY)
        rules.travel = {"pace": {"by_hour": {"8": 1.7}, "rain": 1.5, "rain_months": [11, 12]}}
        assert pace_on(rules, TUESDAY) == pytest.approx(1.1 * 1.5)  # an hour of seven at 1.7
        assert pace_on(rules, date(2026, 7, 1)) == pytest.approx(1.1)
        again = asked(session)
    perform_due(abroad)

    with abroad.db.reading() as session:
        wet = plan_view.view(session, planning.plan_of(session, OFFICE, again))
    ridden = [sum(route.metres for route in plan.routes) for plan in (dry, wet)]
    assert ridden[0] == ridden[1]
    assert wet.routes[0].stops[0].arrival_s - wet.routes[0].leaves_s == pytest.approx(
        1.65 * (dry.routes[0].stops[0].arrival_s - dry.routes[0].leaves_s), rel=0.01
    )


def test_where_roads_are_served_comes_from_the_environment():
    told = {"ANTAR_ROADS_SERVED": "li-1=http://127.0.0.1:4711 sg-2=http://127.0.0.1:4712", "ANTAR_HOME": "/srv/antar"}
    settings = Settings.from_env(told)

    assert settings.roads_served == {"li-1": "http://127.0.0.1:4711", "sg-2": "http://127.0.0.1:4712"}
    assert str(settings.roads) == "/srv/antar/roads"
    for address in ("valhalla+http://10.0.0.7:8002", "https://osrm.example.go.id/jatim/"):
        assert Settings.from_env({"ANTAR_ROADS_URL": address}).roads_url == address.rstrip("/")
    for name, nonsense in (("ROADS_URL", "osrm.example.go.id"), ("ROADS_URL", "x+http://h"), ("ROADS_SERVED", "li")):
        with pytest.raises(SettingsError, match=f"ANTAR_{name}"):
            Settings.from_env({f"ANTAR_{name}": nonsense})


WITHOUT_THE_EXTRA = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("osmium", "shapely"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
sys.argv = ["antar", "roads", "build", sys.argv[1], "--name", "x", "--bbox", "1,2,3,4"]
from dispatch.cli import main
main()
"""


def test_without_the_extra_the_command_says_what_to_install():
    said = subprocess.run(
        [sys.executable, "-c", WITHOUT_THE_EXTRA, str(SINGAPORE)], capture_output=True, text=True, timeout=60
    )

    assert said.returncode == 1
    assert said.stderr.strip() == "Error: real roads need the extra `roads`: pip install antar[roads]"


# ---- learning from confirmed runs ------------------------------------------------------------------------------------


def ridden(runtime, *, slower: float, late: timedelta = timedelta()) -> None:
    """Every stop of every route confirmed by a phone, each way so many times longer than planned. The server hears of
    all of them together, later."""
    with runtime.db.transaction() as session:
        at = now(session) + late
        for route in session.scalars(select(Route)):
            clock = now(session)
            planned = route.leaves_s
            for stop in session.scalars(select(Stop).where(Stop.route_id == route.id).order_by(Stop.position)):
                clock += timedelta(seconds=(stop.arrival_s - planned) * slower)
                arrived, planned = clock, stop.departure_s
                clock += timedelta(seconds=600)
                for kind, moment in (("arrived", arrived), ("delivered", clock)):
                    session.add(
                        Proof(
                            office=OFFICE,
                            source="link:test",
                            event_id=f"{stop.id}-{kind}",
                            fingerprint="-",
                            kind=kind,
                            stop_id=stop.id,
                            device_at=moment,
                            received_at=at,
                        )
                    )
                stop.arrived_at = stop.done_at = at


def test_confirmed_rides_on_real_roads_make_the_rules_of_tomorrow(abroad):
    solved(abroad)
    ridden(abroad, slower=1.25, late=timedelta(hours=3))

    with abroad.db.transaction() as session:
        proposal = calibration.propose(session, OFFICE, least_legs=2)
        rules = calibration.apply(session, proposal)

    found = proposal.calibration
    assert found.pace.median == pytest.approx(1.25, abs=0.02)  # the phone's own times, not the late signal
    assert found.areas["utara"].factor.median > 1.1
    assert rules.valid_from == TUESDAY + timedelta(days=1)
    assert rules.travel["pace"]["always"] == pytest.approx(1.25, abs=0.02)
    assert rules.travel["areas"]["utara"]["factor_pct"] == round(found.areas["utara"].factor.median * 100)
    with abroad.db.reading() as session:
        assert rules_on(session, OFFICE, TUESDAY).travel == {}
        tomorrow = rules_on(session, OFFICE, TUESDAY + timedelta(days=1))
        assert tomorrow.village_hours == rules_on(session, OFFICE, TUESDAY).village_hours
        assert pace_on(tomorrow, TUESDAY) == pytest.approx(1.25, abs=0.02)


def test_an_estimated_plan_teaches_speed_and_no_factor(abroad):
    abroad.roads = Roads(served={}, cache=abroad.settings.home)
    plan = solved(abroad)
    ridden(abroad, slower=1.5)

    with abroad.db.transaction() as session:
        proposal = calibration.propose(session, OFFICE, least_legs=2)
        rules = calibration.apply(session, proposal)

    fit = proposal.calibration.areas["utara"]
    assert plan.travel_source == "estimate"
    assert (fit.factor, proposal.calibration.pace) == (None, None)
    assert fit.speed_kmh.median == pytest.approx(20, abs=0.5)
    assert rules.travel == {"areas": {"utara": {"speed_kmh": 20}}}


def test_without_confirmed_rides_nothing_changes(abroad):
    solved(abroad)

    with abroad.db.transaction() as session:
        proposal = calibration.propose(session, OFFICE)
        assert calibration.apply(session, proposal) is None
        assert session.scalars(select(Rules).where(Rules.office == OFFICE)).one().valid_from < TUESDAY

    assert proposal.calibration.used == 0


def test_another_offices_rides_are_not_ours(abroad):
    solved(abroad)
    ridden(abroad, slower=1.25)

    with abroad.db.reading() as session:
        assert calibration.propose(session, OTHER_OFFICE, least_legs=2).calibration.used == 0
        with pytest.raises(NotFound):
            calibration.propose(session, "99.99")


# ---- at the shell ----------------------------------------------------------------------------------------------------


@pytest.fixture
def shell(runtime, settings, monkeypatch):
    """`antar roads …` on this machine."""
    for name, value in {
        "HOME": settings.home,
        "DATABASE_URL": settings.database_url,
        "KEY_FILE": settings.key_file,
        "CLOCK_SHIFT_S": 0,
    }.items():
        monkeypatch.setenv(f"ANTAR_{name}", str(value))

    def shell(*arguments):
        return CliRunner().invoke(roads_command, [str(argument) for argument in arguments], catch_exceptions=False)

    return shell


def test_a_proposal_is_shown_and_applied_only_when_asked(abroad, shell):
    solved(abroad)
    ridden(abroad, slower=1.25)
    since = ("--office", OFFICE, "--since", "2026-01-01", "--least", 2)

    shown, applied = shell("calibrate", *since), shell("calibrate", *since, "--apply")

    assert shown.exit_code == applied.exit_code == 0
    assert "Dataran utara" in shown.output
    assert "On real roads a ride takes 1.25" in shown.output
    assert "In force from" not in shown.output
    assert "In force from" in applied.output
    with abroad.db.reading() as session:
        assert len(session.scalars(select(Rules).where(Rules.office == OFFICE)).all()) == 2


def test_time_factors_are_set_for_tomorrow_and_nonsense_is_refused(shell, runtime):
    told = shell("pace", "--office", OFFICE, "--hour", "7=1.3", "--rain", "1.2", "--rain-months", "11,12,1")
    wrong = [shell("pace", "--office", OFFICE, *how) for how in (["--hour", "25=1"], ["--rain", "0"], ["--hour", "x"])]

    assert "07:00 x 1.3; rain x 1.2 in [11, 12, 1]" in told.output
    assert [refused.exit_code for refused in wrong] == [1, 1, 1]
    with runtime.db.reading() as session:
        kept = session.scalars(select(Rules).where(Rules.office == OFFICE).order_by(Rules.valid_from)).all()[-1]
        assert kept.travel["pace"] == {"by_hour": {"7": 1.3}, "rain": 1.2, "rain_months": [11, 12, 1]}


def test_a_dataset_is_built_listed_checked_and_removed(shell, settings, tmp_path):
    polygon = tmp_path / "quarter.geojson"
    polygon.write_text(
        '{"type": "Polygon", "coordinates": [[[103.84,1.27],[103.87,1.27],[103.87,1.30],[103.84,1.30],[103.84,1.27]]]}'
    )

    built = shell("build", SINGAPORE, "--polygon", polygon, "--margin", 0, "--name", OFFICE)
    listed = shell("list")
    checked = shell("check", "--office", OFFICE)
    dataset_id = built.output.split("\n")[-3].partition(":")[0]
    removed = shell("remove", dataset_id)

    assert built.exit_code == 0, built.output
    assert "332 roads" in built.output
    assert dataset_id in listed.output
    # the quarter of Singapore has none of Blitar's villages
    assert checked.exit_code == 1
    assert "249" not in checked.output
    assert "248 villages and the office: 0 on roads; 248 to look at." in checked.output
    assert removed.exit_code == 0
    assert "No roads yet" in shell("list").output
    for arguments, why in (
        (("build", LIECHTENSTEIN, "--office", OFFICE), "no road in this area"),
        (("build", LIECHTENSTEIN, "--office", OFFICE, "--bbox", "1,2,3,4"), "say where"),
        (("build", LIECHTENSTEIN, "--bbox", "1,2,3,4"), "needs a --name"),
        (("build", LIECHTENSTEIN, "--bbox", "1,2", "--name", "x"), "four numbers"),
        (("build", LIECHTENSTEIN, "--polygon", LIECHTENSTEIN, "--name", "x"), "is not JSON"),
        (("build", LIECHTENSTEIN, "--office", "99.99"), "no regency has the code"),
        (("check", "--office", OFFICE), "antar roads build"),
        (("remove", "x"), "there is no dataset x"),
    ):
        refused = shell(*arguments)
        assert refused.exit_code in (1, 2)
        assert why in refused.output, refused.output
