"""Workers are killed, Redis is emptied, the web server falls: the plan is solved and every document accounted for."""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from sqlalchemy import select

from dispatch.embedded import Family
from dispatch.services.verify import verify
from dispatch.store.models import Document, Job, Plan, Route
from tests.databases import OFFICE, TODAY
from tests.e2e.family import answers, dispatcher, free_port, running, runtime_of, wait_for

SAMPLE = Path(__file__).parents[2] / "dispatch" / "data" / "blitar_400.csv"

pytestmark = pytest.mark.processes


@pytest.fixture
def at_work(tmp_path, database_url):
    """The processes of an office at 08:00 on 24 November 2026, with the day's file imported and batched."""
    with day_begun(tmp_path, database_url) as begun:
        yield begun


@contextmanager
def day_begun(home: Path, database_url: str) -> Iterator[tuple[Family, httpx.Client]]:
    shift = TODAY - datetime.now(UTC)
    with running(home, database_url, clock_shift=shift) as (family, _url):
        client = dispatcher(family)
        with SAMPLE.open("rb") as file:
            brought = client.post("/api/v1/imports", files={"file": ("hari.csv", file, "text/csv")})
        assert brought.status_code in (200, 202), brought.text
        import_id = brought.json()["id"]
        wait_for(lambda: client.get(f"/api/v1/imports/{import_id}").json()["status"] == "done", "the import")
        assert client.post("/api/v1/batches/release", json={}).status_code == 200
        yield family, client
        client.close()


def ask_for_a_plan(client: httpx.Client, seconds: int) -> str:
    answer = client.post(
        "/api/v1/plans",
        json={"service_date": "2026-11-24", "seconds": seconds},
        headers={"Idempotency-Key": f"plan-{free_port()}"},
    )
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


def solving(client: httpx.Client, plan_id: str) -> bool:
    return bool(client.get(f"/api/v1/plans/{plan_id}").json()["progress"])


def solved(client: httpx.Client, plan_id: str) -> bool:
    try:
        return client.get(f"/api/v1/plans/{plan_id}").json()["state"] == "solved"
    except httpx.TransportError:
        return False


def assert_all_accounted_for(family, plan_id):
    runtime = runtime_of(family)
    with runtime.db.reading() as session:
        assert verify(session, runtime.files) == []
        plan = session.get(Plan, plan_id)
        routes = session.scalars(select(Route).where(Route.plan_id == plan_id)).all()
        assert len({route.number for route in routes}) == len(routes) > 0
        states = Counter(session.scalars(select(Document.state).where(Document.office == OFFICE)))
        jobs = session.scalars(select(Job).where(Job.kind == "solve", Job.ref == plan_id)).all()
    runtime.db.close()
    assert plan.state == "solved"
    assert set(states) <= {"ready", "batched"}
    assert sum(states.values()) > 350
    assert [job.state for job in jobs] == ["done"]
    return jobs[0]


@pytest.mark.parametrize("whole_group", [True, False], ids=["worker and its fork", "worker alone"])
def test_a_worker_killed_in_the_middle_of_a_solve(at_work, whole_group):
    family, client = at_work
    plan_id = ask_for_a_plan(client, seconds=6)
    wait_for(lambda: solving(client, plan_id), "the solver's first progress")

    process = family.child("worker-1").process
    if whole_group:
        for pid in [process.pid, *forks_of(process.pid)]:
            os.kill(pid, signal.SIGKILL)
    else:
        os.kill(process.pid, signal.SIGKILL)

    wait_for(lambda: solved(client, plan_id), "the plan after the worker's death", 90)
    job = assert_all_accounted_for(family, plan_id)
    assert job.attempt == (2 if whole_group else job.attempt)


def forks_of(pid: int) -> list[int]:
    """The processes a worker has forked (rq gives each a session of its own)."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children]


def test_redis_is_emptied_while_work_waits(at_work):
    family, client = at_work
    worker = family.child("worker-1")
    os.kill(worker.process.pid, signal.SIGSTOP)
    plan_id = ask_for_a_plan(client, seconds=2)

    redis.Redis.from_url(worker.env["ANTAR_REDIS_URL"]).flushall()
    os.kill(worker.process.pid, signal.SIGCONT)

    wait_for(lambda: solved(client, plan_id), "the plan after Redis forgot it", 60)
    assert_all_accounted_for(family, plan_id)


def test_redis_dies_and_requests_go_on(at_work):
    family, client = at_work
    os.kill(family.child("redis").process.pid, signal.SIGKILL)

    plan_id = ask_for_a_plan(client, seconds=2)

    wait_for(lambda: solved(client, plan_id), "the plan after Redis died", 90)
    assert_all_accounted_for(family, plan_id)


def test_the_web_server_comes_back(at_work):
    family, _client = at_work
    os.kill(family.child("web").process.pid, signal.SIGKILL)

    wait_for(lambda: not answers(family.settings.public_url), "the web server's death", 5)
    wait_for(lambda: answers(family.settings.public_url), "the web server's return", 30)


def test_a_twin_of_a_plan_request_reads_the_first_answer(at_work):
    _family, client = at_work
    key = {"Idempotency-Key": "one-plan-only"}
    body = {"service_date": "2026-11-24", "seconds": 1}

    first = client.post("/api/v1/plans", json=body, headers=key)
    again = client.post("/api/v1/plans", json=body, headers=key)

    assert first.json()["id"] == again.json()["id"]
    assert again.headers["Idempotent-Replay"] == "true"


def test_a_solve_longer_than_its_lease_stays_with_its_worker(at_work):
    """The lease is three seconds; the sweeper looks every second for what nobody holds."""
    family, client = at_work
    plan_id = ask_for_a_plan(client, seconds=9)

    wait_for(lambda: solved(client, plan_id), "the long plan", 90)

    assert assert_all_accounted_for(family, plan_id).attempt == 1
    assert found_of(family, plan_id)["seconds"] > 6


def test_the_best_so_far_is_taken_on_request(at_work):
    family, client = at_work
    plan_id = ask_for_a_plan(client, seconds=300)
    wait_for(lambda: solving(client, plan_id), "the solver's first progress")

    assert client.post(f"/api/v1/plans/{plan_id}/stop").status_code == 202

    wait_for(lambda: solved(client, plan_id), "the plan that was stopped", 60)
    assert_all_accounted_for(family, plan_id)
    assert found_of(family, plan_id)["seconds"] < 100


def test_a_worker_killed_after_the_wish_to_stop_leaves_the_wish_to_the_next(at_work):
    family, client = at_work
    plan_id = ask_for_a_plan(client, seconds=300)
    wait_for(lambda: solving(client, plan_id), "the solver's first progress")
    process = family.child("worker-1").process
    for pid in [process.pid, *forks_of(process.pid)]:
        os.kill(pid, signal.SIGSTOP)

    assert client.post(f"/api/v1/plans/{plan_id}/stop").status_code == 202
    for pid in [*forks_of(process.pid), process.pid]:
        os.kill(pid, signal.SIGKILL)

    wait_for(lambda: solved(client, plan_id), "the plan after the worker's death", 120)
    assert assert_all_accounted_for(family, plan_id).attempt == 2


def test_a_worker_without_compiled_code_still_plans(tmp_path, database_url, monkeypatch):
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    with day_begun(tmp_path, database_url) as (family, client):
        plan_id = ask_for_a_plan(client, seconds=4)

        wait_for(lambda: solved(client, plan_id), "the plan in plain Python", 90)

        assert_all_accounted_for(family, plan_id)


def found_of(family: Family, plan_id: str) -> dict[str, Any]:
    """The solution as it is kept: the referee has passed it before."""
    runtime = runtime_of(family)
    with runtime.db.reading() as session:
        solution = session.get(Plan, plan_id).solution
    runtime.db.close()
    return solution
