"""Orders that live by themselves: a partner at work, for a demonstration, a training or a long test.

Each step moves every open order one stage on, sometimes the wrong way: nobody rides, the rider changes, the price
changes, an attempt fails, a parcel is refused, comes back or is lost, a proof is missing. Callbacks go out late, twice,
in the wrong order, badly signed or never. Everything is drawn from one seed, so a run can be had again.
"""

import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from partners.base import Kind
from partners.simulator.callbacks import Message, Spoiling
from partners.simulator.company import CANCELLABLE, Company, CompanyOrder
from partners.simulator.faults import Fault

NEXT: Mapping[Kind, Kind] = {
    "created": "searching",
    "searching": "assigned",
    "no_courier": "searching",
    "assigned": "picked_up",
    "picked_up": "in_transit",
    "in_transit": "delivered",
    "attempt_failed": "in_transit",
    "on_hold": "in_transit",
    "refused": "returning",
    "returning": "returned",
}
"""How an order goes on when nothing goes wrong."""

ENDS: frozenset[Kind] = frozenset({"delivered", "returned", "cancelled", "lost"})

CALLS = {
    "lost-reply": Fault.REPLY_LOST,
    "silent": Fault.REPLY_SILENT,
    "slow": Fault.REPLY_SLOW,
    "torn": Fault.REPLY_TORN,
    "reset": Fault.RESET,
    "500": Fault.ERROR_500,
    "500-after": Fault.ERROR_500_AFTER,
    "402": Fault.NO_MONEY,
    "404": Fault.NOT_FOUND,
    "409": Fault.CONFLICT,
    "422": Fault.INVALID,
    "429": Fault.TOO_MANY,
    "unknown-word": Fault.REPLY_UNKNOWN_WORD,
}
"""Faults of a call, by the names of the command line."""

TURNS: Mapping[str, tuple[frozenset[Kind], Kind | None]] = {
    "no-courier": (frozenset({"searching"}), "no_courier"),
    "reject": (frozenset({"picked_up", "in_transit"}), "refused"),
    "failed-attempt": (frozenset({"in_transit"}), "attempt_failed"),
    "hold": (frozenset({"in_transit"}), "on_hold"),
    "return": (frozenset({"picked_up", "in_transit", "attempt_failed"}), "returning"),
    "lost": (frozenset({"picked_up", "in_transit"}), "lost"),
    "cancel": (CANCELLABLE, "cancelled"),
    "driver-change": (frozenset({"assigned"}), None),
    "price-change": (frozenset({"assigned", "picked_up", "in_transit"}), None),
}
"""Turns an order may take: in which states, and where to."""

TELLING = ("duplicate", "late", "reorder", "bad-signature", "unsigned", "never")
"""What may become of a callback."""

OTHERS = ("no-proof", "missing-awb", "cancel-pending")
NAMES = (*CALLS, *TURNS, *TELLING, *OTHERS)


@dataclass(frozen=True, slots=True)
class Odds:
    """Chances by name; what is not named never happens."""

    chances: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def parse(cls, written: str) -> "Odds":
        """From `lost-reply=0.1,duplicate=0.2`. ValueError in a sentence."""
        chances: dict[str, float] = {}
        for part in (part.strip() for part in written.split(",")):
            if not part:
                continue
            name, _, number = part.partition("=")
            name = name.strip().replace("_", "-")
            if name not in NAMES:
                raise ValueError(f"no fault is called {name}; there are {', '.join(NAMES)}")
            try:
                chances[name] = float(number)
            except ValueError:
                raise ValueError(f"{name} needs a chance between 0 and 1, like {name}=0.1") from None
            if not 0 <= chances[name] <= 1:
                raise ValueError(f"{name} needs a chance between 0 and 1, not {number}")
        if sum(chances.get(name, 0) for name in CALLS) > 1:
            raise ValueError("the chances of all faults of a call together are at most 1")
        return cls(chances)

    def of(self, name: str) -> float:
        return self.chances.get(name, 0.0)


class Life:
    """Lets a company's orders live. `step` by hand, or `run` in a thread with a pause between the steps."""

    def __init__(self, company: Company, odds: Odds | None = None, *, seed: int = 1) -> None:
        self.company = company
        self.odds = odds or Odds()
        self.seed = seed
        self._dice = random.Random(seed)  # noqa: S311 - chance, not secrecy
        self._later: list[Message] = []
        self._stop = threading.Event()
        company.server.faults.by_chance({fault: self.odds.of(name) for name, fault in CALLS.items()}, seed)
        company.book.late_waybill = self._falls("missing-awb")
        company.book.cancels_at_once = not self._falls("cancel-pending")

    def step(self) -> None:
        """Every open order goes on one stage; then the callbacks go out."""
        with self.company.lock:
            for order in self.company.orders:
                if order.kind not in ENDS:
                    self._go_on(order)
        self.tell()

    def tell(self) -> None:
        """Send what waits, each callback its own way; what came late last time goes first."""
        waiting = [message for message in self.company.callbacks.waiting if message not in self._later]
        now, self._later = self._later, []
        for message in waiting:
            if self._falls("never"):
                self.company.callbacks.drop(message)
            elif self._falls("late"):
                self._later.append(message)
            else:
                now.append(message)
        if self._falls("reorder"):
            self._dice.shuffle(now)
        for message in now:
            spoiling = Spoiling(
                twice=self._falls("duplicate"),
                bad_signature=self._falls("bad-signature"),
                unsigned=self._falls("unsigned"),
            )
            self.company.callbacks.send(spoiling, [message])

    def run(self, pause: float) -> None:
        """Step until `stop`, with so many seconds between."""
        while not self._stop.wait(pause):
            self.step()

    def wait(self) -> None:
        """Do nothing until `stop`: the orders are played by hand."""
        self._stop.wait()

    def stop(self) -> None:
        self._stop.set()

    def _go_on(self, order: CompanyOrder) -> None:
        for name, (states, to) in TURNS.items():
            if order.kind in states and self._falls(name):
                self._turn(order, name, to)
                return
        if order.waybill is None and "processed" in self.company.quiet:
            self.company.happen(order.id, "processed")
        kind = order.kind
        for _ in NEXT:  # a partner without a word for a stage skips it
            following = NEXT.get(kind)
            if following is None:
                return
            kind = following
            if kind in self.company.words and self.company.words[kind] != order.word:
                break
        else:
            return
        self._happen(order, kind)

    def _turn(self, order: CompanyOrder, name: str, to: Kind | None) -> None:
        if name == "price-change":
            self.company.happen(order.id, "price_changed", price=order.price + 1_000 * self._dice.randint(1, 5))
        elif name == "driver-change":
            self.company.happen(order.id, "assigned", driver=f"Pak {self._dice.choice(('Joko', 'Dul', 'Rudi'))}")
        elif to is not None and to in self.company.words:
            self._happen(order, to)

    def _happen(self, order: CompanyOrder, kind: Kind) -> None:
        if kind == "delivered" and not self._falls("no-proof"):
            photos = [f"https://photo.invalid/{order.id}"]
            self.company.happen(order.id, kind, received_by="Petugas desa", photo_urls=photos)
        elif kind == "assigned":
            self.company.happen(order.id, kind, driver="Pak Joko")
        else:
            self.company.happen(order.id, kind)

    def _falls(self, name: str) -> bool:
        chance = self.odds.of(name)
        return chance > 0 and self._dice.random() < chance
