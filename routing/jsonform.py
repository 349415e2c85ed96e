"""Problems and solutions as JSON values and back, field by field as the values are declared.

Reading is strict: an unknown or missing field or a wrong type is a ValueError that names the place. Sets become sorted
lists, matrices lists of rows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

from routing.model import Change, IntMatrix, Matrix, Pin, Problem, Reason, Solution, Vehicle

type Json = bool | int | float | str | list["Json"] | dict[str, "Json"] | None


def to_json(value: Problem | Solution | Vehicle | Pin | Change | Reason) -> dict[str, Json]:
    """The value as nested dicts, lists and plain scalars, ready for `json.dumps`."""
    written = _write(value)
    assert isinstance(written, dict)
    return written


def from_json[T: (Problem, Solution, Vehicle, Pin, Change, Reason)](kind: type[T], value: object) -> T:
    """What `to_json` wrote (or its text); ValueError where it is not one."""
    if isinstance(value, str | bytes):
        value = json.loads(value)
    read = _read(kind, value, kind.__name__.lower())
    assert isinstance(read, kind)
    return read


def problem_from_json(value: Mapping[str, object], matrices: Mapping[str, Matrix]) -> Problem:
    """The Problem that `to_json` wrote and whose matrices are kept elsewhere."""
    parts = {name: one for name, one in value.items() if name != "matrices"}
    hints = _hints(Problem)
    for name in parts:
        if name not in hints:
            raise ValueError(f"problem has an unknown field {name!r}")
    read = {name: _read(hints[name], one, f"problem.{name}") for name, one in parts.items()}
    return Problem(matrices=matrices, **read)  # type: ignore[arg-type]  # each was read as its field is declared


def _write(value: object) -> Json:
    if isinstance(value, StrEnum):
        return value.value
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.ndarray):
        rows: list[Json] = value.tolist()
        return rows
    if isinstance(value, Mapping):
        return {str(key): _write(one) for key, one in value.items()}
    if isinstance(value, frozenset):
        return [_write(one) for one in sorted(value)]
    if isinstance(value, tuple):
        return [_write(one) for one in value]
    if is_dataclass(value):
        return {field.name: _write(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} has no JSON form")


@cache
def _hints(kind: type) -> dict[str, object]:
    return get_type_hints(kind)


def _read(kind: object, value: object, where: str) -> object:
    """The value as the declared type `kind`."""
    if kind is IntMatrix:
        return _matrix(value, where)
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        if value is None and NoneType in parts:
            return None
        (rest,) = (part for part in parts if part is not NoneType)
        return _read(rest, value, where)
    if origin is Literal:
        return _expect(value, value in parts, f"one of {', '.join(map(str, parts))}", where)
    if origin is tuple or origin is frozenset:
        _expect(value, isinstance(value, list), "a list", where)
        assert isinstance(value, list)
        items = (_read(parts[0], one, f"{where}[{i}]") for i, one in enumerate(value))
        return tuple(items) if origin is tuple else frozenset(items)
    if origin is Mapping:
        _expect(value, isinstance(value, dict), "an object", where)
        assert isinstance(value, dict)
        return {key: _read(parts[1], one, f"{where}.{key}") for key, one in value.items()}
    assert isinstance(kind, type)
    if is_dataclass(kind):
        return _dataclass(kind, value, where)
    if issubclass(kind, StrEnum):
        return kind(str(_expect(value, value in list(kind), f"one of {', '.join(kind)}", where)))
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    plain = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    return _expect(value, plain, f"of type {kind.__name__}", where)


def _dataclass(kind: type, value: object, where: str) -> object:
    _expect(value, isinstance(value, dict), "an object", where)
    assert isinstance(value, dict)
    declared = {field.name: field for field in fields(kind)}
    for name in value:
        if name not in declared:
            raise ValueError(f"{where} has an unknown field {name!r}")
    for name, field in declared.items():
        if name not in value and field.default is MISSING:
            raise ValueError(f"{where} needs the field {name!r}")
    hints = _hints(kind)
    try:
        return kind(**{name: _read(hints[name], one, f"{where}.{name}") for name, one in value.items()})
    except OverflowError as error:
        raise ValueError(f"{where} holds a number that is too large") from error


def _matrix(value: object, where: str) -> object:
    _expect(value, isinstance(value, list), "a list of rows", where)
    assert isinstance(value, list)
    size, most = len(value), int(np.iinfo(np.int32).max)
    matrix = np.zeros((size, size), dtype=np.int32)
    for i, row in enumerate(value):  # row by row: the whole in 64 bits would be twice the result
        _expect(value, isinstance(row, list) and len(row) == size, "rows of one length, as many as long", where)
        try:
            numbers = np.array(row)
        except ValueError:
            numbers = np.zeros(1)
        _expect(value, numbers.ndim == 1 and np.issubdtype(numbers.dtype, np.integer), "rows of whole numbers", where)
        if numbers.min() < 0 or numbers.max() > most:
            raise ValueError(f"{where} holds a number outside 0 to {most}")
        matrix[i] = numbers
    return matrix


def _expect(value: object, right: bool, what: str, where: str) -> object:
    if not right:
        raise ValueError(f"{where} must be {what}, not {str(value)[:40]!r}")
    return value
