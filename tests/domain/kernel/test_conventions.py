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


# Where a role is no right but says what kind of person somebody is, and why.
KINDS_OF_PEOPLE = {
    "journeys/planning_weeks.py": "the stages of an item name roles",
    "content/history.py": "the clock's own role in records",
    "content/reviewing.py": "whose votes a queue waits for",
    "content/reviews/review.py": "a policy's steps name roles",
    "mall/consumers/remembering.py": "visitors are forgotten",
    "mall/consumers/signing_in.py": "a visitor becomes a member",
    "mall/fulfilment/paying.py": "members pay by WeChat",
    "mall/faces/modules.py": "audiences",
    "mall/orders/carts.py": "visitors are forgotten",
    "promotions/standing.py": "visitors have no level",
    "mall/orders/order_coupons.py": "visitors have no coupons",
    "mall/orders/order_points.py": "visitors have no points",
    "mall/orders/placing.py": "a visitor becomes a member",
    "mall/orders/unpaid.py": "visitors may hold less",
    "mall/storefronts/pages.py": "audiences",
    "media/asset_deposit.py": "consumers' pictures are another thing",
    "sharing/following_links.py": "people of the stores are no visitors",
    "sharing/creating_links.py": "a guide's links are their own",
}


def asked_by_hand(source: str) -> list[str]:
    """Where a file looks at a role instead of asking the table of rights."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            text = ast.unparse(node.func)
            old = node.func.attr in ("require_store", "require_known")
            roles = text.endswith("viewer.require") and not (
                node.args and isinstance(node.args[0], ast.Constant)
            )
            found += [f"{node.lineno}: {text}"] if old or roles else []
        if isinstance(node, ast.Compare):
            parts = [ast.unparse(one) for one in (node.left, *node.comparators)]
            found += [f"{node.lineno}: {one}" for one in parts if one.endswith("viewer.role")]
    return found


@pytest.mark.parametrize("file", ABOVE_KERNEL, ids=lambda file: str(file.relative_to(ROOT)))
def test_rights_are_asked_of_the_table_alone(file: Path):
    name = str(file.relative_to(ROOT / "domain"))
    if name.startswith("people/") or name in KINDS_OF_PEOPLE:
        return
    assert asked_by_hand(file.read_text()) == [], (
        "ask the table instead: add a row to domain/people/actions.py, such as "
        '`row("task.publish", "taskPublish", store=MANAGER, region=REGIONAL, all=OFFICE)`, and '
        'write act.viewer.require("task.publish") first and, once the store is known, '
        'act.viewer.require("task.publish", store=store_id); may(…) answers instead of refusing'
    )


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ('act.viewer.require("store.run")', []),
        ("act.viewer.require(Role.HEAD_OFFICE)", ["1: act.viewer.require"]),
        ("act.viewer.require(*PRICERS)", ["1: act.viewer.require"]),
        ("viewer.require_store(id)", ["1: viewer.require_store"]),
        ("viewer.role in TEAM", ["1: viewer.role"]),
        ("Role.MEMBER is act.viewer.role", ["1: act.viewer.role"]),
    ],
)
def test_a_role_asked_by_hand_is_found(line: str, wrong: list[str]):
    assert asked_by_hand(line) == wrong
