"""Safety stock: units that a store holds back from sale, by rule."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.catalogue.catalogue import Product, Sku
from domain.kernel.refusals import Invalid
from domain.network.stores import Store, StoreId, StoreState

# A store that does not sell holds everything back.
EVERYTHING = 1_000_000_000
MOST_UNITS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyRule:
    """So many units of some SKUs are held back in some stores; None means all of them."""

    units: int
    store_id: StoreId | None = None
    sku: Sku | None = None
    category: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        """Refuse what can't be applied."""
        if not 0 <= self.units <= MOST_UNITS:
            raise Invalid(f"Hold back 0 to {MOST_UNITS} units.", field=["units"])
        if self.sku is not None and self.category is not None:
            raise Invalid("A rule is for a SKU or for a category, not both.", field=["input"])

    @property
    def id(self) -> str:
        """One for each scope: a rule of the same scope takes the place of the last one."""
        return "|".join([self.store_id or "", self.sku or "", "/".join(self.category or ())])

    def covers(self, store_id: StoreId, sku: Sku, category: Sequence[str]) -> bool:
        """Whether it is about a SKU in a store."""
        if self.store_id not in (None, store_id) or self.sku not in (None, sku):
            return False
        return self.category is None or tuple(category[: len(self.category)]) == self.category

    @property
    def rank(self) -> tuple[bool, int, bool]:
        """The narrower rule wins: by SKU, then by the deeper category, then by store."""
        return (self.sku is not None, len(self.category or ()), self.store_id is not None)


class SafetyRules(Protocol):
    """The rules; there are few of them."""

    async def all(self) -> list[SafetyRule]:
        """Every rule."""

    async def put(self, rule: SafetyRule) -> None:
        """Write a rule over the one of its scope."""

    async def remove(self, id: str) -> bool:
        """Forget a rule; tell whether there was one."""


def held_back(rules: Iterable[SafetyRule], store: Store, product: Product | None, sku: Sku) -> int:
    """How many units of a SKU a store holds back."""
    if store.state is not StoreState.OPEN:
        return EVERYTHING
    category = product.category if product else ()
    matching = [rule for rule in rules if rule.covers(store.id, sku, category)]
    return max(matching, key=lambda rule: rule.rank).units if matching else 0
