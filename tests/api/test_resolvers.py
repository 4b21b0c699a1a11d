"""A resolver unpacks, calls one use case and packs: read from the syntax trees of the API."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT

KERNEL = ROOT / "api" / "kernel"
FILES = sorted(file for file in (ROOT / "api").rglob("*.py") if KERNEL not in file.parents)

Function = ast.FunctionDef | ast.AsyncFunctionDef


def faults(source: str) -> list[str]:
    """What a file of the API does that only a use case may, each with its line."""
    tree = ast.parse(source)
    found = list(_foreign_imports(tree))
    for function in _functions(tree):
        handed = [one.arg for one in _arguments(function) if _kind(one).endswith("Ports")]
        if "Request" not in map(_kind, _arguments(function)):
            found += _reaching(function, handed)
        calls = [one for one in ast.walk(function) if _is_use_case(one, handed)]
        found += [f"{one.lineno}: a second use case" for one in calls[1:]]
    return sorted(set(found), key=lambda fault: int(fault.partition(":")[0]))


def _foreign_imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("storage"):
            yield f"{node.lineno}: imports {node.module}"


def _functions(tree: ast.Module) -> Iterator[Function]:
    for node in ast.walk(tree):
        if isinstance(node, Function):
            yield node


def _reaching(function: Function, handed: list[str]) -> Iterator[str]:
    """Ports, context and role checks that a resolver reaches for itself."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if _root(node.func) in handed:
                yield f"{node.lineno}: calls {ast.unparse(node.func)}"
            if node.func.attr in ("require", "require_known", "require_store"):
                yield f"{node.lineno}: checks a role"
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "info.context":
            yield f"{node.lineno}: reads info.context"


def _is_use_case(node: ast.AST, handed: list[str]) -> bool:
    """A call that is handed ports, or that loads."""
    if not isinstance(node, ast.Call):
        return False
    given = bool(node.args) and _root(node.args[0]) in handed
    return given or (isinstance(node.func, ast.Name) and node.func.id == "load")


def _root(node: ast.expr) -> str:
    """The name at the beginning of a.b.c."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _arguments(function: Function) -> list[ast.arg]:
    return [*function.args.args, *function.args.kwonlyargs]


def _kind(argument: ast.arg) -> str:
    return ast.unparse(argument.annotation) if argument.annotation else ""


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_resolver_unpacks_calls_one_use_case_and_packs(file: Path):
    found = faults(file.read_text())
    assert found == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("return await ports.posts.by_id(id)", "4: calls ports.posts.by_id"),
        ("return info.context.viewer", "4: reads info.context"),
        ("act.viewer.require(Role.EDITOR)", "4: checks a role"),
        ("return await shown(ports, act, await found(ports, act))", "4: a second use case"),
        ("await a(ports.people, act); await b(ports.mall, act)", "4: a second use case"),
        ("return await load(guides, id) or await load(staff, id)", "4: a second use case"),
    ],
)
def test_each_way_around_a_use_case_is_found(body: str, fault: str):
    before = "from a import b\n@query('x')\nasync def post(ports: PostPorts, act: Act, id: str):\n"
    assert faults(f"{before}    {body}\n") == [fault]


def test_storage_is_found_where_it_is_imported():
    assert faults("from storage.mongo.people.people import MongoGuides") == [
        "1: imports storage.mongo.people.people"
    ]


def test_one_use_case_and_a_helper_that_packs_are_fine():
    source = (
        "async def post(ports: PostPorts, act: Act):\n    return Post.of(await a(ports, act))\n"
    )
    assert faults(source) == []
