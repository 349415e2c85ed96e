"""Each partner's simulator with our adapter pointed at it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime

from dispatch.services.partner_setups import SETUPS, Account
from partners.base import CourierPartner
from partners.simulator.company import Company
from partners.simulator.ready import KEY, READY, WORD

Clock = Callable[[], datetime]
Start = Callable[[Clock], AbstractContextManager[tuple[Company, CourierPartner]]]
MORE = {
    "kiriminaja": {"origin": "5484/61010"},
    "lalamove": {"api_secret": WORD},
    "gosend": {"client_id": "antar"},
    "grab_express": {"client_id": "antar"},
}


def sides() -> Mapping[str, Start]:
    """By name: from a clock, both sides of a partner."""
    return {name: _side(name) for name in READY}


def _side(name: str) -> Start:
    @contextmanager
    def start(clock: Clock) -> Iterator[tuple[Company, CourierPartner]]:
        company = READY[name](KEY, None, 0)
        company.clock = company.callbacks._clock = clock
        with company:
            account = Account(
                base_url=company.base_url,
                api_key=KEY,
                secrets=(WORD,),
                more={"sender_phone": "081234567890", **MORE.get(name, {})},
                regions={"35.05.16.2001": (5483, 61001)},
                clock=clock,
            )
            yield company, SETUPS[name].make(account)

    return start
