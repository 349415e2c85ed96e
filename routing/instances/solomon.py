"""Solomon's text: a name, the vehicles, and one line for each customer with window and service time."""

from __future__ import annotations

import re

import numpy as np

from routing.instances.nodes import BadInstance, Nodes
from routing.instances.numbers import Line, at_least, number, whole

COLUMNS = ("number", "x", "y", "demand", "ready time", "due date", "service time")


def is_solomon(lines: list[Line]) -> bool:
    """Whether the text has Solomon's two headings."""
    headings = {line.text.strip().upper() for line in lines}
    return {"VEHICLE", "CUSTOMER"} <= headings


def read_solomon(lines: list[Line]) -> Nodes:
    """The numbers of a Solomon text; BadInstance names the line and what it breaks."""
    filled = [line for line in lines if line.text.strip()]
    headings = [line.text.strip().upper() for line in filled]
    vehicles_at, customers_at = headings.index("VEHICLE"), headings.index("CUSTOMER")
    if vehicles_at > customers_at or customers_at - vehicles_at != 3:
        raise BadInstance("VEHICLE must be followed by its heading, one line of numbers, then CUSTOMER")
    fleet = filled[vehicles_at + 2]
    if len(fleet.words) != 2:
        raise BadInstance(f"the number of vehicles and their capacity are two numbers, not {fleet}", line=fleet.number)
    vehicles, capacity = (at_least(1, whole(word, what, fleet), what, fleet) for word, what in _named(fleet))
    rows = [line for line in filled[customers_at + 1 :] if not re.match(r"[A-Za-z]", line.text.strip())]
    table = [_row(line, k) for k, line in enumerate(rows)]
    if len(table) < 2:
        raise BadInstance("there is no customer in the CUSTOMER section", line=filled[customers_at].number)
    for line, row in zip(rows, table, strict=True):
        if row[3] > capacity:
            raise BadInstance(f"a demand of {row[3]:g} is over the capacity of {capacity}", line=line.number)
    if table[0][3]:
        raise BadInstance("the depot, customer 0, has a demand", line=rows[0].number)
    return Nodes(
        name=filled[0].text.strip() if vehicles_at else "",
        capacity=capacity,
        vehicles=vehicles,
        coordinates=np.array([row[1:3] for row in table], dtype=np.float64),
        demands=[int(row[3]) for row in table],
        windows=[(row[4], row[5]) for row in table],
        services=[row[6] for row in table],
    )


def _named(fleet: Line) -> zip[tuple[str, str]]:
    return zip(fleet.words, ("the number of vehicles", "the capacity"), strict=True)


def _row(line: Line, position: int) -> list[float]:
    if len(line.words) != len(COLUMNS):
        raise BadInstance(f"a customer has {len(COLUMNS)} numbers, this line has {len(line.words)}", line=line.number)
    row = [number(word, what, line) for word, what in zip(line.words, COLUMNS, strict=True)]
    if row[0] != position:
        raise BadInstance(f"customer {position} should stand here, not {line.words[0]}", line=line.number)
    at_least(0, whole(line.words[3], "the demand", line), "the demand", line)
    for value, what in zip(row[4:], COLUMNS[4:], strict=True):
        at_least(0.0, value, f"the {what}", line)
    if row[4] > row[5]:
        raise BadInstance(f"a window cannot run from {row[4]:g} to {row[5]:g}", line=line.number)
    return row
