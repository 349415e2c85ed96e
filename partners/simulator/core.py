"""What every partner simulator shares: the server, faults, callbacks, and the doors for whoever plays the partner.

A partner's own file says only its protocol: `asked`, `check_key`, `reply`, `refuse`, and how a happening becomes a
callback. Whatever a person, a test or a demo wants of any partner is here: `happen`, `fail_next`, `send_callbacks`, and
the same over HTTP under `/simulator/…` for a simulator in another process.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from threading import RLock
from types import TracebackType
from typing import ClassVar, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from partners.simulator.callbacks import Callbacks, Sent, Signer, Spoiling
from partners.simulator.faults import Fault
from partners.simulator.server import Call, Reply, SimulatorServer
from partners.strict_json import Json, read_object


def machine_clock() -> datetime:
    """The machine's own time."""
    return datetime.now(UTC)


class Refusal(Exception):
    """The partner says no: a status, its code, a sentence."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message


class Given(BaseModel):
    """A body the partner takes. Strict on purpose: a field that nobody documented, such as an NIK, never passes."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _Control(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _WantedFault(_Control):
    fault: Fault
    on: str | None = None
    times: int = Field(default=1, ge=1, le=10_000)


class _WantedHappening(_Control):
    status: str
    at: AwareDatetime | None = None
    drop: str | None = None
    reason: str = ""
    price: int | None = None
    received_by: str = ""
    photo_urls: list[str] = Field(default_factory=list)
    driver: str = ""
    told: bool = True


class _WantedCallbacks(_Control):
    url: str | None = None
    twice: bool = False
    reordered: bool = False
    signed_ago_seconds: int = 0
    bad_signature: bool = False
    unsigned: bool = False
    tampered: bool = False


class Simulator(ABC):
    """A partner to practise on: strict about keys and fields, with everything going wrong on request."""

    status_fields: ClassVar[frozenset[str]] = frozenset({"status"})
    """Fields of an answer whose content is one of a few documented words."""

    def __init__(
        self, *, signer: Signer, callback_url: str | None, clock: Callable[[], datetime], host: str, port: int
    ) -> None:
        """`port` 0 takes a free one. Starts with `start()` or as a context manager."""
        self.lock = RLock()
        self.clock = clock
        self.callbacks = Callbacks(callback_url, signer, clock)
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

    # The partner's protocol.

    @abstractmethod
    def asked(self, call: Call) -> str:
        """What is asked: quote, book, find, track, cancel, ask (anything before an order), unknown."""

    @abstractmethod
    def check_key(self, call: Call) -> None:
        """Raises Refusal when the caller is not the customer."""

    def check_control(self, call: Call) -> None:  # noqa: B027 - most have nothing to check
        """Who may use the doors under /simulator: everybody on this machine, unless the partner's file says more."""

    @abstractmethod
    def reply(self, call: Call) -> Reply:
        """Do what is asked; raises Refusal or ValidationError. Called under the lock."""

    @abstractmethod
    def refuse(self, status: int, code: str, message: str) -> Reply:
        """A refusal in the partner's own shape."""

    @abstractmethod
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

        `status` is one of our kinds, `price_changed`, or any word of the partner's, also outside the documentation.
        """

    @abstractmethod
    def written(self) -> Sequence[Json]:
        """Every order, for `/simulator/orders`."""

    def refusal(self, status: int) -> Reply:
        return self.refuse(status, "", "as asked for")

    # For whoever plays the partner.

    def send_callbacks(self, spoiling: Spoiling | None = None) -> tuple[Sent, ...]:
        """Send what is queued to `callbacks.url`; what gets no 2xx stays queued."""
        return self.callbacks.send(spoiling)

    def fail_next(self, fault: Fault, *, on: str | None = None, times: int = 1) -> None:
        """Let the next requests go wrong; `on` names the operation."""
        self.server.faults.add(fault, on=on, times=times)

    # What the server calls.

    def operation(self, call: Call) -> str:
        """`control` for the doors under /simulator, else the operation."""
        return "control" if call.path.startswith("/simulator/") else self.asked(call)

    def answer(self, call: Call) -> Reply:
        try:
            if self.operation(call) == "control":
                self.check_control(call)
                return self._control(call)
            self.check_key(call)
            with self.lock:
                return self.reply(call)
        except Refusal as refusal:
            return self.refuse(refusal.status, refusal.code, refusal.message)
        except ValidationError as mistakes:
            fields = sorted({".".join(map(str, mistake["loc"])) for mistake in mistakes.errors()})
            return self.refuse(422, "invalid", "check these fields: " + ", ".join(fields))

    def with_unknown_word(self, reply: Reply) -> Reply:
        """The same answer with a word outside the documentation wherever a documented one stands."""

        def changed(value: Json) -> Json:
            if isinstance(value, dict):
                return {
                    key: "teleported" if key in self.status_fields else changed(inner) for key, inner in value.items()
                }
            return [changed(inner) for inner in value] if isinstance(value, list) else value

        return Reply(reply.status, changed(reply.body), reply.headers)

    def send_waiting_callbacks(self) -> None:
        self.send_callbacks()

    def _control(self, call: Call) -> Reply:
        match call.method, call.path.strip("/").split("/")[1:]:
            case "POST", ["faults"]:
                wanted = _WantedFault.model_validate(body_of(call))
                self.fail_next(wanted.fault, on=wanted.on, times=wanted.times)
                return Reply(200, {})
            case "GET", ["orders"]:
                with self.lock:
                    return Reply(200, {"orders": list(self.written())})
            case "POST", ["orders", order, "events"]:
                what = _WantedHappening.model_validate(body_of(call))
                with self.lock:
                    return Reply(201, self.happen(order, **what.model_dump()))
            case "POST", ["callbacks"]:
                return self._send_as(_WantedCallbacks.model_validate(body_of(call)))
            case "POST", ["probe"]:
                return Reply(200, {"status": self.callbacks.probe()})
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


def body_of(call: Call) -> dict[str, Json]:
    """The JSON object of a request; refused like any other wrong field when it is none."""
    if call.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Refusal(422, "invalid", "the body must be application/json")
    try:
        return dict(read_object(call.body))
    except ValueError as mistake:
        raise Refusal(422, "invalid", str(mistake)) from None
