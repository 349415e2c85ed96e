"""The HTTP side every partner simulator shares: a real server on a real socket, with faults on request.

A simulator gives an `Api`: how its partner names operations, answers them and words its errors. Everything that goes
wrong between the two sides (cut, silent, slow, torn, lost) happens here, on the socket.
"""

import socket
import struct
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Protocol, cast
from urllib.parse import parse_qsl, urlsplit

from partners.simulator.faults import STATUS, Fault, FaultPlan
from partners.strict_json import Json, write_json

LONGEST_BODY = 1_000_000
HUGE = 4_000_000
DRIP_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it came; header names in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """A status and a JSON body."""

    status: int
    body: Json
    headers: Mapping[str, str] = field(default_factory=dict)


class Api(Protocol):
    """One partner's side of the table."""

    def operation(self, call: Call) -> str:
        """The name of what is asked, as faults use it; `control` for requests that faults leave alone."""
        ...

    def answer(self, call: Call) -> Reply:
        """Do it and answer."""
        ...

    def refusal(self, status: int) -> Reply:
        """An error answer in the partner's own shape."""
        ...

    def with_unknown_word(self, reply: Reply) -> Reply:
        """The same answer with a status word outside the documentation."""
        ...

    def send_waiting_callbacks(self) -> None: ...


class SimulatorServer:
    """Runs an `Api` in a thread. `port` 0 takes a free one, and keeps it while it refuses connections."""

    def __init__(self, api: Api, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.api = api
        self.faults = FaultPlan()
        self.calls: list[Call] = []
        """Every request that arrived, oldest first."""
        self.mistakes: list[BaseException] = []
        """What the simulator itself did wrong; a test that finds one here fails."""
        self.released = threading.Event()
        self._http = _Server((host, port), self)
        self._thread: threading.Thread | None = None

    @property
    def base_url(self) -> str:
        host, port = self._http.server_address[:2]
        return f"http://{host!s}:{port}"

    def listen(self) -> None:
        """Accept connections; again after `refuse_connections`."""
        self.released.clear()
        self._http.server_activate()
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def refuse_connections(self) -> None:
        """Stop listening but keep the port: whoever connects is refused, as with a partner that is down."""
        address = (str(self._http.server_address[0]), int(self._http.server_address[1]))
        self.close()
        self._http = _Server(address, self)

    def close(self) -> None:
        """End the thread and every request that is held back."""
        self.released.set()
        if self._thread is not None:
            self._http.shutdown()
            self._thread.join()
            self._thread = None
        self._http.server_close()


class _Server(ThreadingHTTPServer):
    """Bound at once, listening only when told to."""

    daemon_threads = False  # so that closing waits for the requests under way

    def __init__(self, address: tuple[str, int], owner: SimulatorServer) -> None:
        super().__init__(address, _Handler, bind_and_activate=False)
        self.owner = owner
        self.server_bind()

    def server_bind(self) -> None:
        TCPServer.server_bind(self)  # the HTTP one would ask a name server for our own name
        self.server_name, self.server_port = "simulator", int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that went away is no news; a mistake of the simulator itself is kept to be looked at."""
        mistake = sys.exc_info()[1]
        if mistake is not None and not isinstance(mistake, ConnectionError):
            self.owner.mistakes.append(mistake)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "CourierSimulator"

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def do_PATCH(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: object) -> None:
        """Silent: addresses hold our references, and the calls are kept in `SimulatorServer.calls`."""

    def _serve(self) -> None:
        self.close_connection = True
        owner = cast(_Server, self.server).owner
        call = self._call()
        if call is None:
            return self._write(owner.api.refusal(400))
        owner.calls.append(call)
        operation = owner.api.operation(call)
        fault = None if operation == "control" else owner.faults.take(operation)
        match fault:
            case Fault.RESET:
                self._cut()
            case Fault.SILENT:
                self._hold(owner)
            case Fault.REDIRECT:
                self._write(Reply(302, {}, {"location": owner.base_url + "/elsewhere"}))
            case Fault.PROXY_PAGE:
                self._write_bytes(403, b"<html><body>Access denied</body></html>", {"content-type": "text/html"})
            case Fault.TOO_MANY:
                refusal = owner.api.refusal(429)
                self._write(Reply(429, refusal.body, {"retry-after": "30"}))
            case None:
                self._write(owner.api.answer(call))
            case simple if simple in STATUS:
                self._write(owner.api.refusal(STATUS[simple]))
            case late:
                self._spoil(owner, late, owner.api.answer(call))

    def _spoil(self, owner: SimulatorServer, fault: Fault, reply: Reply) -> None:
        """What was asked has been done; now the answer goes wrong."""
        body = write_json(reply.body)
        match fault:
            case Fault.ERROR_500_AFTER:
                self._write(owner.api.refusal(500))
            case Fault.REPLY_LOST:
                self._cut()
            case Fault.REPLY_SILENT:
                self._hold(owner)
            case Fault.REPLY_TORN:
                self._start(reply.status, len(body))
                self.wfile.write(body[: len(body) // 2])
            case Fault.REPLY_SLOW:
                self._start(reply.status, len(body))
                for place in range(len(body)):
                    self.wfile.write(body[place : place + 1])
                    if owner.released.wait(DRIP_SECONDS):
                        break
            case Fault.REPLY_HUGE:
                self._write_bytes(reply.status, b'{"padding": "' + b"x" * HUGE + b'"}', {})
            case Fault.REPLY_UNKNOWN_WORD:
                self._write(owner.api.with_unknown_word(reply))
            case Fault.CALLBACK_FIRST:
                owner.api.send_waiting_callbacks()
                self._write(reply)
            case _:
                self._write_bytes(reply.status, b"<html>", {})

    def _call(self) -> Call | None:
        length = self.headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()) or int(length) > LONGEST_BODY:
            return None
        address = urlsplit(self.path)
        pairs = parse_qsl(address.query, keep_blank_values=True)
        if len(dict(pairs)) != len(pairs):
            return None
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Call(self.command, address.path, dict(pairs), headers, self.rfile.read(int(length)))

    def _write(self, reply: Reply) -> None:
        self._write_bytes(reply.status, write_json(reply.body), reply.headers)

    def _write_bytes(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self._start(status, len(body), headers)
        self.wfile.write(body)

    def _start(self, status: int, length: int, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        told = {"content-type": "application/json", "content-length": str(length), "connection": "close"}
        for name, value in (told | dict(headers or {})).items():
            self.send_header(name, value)
        self.end_headers()

    def _cut(self) -> None:
        # lingering for no time at all makes the kernel answer with a reset instead of a polite end
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def _hold(self, owner: SimulatorServer) -> None:
        owner.released.wait()
        self._cut()
