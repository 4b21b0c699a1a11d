"""What each screen asks: as the documentation lists it, and of whoever has that screen."""

import re
from pathlib import Path

import pytest
from graphql import (
    OperationDefinitionNode,
    OperationType,
    parse,
    print_ast,
    separate_operations,
)

from api.pages.files import WEB
from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from tests.conftest import Service
from tests.support.fulfilling import M, open_stores_with_stock
from tests.support.paths import ROOT

pytestmark = pytest.mark.anyio
FILES = {path.stem: path for path in sorted((WEB / "pages").glob("*.graphql"))}
ROW = re.compile(r"^\| [^|]+ \| `([a-z-]+)` \|([^|]*)\|([^|]*)\|$", re.MULTILINE)
PAGE = re.compile(r'^  (\w+): \["[^"]+", "\w", \[([^\]]+)\]\],$', re.MULTILINE)
# Where somebody works, by their role.
PLACES = {
    Role.GUIDE: {"id": PersonId("G1"), "store_id": "S1"},
    Role.STORE_MANAGER: {"store_id": "S1"},
    Role.REGION_MANAGER: {"region_id": "320500"},
    Role.FRANCHISEE: {"owner_id": "brand"},
}
ALLOWED = {
    "kinds": ["NOTICE"],
    "mostModules": 3,
    "mostFeatured": 3,
    "mayHideProducts": True,
    "mayHideModules": True,
}
ASKED_WITH = {
    "input": {"locked": [], "region": ALLOWED, "store": ALLOWED},
    "store": "S1",
    "guide": "G1",
    "owner": None,
    "period": "2026-01",
    "day": "2026-11-28",
    "rule": {"kind": "ORDERS", "low": 1},
    "since": "2026-11-01T00:00:00+08:00",
    "until": "2026-12-01T00:00:00+08:00",
    "before": "2026-08-01T00:00:00+08:00",
    "scope": "STORE",
    "metric": "ORDERS",
    "number": 1,
    "monday": "2026-11-23",
    "displaced": False,
    "form": "CSV",
    "state": "AVAILABLE",
    "overdue": False,
    "scene": "MOMENTS",
    "order": "NEWEST",
    "audience": "MEMBERS",
    "sku": M,
    "skus": [M],
    "search": {"storeId": "S1"},
    "phone": "13800138000",
}
# Pages whose `id` is of something else than a thing that can be missing.
IDS = {"StorefrontLayer": "store:S1"}
MISSING = "nobody_has_this"
FOR_FINANCE = {"MoneyPreview", "MoneyRuns", "MoneyPayoutFile", "MoneyDisputes"}
OF_MEMBERS = {"JourneysHistory", "JourneysUnknown"}
# What a page asks for some of its roles alone; and of a statement that is nobody's, an owner hears
# that it is not theirs.
NOT_FOR = {
    ("posts", Role.GUIDE): {"PostsAssets"},
    ("posts", Role.STORE_MANAGER): {"PostsAssets"},
    ("storefront", Role.STORE_MANAGER): {"StorefrontSegments"},
    ("storefront", Role.REGION_MANAGER): {"StorefrontSegments"},
    ("customers", Role.STORE_MANAGER): {"CustomersCoupons"},
    ("contact", Role.GUIDE): {"ContactQuality", "ContactGuides", "ContactHandOver"},
    ("tasks", Role.STORE_MANAGER): {"TasksExams"},
    ("tasks", Role.REGION_MANAGER): {"TasksExams", "TasksRewardOrders"},
    ("tasks", Role.FRANCHISEE): {"TasksExams", "TasksRewardOrders", "TasksTemplates"},
    ("contests", Role.GUIDE): {"ContestsReports"},
    ("contests", Role.FRANCHISEE): {"ContestsReports"},
    ("contests", Role.TRAINER): {"ContestsReports"},
    ("teaching", Role.EDITOR): {"TeachingResults"},
    ("teaching", Role.REVIEWER): {"TeachingResults"},
    ("journeys", Role.EDITOR): OF_MEMBERS | {"JourneysSegments", "JourneysRehearse"},
    ("posters", Role.GUIDE): {"PostersGuides", "PostersBatches"},
    ("posters", Role.STORE_MANAGER): {"Posters", "PostersBatches"},
    ("posters", Role.HEAD_OFFICE): {"Posters", "PostersGuides"},
    ("money", Role.FRANCHISEE): FOR_FINANCE | {"MoneyFile"},
}


def operations(file: Path) -> list[OperationDefinitionNode]:
    document = parse(file.read_text("utf-8"))
    return [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]


def root_fields(file: Path, *, of_mutations: bool) -> set[str]:
    return {
        field.name.value
        for one in operations(file)
        for field in one.selection_set.selections
        if (one.operation is OperationType.MUTATION) is of_mutations
    }


def test_the_documentation_lists_each_screen_with_all_that_it_asks_and_does():
    rows = {
        name: (set(re.findall(r"`(\w+)`", asks)), set(re.findall(r"`(\w+)`", does)))
        for name, asks, does in ROW.findall((ROOT / "docs" / "screens.md").read_text("utf-8"))
    }
    assert rows == {
        name: (root_fields(file, of_mutations=False), root_fields(file, of_mutations=True))
        for name, file in FILES.items()
    }


def screens() -> list[tuple[str, Role]]:
    """Each page of the desk with each role that has it."""
    text = (WEB / "desk.js").read_text("utf-8")
    found = [
        (page, Role(role))
        for page, roles in PAGE.findall(text)
        for role in re.findall(r'"(\w+)"', roles)
    ]
    assert {page for page, _ in found} == FILES.keys() - {"mall", "sign-in", "session"}
    return found


async def test_whoever_has_a_screen_may_ask_all_that_it_asks(service: Service):
    await open_stores_with_stock(service)
    refused = {}
    for page, role in screens():
        place = {"id": PersonId(f"staff_{role.lower()}"), **PLACES.get(role, {})}
        viewer = Viewer(role=role, **place)
        document = parse(FILES[page].read_text("utf-8"))
        apart = {name: print_ast(one) for name, one in separate_operations(document).items()}
        for one in operations(FILES[page]):
            assert one.name
            name = one.name.value
            if one.operation is not OperationType.QUERY or name in NOT_FOR.get((page, role), ()):
                continue
            wanted = {each.variable.name.value for each in one.variable_definitions or ()}
            variables = {key: ASKED_WITH[key] for key in wanted & ASKED_WITH.keys()}
            if "id" in wanted:
                variables["id"] = IDS.get(name, MISSING)
            if viewer.owner_id and "owner" in wanted:
                variables |= {"owner": viewer.owner_id, "period": None}
            answer = await service.query(apart[name], viewer, **variables)
            errors = answer.body.get("errors", [])
            codes = {error["extensions"]["code"] for error in errors}
            if codes - {"NOT_FOUND"} or (codes and variables.get("id") != MISSING):
                refused[page, role.value, name] = errors
    assert refused == {}
