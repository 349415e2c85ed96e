"""Ways to bring a short message to one person: one Protocol for WhatsApp, SMS and e-mail.

A channel sends one message and says what came of it: accepted, or one of three errors. `Unreachable` means try again
later (the message may have gone out when `sent` is True: it is sent at least once). `Refused` means no: because of this
person, because of the account, or because of the message.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from partners.base import PartnerError

Reason = Literal["person", "account", "message"]
Fate = Literal["sent", "delivered", "read", "failed"]


class Refused(PartnerError):
    """The channel will not bring this message, and trying again cannot help.

    `person`: this number or address cannot be reached so. `account`: our account, key or template is not in order, and
    no message goes out until somebody mends it. `message`: this text is not taken. `code` is the channel's own number.
    """

    def __init__(self, reason: Reason, code: str = "") -> None:
        super().__init__(f"not sent: {reason} {code}".rstrip())
        self.reason = reason
        self.code = code

    @property
    def undecided(self) -> bool:
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One message. `id` is the same for every try; `to` is a number (`6281…`) or an address.

    A message that the office begins on WhatsApp goes out as an approved template: `template` and its `parameters`.
    """

    id: str
    to: str
    text: str
    subject: str = ""
    template: str = ""
    parameters: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusTold:
    """What became of a message: by the channel's own reference and, where it says so, our id."""

    reference: str
    our_id: str
    fate: Fate
    at: datetime
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person wrote to us. `id` is the channel's; the same message may come twice."""

    id: str
    sender: str
    text: str
    at: datetime


class MessageChannel(Protocol):
    """One way to reach people."""

    name: str

    def send(self, message: Outgoing) -> str:
        """Hand the message over; the channel's own reference for it. Raises Unreachable, Refused or NotUnderstood."""
        ...


FATES: Sequence[Fate] = ("sent", "delivered", "read")
"""How far a message has come; a later word never takes it back, in whatever order the words arrive."""


def further(known: str, told: Fate) -> bool:
    """Whether a word about a message adds something to what is known."""
    if told == "failed":
        return known not in ("delivered", "read", "failed")
    order = list(FATES)
    return known not in order or order.index(told) > order.index(known)
