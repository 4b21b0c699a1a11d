"""A small shop in memory: the ports of fulfilment as fakes that keep what they are told."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat

from domain.kernel.ids import PersonId
from domain.kernel.money import Fen
from domain.kernel.places import Datum, Position
from domain.kernel.refusals import Conflict, NotFound, Unavailable
from domain.mall.fulfilment.attention import attend_at
from domain.mall.fulfilment.fulfilments import Fulfilment, OrderedLine, StockEffect, StockEffectKind
from domain.mall.fulfilment.payments import Paid, RefundAnswer, RefundState, Standing, ToPay
from domain.mall.fulfilment.ports import FulfilmentPorts, Payable
from domain.mall.fulfilment.return_policy import ReturnPolicy
from domain.mall.fulfilment.step_facts import facts_of
from domain.mall.routing.routing import Candidate, route
from domain.network.directory import Directory
from domain.network.stores import OwnerId, RegionId, Service, Store, StoreId
from domain.people.act import Act
from domain.people.viewer import Role, Viewer
from tests.support.selling import new_id

NOW = datetime(2026, 11, 11, 2, 0, tzinfo=UTC)
HOME = Position(longitude=120.60, latitude=31.30, datum=Datum.GCJ02)
ORDER = "order_1"
BUYER = Viewer(id=PersonId("member_1"), role=Role.MEMBER)
HEAD_OFFICE = Viewer(id=PersonId("staff_1"), role=Role.HEAD_OFFICE)


def act(viewer=BUYER, at=NOW):
    """What somebody does, the buyer if nobody else is named."""
    return Act(viewer=viewer, at=at, new_id=new_id)


def a_manager(store_id="S1"):
    return Viewer(id=PersonId(f"manager_{store_id}"), role=Role.STORE_MANAGER, store_id=store_id)


def a_store(id="S1", *, km=1.0, **changes):
    fields = {
        "id": StoreId(id),
        "name": id,
        "region_id": RegionId("320500"),
        "owner_id": OwnerId("O1"),
        "district": "320505",
        "address": "狮山路 1 号",
        # A degree of latitude is 111.195 km on this sphere.
        "position": Position(longitude=120.60, latitude=31.30 + km / 111.195, datum=Datum.GCJ02),
        "services": frozenset({Service.PICKUP}),
    }
    return Store(**{**fields, **changes})


class MemoryFulfilments:
    def __init__(self):
        self.kept: dict[str, Fulfilment] = {}
        self.attend_at = {}
        self.facts = []

    async def by_id(self, id):
        return self.kept.get(id)

    async def save(self, fulfilment, *, expected):
        newest = self.kept.get(fulfilment.id)
        if (newest.version if newest else 0) != expected:
            raise Conflict("not the newest")
        self.facts += facts_of(fulfilment)
        told = len(fulfilment.history)
        saved = replace(fulfilment, told=told)
        self.kept[fulfilment.id] = saved
        self.attend_at[fulfilment.id] = attend_at(saved)
        return saved

    async def claim_due(self, now, *, until, most):
        waiting = ((key, at) for key, at in self.attend_at.items() if at is not None)
        due = [key for key, at in waiting if at <= now][:most]
        self.attend_at.update(dict.fromkeys(due, until))
        return due


class MemoryShelves:
    """Counts of each (store, SKU); an operation that was done once is not done again."""

    def __init__(self, stores, on_hand):
        self.stores = {store.id: store for store in stores}
        self.on_hand = Counter(on_hand)
        self.reserved: Counter = Counter()
        self.damaged: Counter = Counter()
        self.done: dict[str, bool] = {}
        self.effects: list[StockEffect] = []
        self.asked: dict[str, set[str]] = {}

    def free(self, store_id, sku):
        return self.on_hand[store_id, sku] - self.reserved[store_id, sku]

    async def candidates(self, region_id, skus, *, now):
        return [
            Candidate(
                store=store,
                available={sku: max(0, self.free(store.id, sku)) for sku in skus},
                open_now=store.open_at(now),
                full=len(self.asked.get(store.id, ())) >= store.capacity_a_day,
            )
            for store in self.stores.values()
            if store.region_id == region_id
        ]

    async def given(self, part_id, store_id, *, now):
        self.asked.setdefault(store_id, set()).add(part_id)

    async def reserve(self, operation, order_id, store_id, units, *, now):
        if operation not in self.done:
            enough = all(self.free(store_id, sku) >= n for sku, n in units.items())
            if enough:
                self.reserved.update({(store_id, sku): n for sku, n in units.items()})
            self.done[operation] = enough
        return self.done[operation]

    async def carry_out(self, effect, order_id, *, now):
        if effect.id in self.done:
            return
        self.done[effect.id] = True
        self.effects.append(effect)
        for sku, n in effect.units.items():
            place = effect.store_id, sku
            match effect.kind:
                case StockEffectKind.RELEASE:
                    self.reserved[place] -= n
                case StockEffectKind.SHIP | StockEffectKind.WRITE_OFF:
                    self.reserved[place] -= n
                    self.on_hand[place] -= n
                case StockEffectKind.DAMAGE:
                    self.reserved[place] -= n
                    self.on_hand[place] -= n
                    self.damaged[place] += n
                case StockEffectKind.RESTOCK:
                    self.on_hand[place] += n
                case StockEffectKind.RESTOCK_DAMAGED:
                    self.damaged[place] += n


class MemoryOrders:
    """One order, placed on the shelves when it is made."""

    def __init__(self, shelves, order, *, expired=False):
        self.order = order
        self.shelves = shelves
        self.expired = expired

    async def payable(self, id):
        return self.order if id == self.order.id else None

    async def cancel(self, act, id, key, reason):
        if self.order.cancel_key is None:
            self.order = replace(self.order, open=False, cancel_key=key)
            self.expired = True
        return key.is_among([self.order.cancel_key])

    async def settle(self, act, id):
        self.order = replace(self.order, open=False)
        if self.expired:
            return None
        needs = {line.sku: line.quantity for line in self.order.lines}
        decision = route(
            needs,
            await self.shelves.candidates(self.order.region_id, needs, now=act.at),
            destination=self.order.destination,
            pickup_store_id=self.order.pickup_store_id,
        )
        for share in decision.shares:
            assert await self.shelves.reserve(
                f"{id}:{share.store_id}", id, share.store_id, share.units, now=act.at
            )
        return decision


class MemoryProvider:
    """Takes and gives back money; `down` makes it answer nothing."""

    def __init__(self):
        self.down = False
        self.refunds_apart = timedelta()
        self.refunds: dict[str, int] = {}
        self.closed: set[str] = set()
        self.paid: dict[str, Paid] = {}

    async def create(self, bill):
        return ToPay(sandbox_url=f"https://pay.example/{bill.payment_id}")

    async def query(self, payment_id):
        return self.paid.get(payment_id, Standing.OPEN)

    async def close(self, payment_id):
        self.closed.add(payment_id)

    async def refund(self, payment_id, refund_id, amount, *, of, reason):
        if self.down:
            raise Unavailable("the provider sleeps")
        self.refunds.setdefault(refund_id, amount)
        return RefundAnswer(state=RefundState.DONE)

    async def query_refund(self, refund_id):
        if refund_id not in self.refunds:
            raise NotFound(refund_id)
        return RefundAnswer(state=RefundState.DONE)


class MemoryStrays:
    def __init__(self):
        self.kept = {}

    async def note(self, stray):
        self.kept.setdefault(stray.id, stray)

    async def by_id(self, id):
        return self.kept.get(id)

    async def save(self, stray):
        self.kept[stray.id] = stray


class MemoryReturnPolicies:
    def __init__(self):
        self.policy = ReturnPolicy()

    async def now(self):
        return self.policy

    async def save(self, policy, *, expected):
        if self.policy.version != expected:
            raise Conflict("not the newest")
        self.policy = policy


class FixedDirectory:
    def __init__(self, directory):
        self._directory = directory

    def directory(self):
        return self._directory


class NoMembers:
    async def by_id(self, id):
        return None


def an_order(lines=(("A", 2, 29_900), ("B", 1, 10_000)), **changes):
    fields = {
        "id": ORDER,
        "buyer_id": BUYER.id,
        "region_id": RegionId("320500"),
        "lines": tuple(
            OrderedLine(sku=sku, quantity=n, price=Fen(p), name=f"羽绒服 {sku}", options="M")
            for sku, n, p in lines
        ),
        "rechecks": (),
        "total": Fen(sum(n * price for _, n, price in lines)),
        "shipping_fee": Fen(0),
        "expires_at": NOW + timedelta(minutes=15),
        "open": True,
        "recipient": None,
        "destination": HOME,
        "pickup_store_id": None,
        "credit": None,
    }
    return Payable(**{**fields, **changes})


class Ignoring:
    async def append(self, *records):
        pass


def a_shop(stores=None, on_hand=None, order=None, *, expired=False):
    stores = stores or [a_store("S1", km=1), a_store("S2", km=2), a_store("S3", km=3)]
    if on_hand is None:
        on_hand = {(store.id, sku): 5 for store in stores for sku in "AB"}
    shelves = MemoryShelves(stores, on_hand)
    elsewhere = a_store("S9")
    directory = Directory(stores={store.id: store for store in (*stores, elsewhere)})
    return FulfilmentPorts(
        fulfilments=MemoryFulfilments(),
        orders=MemoryOrders(shelves, order or an_order(), expired=expired),
        shelves=shelves,
        provider=MemoryProvider(),
        strays=MemoryStrays(),
        return_policies=MemoryReturnPolicies(),
        members=NoMembers(),
        directory=FixedDirectory(directory),
        news=None,
        records=Ignoring(),
        new_pickup_code=chain(["308142"], repeat("999999")).__next__,
    )


def a_payment(amount=69_800, **changes):
    fields = {
        "payment_id": ORDER,
        "amount": Fen(amount),
        "transaction_id": "4200001",
        "paid_at": NOW,
    }
    return Paid(**{**fields, **changes})
