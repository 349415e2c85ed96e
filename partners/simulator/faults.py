"""What can go wrong on the way to a partner, by name, so that a test, a demo or a training can ask for it."""

import random
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock


class Fault(StrEnum):
    """One way for one request to go wrong; `MEANING` says what the partner did and what the caller sees."""

    RESET = "reset"
    SILENT = "silent"
    ERROR_500 = "error_500"
    ERROR_500_AFTER = "error_500_after"
    REPLY_LOST = "reply_lost"
    REPLY_SILENT = "reply_silent"
    REPLY_SLOW = "reply_slow"
    REPLY_TORN = "reply_torn"
    REPLY_NOT_JSON = "reply_not_json"
    REPLY_HUGE = "reply_huge"
    REPLY_UNKNOWN_WORD = "reply_unknown_word"
    REDIRECT = "redirect"
    PROXY_PAGE = "proxy_page"
    CALLBACK_FIRST = "callback_first"
    NO_MONEY = "no_money"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    INVALID = "invalid"
    TOO_MANY = "too_many"
    UNAUTHORIZED = "unauthorized"


MEANING: Mapping[Fault, str] = {
    Fault.RESET: "nothing done; the connection is cut before any answer",
    Fault.SILENT: "nothing done; no answer ever comes",
    Fault.ERROR_500: "nothing done; 500",
    Fault.ERROR_500_AFTER: "done; 500 all the same",
    Fault.REPLY_LOST: "done; the connection is cut before any answer",
    Fault.REPLY_SILENT: "done; no answer ever comes",
    Fault.REPLY_SLOW: "done; the answer comes one byte at a time",
    Fault.REPLY_TORN: "done; the answer ends in the middle",
    Fault.REPLY_NOT_JSON: "done; the answer is not JSON",
    Fault.REPLY_HUGE: "done; the answer does not end before 4 MB",
    Fault.REPLY_UNKNOWN_WORD: "done; the answer holds a status outside the documentation",
    Fault.REDIRECT: "nothing done; 302 to another address",
    Fault.PROXY_PAGE: "nothing done; 403 with an HTML page, as from a proxy on the way",
    Fault.CALLBACK_FIRST: "done; waiting callbacks are sent before the answer",
    Fault.NO_MONEY: "nothing done; 402",
    Fault.NOT_FOUND: "nothing done; 404",
    Fault.CONFLICT: "nothing done; 409",
    Fault.INVALID: "nothing done; 422",
    Fault.TOO_MANY: "nothing done; 429 with Retry-After: 30",
    Fault.UNAUTHORIZED: "nothing done; 401",
}

STATUS: Mapping[Fault, int] = {
    Fault.ERROR_500: 500,
    Fault.NO_MONEY: 402,
    Fault.NOT_FOUND: 404,
    Fault.CONFLICT: 409,
    Fault.INVALID: 422,
    Fault.TOO_MANY: 429,
    Fault.UNAUTHORIZED: 401,
}
"""Faults that are simply a refusal, in the partner's own error shape."""


@dataclass(frozen=True, slots=True)
class _Planned:
    fault: Fault
    operation: str | None


class FaultPlan:
    """Faults waiting for their request, oldest first; each happens once. Safe between threads.

    Besides, `odds` may let any request go wrong by chance, the same way for the same seed.
    """

    def __init__(self) -> None:
        self._waiting: deque[_Planned] = deque()
        self._odds: Mapping[Fault, float] = {}
        self._dice = random.Random(0)  # noqa: S311 - chance, not secrecy
        self._lock = Lock()

    def by_chance(self, odds: Mapping[Fault, float], seed: int) -> None:
        """From now on every request goes wrong with these chances (together at most 1); empty: none does."""
        if not all(0 <= chance <= 1 for chance in odds.values()) or sum(odds.values()) > 1:
            raise ValueError("chances lie between 0 and 1, all together at most 1")
        with self._lock:
            self._odds, self._dice = dict(odds), random.Random(seed)  # noqa: S311

    def add(self, fault: Fault, *, on: str | None = None, times: int = 1) -> None:
        """Let the next `times` requests go wrong; `on` names the operation, None means any."""
        with self._lock:
            self._waiting.extend([_Planned(fault, on)] * times)

    def take(self, operation: str) -> Fault | None:
        """The fault for a request that is now here, if one is waiting for it."""
        with self._lock:
            for planned in self._waiting:
                if planned.operation in (None, operation):
                    self._waiting.remove(planned)
                    return planned.fault
            rest = self._dice.random() if self._odds else 1.0
            for fault, chance in self._odds.items():
                if rest < chance:
                    return fault
                rest -= chance
        return None

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()
