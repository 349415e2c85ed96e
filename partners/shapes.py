"""What partners may say, checked when it is read: shapes, units and the statuses that mean the same everywhere.

Fields we do not know are passed over (a partner may add some), unknown words are not.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from partners.base import Kind, NotUnderstood, Rejected, RejectReason, Unreachable
from partners.http import Answer
from partners.strict_json import Json, read_object

REASONS: Mapping[int, RejectReason] = {
    400: "invalid",
    401: "unauthorized",
    402: "insufficient_balance",
    403: "unauthorized",
    404: "not_found",
    409: "refused",
    422: "invalid",
}
"""What a refusal means when the partner's own words say no more."""


def _written(instant: Json) -> Json:
    # a bare number would be read as seconds or milliseconds, whichever fits
    if not isinstance(instant, str):
        raise ValueError("an instant is written as text")
    return instant


def _whole(amount: Json) -> Json:
    """`"15000"`, `"15000.00"` and `15000.0` are 15,000 rupiah; sen do not exist any more."""
    if isinstance(amount, bool) or not isinstance(amount, str | float | int):
        raise ValueError("an amount is a number")
    try:
        number = Decimal(str(amount))
        whole = int(number)
    except (ArithmeticError, ValueError):
        raise ValueError("an amount is a number") from None
    if number != whole:
        raise ValueError("rupiah are whole")
    return whole


Text = Annotated[str, StringConstraints(max_length=1_000)]
Id = Annotated[str, StringConstraints(min_length=1, max_length=128)]
Rupiah = Annotated[int, Field(ge=0, le=1_000_000_000)]
Amount = Annotated[int, BeforeValidator(_whole), Field(ge=0, le=1_000_000_000)]
"""Rupiah, however the partner writes a whole number."""
Instant = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_written)]


class Told(BaseModel):
    """A shape of something that a partner tells us."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


def read[T: BaseModel](shape: type[T], raw: bytes) -> T:
    """The body in a documented shape. Raises NotUnderstood, naming fields and no contents."""
    try:
        return shape.model_validate(read_object(raw))
    except ValidationError as mistakes:
        where = ", ".join(sorted({".".join(map(str, mistake["loc"])) or "body" for mistake in mistakes.errors()}))
        raise NotUnderstood(f"not as documented: {where}", raw) from None
    except ValueError as mistake:
        raise NotUnderstood(str(mistake), raw) from None


def accepted(
    answer: Answer, statuses: Collection[int], refusal: Callable[[bytes], tuple[RejectReason | None, str]]
) -> bytes:
    """The body of a good answer; for any other status the error it stands for.

    `refusal` reads the partner's own error shape into a reason (None: what the status says) and its sentence; for an
    error page of something on the way, which is not the partner's no, it raises NotUnderstood.
    """
    if answer.status in statuses:
        return answer.body
    if answer.status == 429:
        raise Unreachable("the partner takes no more calls just now", sent=False, retry_after=answer.retry_after)
    if answer.status >= 500 or answer.status == 408:
        raise Unreachable(f"the partner failed with {answer.status}", sent=True, retry_after=answer.retry_after)
    if not 400 <= answer.status < 500:
        raise NotUnderstood(f"an answer with status {answer.status} was not expected", answer.body)
    reason, words = refusal(answer.body)
    raise Rejected(reason or REASONS.get(answer.status, "refused"), words, status=answer.status)


def kind_of(words: Mapping[str, Kind], word: str, raw: bytes) -> Kind:
    """Our event for a partner's word. Raises NotUnderstood for one outside the table."""
    kind = words.get(word)
    if kind is None:
        raise NotUnderstood("a word outside the documentation", raw)
    return kind


def local_instant(written: str, zone: tzinfo, raw: bytes) -> datetime:
    """`2026-11-03 10:00:00` by the partner's own clock, or the same with its zone, as an instant in UTC."""
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        raise NotUnderstood("a time in no form we know", raw) from None
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
