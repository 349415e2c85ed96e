"""The reference courier as a real HTTP server. Its API, control and faults are described in `reference.md` beside this.

with ReferenceSimulator(api_key="…", webhook_secrets=("whsec_…",), callback_url="http://…") as courier:
    ReferenceSettings(base_url=courier.base_url, …)       # what the adapter needs
    courier.happen("our-reference", "picked_up")          # queues a callback
    courier.send_callbacks()                              # sends what is queued, signed
"""

import hmac
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from threading import RLock
from types import TracebackType
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from partners.simulator.callbacks import Callbacks, Message, Sent, Spoiling
from partners.simulator.faults import Fault
from partners.simulator.reference_orders import (
    GivenCancel,
    GivenDriver,
    GivenOrder,
    GivenProof,
    Happening,
    OrderBook,
    Refusal,
    SimulatedOrder,
)
from partners.simulator.server import Call, Reply, SimulatorServer
from partners.strict_json import Json, read_object, write_json

_CODES = {
    400: "invalid",
    401: "unauthorized",
    402: "insufficient_balance",
    404: "not_found",
    405: "not_found",
    409: "refused",
    422: "invalid",
    429: "too_many_calls",
    500: "failure",
}


class _Control(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _WantedFault(_Control):
    fault: Fault
    on: str | None = None
    times: int = Field(default=1, ge=1, le=10_000)


class _WantedCallbacks(_Control):
    url: str | None = None
    twice: bool = False
    reordered: bool = False
    signed_ago_seconds: int = 0
    bad_signature: bool = False
    unsigned: bool = False
    tampered: bool = False


class ReferenceSimulator:
    """A courier to integrate against: strict about keys and fields, with everything going wrong on request."""

    def __init__(
        self,
        *,
        api_key: str,
        webhook_secrets: Sequence[str],
        callback_url: str | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        """`port` 0 takes a free one. Starts with `start()` or as a context manager."""
        self._api_key = api_key
        self._lock = RLock()
        self.callbacks = Callbacks(callback_url, webhook_secrets, clock)
        self.book = OrderBook(clock, self._tell)
        self.server = SimulatorServer(self, host=host, port=port)

    @property
    def base_url(self) -> str:
        return self.server.base_url

    def start(self) -> Self:
        self.server.listen()
        return self

    def close(self) -> None:
        self.server.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # For the person, test or demo that plays the courier.

    @property
    def orders(self) -> tuple[SimulatedOrder, ...]:
        with self._lock:
            return self.book.orders

    def happen(
        self,
        order: str,
        status: str,
        *,
        at: datetime | None = None,
        drop: str | None = None,
        reason: str = "",
        price: int | None = None,
        received_by: str = "",
        photo_urls: Sequence[str] = (),
        driver: str = "",
        told: bool = True,
    ) -> dict[str, Json]:
        """Let `status` happen to the order with this id or reference of ours; queue its callback unless `told` False.

        Any status in any order, also words outside the documentation. Answers the event as it will be told.
        """
        proof = GivenProof(received_by=received_by, photo_urls=list(photo_urls)) if received_by or photo_urls else None
        what = Happening(
            status=status,
            at=at,
            drop=drop,
            reason=reason,
            price=price,
            proof=proof,
            driver=GivenDriver(name=driver) if driver else None,
        )
        with self._lock:
            return self.book.happen(self.book.get(order), what, told=told)

    def send_callbacks(self, spoiling: Spoiling | None = None) -> tuple[Sent, ...]:
        """Send what is queued to `callbacks.url`; what gets no 2xx stays queued."""
        return self.callbacks.send(spoiling)

    def fail_next(self, fault: Fault, *, on: str | None = None, times: int = 1) -> None:
        """Let the next requests go wrong; `on` is quote, book, find, track or cancel."""
        self.server.faults.add(fault, on=on, times=times)

    # The API as the server calls it.

    def operation(self, call: Call) -> str:
        match call.method, call.path.strip("/").split("/"):
            case _, ["simulator", *_]:
                return "control"
            case "POST", ["v1", "quotes"]:
                return "quote"
            case "POST", ["v1", "orders"]:
                return "book"
            case "GET", ["v1", "orders"]:
                return "find"
            case "GET", ["v1", "orders", _]:
                return "track"
            case "POST", ["v1", "orders", _, "cancel"]:
                return "cancel"
        return "unknown"

    def answer(self, call: Call) -> Reply:
        try:
            self._check_key(call)
            if self.operation(call) == "control":
                return self._control(call)
            with self._lock:
                return self._answer(call)
        except Refusal as refusal:
            return _error(refusal.status, refusal.code, refusal.message)
        except ValidationError as mistakes:
            fields = sorted({".".join(map(str, mistake["loc"])) for mistake in mistakes.errors()})
            return _error(422, "invalid", "check these fields: " + ", ".join(fields))

    def refusal(self, status: int) -> Reply:
        return _error(status, _CODES.get(status, "failure"), "as asked for")

    def with_unknown_word(self, reply: Reply) -> Reply:
        def changed(value: Json) -> Json:
            if isinstance(value, dict):
                return {key: "teleported" if key in WORDS else changed(inner) for key, inner in value.items()}
            return [changed(inner) for inner in value] if isinstance(value, list) else value

        return Reply(reply.status, changed(reply.body), reply.headers)

    def send_waiting_callbacks(self) -> None:
        self.send_callbacks()

    def _answer(self, call: Call) -> Reply:
        parts = call.path.strip("/").split("/")
        match self.operation(call):
            case "quote":
                return Reply(200, {"quotes": self.book.quote(GivenOrder.model_validate(_body(call)))})
            case "book":
                return Reply(201, self.book.book(GivenOrder.model_validate(_body(call))).written())
            case "find":
                if set(call.query) != {"reference"}:
                    raise Refusal(422, "invalid", "ask for one reference")
                found = self.book.with_reference(call.query["reference"])
                return Reply(200, {"orders": [order.written() for order in found]})
            case "track":
                return Reply(200, self.book.get(parts[2]).written())
            case "cancel":
                order = self.book.get(parts[2])
                outcome = self.book.cancel(order, GivenCancel.model_validate(_body(call)))
                return Reply(
                    200 if outcome == "cancelled" else 202, {"cancellation": outcome, "order": order.written()}
                )
        raise Refusal(404, "not_found", "no such path")

    def _control(self, call: Call) -> Reply:
        match call.method, call.path.strip("/").split("/")[1:]:
            case "POST", ["faults"]:
                wanted = _WantedFault.model_validate(_body(call))
                self.fail_next(wanted.fault, on=wanted.on, times=wanted.times)
                return Reply(200, {})
            case "GET", ["orders"]:
                return Reply(200, {"orders": [order.written() for order in self.orders]})
            case "POST", ["orders", order, "events"]:
                with self._lock:
                    what = Happening.model_validate(_body(call))
                    return Reply(201, self.book.happen(self.book.get(order), what))
            case "POST", ["callbacks"]:
                return self._send_as(_WantedCallbacks.model_validate(_body(call)))
        raise Refusal(404, "not_found", "no such path")

    def _send_as(self, wanted: _WantedCallbacks) -> Reply:
        if wanted.url is not None:
            self.callbacks.url = wanted.url
        spoiling = Spoiling(
            signed_ago=timedelta(seconds=wanted.signed_ago_seconds),
            **wanted.model_dump(exclude={"url", "signed_ago_seconds"}),
        )
        sent: list[Json] = [{"id": one.message_id, "status": one.status} for one in self.send_callbacks(spoiling)]
        return Reply(200, {"sent": sent, "waiting": len(self.callbacks.waiting)})

    def _check_key(self, call: Call) -> None:
        given = call.headers.get("authorization", "").encode(errors="replace")
        if not hmac.compare_digest(given, f"Bearer {self._api_key}".encode()):
            raise Refusal(401, "unauthorized", "the key is missing or wrong")

    def _tell(self, event: dict[str, Json]) -> None:
        self.callbacks.add(Message(str(event["id"]), write_json(event)))


WORDS = frozenset({"status", "cancellation", "expires_at"})
"""Fields whose content is one of a few documented words or forms."""


def _body(call: Call) -> dict[str, Json]:
    if call.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Refusal(422, "invalid", "the body must be application/json")
    try:
        return dict(read_object(call.body))
    except ValueError as mistake:
        raise Refusal(422, "invalid", str(mistake)) from None


def _error(status: int, code: str, message: str) -> Reply:
    return Reply(status, {"error": {"code": code, "message": message}})
