"""Simulators with all they share with us filled in, by name: for the command line, demonstrations and benches."""

from collections.abc import Callable, Mapping

from partners.simulator.biteship import BiteshipSimulator
from partners.simulator.borzo import BorzoSimulator
from partners.simulator.company import Company
from partners.simulator.gosend import GoSendSimulator
from partners.simulator.grab import GrabSimulator
from partners.simulator.kiriminaja import KiriminAjaSimulator
from partners.simulator.lalamove import LalamoveSimulator

KEY = "sandbox-key"
WORD = "latihan-latihan-latihan"
"""The second secret wherever a partner shares two with us; for practice only."""

Start = Callable[[str, str | None, int], Company]


def _kiriminaja(key: str, url: str | None, port: int) -> Company:
    return KiriminAjaSimulator(api_key=key, callback_url=url, port=port)


def _lalamove(key: str, url: str | None, port: int) -> Company:
    return LalamoveSimulator(api_key=key, api_secret=WORD, callback_url=url, port=port)


def _borzo(key: str, url: str | None, port: int) -> Company:
    return BorzoSimulator(api_key=key, callback_secret=WORD, callback_url=url, port=port)


def _biteship(key: str, url: str | None, port: int) -> Company:
    return BiteshipSimulator(api_key=key, header_secret=WORD, callback_url=url, port=port)


def _gosend(key: str, url: str | None, port: int) -> Company:
    return GoSendSimulator(client_id="antar", pass_key=key, callback_token=WORD, callback_url=url, port=port)


def _grab(key: str, url: str | None, port: int) -> Company:
    return GrabSimulator(client_id="antar", client_secret=key, callback_token=WORD, callback_url=url, port=port)


READY: Mapping[str, Start] = {
    "kiriminaja": _kiriminaja,
    "lalamove": _lalamove,
    "borzo": _borzo,
    "biteship": _biteship,
    "gosend": _gosend,
    "grab_express": _grab,
}
"""By name: from key, callback address and port."""

_PHONE = "--set sender_phone=081234567890"
HINTS: Mapping[str, str] = {
    "kiriminaja": f"{_PHONE} --set origin=5484/61010",
    "lalamove": f"{_PHONE} --set api_secret={WORD}",
    "borzo": f"{_PHONE} --callback-secret {WORD}",
    "biteship": f"{_PHONE} --callback-secret {WORD}",
    "gosend": f"{_PHONE} --set client_id=antar --callback-secret {WORD}",
    "grab_express": f"{_PHONE} --set client_id=antar --callback-secret {WORD}",
}
"""What `antar partner set` needs besides the address and the key."""
