"""Safety stock follows a product into another category, as rules may be about categories."""

from datetime import timedelta

from domain.catalogue.catalogue import ProductId
from domain.catalogue.product_facts import PRODUCT_RECATEGORISED
from domain.kernel.facts import Batch, Fact
from domain.mall.stock.safety import SafetyRule
from domain.mall.stock.stocking import SafetyDoubt, StockPorts
from domain.people.act import Act

CATEGORY_FACTS = frozenset({PRODUCT_RECATEGORISED})
# By then every process that is ready knows the product as it is; see `domain.mall.reference`.
KNOWN_AFTER = timedelta(seconds=3)


async def follow_categories(ports: StockPorts, act: Act, batch: Batch) -> None:
    """Have it looked at again what is held back of products that other rules cover now.

    It is doubted and not done at once: until all processes know the new category, one may still
    write what the old one says. Done twice, it is looked at twice.
    """
    rules = [one for one in await ports.safety.all() if one.category is not None]
    reference = ports.reference.now()
    concerned = {
        ProductId(fact.data["productId"]): covering
        for fact in batch.facts
        if (covering := [rule for rule in rules if _differs(rule, fact)])
    }
    skus = {
        variant.sku
        for product_id in concerned
        if product_id in reference.products
        for variant in reference.products[product_id].variants
    }
    stores = {rule.store_id for covering in concerned.values() for rule in covering}
    if skus:
        doubt = SafetyDoubt(
            id=act.new_id("doubt"),
            stores=tuple(sorted(reference.stores if None in stores else filter(None, stores))),
            skus=tuple(sorted(skus)),
            since=act.at,
            look_at=act.at + KNOWN_AFTER,
        )
        await ports.doubts.put(doubt)


def _differs(rule: SafetyRule, fact: Fact) -> bool:
    """Whether a rule is about just one of a product's two categories."""
    category = rule.category or ()
    was, now = (tuple(fact.data[name][: len(category)]) for name in ("before", "after"))
    return (was == category) != (now == category)
