"""Coupons that follow a purchase: whoever has bought some goods has them from then on."""

import contextlib
from dataclasses import dataclass, replace

from domain.catalogue.catalogue import CatalogueSource, ProductId, Sku
from domain.kernel.facts import Batch, Fact, FactKind
from domain.kernel.ids import PersonId
from domain.kernel.money import Fen
from domain.kernel.ports import Ports
from domain.kernel.refusals import NotFound, TooMany
from domain.people.act import Act
from domain.promotions.baskets import Basket, BasketLine
from domain.promotions.claiming import CouponPorts, WantedCopy, a_copy, coming_by
from domain.promotions.offers import ClaimWay, Purchase
from domain.wallets.earning import of_a_member

BOUGHT = FactKind("order.paid")
PURCHASE_FACTS = frozenset({BOUGHT})


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchasePorts(Ports):
    """The coupons, and the catalogue that knows the categories of what was bought."""

    coupons: CouponPorts
    catalogue: CatalogueSource


async def follow_purchases(ports: PurchasePorts, act: Act, batch: Batch) -> None:
    """Bring members the coupons that follow what they have paid for; again, it is the same copy.

    It counts when they paid, however late it is heard. Who has as many as one may have, or comes
    when all are gone, gets none. No refund takes it back: what it is worth is in its own rule.
    """
    for fact in batch.facts:
        if not of_a_member(fact):
            continue
        then = replace(act, at=fact.at)
        bought, paid = _bought(ports, fact)
        for rule in coming_by(ports.coupons, then, ClaimWay.PURCHASE):
            after = rule.claiming.after if rule.claiming else None
            if after is None or not _is(after, bought, paid):
                continue
            wanted = WantedCopy(
                rule=rule,
                member_id=PersonId(fact.data["buyerId"]),
                key=f"order:{fact.data['orderId']}",
            )
            with contextlib.suppress(TooMany, NotFound):
                await a_copy(ports.coupons, then, wanted)


def _bought(ports: PurchasePorts, fact: Fact) -> tuple[Basket, dict[Sku, Fen]]:
    """The goods of an order, and what was paid for all pieces of each SKU."""
    products = ports.catalogue.catalogue().products
    lines = fact.data["lines"]
    basket = Basket(
        BasketLine(
            sku=Sku(line["sku"]),
            product_id=ProductId(line["productId"]),
            category=products[line["productId"]].category if line["productId"] in products else (),
            quantity=line["quantity"],
            price=Fen(line["priceFen"]),
        )
        for line in lines
    )
    return basket, {Sku(line["sku"]): Fen(line["payableFen"]) for line in lines}


def _is(after: Purchase, bought: Basket, paid: dict[Sku, Fen]) -> bool:
    found = after.goods.among(bought)
    return bool(found) and sum(paid[bought.lines[i].sku] for i in found) >= after.paid
