"""Every kind of case that any code opens has its own words on the page of cases."""

import ast
from collections.abc import Iterator
from pathlib import Path

import dispatch
from dispatch.services import complaints, enquiries
from dispatch.web.cases import KINDS

SOURCE = Path(dispatch.__file__).parent
GIVEN = {"said.kind": set(complaints.KINDS), "KIND": {enquiries.KIND}}  # kinds that are no text at the call
OPENS = {"open_case": 2}
"""Function → place of the kind among its arguments."""


def _calls(tree: ast.AST, opens: dict[str, int]) -> Iterator[tuple[ast.Call, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in opens:
                yield node, opens[name]


def _kinds(tree: ast.AST) -> Iterator[str]:
    """The kinds that a module passes on; a kind it cannot follow is told by its expression."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    helpers = dict(OPENS)
    for function in functions:
        parameters = [argument.arg for argument in function.args.args]
        for call, place in _calls(function, OPENS):
            kind = call.args[place]
            if isinstance(kind, ast.Name) and kind.id in parameters:
                helpers[function.name] = parameters.index(kind.id)
    for call, place in _calls(tree, helpers):
        kind = call.args[place]
        if isinstance(kind, ast.Constant):
            yield kind.value
        elif (written := ast.unparse(kind)) in GIVEN:
            yield from GIVEN[written]
        elif not any(written in [one.arg for one in function.args.args] for function in functions):
            set_before = [
                node.value.value
                for node in ast.walk(tree)
                if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == written
                if isinstance(node.value, ast.Constant)
            ]
            yield from set_before or [written]


def test_every_kind_of_case_has_words():
    trees = {path: ast.parse(path.read_text()) for path in SOURCE.rglob("*.py")}
    kinds = {kind for tree in trees.values() for kind in _kinds(tree)}
    # `booking.tell` opens cases for other modules
    kinds |= {
        call.args[2].value
        for path, tree in trees.items()
        if "booking" in path.read_text()
        for call, _place in _calls(tree, {"tell": 2})
        if len(call.args) > 3 and isinstance(call.args[2], ast.Constant)
    }

    assert {"booking_unknown", "no_courier", "partner_conflict", "short_count", "unknown_message"} <= kinds
    assert sorted(kinds - set(KINDS)) == []
