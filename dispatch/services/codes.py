"""The recipient's one-time code: six digits that the one who receives knows and the courier asks for.

Nothing is stored: a code follows from the installation's key. A village office has one code a day and sees it on its
page (`village_code`); a home has one for its batch, told to the citizen (`home_code`). Whoever shows or sends a code
takes it from here.

The courier's phone must tell a right code from a wrong one without a network, so it carries a salted slow hash of each
stop's code. Six digits can be tried out by somebody with the phone, a computer and some hours: the hash is there to
stop guessing at the door, which the phone limits to five tries, and the server looks at the code again.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from dispatch.store.models import Batch, Stop
from dispatch.store.privacy import KeyRing

DIGITS = 6
ITERATIONS = 200_000
TRIES = 5


@dataclass(frozen=True, slots=True)
class Lock:
    """What a phone needs to check a code by itself: PBKDF2 with SHA-256; salt and hash in hex."""

    salt: str
    hash: str
    iterations: int


def village_code(keys: KeyRing, office: str, village: str, day: date) -> str:
    """The code of a village office (by its Kemendagri code) for one service day; its own page shows it."""
    return _digits(keys, office, f"village:{village}:{day.isoformat()}")


def home_code(keys: KeyRing, office: str, batch_id: str) -> str:
    """The code of one home's batch; the citizen gets it by message."""
    return _digits(keys, office, f"batch:{batch_id}")


def document_code(keys: KeyRing, office: str, document_id: str) -> str:
    """The code of one document that waits at a desk; its citizen has it from the office, never from the desk."""
    return _digits(keys, office, f"document:{document_id}")


def code_of_stop(keys: KeyRing, stop: Stop, batches: Sequence[Batch], day: date) -> str:
    """The code that opens a stop on its service day."""
    home = next((batch for batch in batches if batch.destination == "home"), None)
    if home is not None:
        return home_code(keys, stop.office, home.id)
    return village_code(keys, stop.office, stop.village_code, day)


def lock_of_stop(keys: KeyRing, stop_id: str, office: str, code: str) -> Lock:
    """The code as a phone may carry it. The salt is the stop's own, so that the slow part is done once a process."""
    salt = keys.match(stop_id, f"{office}:code-salt")[:32]
    return Lock(salt=salt, hash=_slow(code, salt), iterations=ITERATIONS)


def is_right(expected: str, given: str) -> bool:
    """Compared without telling how much of it is right; what is not a digit is left out."""
    typed = "".join(sign for sign in given if sign.isascii() and sign.isdigit())
    return hmac.compare_digest(expected, typed)


@lru_cache(maxsize=4096)
def _slow(code: str, salt: str) -> str:
    return hashlib.pbkdf2_hmac("sha256", code.encode(), bytes.fromhex(salt), ITERATIONS).hex()


def _digits(keys: KeyRing, office: str, what: str) -> str:
    return str(int(keys.match(what, f"{office}:code"), 16) % 10**DIGITS).zfill(DIGITS)
