"""JSON read strictly: no NaN, no infinity, no duplicate keys, bounded depth and size, no NUL, no lone surrogate."""

import json
import math
from typing import Any

from flask.json.provider import DefaultJSONProvider

from dispatch.errors import BadRequest

MAX_DEPTH = 20
MAX_BYTES = 4 * 1024 * 1024


class StrictJSON(DefaultJSONProvider):
    """The application's JSON provider."""

    sort_keys = False
    ensure_ascii = False

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """The value, or BadRequest saying what is wrong with the text."""
        text = _text(s)
        _refuse_deep(text)
        try:
            return json.loads(
                text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_number, parse_int=_int
            )
        except json.JSONDecodeError as error:
            raise BadRequest(f"the body is not JSON: {error.msg} at character {error.pos}") from None
        except RecursionError:
            raise BadRequest("the JSON is nested too deeply") from None


def _text(body: str | bytes) -> str:
    if len(body) > MAX_BYTES:
        raise BadRequest(f"the JSON is longer than {MAX_BYTES} bytes")
    try:
        text = body.decode() if isinstance(body, bytes) else body
    except UnicodeDecodeError:
        raise BadRequest("the body is not UTF-8") from None
    return text


def _refuse_deep(text: str) -> None:
    depth, quoted, escaped = 0, False, False
    for sign in text:
        if quoted:
            quoted = escaped or sign != '"'
            escaped = sign == "\\" and not escaped
        elif sign == '"':
            quoted = True
        elif sign in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise BadRequest(f"the JSON is nested deeper than {MAX_DEPTH} levels")
        elif sign in "]}":
            depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise BadRequest(f"the key {key[:40]!r} stands twice in one object")
        _refuse_broken(key)
        found[key] = value
    for value in found.values():
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str):
                _refuse_broken(text)
    return found


def _refuse_broken(text: str) -> None:
    if "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise BadRequest("a text holds a NUL or half a character")


def _constant(name: str) -> Any:
    raise BadRequest(f"{name} is not a JSON number")


def _number(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise BadRequest(f"the number {text[:40]} is too large")
    return value


def _int(text: str) -> int:
    if len(text) > 20:
        raise BadRequest(f"the number {text[:40]} is too large")
    return int(text)
