"""The VRPLIB form of CVRPLIB: `KEY : value` lines and sections of numbers, in any order.

Read are one depot, Euclidean or given distances, capacity, time windows, service times, prizes, a number of vehicles
and a longest route. Whatever else a file asks for is refused rather than ignored, because its answer would be wrong.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from routing.instances.nodes import BadInstance, Nodes
from routing.instances.numbers import Line, at_least, number, whole

HEAD = re.compile(r"\s*([A-Za-z][A-Za-z0-9_]*)\s*(?::\s*(.*?))?\s*$")
KEYS = frozenset(
    {
        "TYPE",
        "DIMENSION",
        "CAPACITY",
        "VEHICLES",
        "DISTANCE",
        "SERVICE_TIME",
        "EDGE_WEIGHT_TYPE",
        "EDGE_WEIGHT_FORMAT",
        "NODE_COORD_TYPE",
        "DISPLAY_DATA_TYPE",
    }
)
WIDTHS = {
    "NODE_COORD_SECTION": 3,
    "DEMAND_SECTION": 2,
    "TIME_WINDOW_SECTION": 3,
    "SERVICE_TIME_SECTION": 2,
    "PRIZE_SECTION": 2,
}
"""Sections with one line a node: how many numbers, the node's own first."""
OTHER_SECTIONS = frozenset({"DEPOT_SECTION", "EDGE_WEIGHT_SECTION", "DISPLAY_DATA_SECTION"})
REMARKS = frozenset({"NAME", "COMMENT"})
"""May be empty, and may stand there again: nothing depends on them."""
TYPES = frozenset({"CVRP", "VRP", "DCVRP", "ACVRP", "VRPTW", "CVRPTW", "PCVRP", "PCVRPTW"})
MOST_NODES = 20_000
"""A matrix of 20,000 places takes 1.6 GB; more is not for one machine."""


@dataclass(slots=True)
class _File:
    """The lines of a file, sorted by what they belong to."""

    keys: dict[str, tuple[str, Line]] = field(default_factory=dict)
    heads: dict[str, Line] = field(default_factory=dict)
    rows: dict[str, list[Line]] = field(default_factory=dict)

    def value(self, key: str) -> tuple[str, Line]:
        """A key's value; BadInstance where the file does not have it."""
        if key not in self.keys:
            raise BadInstance(f"the line {key} is missing")
        return self.keys[key]

    def wants(self, section: str) -> None:
        """Refuse a file without this section."""
        if section not in self.heads:
            raise BadInstance(f"{section} is missing")


def read_vrplib(lines: list[Line]) -> Nodes:
    """The numbers of a VRPLIB text; BadInstance names the line and what it breaks."""
    file = _sorted(lines)
    if "TYPE" in file.keys:
        kind, line = file.keys["TYPE"]
        if kind.upper() not in TYPES:
            raise BadInstance(f"the TYPE {kind!r} is not one of {', '.join(sorted(TYPES))}", line=line.number)
    size = _key(file, "DIMENSION", 2)
    if size > MOST_NODES:
        raise BadInstance(f"a DIMENSION of {size} is more than {MOST_NODES}", line=file.value("DIMENSION")[1].number)
    capacity = _key(file, "CAPACITY", 1)
    file.wants("DEMAND_SECTION")
    file.wants("DEPOT_SECTION")
    coordinates, distances = _places(file, size)
    order = _depot_first(file, size)
    demands = _demands(file, size, capacity, order[0])
    services = _services(file, size, order[0])
    windows = _table(file, "TIME_WINDOW_SECTION", size, _window)
    prizes = _table(file, "PRIZE_SECTION", size, _amount("a prize"))
    longest = _number_key(file, "DISTANCE")
    if longest is not None and windows is not None:
        raise BadInstance(
            "DISTANCE and TIME_WINDOW_SECTION together are not supported", line=file.keys["DISTANCE"][1].number
        )
    return Nodes(
        name=file.keys["NAME"][0] if "NAME" in file.keys else "",
        capacity=capacity,
        vehicles=_key(file, "VEHICLES", 1) if "VEHICLES" in file.keys else None,
        coordinates=None if coordinates is None else coordinates[order],
        distances=None if distances is None else _ordered(distances, order),
        demands=[demands[k] for k in order],
        services=[services[k] for k in order],
        windows=None if windows is None else [windows[k] for k in order],
        prizes=None if prizes is None else [prizes[k] for k in order],
        longest=longest,
    )


def _sorted(lines: list[Line]) -> _File:
    """Every line to its key or section, up to EOF."""
    file = _File()
    section: str | None = None
    for line in lines:
        if not line.text.strip():
            continue
        head = HEAD.match(line.text)
        if head is None:
            if section is None:
                raise BadInstance(f"a line outside of every section: {line}", line=line.number)
            file.rows[section].append(line)
            continue
        name, value = head[1].upper(), head[2]
        if name == "EOF":
            break
        if name in REMARKS:
            section = None
            file.keys.setdefault(name, ((value or "").strip().strip('"'), line))
        elif name in file.heads or name in file.keys:
            raise BadInstance(f"{name} stands here a second time", line=line.number)
        elif name in WIDTHS or name in OTHER_SECTIONS:
            section = name
            file.heads[name], file.rows[name] = line, []
        elif name not in KEYS:
            raise BadInstance(f"{name[:40]} is not supported", line=line.number)
        elif not value:
            raise BadInstance(f"{name} has no value", line=line.number)
        else:
            section = None
            file.keys[name] = (value.strip(), line)
    return file


def _key(file: _File, key: str, least: int) -> int:
    value, line = file.value(key)
    return at_least(least, whole(value, key, line), key, line)


def _number_key(file: _File, key: str) -> float | None:
    if key not in file.keys:
        return None
    value, line = file.keys[key]
    return at_least(0.0, number(value, key, line), key, line)


def _places(file: _File, size: int) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]:
    """Coordinates or distances, whichever the distances are made of."""
    kind, line = file.value("EDGE_WEIGHT_TYPE")
    if kind.upper() == "EUC_2D":
        file.wants("NODE_COORD_SECTION")
        coordinates = _table(file, "NODE_COORD_SECTION", size, _point)
        assert coordinates is not None
        return np.array(coordinates, dtype=np.float64), None
    if kind.upper() == "EXPLICIT":
        file.wants("EDGE_WEIGHT_SECTION")
        return None, _explicit(file, size)
    raise BadInstance(f"the EDGE_WEIGHT_TYPE {kind!r} is neither EUC_2D nor EXPLICIT", line=line.number)


def _explicit(file: _File, size: int) -> NDArray[np.float64]:
    """The matrix of an EDGE_WEIGHT_SECTION; its numbers may be broken into lines anywhere."""
    form, line = file.value("EDGE_WEIGHT_FORMAT")
    cells = CELLS.get(form.upper())
    if cells is None:
        raise BadInstance(f"the EDGE_WEIGHT_FORMAT {form!r} is not one of {', '.join(CELLS)}", line=line.number)
    head, rows = file.heads["EDGE_WEIGHT_SECTION"], file.rows["EDGE_WEIGHT_SECTION"]
    values = array("d")
    for row in rows:
        values.extend(at_least(0.0, number(word, "a distance", row), "a distance", row) for word in row.words)
    size_of_row, place = cells
    wanted = sum(size_of_row(i, size) for i in range(size))
    if len(values) != wanted:
        what = f"a {form.upper()} of {size} nodes has {wanted} numbers, not {len(values)}"
        raise BadInstance(what, line=(rows[-1] if rows else head).number)
    matrix, read = np.zeros((size, size)), 0
    for i in range(size):
        count = size_of_row(i, size)
        given, first = values[read : read + count], place(i)
        matrix[i, first : first + count] = given
        if form.upper() != "FULL_MATRIX":
            matrix[first : first + count, i] = given
        read += count
    return matrix


# of each form how many numbers row i of n has, and the column of its first; the columns of one triangle are the rows
# of the other
type Cells = tuple[Callable[[int, int], int], Callable[[int], int]]

LOWER: Cells = (lambda i, _: i, lambda i: 0)
LOWER_DIAG: Cells = (lambda i, _: i + 1, lambda i: 0)
UPPER: Cells = (lambda i, n: n - i - 1, lambda i: i + 1)
UPPER_DIAG: Cells = (lambda i, n: n - i, lambda i: i)
CELLS: dict[str, Cells] = {
    "FULL_MATRIX": (lambda i, n: n, lambda i: 0),
    "LOWER_ROW": LOWER,
    "LOWER_DIAG_ROW": LOWER_DIAG,
    "UPPER_ROW": UPPER,
    "UPPER_DIAG_ROW": UPPER_DIAG,
    "LOWER_COL": UPPER,
    "LOWER_DIAG_COL": UPPER_DIAG,
    "UPPER_COL": LOWER,
    "UPPER_DIAG_COL": LOWER_DIAG,
}


def _ordered(distances: NDArray[np.float64], order: list[int]) -> NDArray[np.float64]:
    """The matrix with its places in this order; itself where that is so already, as it may be large."""
    return distances if order == sorted(order) else distances[np.ix_(order, order)]


def _depot_first(file: _File, size: int) -> list[int]:
    """The nodes, from 0, with the depot in front and the customers in their order behind it."""
    words = [(word, row) for row in file.rows["DEPOT_SECTION"] for word in row.words]
    depots = []
    for word, row in words:
        node = whole(word, "a depot", row)
        if node == -1:
            break
        if not 1 <= node <= size:
            raise BadInstance(f"the depot {node} is not one of the {size} nodes", line=row.number)
        depots.append((node, row))
    if not depots:
        raise BadInstance("the DEPOT_SECTION names no depot", line=file.heads["DEPOT_SECTION"].number)
    if len(depots) > 1:
        raise BadInstance("more than one depot is not supported", line=depots[1][1].number)
    depot = depots[0][0] - 1
    return [depot, *(node for node in range(size) if node != depot)]


def _table[T](file: _File, section: str, size: int, read: Callable[[list[str], Line], T]) -> list[T] | None:
    """What a section says of every node, each exactly once; None where the file has no such section."""
    if section not in file.heads:
        return None
    found: dict[int, T] = {}
    for row, words in _rows(file, section):
        node = whole(words[0], "a node", row)
        if not 1 <= node <= size:
            raise BadInstance(f"the node {node} is not one of the {size} nodes", line=row.number)
        if node in found:
            raise BadInstance(f"the node {node} stands in {section} a second time", line=row.number)
        found[node] = read(words[1:], row)
    if len(found) != size:
        lost = next(node for node in range(1, size + 1) if node not in found)
        what = f"{section} has {len(found)} of {size} nodes; node {lost} is missing"
        raise BadInstance(what, line=file.heads[section].number)
    return [found[node] for node in range(1, size + 1)]


def _rows(file: _File, section: str) -> Iterator[tuple[Line, list[str]]]:
    for row in file.rows[section]:
        words = row.words
        if len(words) != WIDTHS[section]:
            what = f"a line of {section} has {WIDTHS[section]} numbers, this one has {len(words)}"
            raise BadInstance(what, line=row.number)
        yield row, words


def _point(words: list[str], row: Line) -> tuple[float, float]:
    return number(words[0], "a coordinate", row), number(words[1], "a coordinate", row)


def _window(words: list[str], row: Line) -> tuple[float, float]:
    opens, closes = (at_least(0.0, number(word, "a window", row), "a window", row) for word in words)
    if opens > closes:
        raise BadInstance(f"a window cannot run from {opens:g} to {closes:g}", line=row.number)
    return opens, closes


def _amount(what: str) -> Callable[[list[str], Line], float]:
    return lambda words, row: at_least(0.0, number(words[0], what, row), what, row)


def _demands(file: _File, size: int, capacity: int, depot: int) -> list[int]:
    def read(words: list[str], row: Line) -> tuple[int, Line]:
        return at_least(0, whole(words[0], "a demand", row), "a demand", row), row

    table = _table(file, "DEMAND_SECTION", size, read)
    assert table is not None
    for demand, row in table:
        if demand > capacity:
            raise BadInstance(f"a demand of {demand} is over the capacity of {capacity}", line=row.number)
    demand, row = table[depot]
    if demand:
        raise BadInstance(f"the depot has a demand of {demand}", line=row.number)
    return [demand for demand, _ in table]


def _services(file: _File, size: int, depot: int) -> list[float]:
    """Service times from their section, or one for all; none at the depot."""
    one = _number_key(file, "SERVICE_TIME")
    if one is not None and "SERVICE_TIME_SECTION" in file.heads:
        raise BadInstance("SERVICE_TIME and SERVICE_TIME_SECTION contradict each other")
    services = _table(file, "SERVICE_TIME_SECTION", size, _amount("a service time")) or [one or 0.0] * size
    services[depot] = 0.0
    return services
