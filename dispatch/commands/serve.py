"""`antar serve`, and the processes it is made of: `antar web`, `antar worker`, `antar sweep`."""

import dataclasses
import json
import logging
import os
import signal
import socket
import sys
import threading
from datetime import UTC, datetime, timedelta
from types import FrameType

import click
import waitress

from dispatch.app import create_app
from dispatch.commands.setup import prepared
from dispatch.embedded import Family
from dispatch.runtime import QUEUE, Runtime
from dispatch.settings import Settings
from dispatch.store import work

# what a log line may carry besides its message: ids and numbers, never names, addresses or phone numbers
_PLAIN_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **{k: v for k, v in vars(record).items() if k not in _PLAIN_FIELDS},
        }
        if record.exc_info and record.exc_info[1] is not None:
            trace = record.exc_info[1].__traceback__
            places = []
            while trace is not None:
                places.append(f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}")
                trace = trace.tb_next
            line["where"] = places[-6:]  # the places only: an exception's text may hold what a person sent
        return json.dumps(line, default=str)


def log_as_json(level: int = logging.INFO) -> None:
    """Send every log line of this process to standard error as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)


@click.command(help="Everything on this machine: web, workers, sweeper and a bundled Redis. Ctrl-C stops it together.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8080, show_default=True)
def serve(host: str, port: int) -> None:
    log_as_json(logging.WARNING)
    runtime = prepared()
    runtime.db.close()
    settings = runtime.settings
    if "ANTAR_PUBLIC_URL" not in os.environ:
        settings = dataclasses.replace(settings, public_url=f"http://{host}:{port}")
    family = Family(settings, host, port)
    stop_on_signal(family.stopping)
    family.start()
    click.echo(f"Antar serves {settings.public_url} (listening on {host}:{port}). Ctrl-C stops it.")
    try:
        family.watch()
    finally:
        family.stop()


@click.command(help="The web server alone (waitress).")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8080, show_default=True)
def web(host: str, port: int) -> None:
    log_as_json()
    app = create_app(Settings.from_env())
    # it takes the whole body before it takes a thread: slow phones cannot hold the office up
    waitress.serve(app, host=host, port=port, threads=8, ident=None, clear_untrusted_proxy_headers=True)


@click.command(
    help="One worker: waits for the bell, does a job in a fork of itself. Run as many as you like, anywhere."
)
def worker() -> None:
    import redis
    from rq import Queue, Worker
    from rq.serializers import JSONSerializer

    log_as_json()
    settings = Settings.from_env()
    if not settings.redis_url:
        raise click.UsageError("a worker needs ANTAR_REDIS_URL (antar serve brings its own)")
    preload()
    connection = redis.Redis.from_url(settings.redis_url)
    queue = Queue(QUEUE, connection=connection, serializer=JSONSerializer)
    name = f"{socket.gethostname()}-{datetime.now(UTC):%H%M%S%f}"
    Worker([queue], connection=connection, serializer=JSONSerializer, name=name).work(logging_level="WARNING")


def preload() -> None:
    """Load what every job needs before forking, once for all of them."""
    import dispatch.jobs
    from maps.gazetteer import gazetteer
    from routing.search.warm import warm

    gazetteer()
    assert dispatch.jobs.HANDLERS
    warm()  # a plan never waits for a compiler


@click.command(help="Rings again for work that nobody took: after a crash, a flushed Redis, a lost bell.")
@click.option("--once", is_flag=True, help="Look once and end.")
def sweep(once: bool) -> None:
    from dispatch.services import daily, partner_watch

    log_as_json()
    settings = Settings.from_env()
    runtime = Runtime.from_settings(settings)
    every = timedelta(seconds=settings.sweep_every_s)
    stopping = threading.Event()
    stop_on_signal(stopping)
    while True:
        with runtime.db.transaction() as session:
            partner_watch.look(session)
        with runtime.db.transaction() as session:
            daily.look(session)
        rung = work.sweep(runtime.db, runtime.doorbell.ring, every=every)
        if rung:
            logging.getLogger("antar.sweep").info("rung", extra={"jobs": rung})
        if once or stopping.wait(settings.sweep_every_s):
            return


def stop_on_signal(stopping: threading.Event) -> None:
    """SIGINT and SIGTERM set the event; whoever waits on it ends in good order."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
