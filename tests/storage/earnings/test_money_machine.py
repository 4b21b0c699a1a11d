"""Money goes every way it can, and any write may be the last: the books end at zero."""

import asyncio
import contextlib
from datetime import timedelta

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from domain.earnings.freezes import FrozenKind
from domain.earnings.transfers import TransferWay
from storage.mongo.kernel.database import connect
from storage.mongo.kernel.indexing import prepare
from tests.support.money_machine import Brand, a_brand

# The moments that a process lives through, before and after each call of a port; 0 is for ever.
lives = st.integers(min_value=0, max_value=40)
a_store = st.sampled_from(["S1", "S1", "S2", "S3"])
some_fen = st.sampled_from([1, 645, 10_000, 300_007])
which = st.integers(min_value=0, max_value=9)
a_time = st.sampled_from([timedelta(hours=1), timedelta(days=9), timedelta(days=16)])
FREEZABLE = [(FrozenKind.OWNER, "O1"), (FrozenKind.GUIDE, "G1"), (FrozenKind.ORDER, "order_1")]


class Money(RuleBasedStateMachine):
    """What may happen, and how far whoever does it lives."""

    uri: str
    name: str
    brand: Brand

    @initialize()
    def open(self) -> None:
        self.runner = asyncio.Runner()
        self.stack = contextlib.AsyncExitStack()
        self.run(self._open())

    async def _open(self) -> None:
        self.database = connect(self.uri, self.name)
        await prepare(self.database)
        self.brand = await self.stack.enter_async_context(a_brand(self.database))

    def run(self, work):
        return self.runner.run(work)

    def an_order(self, number: int) -> str:
        names = list(self.brand.orders)
        return names[number % len(names)]

    @rule(store=a_store, fen=some_fen)
    def sell(self, store, fen) -> None:
        self.run(self.brand.sell(store, fen))
        self.brand.send(list(self.brand.orders)[-1])

    @precondition(lambda self: self.brand.orders)
    @rule(number=which, fen=some_fen)
    def refund(self, number, fen) -> None:
        self.run(self.brand.refund(self.an_order(number), fen))

    @rule(moments=lives)
    def follow(self, moments) -> None:
        self.run(self.brand.follow(moments))

    @rule(moments=lives, passed=a_time)
    def time_passes(self, moments, passed) -> None:
        self.run(self.brand.follow())
        self.run(self.brand.clock(moments, passed=passed))

    @rule(moments=lives)
    def the_clock_comes_by(self, moments) -> None:
        self.run(self.brand.clock(moments))

    @rule(moments=lives)
    def two_processes_at_once(self, moments) -> None:
        async def both() -> None:
            nothing = timedelta()
            await asyncio.gather(
                self.brand.clock(moments, passed=nothing), self.brand.clock(passed=nothing)
            )

        self.run(both())

    @rule()
    def settle(self) -> None:
        self.run(self.brand.settle())

    @rule(moments=lives)
    def pay_owners(self, moments) -> None:
        self.run(self.brand.pay_owners(moments))

    @rule(way=st.sampled_from(TransferWay), moments=lives)
    def pay_guides(self, way, moments) -> None:
        self.run(self.brand.pay_guides(way, moments))

    @rule()
    def others_do_their_part(self) -> None:
        self.run(self.brand.conclude())

    @rule(done=st.booleans())
    def hand_over(self, done) -> None:
        self.run(self.brand.hand_over(done=done))

    @rule(one=st.sampled_from(FREEZABLE))
    def freeze(self, one) -> None:
        self.run(self.brand.freeze(*one))

    @rule()
    def the_merchant_is_poor_or_not(self) -> None:
        self.brand.gateway.poor ^= {"1900000999"}

    def teardown(self) -> None:
        if not hasattr(self, "brand"):
            return
        try:
            self.run(self._end())
        finally:
            self.run(self.stack.aclose())
            self.database.client.close()
            self.runner.close()

    async def _end(self) -> None:
        await self.brand.to_the_end()
        await self.brand.check()
        for order, sold in self.brand.orders.items():
            await self.brand.refund(order, sold.paid)
        await self.brand.to_the_end()
        await self.brand.check()
        await self.brand.check_zero()


def test_whatever_happens_and_whoever_dies_the_books_end_at_zero(mongodb_uri: str):
    Money.uri, Money.name = mongodb_uri, "money"
    run_state_machine_as_test(
        Money,
        settings=settings(
            max_examples=int(__import__("os").environ.get("EX", "4")),
            stateful_step_count=30,
            deadline=None,
            # The same each time; a longer search is for whoever changes something here.
            derandomize=True,
            # To shrink a failure here takes minutes; what it prints is short enough as it is.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
