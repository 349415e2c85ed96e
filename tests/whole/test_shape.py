"""The shape of the whole application: imports point one way, states have one writer, jobs have handlers."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import dispatch.app
from dispatch import errors
from dispatch.errors import AntarError
from dispatch.jobs import HANDLERS
from dispatch.services import daily

ROOT = Path(dispatch.app.__file__).parent.parent
PACKAGES = ("dispatch", "routing", "partners", "maps")

# what a package or layer must never import; the longest matching prefix of the importing module counts
FORBIDDEN = {
    "routing": ("dispatch", "partners", "maps", "flask", "sqlalchemy", "redis", "rq"),
    "partners": ("dispatch", "routing", "maps", "flask", "sqlalchemy", "redis", "rq"),
    "maps": ("dispatch", "routing", "partners", "flask", "sqlalchemy", "redis", "rq"),
    "dispatch.papers": ("dispatch.store", "dispatch.services", "dispatch.api", "dispatch.web", "flask", "sqlalchemy"),
    "dispatch.store": ("dispatch.services", "dispatch.api", "dispatch.web", "dispatch.commands", "flask", "rq"),
    "dispatch.services": ("dispatch.api", "dispatch.web", "dispatch.commands", "dispatch.app", "flask", "rq"),
    "dispatch.api": ("dispatch.web", "dispatch.commands"),
    "dispatch.web": ("dispatch.commands",),
}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            if "versions" not in path.parts:
                name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
                yield name, ast.parse(path.read_text())


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def test_imports_point_one_way():
    wrong = [
        f"{module} imports {name}"
        for module, tree in modules()
        for layer, never in FORBIDDEN.items()
        if within(module, layer)
        for name in imported(tree)
        if any(within(name, package) for package in never)
    ]

    assert wrong == []


def test_only_two_files_know_ortools():
    known = {m for m, tree in modules() if any(within(name, "ortools") for name in imported(tree))}

    assert known == {"routing.ortools_model", "routing.partition"}


def test_only_states_writes_a_state_a_version_or_a_holder():
    written = [
        f"{module}:{node.lineno}"
        for module, tree in modules()
        if within(module, "dispatch") and module != "dispatch.store.states"
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AugAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Attribute) and target.attr in ("state", "version", "holder_kind", "holder_id")
    ]

    assert written == []


def test_every_kind_of_job_that_is_wanted_has_a_handler():
    wanted = {
        node.args[1].value
        for _, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "want"
        and len(node.args) > 1
        and isinstance(node.args[1], ast.Constant)
    }

    assert wanted
    assert wanted | set(daily.KINDS) == set(HANDLERS)


def every_error() -> list[type[AntarError]]:
    return [cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, AntarError)]


@pytest.mark.parametrize("error", every_error(), ids=lambda cls: cls.__name__)
def test_every_error_has_a_title_a_sentence_and_a_status(error):
    assert error.title()
    assert error.sentence.endswith((".", "?"))
    assert 400 <= error.status <= 599


def test_every_error_has_a_name_of_its_own():
    slugs = [error.slug for error in every_error()]

    assert len(slugs) == len(set(slugs))


def test_services_never_commit():
    committing = [
        f"{module}:{node.lineno}"
        for module, tree in modules()
        if within(module, "dispatch.services")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ("commit", "rollback", "begin_nested")
    ]

    assert committing == []
