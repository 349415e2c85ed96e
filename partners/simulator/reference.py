"""The reference courier as a real HTTP server. Its API, control and faults are described in `reference.md` beside this.

with ReferenceSimulator(api_key="…", webhook_secrets=("whsec_…",), callback_url="http://…") as courier:
    ReferenceSettings(base_url=courier.base_url, …)       # what the adapter needs
    courier.happen("our-reference", "picked_up")          # queues a callback
    courier.send_callbacks()                              # sends what is queued, signed
"""

import hmac
from collections.abc import Callable, Sequence
from datetime import datetime

from partners.simulator.callbacks import Message, StandardWebhooks
from partners.simulator.core import Refusal, Simulator, body_of, machine_clock
from partners.simulator.reference_orders import (
    GivenCancel,
    GivenDriver,
    GivenOrder,
    GivenProof,
    Happening,
    OrderBook,
    SimulatedOrder,
)
from partners.simulator.server import Call, Reply
from partners.strict_json import Json, write_json

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


class ReferenceSimulator(Simulator):
    """A courier to integrate against: strict about keys and fields, with everything going wrong on request."""

    status_fields = frozenset({"status", "cancellation", "expires_at"})

    def __init__(
        self,
        *,
        api_key: str,
        webhook_secrets: Sequence[str],
        callback_url: str | None = None,
        clock: Callable[[], datetime] = machine_clock,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        """`port` 0 takes a free one. Starts with `start()` or as a context manager."""
        super().__init__(
            signer=StandardWebhooks(tuple(webhook_secrets)),
            callback_url=callback_url,
            clock=clock,
            host=host,
            port=port,
        )
        self._api_key = api_key
        self.book = OrderBook(clock, self._tell)

    # For the person, test or demo that plays the courier.

    @property
    def orders(self) -> tuple[SimulatedOrder, ...]:
        with self.lock:
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
        with self.lock:
            return self.book.happen(self.book.get(order), what, told=told)

    def written(self) -> Sequence[Json]:
        return [order.written() for order in self.book.orders]

    # The API as the server calls it.

    def asked(self, call: Call) -> str:
        match call.method, call.path.strip("/").split("/"):
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

    def refusal(self, status: int) -> Reply:
        return self.refuse(status, _CODES.get(status, "failure"), "as asked for")

    def refuse(self, status: int, code: str, message: str) -> Reply:
        return Reply(status, {"error": {"code": code, "message": message}})

    def reply(self, call: Call) -> Reply:
        parts = call.path.strip("/").split("/")
        match self.asked(call):
            case "quote":
                return Reply(200, {"quotes": self.book.quote(GivenOrder.model_validate(body_of(call)))})
            case "book":
                return Reply(201, self.book.book(GivenOrder.model_validate(body_of(call))).written())
            case "find":
                if set(call.query) != {"reference"}:
                    raise Refusal(422, "invalid", "ask for one reference")
                found = self.book.with_reference(call.query["reference"])
                return Reply(200, {"orders": [order.written() for order in found]})
            case "track":
                return Reply(200, self.book.get(parts[2]).written())
            case "cancel":
                order = self.book.get(parts[2])
                outcome = self.book.cancel(order, GivenCancel.model_validate(body_of(call)))
                return Reply(
                    200 if outcome == "cancelled" else 202, {"cancellation": outcome, "order": order.written()}
                )
        raise Refusal(404, "not_found", "no such path")

    def check_control(self, call: Call) -> None:
        self.check_key(call)

    def check_key(self, call: Call) -> None:
        given = call.headers.get("authorization", "").encode(errors="replace")
        if not hmac.compare_digest(given, f"Bearer {self._api_key}".encode()):
            raise Refusal(401, "unauthorized", "the key is missing or wrong")

    def _tell(self, event: dict[str, Json]) -> None:
        self.callbacks.add(Message(str(event["id"]), write_json(event)))
