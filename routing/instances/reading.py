"""One door for every kind of instance file, told apart by what is in it."""

from __future__ import annotations

from pathlib import Path

from routing.instances.nodes import BadInstance, Instance, Nodes, Rounding, instance_of
from routing.instances.numbers import Line, lines_of
from routing.instances.solomon import is_solomon, read_solomon
from routing.instances.vrplib import read_vrplib
from routing.jsonform import from_json
from routing.model import Problem


def read(path: Path, *, rounding: Rounding | None = None, fleet: int | None = None) -> Instance:
    """The instance in a file: our own JSON, Solomon's text, or VRPLIB.

    `rounding` None is the benchmarks' own, `fleet` None a generous fleet; a file in JSON has both already and allows
    neither. Raises BadInstance with file, line and rule, and OSError where the file cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
        if text.lstrip().startswith("{"):
            return _own(text, path, rounding, fleet)
        lines = lines_of(text)
        nodes = read_solomon(lines) if is_solomon(lines) else _vrplib(lines)
        return instance_of(nodes, rounding, fleet)
    except BadInstance as error:
        raise BadInstance(error.rule, line=error.line, name=path.name) from error


def _vrplib(lines: list[Line]) -> Nodes:
    if not any(line.text.strip() for line in lines):
        raise BadInstance("the file is empty")
    return read_vrplib(lines)


def _own(text: str, path: Path, rounding: Rounding | None, fleet: int | None) -> Instance:
    if rounding is not None or fleet is not None:
        raise BadInstance("a problem in JSON is in rupiah and names its vehicles; it takes no rounding and no fleet")
    try:
        problem = from_json(Problem, text)
    except RecursionError as error:
        raise BadInstance("the JSON is nested too deeply") from error
    except ValueError as error:
        raise BadInstance(str(error)) from error
    return Instance(name=path.stem, problem=problem, rounding=None)
