"""One shape for every use case, one name for every thing: read from the domain's syntax trees."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

from tests.support.paths import ROOT

FILES = sorted((ROOT / "domain").rglob("*.py"))
# The kernel knows nobody who acts.
ABOVE_KERNEL = [file for file in FILES if file.parent.name != "kernel"]


def misshapen(source: str) -> list[str]:
    """The use cases of a file that are not `name(ports, act, …)`."""
    return [
        function.name
        for function in ast.parse(source).body
        if isinstance(function, ast.AsyncFunctionDef) and not function.name.startswith("_")
        if _kinds(function)[:1] == ["Ports"] and not _is_shaped(function)
    ]


def _is_shaped(function: ast.AsyncFunctionDef) -> bool:
    names = [one.arg for one in function.args.args]
    return names[:2] == ["ports", "act"] and _kinds(function)[1] == "Act"


def _kinds(function: ast.AsyncFunctionDef) -> list[str]:
    """The types of what a function is given, every bundle of ports called the same."""
    written = [ast.unparse(one.annotation) for one in function.args.args if one.annotation]
    return ["Ports" if kind.endswith("Ports") else kind for kind in written]


@pytest.mark.parametrize("file", ABOVE_KERNEL, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_use_case_takes_its_ports_and_then_the_act(file: Path):
    found = misshapen(file.read_text())
    assert found == []


@pytest.mark.parametrize(
    ("signature", "wrong"),
    [
        ("async def send(ports: TransferPorts, act: Act, id: str): ...", []),
        ("async def send(desk: TransferPorts, act: Act): ...", ["send"]),
        ("async def send(ports: TransferPorts, viewer: Viewer, *, now: datetime): ...", ["send"]),
        ("async def send(ports: TransferPorts): ...", ["send"]),
        ("async def _send(ports: TransferPorts): ...", []),
        ("async def send(transfers: Transfers): ...", []),
    ],
)
def test_another_shape_is_found(signature: str, wrong: list[str]):
    assert misshapen(signature) == wrong


def test_no_two_public_classes_of_the_domain_share_a_name():
    places: dict[str, list[str]] = defaultdict(list)
    for file in FILES:
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(str(file.relative_to(ROOT)))
    assert {name: files for name, files in places.items() if len(files) > 1} == {}
