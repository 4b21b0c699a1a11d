"""Whatever stores, buyers, head office, crashes and the clock do, nothing is lost or invented."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain.kernel.refusals import Refusal
from domain.mall.fulfilment import after_sale, head_office, store_desk
from domain.mall.fulfilment.due_work import advance, sweep_fulfilments
from domain.mall.fulfilment.fulfilments import (
    DONE,
    PART,
    PartState,
    RejectReason,
    StockEffectKind,
)
from domain.mall.fulfilment.paying import confirm, start
from domain.mall.fulfilment.payments import RefundState
from domain.mall.fulfilment.returns import ReturnState
from domain.sharing.attribution import Credit
from tests.support.shop import (
    BUYER,
    HEAD_OFFICE,
    NOW,
    ORDER,
    a_manager,
    a_payment,
    a_shop,
    a_store,
    act,
    an_order,
)

STORES = [a_store(f"S{number}", km=number) for number in range(1, 4)]
SKUS = ("A", "B")
ON_HAND = 4


class PowerFailure(Exception):
    """A process ends in the middle of something."""


class Orders(RuleBasedStateMachine):
    """One order of two lines, and everything that can be done to it, in any order."""

    @initialize(ordered=st.tuples(st.integers(1, 6), st.integers(0, 6)), pickup=st.booleans())
    def pay(self, ordered, pickup):
        lines = [(sku, n, 10_007) for sku, n in zip(SKUS, ordered, strict=True) if n]
        credit = Credit(guide_id="G1", store_id="S1", share_code="abc", touched_at=NOW)
        if pickup:
            lines = [(sku, min(n, ON_HAND), price) for sku, n, price in lines]
        order = an_order(lines, credit=credit, pickup_store_id="S2" if pickup else None)
        on_hand = {(store.id, sku): ON_HAND for store in STORES for sku in SKUS}
        self.mall = replace(a_shop(STORES, on_hand, order), new_pickup_code=lambda: "123456")
        self.now = NOW
        self.ordered = {line.sku: line.quantity for line in order.lines}
        self.total = order.total
        self.crash_in = None
        self.operations = {}
        self._let_the_power_fail()
        self._do(start(self.mall, act(BUYER, at=self.now), ORDER))
        self._do(confirm(self.mall, act(at=self.now), a_payment(amount=order.total)))

    def _let_the_power_fail(self):
        """Have a call of the shelves or of the database end the process now and then."""
        for port, names in (
            (self.mall.shelves, ("reserve", "carry_out")),
            (self.mall.fulfilments, ("save",)),
        ):
            for name in names:
                setattr(port, name, self._fragile(getattr(port, name)))

    def _fragile(self, call):
        async def may_fail(*args, **kwargs):
            answer = await call(*args, **kwargs)
            if self.crash_in is not None:
                self.crash_in -= 1
                if self.crash_in < 0:
                    self.crash_in = None
                    raise PowerFailure
            return answer

        return may_fail

    def _do(self, work):
        self.now += timedelta(seconds=1)
        try:
            asyncio.run(work)
        except* Refusal:
            pass
        except* PowerFailure:
            pass  # a sweep gathers what went wrong with each order

    def _key(self):
        return self.now.isoformat()

    @property
    def fulfilment(self):
        return self.mall.fulfilments.kept[ORDER]

    def _part(self, number):
        """Some part, rather one that something can still become of."""
        parts = self.fulfilment.parts
        open_ones = [part for part in parts if PART.next[part.state]]
        choice = open_ones if open_ones and number % 5 else parts
        return choice[number % len(choice)]

    @rule(crash_in=st.integers(0, 4))
    def fail_soon(self, crash_in):
        self.crash_in = crash_in

    @precondition(lambda self: self.fulfilment.parts)
    @rule(
        number=st.integers(0, 20),
        what=st.sampled_from(
            ["accept", "hold", "split", "ship", "ready", "hand_over", "unclaimed"]
        ),
    )
    def work(self, number, what):
        part = self._part(number)
        viewer = a_manager(part.store_id) if part.store_id else HEAD_OFFICE
        arguments = {
            "accept": {},
            "hold": {"reason": "等等"},
            "split": {"units": {next(iter(part.units)): 1}},
            "ship": {"carrier": "顺丰", "number": "SF1"},
            "ready": {},
            "hand_over": {"code": "123456"},
            "unclaimed": {"reason": "没来"},
        }[what]
        self._do(
            getattr(store_desk, what)(self.mall, act(viewer, at=self.now), part.id, **arguments)
        )

    @precondition(lambda self: self.fulfilment.parts)
    @rule(number=st.integers(0, 20), reason=st.sampled_from(RejectReason), one=st.booleans())
    def reject(self, number, reason, one):
        part = self._part(number)
        wrong_count = reason in {RejectReason.NOT_ON_SHELF, RejectReason.DAMAGED}
        missing = {next(iter(part.units)): 1} if one and wrong_count else None
        viewer = a_manager(part.store_id) if part.store_id else HEAD_OFFICE
        self._do(
            store_desk.reject(self.mall, act(viewer, at=self.now), part.id, reason, missing=missing)
        )

    @rule(minutes=st.integers(1, 60))
    def let_time_pass(self, minutes):
        self.now += timedelta(minutes=minutes)
        self._do(sweep_fulfilments(self.mall, act(at=self.now)))

    @rule(sku=st.sampled_from(SKUS), n=st.integers(1, 3), everything=st.booleans())
    def cancel(self, sku, n, everything):
        viewer = HEAD_OFFICE if everything else BUYER
        units = None if everything else {sku: n}
        self._do(
            after_sale.cancel(
                self.mall, act(viewer, at=self.now), ORDER, units, "不要了", key=self._key()
            )
        )

    @precondition(lambda self: self.fulfilment.parts)
    @rule(number=st.integers(0, 20), store=st.sampled_from([None, "S1", "S2", "S3"]))
    def assign(self, number, store):
        part = self._part(number)
        self._do(
            head_office.assign(self.mall, act(HEAD_OFFICE, at=self.now), part.id, store, "人工")
        )

    @rule(sku=st.sampled_from(SKUS), n=st.integers(1, 3))
    def ask_to_return(self, sku, n):
        self._do(
            after_sale.request_return(
                self.mall, act(BUYER, at=self.now), ORDER, {sku: n}, "S3", "退", key=self._key()
            )
        )

    @precondition(lambda self: self.fulfilment.returns)
    @rule(number=st.integers(0, 9), damaged=st.booleans(), refused=st.booleans())
    def inspect(self, number, damaged, refused):
        returns = self.fulfilment.returns
        one = returns[number % len(returns)]
        viewer, mall = a_manager("S3"), self.mall
        self._do(after_sale.receive_return(mall, act(viewer, at=self.now), one.id))
        if refused:
            self._do(after_sale.refuse_return(mall, act(viewer, at=self.now), one.id, "穿过"))
        units = dict.fromkeys(one.units, 1) if damaged else {}
        self._do(
            after_sale.accept_return(
                mall, act(viewer, at=self.now), one.id, damaged=units, amount=None, note=""
            )
        )

    @rule(amount=st.integers(1, 30_000))
    def give_back(self, amount):
        self._do(
            after_sale.refund(
                self.mall, act(HEAD_OFFICE, at=self.now), ORDER, amount, "补偿", key=self._key()
            )
        )

    @invariant()
    def every_unit_is_somewhere(self):
        """Ordered = in live parts + cancelled; a cancelled one was promised back."""
        if not hasattr(self, "mall") or not self.fulfilment.settled:
            return
        live, cancelled = Counter(), Counter()
        for part in self.fulfilment.live_parts():
            if part.state is PartState.CANCELLED:
                cancelled.update(part.units)
            else:
                live.update(part.units)
        for sku, n in self.ordered.items():
            assert live[sku] + cancelled[sku] <= n
        gone = {sku: n - live[sku] for sku, n in self.ordered.items()}
        assert sum(gone.values()) * 10_007 <= self.fulfilment.payment.promised_back

    @invariant()
    def nothing_is_asked_for_that_is_wholly_paid_back(self):
        if hasattr(self, "mall") and self.fulfilment.payment.promised_back == self.total:
            states = {part.state for part in self.fulfilment.live_parts()}
            assert states <= {*DONE, PartState.CANCELLED, PartState.ROUTING}

    @invariant()
    def no_two_operations_on_stock_share_an_id(self):
        if not hasattr(self, "mall"):
            return
        fulfilment = self.fulfilment
        asked = [(one.id, one) for one in fulfilment.effects]
        asked += [
            (part.reservation, (part.id, part.store_id))
            for part in fulfilment.parts
            if part.reservation and part.state is PartState.ROUTING and part.store_id
        ]
        for operation, what in asked:
            assert self.operations.setdefault(operation, what) == what

    @invariant()
    def money_adds_up(self):
        if not hasattr(self, "mall"):
            return
        payment = self.fulfilment.payment
        assert payment.promised_back <= self.total
        given = self.mall.provider.refunds
        assert sum(given.values()) <= self.total
        assert payment.refunded <= sum(given.values())
        told = [
            one.data["paidFen"] - one.data["refundedFen"]
            for one in self.mall.fulfilments.facts
            if one.kind in ("payment.paid", "refund.done")
        ]
        if payment.transaction_id:
            assert told[-1] == self.total - payment.refunded

    def teardown(self):
        """Let every process finish, then nothing may be reserved that no part holds."""
        if not hasattr(self, "mall"):
            return
        self.crash_in = None
        asyncio.run(advance(self.mall, act(at=self.now), ORDER))
        shelves, fulfilment = self.mall.shelves, self.fulfilment
        assert fulfilment.effects == ()
        held: Counter = Counter()
        for part in fulfilment.parts:
            held.update({(part.held_at, sku): n for sku, n in part.held.items()})
        assert +shelves.reserved == +held
        assert all(refund.state is RefundState.DONE for refund in fulfilment.payment.refunds)
        self._nothing_left_a_store_twice(shelves, fulfilment)
        self._who_works_on_it_has_it(fulfilment)

    def _who_works_on_it_has_it(self, fulfilment):
        for part in fulfilment.parts:
            if part.state in {PartState.OFFERED, PartState.ACCEPTED, PartState.READY}:
                assert part.held == part.units
                assert part.held_at == part.store_id

    def _nothing_left_a_store_twice(self, shelves, fulfilment):
        sent, back = Counter(), Counter()
        for part in fulfilment.parts:
            if part.state in DONE:
                sent.update(part.units)
        for one in fulfilment.returns:
            if one.state is ReturnState.ACCEPTED:
                back.update(one.good)
        missing = dict.fromkeys(SKUS, 0)
        for sku in SKUS:
            left = sum(shelves.on_hand[store.id, sku] for store in STORES)
            missing[sku] = len(STORES) * ON_HAND - left
            assert all(shelves.on_hand[store.id, sku] >= 0 for store in STORES)
        lost = Counter()
        for effect in shelves.effects:
            if effect.kind in {StockEffectKind.WRITE_OFF, StockEffectKind.DAMAGE}:
                lost.update(effect.units)
        assert missing == {sku: sent[sku] - back[sku] + lost[sku] for sku in SKUS}


Orders.TestCase.settings = settings(max_examples=100, stateful_step_count=25, deadline=None)
test_orders = Orders.TestCase
