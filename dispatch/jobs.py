"""One handler per kind of job. A job may run twice, late, or after somebody else did it: each begins by looking."""

import os
from collections.abc import Callable
from datetime import timedelta

from dispatch.runtime import Runtime
from dispatch.services import (
    backlog,
    backlog_nightly,
    booking,
    calling_off,
    channel_events,
    intake_files,
    partner_events,
    partner_watch,
    photos,
    plan_lines,
    plan_papers,
    plan_search,
    planning_solve,
    promises,
    relaying,
    tour_solve,
    webhooks,
)
from dispatch.settings import Settings
from dispatch.store import work
from dispatch.store.work import Claim

HANDLERS: dict[str, Callable[[Runtime, Claim], None]] = {
    "backlog": backlog.handle,
    "backlog_nightly": backlog_nightly.handle,
    "ask_partner": partner_watch.handle,
    "book": booking.handle,
    "call_off": calling_off.handle,
    "message": relaying.handle,
    "papers": plan_papers.handle,
    "partner_event": partner_events.handle,
    "photo": photos.handle,
    "channel_event": channel_events.handle,
    "promises": promises.handle,
    "import": lambda runtime, claim: intake_files.read_import(claim, runtime.keys, runtime.files),
    "webhook": webhooks.handle,
    "solve": planning_solve.solve,
    "tours": tour_solve.handle,
    "plan_rest": plan_search.handle,
    "plan_lines": plan_lines.handle,
}

_runtimes: dict[int, Runtime] = {}


def run(job_id: str) -> None:
    """What rq calls: work on one job with this process's runtime."""
    perform(_process_runtime(), job_id)


def perform(runtime: Runtime, job_id: str) -> bool:
    """Claim a job and do it. False when there was nothing to claim."""
    claim = work.claim(runtime.db, job_id, timedelta(seconds=runtime.settings.lease_s))
    if claim is None:
        return False
    HANDLERS[claim.kind](runtime, claim)
    return True


def perform_due(runtime: Runtime) -> int:
    """Do everything that is due, one after another, in this process; the number of jobs done."""
    done = 0
    while True:
        with runtime.db.reading() as session:
            waiting = work.due(session)
        performed = sum(perform(runtime, job_id) for job_id in waiting)
        if not performed:
            return done
        done += performed


def _process_runtime() -> Runtime:
    # one per process: a forked worker must not share its parent's connections
    pid = os.getpid()
    if pid not in _runtimes:
        _runtimes.clear()
        _runtimes[pid] = Runtime.from_settings(Settings.from_env())
    return _runtimes[pid]
