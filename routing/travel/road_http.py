"""Asking a road server over HTTP: what every engine has in common."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import httpx

from routing.model import Point
from routing.travel.errors import ServerRefused, ServerUnreachable

type Json = dict[str, Json] | list[Json] | str | float | bool | None


def client(base_url: str, timeout_s: float) -> httpx.Client:
    """A client for one piece of work; it keeps its connections while it is open."""
    # a proxy of the environment is for the internet, not for a server next door
    return httpx.Client(base_url=base_url, timeout=timeout_s, trust_env=False)


def ask(http: httpx.Client, path: str, body: Json = None) -> tuple[int, Json]:
    """Status and JSON of the answer (None where it is not JSON); POST with a body. ServerUnreachable without one."""
    try:
        answer = http.get(path) if body is None else http.post(path, json=body)
    except httpx.TransportError as error:
        raise ServerUnreachable(f"no road server answers at {http.base_url} ({type(error).__name__})") from error
    try:
        told: Json = answer.json()
    except ValueError:
        told = None
    return answer.status_code, told


@contextmanager
def understood(engine: str) -> Iterator[None]:
    """An answer that lacks what its kind has is refused as a whole."""
    try:
        yield
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, AssertionError) as error:
        raise ServerRefused(f"the road server's answer is not what {engine} answers") from error


def halves(places: Sequence[int]) -> tuple[Sequence[int], Sequence[int]]:
    """The places in two parts, the second one empty where there is only one."""
    middle = (len(places) + 1) // 2
    return places[:middle], places[middle:]


def straight(points: Sequence[Point]) -> list[tuple[float, float]]:
    """The points themselves, for drawing where no way leads."""
    return [(point.lat, point.lon) for point in points]
