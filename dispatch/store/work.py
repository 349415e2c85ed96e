"""The job table is the queue; rq only rings the bell and lends its workers.

A job is written in the business transaction, claimed by one conditional UPDATE, and fenced by the attempt number it was
claimed with: a worker that was thought dead and comes back changes nothing. Redis may be emptied at any moment; the
sweeper rings again for whatever is due.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from dispatch.store.db import Database, after_commit, insert_if_absent, new_id, now
from dispatch.store.models import Job

log = logging.getLogger("antar.work")


class LostClaim(Exception):
    """Another worker has taken this job over; nothing of ours may be written."""


class Hopeless(Exception):
    """Trying again cannot help: give the job up at once. The message is kept, so it holds no personal data."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job this process works on. Every transaction of the job goes through it."""

    db: Database
    job_id: str
    kind: str
    ref: str
    attempt: int
    lease: timedelta

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A transaction that commits only if the job is still ours."""
        with self.db.transaction() as session:
            self.renew(session)
            yield session

    def renew(self, session: Session) -> None:
        """Hold the lease for another while, or learn that it is lost."""
        renewed = session.execute(
            update(Job)
            .where(Job.id == self.job_id, Job.attempt == self.attempt, Job.state == "open")
            .values(lease_until=now(session) + self.lease)
        )
        if _count(renewed) != 1:
            raise LostClaim(self.job_id)


def want(
    session: Session,
    kind: str,
    ref: str,
    *,
    office: str | None,
    after: timedelta = timedelta(),
    max_attempts: int = 5,
) -> None:
    """Ask for work on a row. Asking again while it is still open changes nothing."""
    job_id, at = new_id(), now(session)
    added = insert_if_absent(
        session,
        Job,
        {
            "id": job_id,
            "office": office,
            "kind": kind,
            "ref": ref,
            "dedup_key": f"{kind}:{ref}",
            "state": "open",
            "run_after": at + after,
            "attempt": 0,
            "max_attempts": max_attempts,
            "last_error": "",
            "created_at": at,
        },
        unique=["dedup_key"],
        where="state = 'open'",
    )
    if added and not after:
        ring: Callable[[str], None] = session.info["ring"]
        after_commit(session, lambda: ring(job_id))


def claim(db: Database, job_id: str, lease: timedelta) -> Claim | None:
    """Take a due job, or None when there is nothing to do: done, not due yet, or in other hands."""
    with db.transaction() as session:
        at = now(session)
        free = (Job.lease_until.is_(None)) | (Job.lease_until < at)
        taken = session.execute(
            update(Job)
            .where(Job.id == job_id, Job.state == "open", Job.run_after <= at, free)
            .values(attempt=Job.attempt + 1, lease_until=at + lease)
        )
        if _count(taken) != 1:
            return None
        job = session.scalars(select(Job).where(Job.id == job_id)).one()
        return Claim(db=db, job_id=job.id, kind=job.kind, ref=job.ref, attempt=job.attempt, lease=lease)


def run[T, U](
    claim: Claim,
    *,
    load: Callable[[Session, str], T | None],
    act: Callable[[T, Claim], U],
    save: Callable[[Session, str, T, U], None],
    give_up: Callable[[Session, str, str], None],
) -> None:
    """Load (transaction) → act (none) → save (transaction). `load` returns None when there is nothing left to do."""
    if claim.attempt > _max_attempts(claim):
        _bury(claim, give_up, "its workers died")
        return
    try:
        with claim.transaction() as session:
            loaded = load(session, claim.ref)
        if loaded is not None:
            with _heartbeat(claim):
                acted = act(loaded, claim)
        with claim.transaction() as session:
            if loaded is not None:
                save(session, claim.ref, loaded, acted)
            _finish(session, claim)
    except LostClaim:
        log.warning("job lost", extra={"job": claim.job_id, "attempt": claim.attempt})
    except Hopeless as error:
        _bury(claim, give_up, str(error))
    except Exception as error:
        _postpone(claim, give_up, type(error).__name__)
        raise


def sweep(db: Database, ring: Callable[[str], None], *, every: timedelta) -> int:
    """Ring for whatever is due and unclaimed; claims each ring first, so that two sweepers ring once."""
    with db.transaction() as session:
        at = now(session)
        free = (Job.lease_until.is_(None)) | (Job.lease_until < at)
        silent = (Job.rung_at.is_(None)) | (Job.rung_at <= at - every)
        due = session.scalars(
            select(Job.id)
            .where(Job.state == "open", Job.run_after <= at, free, silent)
            .order_by(Job.run_after)
            .limit(500)
        ).all()
        mine = [
            job_id
            for job_id in due
            if _count(session.execute(update(Job).where(Job.id == job_id, silent).values(rung_at=at)))
        ]
    for job_id in mine:
        ring(job_id)
    return len(mine)


def due(session: Session) -> list[str]:
    """The ids of jobs that could be claimed now, oldest first."""
    at = now(session)
    free = (Job.lease_until.is_(None)) | (Job.lease_until < at)
    return list(
        session.scalars(select(Job.id).where(Job.state == "open", Job.run_after <= at, free).order_by(Job.created_at))
    )


def _finish(session: Session, claim: Claim) -> None:
    session.execute(
        update(Job)
        .where(Job.id == claim.job_id)
        .values(state="done", lease_until=None, done_at=now(session), last_error="")
    )


def _bury(claim: Claim, give_up: Callable[[Session, str, str], None], error: str) -> None:
    with suppress(LostClaim), claim.transaction() as session:
        session.execute(
            update(Job).where(Job.id == claim.job_id).values(state="dead", lease_until=None, last_error=error[:400])
        )
        give_up(session, claim.ref, error)


def _postpone(claim: Claim, give_up: Callable[[Session, str, str], None], error: str) -> None:
    if claim.attempt >= _max_attempts(claim):
        _bury(claim, give_up, error)
        return
    with suppress(LostClaim), claim.transaction() as session:
        pause = timedelta(seconds=min(300, 5 * 2**claim.attempt))
        session.execute(
            update(Job)
            .where(Job.id == claim.job_id)
            .values(lease_until=None, run_after=now(session) + pause, last_error=error[:400])
        )


def _max_attempts(claim: Claim) -> int:
    with claim.db.reading() as session:
        return session.scalars(select(Job.max_attempts).where(Job.id == claim.job_id)).one()


@contextmanager
def _heartbeat(claim: Claim) -> Iterator[None]:
    """Renew the lease while the work goes on; a lost lease is noticed when the work is saved."""
    done = threading.Event()

    def beat() -> None:
        while not done.wait(claim.lease.total_seconds() / 3):
            with suppress(LostClaim), claim.transaction():
                pass

    thread = threading.Thread(target=beat, name=f"lease {claim.job_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _count(result: object) -> int:
    assert isinstance(result, CursorResult)
    return result.rowcount
