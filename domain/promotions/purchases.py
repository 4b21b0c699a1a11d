"""Coupons that follow a purchase: whoever has bought some goods has them from then on."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from domain.catalogue.catalogue import Catalogue, CatalogueSource, Channel, ProductId, Sku
from domain.kernel.facts import Batch, Fact, FactKind
from domain.kernel.ids import PersonId
from domain.kernel.money import Fen
from domain.kernel.ports import Ports
from domain.people.act import Act
from domain.promotions.baskets import Basket, BasketLine
from domain.promotions.claiming import CouponPorts, WantedCopy, brought, coming_by
from domain.promotions.offers import ClaimWay, Purchase
from domain.wallets.earning import MATCHED, of_a_member

ORDERED = FactKind("order.paid")
PURCHASE_FACTS = frozenset({ORDERED, MATCHED})


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchasePorts(Ports):
    """The coupons, and the catalogue that knows the categories of what was bought."""

    coupons: CouponPorts
    catalogue: CatalogueSource


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidFor:
    """What somebody has paid for: where, the goods, and how much for all pieces of each SKU."""

    channel: Channel
    goods: Basket
    fen: Mapping[Sku, int]

    def is_one_of(self, wanted: Purchase) -> bool:
        """Whether it is a purchase that a coupon follows."""
        if wanted.channels and self.channel not in wanted.channels:
            return False
        found = wanted.goods.among(self.goods)
        paid = sum(self.fen[self.goods.lines[i].sku] for i in found)
        return bool(found) and paid >= wanted.paid


async def follow_purchases(ports: PurchasePorts, act: Act, batch: Batch) -> None:
    """Bring members the coupons that follow what they have paid for; again, it is the same copy.

    It counts when they paid, however late it is heard. Whoever has as many as one may have, is not
    one of those that it is for, or comes when all are gone, gets none; nor does a purchase bring
    any that is found to be a member's when the coupon would be over, or nothing is left of it. No
    refund after that takes one back: what it is worth is in its own rule.
    """
    for fact in batch.facts:
        if not of_a_member(fact) or fact.data.get("refundedFen", 0) >= fact.data.get("paidFen", 1):
            continue
        then = replace(act, at=fact.at)
        paid = _paid(ports, fact)
        for rule in coming_by(ports.coupons, then, ClaimWay.PURCHASE):
            claiming = rule.claiming
            if claiming is None or claiming.after is None or not paid.is_one_of(claiming.after):
                continue
            wanted = WantedCopy(
                rule=rule,
                member_id=PersonId(fact.data["buyerId"]),
                key=f"order:{fact.data['orderId']}",
            )
            await brought(ports.coupons, act, wanted, since=fact.at)


def _paid(ports: PurchasePorts, fact: Fact) -> PaidFor:
    """What a fact says of a purchase: one of the mall's, or of another channel's.

    Another channel may tell of what the catalogue does not know; that is of no product.
    """
    catalogue = ports.catalogue.catalogue()
    of_mall = fact.kind == ORDERED
    fen: Counter[Sku] = Counter()
    lines = []
    for line in fact.data["lines"]:
        sku = Sku(line["sku"])
        amount = line["payableFen" if of_mall else "paidFen"]
        fen[sku] += amount
        product_id = ProductId(line["productId"]) if of_mall else _product_of(catalogue, sku)
        product = catalogue.products.get(product_id)
        lines.append(
            BasketLine(
                sku=sku,
                product_id=product_id,
                category=product.category if product else (),
                quantity=line["quantity"],
                price=Fen(amount // max(1, line["quantity"])),
            )
        )
    return PaidFor(channel=_channel(fact), goods=Basket(lines), fen=fen)


def _product_of(catalogue: Catalogue, sku: Sku) -> ProductId:
    known = catalogue.variants.get(sku)
    return known[0].id if known else ProductId("")


def _channel(fact: Fact) -> Channel:
    """The mall's own, a store's till, or a shop elsewhere on the net, which has no store."""
    if fact.kind == ORDERED:
        return Channel.MINI_PROGRAM
    return Channel.STORE if fact.data["storeId"] else Channel.ECOMMERCE
