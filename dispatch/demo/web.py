"""A real web server inside our own process, for a demonstration that is called from outside."""

import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from waitress import wasyncore
from waitress.server import create_server

type Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Web:
    """waitress on a free port of this machine. It binds at once, so that an application's links can carry the port."""

    def __init__(self, *, threads: int) -> None:
        self._sockets: dict[int, Any] = {}
        self._application: Application
        self._server = create_server(
            lambda environ, start: self._application(environ, start),
            map=self._sockets,
            host="127.0.0.1",
            port=0,
            threads=threads,
        )
        self._thread = threading.Thread(target=self._server.run, name="web", daemon=True)
        self.address = f"http://127.0.0.1:{self._server.effective_port}"

    def start(self, application: Application) -> None:
        """Serve `application` until `close`."""
        self._application = application
        self._thread.start()

    def close(self) -> None:
        """Let the requests under way end, then close every socket."""
        self._server.task_dispatcher.shutdown()
        # by the loop's own thread: a socket closed under its select ends that thread with an error
        self._server.trigger.pull_trigger(partial(wasyncore.close_all, self._sockets))
        self._thread.join(5)
