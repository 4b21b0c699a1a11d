"""The parts that a storefront is arranged of.

None of them has a place for a price or a description: what a product is and costs is the
catalogue's to say, so no layer can say otherwise.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, NewType

from domain.catalogue.catalogue import ProductId
from domain.catalogue.prices import MOST_FEN
from domain.kernel.money import Fen
from domain.kernel.refusals import Invalid
from domain.kernel.within import Within
from domain.people.viewer import Role
from domain.promotions.standing import BuyerStanding

ModuleKey = NewType("ModuleKey", str)
KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
MOST_ON_A_SHELF = 50
# What readers of arrangements hold numbers to; what is kept already is not judged again.
Place = Annotated[int, Within(-1_000_000, 1_000_000)]
DaysOld = Annotated[int, Within(1, 3_650)]
PriceLimit = Annotated[Fen, Within(0, MOST_FEN)]
# As products' attributes are called; a dot or a dollar sign would mean something to the database.
ATTRIBUTE = re.compile(r"[^.$\x00]{1,30}")


def _few(most: int) -> None:
    if not 1 <= most <= MOST_ON_A_SHELF:
        raise Invalid(f"show between 1 and {MOST_ON_A_SHELF}.", field=["most"])


class Audience(StrEnum):
    """Who is shown a module."""

    EVERYONE = "EVERYONE"
    VISITORS = "VISITORS"
    MEMBERS = "MEMBERS"

    def includes(self, role: Role) -> bool:
        """Whether somebody of this role is shown it; staff and guides see what members see."""
        if self is Audience.EVERYONE:
            return True
        return (role is Role.VISITOR) == (self is Audience.VISITORS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """From a moment on and before another; None is without a limit."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse a window that closes before it opens."""
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise Invalid("end it after it starts.", field=["ends_at"])

    def covers(self, moment: datetime) -> bool:
        """Whether a moment lies in it."""
        begun = self.starts_at is None or self.starts_at <= moment
        return begun and (self.ends_at is None or moment < self.ends_at)

    def spans(self, other: "Window") -> bool:
        """Whether every moment of another window lies in it."""
        early = self.starts_at is None or (
            other.starts_at is not None and self.starts_at <= other.starts_at
        )
        return early and (
            self.ends_at is None or (other.ends_at is not None and other.ends_at <= self.ends_at)
        )


ALWAYS = Window()


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlyFor:
    """Members of any of these levels who are in any of these segments; empty excludes nobody."""

    levels: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()

    @property
    def asks(self) -> bool:
        """Whether it is for some members alone."""
        return bool(self.levels or self.segments)

    def includes(self, standing: BuyerStanding) -> bool:
        """Whether somebody is one of them."""
        if self.levels and standing.level not in self.levels:
            return False
        return not self.segments or not standing.segments.isdisjoint(self.segments)

    def spans(self, other: "OnlyFor") -> bool:
        """Whether it is for all whom another is for, whoever they are."""
        return _wider(self.levels, other.levels) and _wider(self.segments, other.segments)


def _wider(these: Sequence[str], those: Sequence[str]) -> bool:
    return not these or (bool(those) and set(these) >= set(those))


ANYBODY = OnlyFor()


class TargetKind(StrEnum):
    """What a tap on a banner opens."""

    PRODUCT = "PRODUCT"
    CATEGORY = "CATEGORY"
    POST = "POST"
    PAGE = "PAGE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a tap opens: a product's code, a category's path, a post's id, the frontend's page."""

    kind: TargetKind
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """One wide picture, an asset's id."""

    picture: str
    alt: str = ""
    target: Target | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """These products, in this order."""

    products: tuple[ProductId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ByCategory:
    """A category and all below it, newest first."""

    category: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ByRule:
    """Products with all these attributes, in a price range, put on the shelf not long ago.

    Newest first. What is left out narrows nothing.
    """

    attributes: Mapping[str, str] = field(default_factory=dict)
    category: tuple[str, ...] = ()
    price_from: PriceLimit | None = None
    price_to: PriceLimit | None = None
    newer_than_days: DaysOld | None = None

    def __post_init__(self) -> None:
        """Refuse attributes that no product can have."""
        for name in self.attributes:
            if not ATTRIBUTE.fullmatch(name):
                raise Invalid(f"no product has an attribute {name!r}.", field=["attributes"])


class SalesScope(StrEnum):
    """Whose sales count."""

    STORE = "STORE"
    REGION = "REGION"


@dataclass(frozen=True, slots=True, kw_only=True)
class BestSellers:
    """What sold most lately, in this store or in its region."""

    scope: SalesScope


Selection = ByHand | ByCategory | ByRule | BestSellers


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductShelf:
    """Products, at most so many."""

    selection: Selection
    most: int = 20

    def __post_init__(self) -> None:
        """Refuse a shelf that nobody would scroll through."""
        _few(self.most)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentShelf:
    """Approved posts and notes: these by hand, or the newest of a category; at most so many."""

    posts: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    most: int = 6

    def __post_init__(self) -> None:
        """Refuse a shelf that nobody would scroll through."""
        _few(self.most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Countdown:
    """The time left until a moment."""

    ends_at: datetime
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideCard:
    """A guide of the store: the one whose link the visitor came by, else one of the store's."""

    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreCard:
    """The store itself: address, hours, services."""

    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A line of text."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponSlot:
    """A place for a coupon, by the id of its offer."""

    coupon: str
    text: str = ""


Content = (
    Banner | ProductShelf | ContentShelf | Countdown | GuideCard | StoreCard | Notice | CouponSlot
)


class ModuleKind(StrEnum):
    """The closed set of modules."""

    BANNER = "BANNER"
    PRODUCT_SHELF = "PRODUCT_SHELF"
    CONTENT_SHELF = "CONTENT_SHELF"
    COUNTDOWN = "COUNTDOWN"
    GUIDE_CARD = "GUIDE_CARD"
    STORE_CARD = "STORE_CARD"
    NOTICE = "NOTICE"
    COUPON_SLOT = "COUPON_SLOT"


CONTENTS: Mapping[ModuleKind, type[Content]] = {
    ModuleKind.BANNER: Banner,
    ModuleKind.PRODUCT_SHELF: ProductShelf,
    ModuleKind.CONTENT_SHELF: ContentShelf,
    ModuleKind.COUNTDOWN: Countdown,
    ModuleKind.GUIDE_CARD: GuideCard,
    ModuleKind.STORE_CARD: StoreCard,
    ModuleKind.NOTICE: Notice,
    ModuleKind.COUPON_SLOT: CouponSlot,
}
_KINDS = {kind_of_content: kind for kind, kind_of_content in CONTENTS.items()}


def kind_of(content: Content) -> ModuleKind:
    """Which kind of module a content makes."""
    return _KINDS[type(content)]
