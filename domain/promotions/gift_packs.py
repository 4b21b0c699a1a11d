"""Gift packs: coupons for gifts that members fetch in a store, as far as the store has any.

A pack is a coupon that holds in stores alone and gives gifts and nothing else. Members register for
one by claiming it, and a till that holds their copy takes one of its store's packs, once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.kernel.apply_once import Ledger, Posting, State, apply_once, finish_open, take
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict, Invalid, NotFound
from domain.kernel.request_keys import request_key
from domain.kernel.within import Within
from domain.network.directory import DirectorySource
from domain.network.stores import StoreId
from domain.people.act import Act
from domain.promotions.coupons import MemberCoupon
from domain.promotions.offering import PromotionSource
from domain.promotions.offers import OfferId

LEFT = "left"
SENT = Within(-100_000, 100_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class StorePacks:
    """How many packs of an offer a store has left."""

    offer_id: OfferId
    store_id: StoreId
    left: int


class PackStock(Protocol):
    """The packs of stores, as they stand."""

    async def of_store(self, store_id: StoreId) -> Sequence[StorePacks]:
        """What a store has, or had, by offer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftPackPorts(Ports):
    """Offers, stores, and the packs that stores have."""

    promotions: PromotionSource
    directory: DirectorySource
    packs: Ledger[Posting]
    stock: PackStock


async def packs_of(ports: GiftPackPorts, act: Act, store_id: str) -> Sequence[StorePacks]:
    """What a store has of each pack, for its people."""
    act.viewer.require("gift_pack.see", store=store_id)
    return await ports.stock.of_store(ports.directory.directory().store(store_id).id)


async def send_packs(
    ports: GiftPackPorts,
    act: Act,
    offer_id: str,
    store_id: str,
    packs: int,
    *,
    idempotency_key: str,
) -> Sequence[StorePacks]:
    """Give a store more packs, or take some away below 0; the same key again is done once."""
    act.viewer.require("gift_pack.send")
    store = ports.directory.directory().store(store_id)
    history = ports.promotions.promotions().offers.get(OfferId(offer_id))
    if history is None or not history.versions[-1].rule.is_gift_pack:
        raise NotFound("There is no gift pack of this id; look at the offers.", field=["id"])
    if not SENT.read(packs, ["packs"]):
        raise Invalid("write how many packs to give, or below 0 to take.", field=["packs"])
    key = request_key(idempotency_key, offer_id, store_id, packs)
    sent = Posting(
        id=f"send:{act.viewer.id}:{key.key}",
        target=_target(history.id, store.id),
        at=act.at,
        add={LEFT: packs},
        at_least={LEFT: -packs} if packs < 0 else {},
        put={"offer_id": history.id, "store_id": store.id},
    )
    [entry] = await apply_once(ports.packs, [sent])
    if (entry.movement.target, entry.movement.add) != (sent.target, sent.add):
        raise Conflict(
            "This key was sent with another request; make up a new key for each.",
            field=["idempotencyKey"],
        )
    if entry.state is State.REFUSED:
        raise Conflict("The store has fewer packs; take fewer.", field=["packs"])
    return await ports.stock.of_store(store.id)


async def take_pack(
    packs: Ledger[Posting], coupon: MemberCoupon, store_id: StoreId, act: Act
) -> bool:
    """Take a store's pack for a copy that a till holds, once for its hold; False if none is."""
    taken = Posting(
        id=_taken_id(coupon),
        target=_target(coupon.offer_id, store_id),
        at=act.at,
        add={LEFT: -1},
        at_least={LEFT: 1},
    )
    [entry] = await apply_once(packs, [taken])
    return entry.state is State.APPLIED


async def put_pack_back(packs: Ledger[Posting], coupon: MemberCoupon, act: Act) -> None:
    """Put back the pack that a hold has taken, if it has, once."""
    taken = _taken_id(coupon)
    entry = (await take(packs, [taken])).get(taken)
    if entry is not None and entry.state is State.APPLIED:
        back = Posting(id=f"back:{taken}", target=entry.movement.target, at=act.at, add={LEFT: 1})
        await apply_once(packs, [back])


async def finish_packs(ports: GiftPackPorts, act: Act) -> None:
    """Finish what a crash has cut short."""
    await finish_open(ports.packs, act.at)


def _target(offer_id: OfferId, store_id: StoreId) -> str:
    return f"{offer_id}:{store_id}"


def _taken_id(coupon: MemberCoupon) -> str:
    # While a till holds a copy nothing else changes it.
    return f"take:{coupon.id}:{coupon.version}"
