"""What one process works with: settings, time, database, keys, files, and the bell that wakes workers."""

import logging
from dataclasses import dataclass
from functools import cached_property

import redis
from flask import current_app
from rq import Queue
from rq.job import Job as RingJob
from rq.serializers import JSONSerializer

from dispatch.clock import Clock, SystemClock
from dispatch.services import announcing, commitments
from dispatch.services.roads import Roads
from dispatch.settings import Settings
from dispatch.store.db import Database
from dispatch.store.files import FileStore, FolderStore
from dispatch.store.privacy import KeyRing

QUEUE = "antar"
log = logging.getLogger("antar.runtime")


class Doorbell:
    """Rings a worker for a job, best effort: Redis may be away, the sweeper rings again."""

    def __init__(self, redis_url: str) -> None:
        self.redis_url = redis_url

    @cached_property
    def connection(self) -> "redis.Redis":
        return redis.Redis.from_url(self.redis_url, socket_connect_timeout=0.5, socket_timeout=0.5)

    def ring(self, job_id: str) -> None:
        """Put the job's id on rq's queue unless it is waiting there already."""
        if not self.redis_url:
            return
        try:
            queue = Queue(QUEUE, connection=self.connection, serializer=JSONSerializer)
            waiting = RingJob.exists(f"job-{job_id}", connection=self.connection)
            if not (waiting and queue.get_job_position(f"job-{job_id}") is not None):
                queue.enqueue_call(
                    "dispatch.jobs.run",
                    args=(job_id,),
                    job_id=f"job-{job_id}",
                    timeout=1800,
                    result_ttl=0,
                    failure_ttl=60,
                )
        except redis.RedisError as error:
            log.warning("bell not rung", extra={"job": job_id, "error": type(error).__name__})


@dataclass
class Runtime:
    """Made once per process (after a fork, in workers) and passed on."""

    settings: Settings
    clock: Clock
    db: Database
    keys: KeyRing
    files: FileStore
    doorbell: Doorbell
    roads: Roads

    @classmethod
    def from_settings(cls, settings: Settings, clock: Clock | None = None) -> "Runtime":
        """KeyFileError when the installation has no keys yet."""
        clock = clock or SystemClock(settings.clock_shift)
        doorbell = Doorbell(settings.redis_url)
        db = Database(settings.database_url, clock)
        db.ring = doorbell.ring
        db.before_commit = announcing.announce
        db.followers["assignment"] = commitments.follow
        keys = KeyRing.load(settings.key_file)
        return cls(
            settings=settings,
            clock=clock,
            db=db,
            keys=keys,
            files=FolderStore(settings.files),
            doorbell=doorbell,
            roads=Roads.of(settings),
        )


def runtime() -> Runtime:
    """The runtime of the running application."""
    found = current_app.extensions["antar"]
    assert isinstance(found, Runtime)
    return found
