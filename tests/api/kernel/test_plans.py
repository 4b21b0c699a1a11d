"""What a plan answers, against what the standard executor does."""

import contextlib
import gc
import warnings
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, cast

import anyio
import anyio.lowlevel
import pytest
import strawberry
from graphql import parse

from api.kernel.cards import Cards
from api.kernel.context import Context, Load, context_of
from api.kernel.metrics import Metrics
from api.kernel.plans import MOST_PLANS, Plans
from api.schema import schema
from domain.catalogue.catalogue import Catalogue, Sku
from domain.catalogue.prices import PriceChange, PriceChangeId, PriceLine
from domain.kernel.ids import PersonId
from domain.kernel.money import Fen
from domain.people.act import Act
from domain.people.tokens import AccessToken
from domain.people.viewer import ANONYMOUS, Role, Viewer
from domain.promotions.offer_versions import Promotions
from qianmian.composition import Parts, put_together, running
from qianmian.foundation import Foundation
from storage.mongo.kernel.database import connect
from storage.mongo.mall.reference import MongoReference
from tests.api.mall.orders.test_orders import M
from tests.conftest import Service
from tests.support.asking import Asking
from tests.support.content import EDITOR, HEAD_OFFICE, approved
from tests.support.fulfilling import a_paid_order, open_stores_with_stock
from tests.support.network import as_json_lines, counts, take_in

# The standard executor leaves some of what it started behind where a query fails.
pytestmark = [
    pytest.mark.anyio,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

BUYER = Viewer(id=PersonId("member_1"), role=Role.MEMBER)
MODULES = [
    {
        "key": "all",
        "content": {"product_shelf": {"selection": {"by_category": {"category": ["服装"]}}}},
    },
    {"key": "store", "content": {"store_card": {"text": "欢迎"}}},
    {"key": "notice", "content": {"notice": {"text": "雪天路滑"}}},
]
ROOTS = {
    "storefront": '(storeId: "S1")',
    "storefrontEnter": "(position: {longitude: 120.6, latitude: 31.3, datum: GCJ02})",
    "storefrontPreview": '(storeId: "S1", audience: MEMBERS)',
    "products": "(first: 2)",
    "product": '(id: "10001")',
    "productCategories": "",
    "stores": "",
    "store": '(id: "S1")',
    "regions": "",
    "posts": "(first: 3)",
    "categories": "",
    "orders": "(first: 2)",
    "viewer": "",
    "reviewPolicies": "",
}


@contextlib.asynccontextmanager
async def a_world(service: Service) -> AsyncIterator[Parts]:
    """The brand that a service has taken in, seen by a process of our own."""
    settings = service.settings
    database = connect(settings.mongodb_uri, settings.mongodb_database)
    parts = put_together(Foundation(settings=settings, database=database))
    async with running(parts, Metrics()):
        yield parts


async def a_brand(service: Service) -> None:
    await open_stores_with_stock(service)
    await a_paid_order(service)
    await approved(service, EDITOR, title="雪后初晴", scenes=["SEEDING_ZONE", "MOMENTS"])
    counts(await take_in(service, "layers", as_json_lines({"layer": "brand", "modules": MODULES})))


def context_for(parts: Parts, viewer: Viewer) -> Context:
    token = AccessToken(viewer=viewer, expires_at=datetime.max.replace(tzinfo=UTC))
    return context_of(parts.world, token, "test", None)


async def ask(
    parts: Parts, text: str, viewer: Viewer = ANONYMOUS, variables: dict[str, Any] | None = None
) -> Any:
    return await schema.execute(
        text, variable_values=variables, context_value=context_for(parts, viewer)
    )


@contextlib.contextmanager
def without_plans(monkeypatch: pytest.MonkeyPatch):
    async def none(*_: Any) -> None:
        return None

    with monkeypatch.context() as patched:
        patched.setattr(Plans, "run", none)
        yield


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each query that ran, whether its plan answered it."""
    answered: list[bool] = []
    run = Plans.run

    async def noted(*arguments: Any) -> Any:
        answer = await run(*arguments)
        answered.append(answer is not None)
        return answer

    monkeypatch.setattr(Plans, "run", noted)
    return answered


async def test_what_plans_answer_is_what_the_standard_executor_answers(
    service: Service, planned: list[bool], monkeypatch: pytest.MonkeyPatch
):
    await a_brand(service)
    random = Random(20261126)
    asking = Asking(schema._schema, ROOTS, random)
    clean = 0
    async with a_world(service) as parts:
        parts.world.__dict__["now"] = frozen(parts)
        for _ in range(150):
            text, variables = asking.query()
            viewer = random.choice([ANONYMOUS, BUYER, EDITOR, HEAD_OFFICE])
            with without_plans(monkeypatch):
                standard = await ask(parts, text, viewer, variables)
            if standard.data is None and not any(one.path for one in standard.errors or ()):
                continue  # it was refused before anything ran
            for _ in range(2):
                answer = await ask(parts, text, viewer, variables)
                assert [str(one) for one in answer.errors or ()] == [
                    str(one) for one in standard.errors or ()
                ], text
                assert repr(answer.data) == repr(standard.data), text
                assert planned[-1] is not bool(standard.errors), text
            clean += not standard.errors
    assert clean > 60


def frozen(parts: Parts):
    """One moment for all queries, so that what tells the time tells the same."""
    moment = parts.world.now()
    return lambda: moment


PRICES = """query($at: DateTime) {
  product(id: "10001") { name variants { sku price { fen } product { priceFrom { fen } } } }
  storefrontPreview(storeId: "S1", at: $at) { modules { ... on ProductShelfModule { items {
    product { priceFrom { fen } } variants { variant { price { fen } } } } } } } }"""


async def test_a_price_that_changes_by_the_clock_is_in_no_card_any_more(service: Service):
    await open_stores_with_stock(service)
    layer = {"layer": "brand", "modules": MODULES}
    counts(await take_in(service, "layers", as_json_lines(layer)))
    async with a_world(service) as parts:
        start = parts.world.now()
        noon, evening = start + timedelta(hours=1), start + timedelta(hours=9)
        change = PriceChange(
            id=PriceChangeId("change_1"),
            name="晚间价",
            effective_at=start + timedelta(hours=5),
            lines=(PriceLine(sku=Sku(M), amount=Fen(100), compare_at=None),),
            created_by=PersonId("staff_head"),
            created_at=start,
        )
        await MongoReference(parts.base.database).save_price_change(change)
        with anyio.fail_after(60):
            while change.id not in parts.world.reference.now().catalogue.price_changes:  # noqa: ASYNC110
                await anyio.sleep(0.02)

        async def prices(now: datetime, at: datetime | None) -> tuple[int, int]:
            parts.world.__dict__["now"] = lambda: now
            answer = await ask(parts, PRICES, HEAD_OFFICE, {"at": at and at.isoformat()})
            assert not answer.errors
            shown = {one["sku"]: one["price"]["fen"] for one in answer.data["product"]["variants"]}
            [shelf] = filter(None, answer.data["storefrontPreview"]["modules"][:1])
            return shown[M], min(
                one["variant"]["price"]["fen"] for one in shelf["items"][0]["variants"]
            )

        before, _ = await prices(noon, None)
        assert before != 100
        for _ in range(2):
            assert await prices(noon, None) == (before, before)
            assert await prices(noon, evening) == (before, 100)
            assert await prices(evening, None) == (100, 100)
            assert await prices(evening, noon) == (100, before)


@strawberry.type
class Leaf:
    value: strawberry.Private[Any]

    def card(self, now: datetime) -> Any:
        return self.value

    @strawberry.field
    def plain(self) -> int:
        SEEN.append("plain")
        return 7

    @strawberry.field
    def who(self, info: strawberry.Info) -> str:
        return str(info.context.act.viewer.id)

    @strawberry.field
    async def later(self) -> int:
        SEEN.append("later")
        return len(SEEN)

    @strawberry.field
    def times(self, by: int) -> int:
        return 7 * by


@strawberry.type
class Roots:
    @strawberry.field
    def leaf(self) -> Leaf:
        return Leaf(value=SHOWN)

    @strawberry.field
    async def broken(self) -> int:
        raise LookupError("nothing here")

    @strawberry.field
    async def slow(self) -> int:
        await anyio.lowlevel.checkpoint()
        return 1


SEEN: list[str] = []
SHOWN = object()
SMALL = strawberry.Schema(Roots)._schema


class SmallWorld:
    """As much of a world as a plan looks at."""

    ports: dict[Any, Any] = {}  # noqa: RUF012 - never changed

    def __init__(self) -> None:
        self.catalogue, self.promotions = Catalogue(), Promotions()

    def next_flip(self, now: datetime) -> None:
        return None

    @property
    def reference(self) -> "SmallWorld":
        return self

    def now(self) -> "SmallWorld":
        return self


def a_context(world: SmallWorld, viewer: Viewer) -> Context:
    act = Act(viewer=viewer, at=datetime(2026, 11, 26, tzinfo=UTC), new_id=lambda kind: kind)
    return Context(
        world=cast("Any", world),
        act=act,
        token=None,
        request_id="r",
        load=Load({}, act),
        until=float("inf"),
    )


async def test_what_needs_no_waiting_is_completed_once_for_everybody():
    SEEN.clear()
    world = SmallWorld()
    plan = Plans(SMALL, parse("query($by: Int!) { leaf { times(by: $by) plain later } }"), Cards())
    for turn, viewer in enumerate((BUYER, HEAD_OFFICE), 1):
        answer = await plan.run(None, {"by": turn}, a_context(world, viewer))
        assert answer
        assert list(answer.data["leaf"].items())[:2] == [("times", 7 * turn), ("plain", 7)]
    assert SEEN == ["plain", "later", "later"]
    world.catalogue = Catalogue()
    await plan.run(None, {"by": 1}, a_context(world, BUYER))
    assert SEEN.count("plain") == 2


async def test_a_card_that_would_know_who_asks_is_the_standard_executors():
    plan = Plans(SMALL, parse("{ leaf { plain who } }"), Cards())
    assert await plan.run(None, {}, a_context(SmallWorld(), BUYER)) is None


async def test_a_plan_that_fails_leaves_nothing_behind():
    plan = Plans(SMALL, parse("{ slow broken leaf { later } }"), Cards())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert await plan.run(None, {}, a_context(SmallWorld(), BUYER)) is None
        gc.collect()


async def test_a_document_has_plans_for_a_bounded_number_of_conditions():
    names = "abcd"
    declared = ", ".join(f"${name}: Boolean!" for name in names)
    fields = " ".join(f"{name}: slow @include(if: ${name})" for name in names)
    plan = Plans(SMALL, parse(f"query({declared}) {{ slow {fields} }}"), Cards())
    answered = 0
    for number in range(2 ** len(names)):
        chosen = {name: bool(number >> place & 1) for place, name in enumerate(names)}
        answer = await plan.run(None, chosen, a_context(SmallWorld(), BUYER))
        if answer:
            assert answer.data == {"slow": 1} | {name: 1 for name in names if chosen[name]}
            answered += 1
    assert answered == MOST_PLANS


async def test_a_full_deck_is_dealt_anew(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("api.kernel.cards.MOST_FIELDS", 0)
    SEEN.clear()
    plan = Plans(SMALL, parse("{ leaf { plain } }"), Cards())
    world = SmallWorld()
    for _ in range(3):
        assert await plan.run(None, {}, a_context(world, BUYER))
    assert SEEN == ["plain"] * 3
