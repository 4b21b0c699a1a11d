"""By which rule an order's money is divided, and to whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from domain.earnings.journals import BRAND, Account
from domain.kernel.refusals import Invalid
from domain.network.directory import Directory
from domain.network.stores import OwnerKind, StoreId
from domain.people.accounts import GuideId

THOUSAND = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitRule:
    """What the owner of the selling store and those of the fulfilling stores get of an order.

    In thousandths of what is left of it when its guide has theirs; the brand has the rest. It
    counts for orders that are paid from a moment on, until the next version does.
    """

    version: int
    selling_permille: int
    fulfilling_permille: int
    valid_from: datetime

    def __post_init__(self) -> None:
        """Refuse parts that are more than the whole."""
        for name in ("selling_permille", "fulfilling_permille"):
            if not 0 <= getattr(self, name) <= THOUSAND:
                raise Invalid("A part is 0 to 1,000 thousandths.", field=["input", _camel(name)])
        if self.selling_permille + self.fulfilling_permille > THOUSAND:
            raise Invalid(
                "The owners' parts are more than 1,000 thousandths together; lower one of them.",
                field=["input"],
            )

    @property
    def weights(self) -> tuple[int, int, int]:
        """The parts of the seller's owner, the fulfilling owners and the brand."""
        selling, fulfilling = self.selling_permille, self.fulfilling_permille
        return selling, fulfilling, THOUSAND - selling - fulfilling


# Whoever ships gives the goods away; whoever sells has brought the buyer.
FIRST_RULE = SplitRule(
    version=0,
    selling_permille=150,
    fulfilling_permille=750,
    valid_from=datetime(1970, 1, 1, tzinfo=UTC),
)


class SplitRules(Protocol):
    """All versions of the rule that were ever set."""

    async def all(self) -> Sequence[SplitRule]:
        """The versions in their order, without the first rule."""

    async def add(self, rule: SplitRule) -> None:
        """Add a version; Conflict where there is one of its number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Who has a part in an order, and by which version of the rule; frozen when it is paid."""

    rule_version: int
    weights: tuple[int, int, int]
    seller: Account
    guide_id: GuideId | None


def rule_at(rules: Sequence[SplitRule], at: datetime) -> SplitRule:
    """The rule that counts at a moment."""
    valid = [rule for rule in rules if rule.valid_from <= at]
    return max(valid, key=lambda rule: rule.version, default=FIRST_RULE)


def owner_account(directory: Directory, store_id: str) -> Account:
    """Whose the earnings of a store are: its franchisee's, or else the brand's own."""
    store = directory.stores.get(StoreId(store_id))
    owner = directory.owners.get(store.owner_id) if store else None
    if owner is None or owner.kind is not OwnerKind.FRANCHISEE:
        return BRAND
    return Account(f"owner:{owner.id}")


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(one.title() for one in others)
