"""A courier company over real HTTP, our adapter for it, and a door for its callbacks.

Every adapter of the contract suite is one entry of `kits.KITS`. The rest of the suite speaks only the words of
`CourierPartner` and of the simulators' common side.
"""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

import pytest

from partners.base import BadSignature, CourierPartner, Drop, NotUnderstood, Order, PartnerEvent, Place
from partners.events import Merged, apply, apply_all
from partners.reference import ReferencePartner, ReferenceSettings
from partners.simulator import Fault
from tests.partners.kits import KEY, KITS, SECRET, Kit

NEW_SECRET = "whsec_QW50YXIgbWVuZ2FudGFyIGRva3VtZW4ga2UgZGVzYQ=="


@dataclass
class Clock:
    """The one clock both sides read; it stands until someone moves it."""

    now: datetime = datetime(2026, 11, 3, 3, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> datetime:
        self.now += timedelta(**time)
        return self.now


@dataclass
class Door:
    """Our callback endpoint: a real server that hands headers and raw body to the adapter, as the application does."""

    url: str = ""
    path: str = ""
    events: list[PartnerEvent] = field(default_factory=list)
    refused: list[BadSignature] = field(default_factory=list)
    not_understood: list[NotUnderstood] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)


@dataclass
class Side:
    """One partner: its simulator, the adapter pointed at it, and our door."""

    kit: Kit
    courier: Any  # whichever simulator
    partner: Any
    door: Door
    clock: Clock

    def adapter(self, *, key: str = KEY, timeout: float = 5.0, secrets: tuple[str, ...] = ()) -> CourierPartner:
        """Another adapter for the same courier."""
        if secrets:
            settings = ReferenceSettings(
                base_url=self.courier.base_url,
                api_key=key,
                webhook_secrets=secrets,
                allowed_hosts=frozenset({"127.0.0.1"}),
                timeout=timeout,
            )
            return ReferencePartner(settings, clock=self.clock)
        return self.kit.adapt(self.courier.base_url, self.clock, timeout, key)

    def fail_next(self, fault: Fault, *, on: str) -> None:
        """The next request of this operation of ours goes wrong."""
        self.courier.fail_next(fault, on=self.kit.finds_with if on == "find" else on)

    def known(self) -> Merged:
        """What an application knows from the callbacks so far: hints are confirmed by asking."""
        state = Merged()
        for event in self.door.events:
            if event.direct:
                state = apply(state, event).merged
            else:
                tracked = self.partner.track(event.order_reference, event.partner_reference)
                state = apply_all(state, tracked.events)
        return state


class _DoorServer(ThreadingHTTPServer):
    daemon_threads = False
    door: Door
    side: Side


class _Callback(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = cast(_DoorServer, self.server)
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        server.door.bodies.append(body)
        headers: Mapping[str, str] = dict(self.headers.items())
        status = 204
        try:
            at = server.side.clock()
            server.door.events += server.side.partner.parse_callback(headers, body, at, path=self.path)
        except BadSignature as refused:
            server.door.refused.append(refused)
            status = 401
        except NotUnderstood as strange:
            server.door.not_understood.append(strange)
        self.send_response(status)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=KITS)
def side(request: pytest.FixtureRequest, clock: Clock) -> Iterator[Side]:
    yield from a_side(KITS[request.param], clock)


@pytest.fixture
def reference_side(clock: Clock) -> Iterator[Side]:
    yield from a_side(KITS["reference"], clock)


def a_side(kit: Kit, clock: Clock) -> Iterator[Side]:
    door = Door()
    server = _DoorServer(("127.0.0.1", 0), _Callback)
    door.path = f"/callbacks/35.05/{kit.name}{kit.path}"
    door.url = f"http://127.0.0.1:{server.server_address[1]}{door.path}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    with kit.simulate(door.url, clock) as courier:
        side = Side(kit, courier, None, door, clock)
        side.partner = side.adapter()
        server.door, server.side = door, side
        yield side
        side.partner.close()
    server.shutdown()
    thread.join()
    server.server_close()
    assert courier.server.mistakes == []


def an_order(reference: str = "A-2026-0001", **changed: object) -> Order:
    """Twelve documents from the office in Blitar to one village office."""
    office = Place(
        name="Dukcapil Kabupaten Blitar", address="Jl. Imam Bonjol 9", phone="(0342) 801171", lat=-8.1, lon=112.17
    )
    village = Place(
        name="Kantor Desa Rejosari",
        address="Jl. Raya 1, Wonodadi",
        phone="081234567890",
        lat=-8.05,
        lon=112.05,
        village="35.05.16.2001",
        postcode="66155",
    )
    usual: dict[str, object] = {"pickup": office, "drops": (Drop(reference="B-77", place=village, documents=12),)}
    return Order(reference=reference, **cast(dict[str, object], usual | changed))  # type: ignore[arg-type]


__all__ = ["KEY", "NEW_SECRET", "SECRET", "Clock", "Door", "Side", "an_order"]
