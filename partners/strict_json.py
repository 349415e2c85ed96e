"""Read JSON from outside without the standard library's kindness.

Refused, because they mean different things to different readers or break a database later: NaN and infinities (also
as `1e400`), a key twice in one object, a NUL or half a surrogate pair in a text, nesting deeper than 32, text that
is not UTF-8.
"""

import json
import math
from collections.abc import Mapping, Sequence

type Json = Mapping[str, Json] | Sequence[Json] | str | int | float | bool | None

DEEPEST = 32


def read_json(body: bytes) -> Json:
    """The value in a JSON body. Raises ValueError with the reason."""
    try:
        value: Json = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_object_once,
            parse_constant=_refuse_constant,
            parse_float=_finite,
        )
    except UnicodeDecodeError:
        raise ValueError("the body is not UTF-8") from None
    except RecursionError:
        raise ValueError("the body is nested too deep") from None
    _check(value, 0)
    return value


def read_object(body: bytes) -> Mapping[str, Json]:
    """The object in a JSON body. Raises ValueError when it is anything else."""
    value = read_json(body)
    if not isinstance(value, Mapping):
        raise ValueError("the body is not a JSON object")
    return value


def write_json(value: Json) -> bytes:
    """Compact UTF-8; the same value gives the same bytes."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True).encode()


def _object_once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return made


def _refuse_constant(word: str) -> float:
    raise ValueError(f"{word} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


def _check(value: Json, depth: int) -> None:
    """`depth`: how many objects and lists stand around the value."""
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            raise ValueError("a text holds a character that cannot be stored")
    elif isinstance(value, (Mapping, Sequence)):
        if depth >= DEEPEST:
            raise ValueError("the body is nested too deep")
        for inner in value:
            _check(inner, depth + 1)
        for inner in value.values() if isinstance(value, Mapping) else ():
            _check(inner, depth + 1)
