"""How long the calculator takes for a large cart, beside the same cart without any offer.

Every figure is the median of the processor's time, so that other work on the machine does not count
as the calculator's. Of the offers that are live, most speak of other goods, as they do in a shop.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median

from domain.catalogue.catalogue import Channel, ProductId, Sku
from domain.kernel.money import Fen
from domain.network.stores import RegionId, StoreId
from domain.promotions.baskets import BasketLine, Shopper
from domain.promotions.calculating import Priced, price
from domain.promotions.offers import (
    AmountOff,
    Claiming,
    Coupon,
    CouponId,
    Effect,
    Measure,
    NthPiece,
    Offer,
    OfferId,
    OfferKind,
    PercentOff,
    Tier,
    Tiers,
)
from domain.promotions.reckoning import RuleOutcome
from domain.promotions.scopes import Goods, OfferWindow

NOW = datetime(2026, 11, 11, 12, tzinfo=UTC)
ALWAYS = OfferWindow(begins_at=NOW - timedelta(days=1), ends_at=NOW + timedelta(days=1))
LINES = 20
# So many products and categories has the shop whose offers these are.
PRODUCTS, CATEGORIES = 400, 40
HERE = Shopper(
    at=NOW, channel=Channel.MINI_PROGRAM, region_id=RegionId("320500"), store_id=StoreId("S1")
)


def a_cart() -> list[BasketLine]:
    """Twenty lines of as many products, in ten categories."""
    return [
        BasketLine(
            sku=Sku(f"P{n}-1"),
            product_id=ProductId(f"P{n}"),
            category=("服装", f"c{n % 10}"),
            quantity=1 + n % 3,
            price=Fen(9_900 + 1_000 * n),
        )
        for n in range(LINES)
    ]


def live_offers(count: int) -> list[Offer]:
    """Half on goods, half on the order, in turns over all products and categories."""
    by_turns: Sequence[Effect] = (
        _from_fen(30_000, AmountOff(amount=Fen(3_000))),
        NthPiece(n=3, percent=50),
        _from_fen(50_000, PercentOff(percent=5)),
    )
    found = []
    for n in range(count):
        on_goods = n % 2 == 0
        goods = (
            Goods(products=frozenset(ProductId(f"P{(n + k) % PRODUCTS}") for k in range(10)))
            if on_goods
            else Goods(categories=frozenset({("服装", f"c{n % CATEGORIES}")}))
        )
        found.append(
            Offer(
                id=OfferId(f"offer_{n:04}"),
                version=1,
                name=f"优惠{n}",
                kind=OfferKind.GOODS if on_goods else OfferKind.ORDER,
                effect=PercentOff(percent=5 + n % 20) if on_goods else by_turns[n % 3],
                window=ALWAYS,
                goods=goods,
                combines_with=frozenset(OfferKind),
            )
        )
    return found


def coupons(count: int) -> list[Coupon]:
    """Coupons for the order and for goods, each usable."""
    kinds = (OfferKind.ORDER_COUPON, OfferKind.GOODS_COUPON)
    return [
        Coupon(
            id=CouponId(f"coupon_{n}"),
            offer=Offer(
                id=OfferId(f"rule_{n}"),
                version=1,
                name=f"券{n}",
                kind=kinds[n % 2],
                effect=_from_fen(10_000, AmountOff(amount=Fen(1_000 + n))),
                window=ALWAYS,
                combines_with=frozenset(OfferKind),
                claiming=Claiming(total=1),
            ),
            expires_at=ALWAYS.ends_at,
        )
        for n in range(count)
    ]


def _from_fen(at: int, gives: AmountOff | PercentOff) -> Tiers:
    return Tiers(by=Measure.AMOUNT, tiers=(Tier(at=at, gives=gives),))


def _median_ms(work: Callable[[], Priced], rounds: int) -> float:
    took = []
    for _ in range(rounds):
        before = time.process_time()
        work()
        took.append(1_000 * (time.process_time() - before))
    return median(took)


def main() -> int:
    """Print what pricing one cart takes."""
    parser = argparse.ArgumentParser(prog="scripts/bench promotions", description=__doc__)
    parser.add_argument("--offers", type=int, default=200, help="how many are live")
    parser.add_argument("--rounds", type=int, default=200)
    said = parser.parse_args()
    cart, offers, own = a_cart(), live_offers(said.offers), coupons(6)
    cases: dict[str, Callable[[], Priced]] = {
        "no offers": lambda: price(cart, HERE, []),
        f"{said.offers} offers": lambda: price(cart, HERE, offers),
        f"{said.offers} offers, 6 coupons": lambda: price(cart, HERE, offers, coupons=own),
    }
    print(f"one cart of {LINES} lines, the processor's time, median of {said.rounds}")
    for name, work in cases.items():
        applied = sum(one.outcome is RuleOutcome.APPLIED for one in work().traced)
        print(f"  {name:26} {_median_ms(work, said.rounds):6.2f} ms, {applied} of them hold")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
