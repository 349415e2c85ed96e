"""One guarded HTTP call to a partner: only to hosts on the list, no redirects, an end in time and in size.

What httpx alone does not promise: that the address asked about is the address connected to (a name may point into the
office's own network a moment later), that a slow body ends, and whether any byte of the request had left us when it
failed. So each call gets its own connection over a small network backend that knows these three things.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal
from urllib.parse import urlsplit

import httpcore
import httpx

from partners.base import NotUnderstood, Unreachable
from partners.strict_json import Json, write_json

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True)
class Answer:
    """A partner's answer as it came: status, headers (lower-case names), the whole raw body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def retry_after(self) -> int | None:
        """Seconds the partner asks us to wait, when it says so in seconds; at most an hour."""
        given = self.headers.get("retry-after", "")
        return min(int(given), 3600) if given.isascii() and given.isdigit() and len(given) < 10 else None


@cache
def trusted() -> ssl.SSLContext:
    """Who may vouch for a host: the public authorities, read once per process (it takes tens of milliseconds)."""
    return httpx.create_ssl_context(trust_env=False)


class PartnerHttp:
    """A partner's base address with the headers every call carries. Safe to share between threads."""

    def __init__(
        self,
        base_url: str,
        *,
        allowed_hosts: Iterable[str],
        headers: Mapping[str, str],
        timeout: float = 10.0,
        max_bytes: int = 1_000_000,
    ) -> None:
        """`timeout`: seconds for the whole call. ValueError when the address may not be called.

        https only; plain http and private addresses only for a loopback host that is on the list by name (simulators).
        """
        address = urlsplit(base_url)
        host = address.hostname or ""
        if host not in allowed_hosts:
            raise ValueError(f"{host!r} is not among the partner's allowed hosts")
        if address.scheme != "https" and not (address.scheme == "http" and _is_loopback(host)):
            raise ValueError("a partner is called over https")
        if address.username or address.password or address.query or address.fragment:
            raise ValueError("a partner's base address holds no user, query or fragment")
        self._base = base_url.rstrip("/")
        self._client = httpx.Client(
            transport=_OneCallTransport(_is_loopback(host), timeout, max_bytes),
            # an encoded body could unfold beyond the size limit, so none is asked for
            headers={"accept": "application/json", "accept-encoding": "identity", "user-agent": "Antar", **headers},
            follow_redirects=False,
            trust_env=False,
        )

    def call(
        self,
        method: Method,
        path: str,
        *,
        json: Json = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request, whatever status comes back. Raises Unreachable, or NotUnderstood for a body too large."""
        content = None if json is None else write_json(json)
        sent = {} if content is None else {"content-type": "application/json"}
        sent |= headers or {}
        answer = self._client.request(method, self._base + path, params=query, content=content, headers=sent)
        return Answer(answer.status_code, {k.lower(): v for k, v in answer.headers.items()}, answer.content)

    def close(self) -> None:
        self._client.close()


class _OneCallTransport(httpx.BaseTransport):
    """Opens one connection per request and reads the whole answer before it returns."""

    def __init__(self, loopback: bool, timeout: float, max_bytes: int) -> None:
        self._loopback = loopback
        self._timeout = timeout
        self._max_bytes = max_bytes

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        network = _GuardedNetwork(loopback=self._loopback, until=time.monotonic() + self._timeout)
        url = httpcore.URL(
            scheme=request.url.raw_scheme, host=request.url.raw_host, port=request.url.port, target=request.url.raw_path
        )
        try:
            with (
                httpcore.ConnectionPool(ssl_context=trusted(), network_backend=network) as pool,
                pool.stream(request.method, url, headers=request.headers.raw, content=request.read()) as response,
            ):
                body = self._body(response.iter_stream())
                return httpx.Response(response.status, headers=response.headers, content=body)
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError) as failure:
            # the name of the failure, not its text: the text may hold the address with our reference in it
            raise Unreachable(f"no answer: {type(failure).__name__}", sent=network.sent) from failure

    def _body(self, chunks: Iterator[bytes]) -> bytes:
        body = bytearray()
        for chunk in chunks:
            body += chunk
            if len(body) > self._max_bytes:
                raise NotUnderstood(f"the answer is larger than {self._max_bytes} bytes", bytes(body[:10_000]))
        return bytes(body)


class _GuardedNetwork(httpcore.NetworkBackend):
    """Resolves a name once, refuses addresses of private networks, and connects to the very address it looked at."""

    def __init__(self, *, loopback: bool, until: float) -> None:
        self._network = httpcore.SyncBackend()
        self._loopback = loopback
        self.until = until
        self.sent = False
        """Whether any byte of the request was handed to the network."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        last: httpcore.NetworkError | httpcore.TimeoutException | None = None
        for address in self._addresses(host, port):
            try:
                stream = self._network.connect_tcp(address, port, self.seconds_left(), local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failure:
                last = failure
            else:
                return _GuardedStream(stream, self)
        raise last or httpcore.ConnectError("the name has no address")

    def seconds_left(self) -> float:
        left = self.until - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the call took too long")
        return left

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        except OSError as failure:
            raise httpcore.ConnectError("the name could not be resolved") from failure
        for address in found:
            if not (_is_loopback(address) if self._loopback else _is_public(address)):
                raise httpcore.ConnectError("the name leads into a private network")
        return found


class _GuardedStream(httpcore.NetworkStream):
    """A connection that ends with the call's time and remembers whether anything was sent."""

    def __init__(self, stream: httpcore.NetworkStream, network: _GuardedNetwork) -> None:
        self._stream = stream
        self._network = network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._network.seconds_left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        left = self._network.seconds_left()
        self._network.sent = self._network.sent or bool(buffer)
        self._stream.write(buffer, left)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secure = self._stream.start_tls(ssl_context, server_hostname, self._network.seconds_left())
        return _GuardedStream(secure, self._network)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_public(address: str) -> bool:
    number = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(number, ipaddress.IPv6Address) and number.ipv4_mapped is not None:
        return number.ipv4_mapped.is_global
    return number.is_global and not number.is_multicast
