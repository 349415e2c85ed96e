"""`antar solve`: what somebody sees who has an instance file and no office."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from dispatch.commands.solve import solve_command
from routing.instances import read, read_routes, reference_cost
from routing.jsonform import to_json
from tests.routing.test_instances import INSTANCES, SMALL, TIMED
from tests.routing.town import rider, road, stop


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.vrp"
    path.write_text(SMALL, encoding="utf-8")
    return path


def ran(*words: object):
    """The command's result with these words behind it."""
    return CliRunner().invoke(solve_command, [str(word) for word in words])


def test_routes_cost_and_gap_are_printed(small):
    small.with_suffix(".sol").write_text("Route #1: 1 2\nRoute #2: 3 4\nCost 1\n", encoding="utf-8")

    result = ran(small, "--iterations", 50)

    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert {frozenset(line.split(": ")[1].split()) for line in lines[:2]} == {frozenset("14"), frozenset("23")}
    assert lines[2] == "Cost 18"
    assert lines[3].startswith("2 routes, ")
    assert lines[4] == "Gap -10.00 % over the 20 of the .sol beside the file"


def test_the_answer_in_json_and_as_a_sol_file(small, tmp_path):
    out = tmp_path / "out.sol"

    answer = json.loads(ran(small, "--iterations", 50, "--json", "--sol", out, "--rounding", "exact").stdout)

    assert read_routes(out).routes == tuple(tuple(route) for route in answer["routes"])
    assert answer["cost"] == reference_cost(read(small, rounding="exact"), read_routes(out))
    assert (answer["rounding"], answer["gap_percent"], answer["left_out"]) == ("exact", None, [])


def test_a_seed_and_a_count_give_the_same_routes_again(small):
    words = (INSTANCES / "Solomon" / "R104.txt", "--iterations", 300, "--seed", 7, "--json")

    first, again = (json.loads(ran(*words).stdout) for _ in range(2))

    assert first["routes"] == again["routes"]
    assert first["gap_percent"] > 0


def test_two_threads_take_the_better_of_two_seeds(small):
    def costs(*words: object) -> int:
        return json.loads(ran(INSTANCES / "Solomon" / "R104.txt", "--iterations", 100, "--json", *words).stdout)["cost"]

    assert costs("--threads", 2, "--seed", 3) == min(costs("--seed", 3), costs("--seed", 4))


def test_what_does_not_pay_is_left_out(tmp_path):
    path = tmp_path / "prizes.vrp"
    path.write_text(TIMED.replace("2 9\n", "2 1\n"), encoding="utf-8")

    answer = json.loads(ran(path, "--iterations", 50, "--json").stdout)

    assert answer["left_out"] == [1]
    assert answer["unserved"] == []


def test_customers_nobody_can_serve_are_named_and_the_command_fails(small):
    result = ran(small, "--iterations", 50, "--fleet", 1)

    assert result.exit_code == 1
    assert "antar: 2 customers could not be served: " in result.stderr


def test_our_own_json_is_solved_in_rupiah(tmp_path):
    path = tmp_path / "own.json"
    path.write_text(json.dumps(to_json(road({stop("A"): 3_000, stop("B"): 5_000}, [rider()]))), encoding="utf-8")

    assert "Route #1: 1 2\nCost 10000\n" in ran(path, "--iterations", 50).stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--seconds", 0), "0 is not in the range"),
        (("--iterations", "many"), "'many' is not a valid integer"),
        (("--rounding", "up"), "'up' is not one of 'round', 'dimacs10', 'exact'"),
        (("--sol", "/nowhere/at/all.sol", "--iterations", 5), "cannot be written"),
    ],
)
def test_a_wrong_word_is_told(small, words, sentence):
    result = ran(small, *words)

    assert result.exit_code != 0
    assert sentence in result.stderr


def test_a_bad_file_is_one_line_and_no_traceback(small):
    small.write_text(SMALL.replace("CAPACITY : 10", "CAPACITY : 4"), encoding="utf-8")

    result = subprocess.run(
        [sys.executable, "-m", "dispatch", "solve", small], capture_output=True, text=True, timeout=300, check=False
    )

    assert result.returncode == 1
    assert result.stderr == "Error: small.vrp, line 15: a demand of 5 is over the capacity of 4\n"


@pytest.mark.parametrize("name", ["absent.vrp", "."])
def test_no_file_at_all_is_one_line_too(tmp_path, name):
    result = ran(tmp_path / name)

    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "is no file" in result.stderr


def test_a_torn_sol_beside_the_file_costs_only_the_gap(small):
    small.with_suffix(".sol").write_text("Route #1: 1 two\n", encoding="utf-8")

    result = ran(small, "--iterations", 50)

    assert result.exit_code == 0
    assert "antar: no gap, as small.sol, line 1: " in result.stderr
    assert "Gap" not in result.stdout


@pytest.mark.processes
@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("threads", ["1", "2"])
def test_ctrl_c_gives_the_best_so_far(asked: signal.Signals, threads: str):
    """An hour is allowed; whoever waits has an answer long before."""
    path = Path(INSTANCES / "X" / "X-n143-k7.vrp")
    command = [sys.executable, "-m", "dispatch", "solve", str(path), "--seconds", "3600", "--threads", threads]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as searching:
        assert searching.stderr is not None
        assert "Ctrl-C" in searching.stderr.readline()
        searching.send_signal(asked)
        said, _ = searching.communicate(timeout=300)

    assert searching.returncode == 0
    assert "\nCost " in said
    assert "Gap" in said
