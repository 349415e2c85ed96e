"""The road server that comes with the extra `roads`: OSRM's own `osrm-routed`, on this machine only.

Its files are mapped, not loaded, so starting takes no time and several servers share the memory. It is asked over HTTP
exactly like a server elsewhere.
"""

import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from routing.travel.dataset import Dataset
from routing.travel.engine import program
from routing.travel.errors import ServerUnreachable, TravelError
from routing.travel.osrm import OsrmTravel

HOST = "127.0.0.1"
MAX_TABLE = 2000


def command(dataset: Dataset, port: int, threads: int = 2) -> list[str]:
    """How to start a server for the dataset; BuildFailed without the extra `roads`."""
    return [
        *(str(program("osrm-routed")), "--algorithm", "ch", "--mmap", "--ip", HOST, "--port", str(port)),
        *("--threads", str(threads), "--max-table-size", str(MAX_TABLE), "--verbosity", "WARNING", str(dataset.base)),
    ]


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def address(port: int) -> str:
    """Where a server on this port is asked."""
    return f"http://{HOST}:{port}"


@contextmanager
def serving(dataset: Dataset, threads: int = 1) -> Iterator[OsrmTravel]:
    """A server for as long as the block runs. ServerUnreachable when it does not start."""
    port = free_port()
    travel = OsrmTravel(base_url=address(port), dataset_id=dataset.id)
    with subprocess.Popen(  # noqa: S603  # the engine's own program, no shell
        command(dataset, port, threads), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            wait_until_answers(travel)
            yield travel
        finally:
            process.terminate()


def wait_until_answers(travel: OsrmTravel, seconds: float = 20.0) -> None:
    """Return as soon as the server answers; its own error when it does not within these seconds."""
    pause, end = threading.Event(), time.monotonic() + seconds
    while True:
        try:
            return travel.check()
        except ServerUnreachable:
            if time.monotonic() > end:
                raise
        except TravelError:
            raise
        pause.wait(0.05)
