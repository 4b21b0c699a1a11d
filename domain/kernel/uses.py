"""Where assets and products are used, exact to the field.

Whoever refers to an asset or a product tells the index so, under its own name: a post revision, a
poster template, a storefront layer, a product. What is in use can't be deleted.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from domain.kernel.paging import Page, PageRequest


class TargetKind(StrEnum):
    """What can be used."""

    ASSET = "ASSET"
    PRODUCT = "PRODUCT"


class UserKind(StrEnum):
    """What can use it."""

    POST_REVISION = "POST_REVISION"
    TEMPLATE = "TEMPLATE"
    LAYER = "LAYER"
    PRODUCT = "PRODUCT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One asset, or one product, by its id."""

    kind: TargetKind
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One field that refers to something; `field` is a path such as `body.2.asset`."""

    target: Target
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One thing with all that it refers to; `label` is how people know it, such as a title."""

    kind: UserKind
    id: str
    label: str
    uses: tuple[Use, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundUse:
    """One user of something, and the paths of its fields that refer to it."""

    kind: UserKind
    id: str
    label: str
    fields: tuple[str, ...]


class Uses(Protocol):
    """The index of what is used where."""

    async def replace(self, users: Iterable[User]) -> None:
        """Set what each of these refers to, over what the index had of it; no uses, no entry.

        Call it before your own save: a crash in between then leaves an entry too many, which only
        keeps something from being deleted, and never one too few. Raises Invalid, naming the
        fields, where an asset does not exist.
        """

    async def of(self, target: Target, page: PageRequest) -> Page[FoundUse]:
        """A page of those who use something, in the order of their kinds and ids."""

    async def any(self, target: Target) -> bool:
        """Whether something is used anywhere."""


def asset_use(asset_id: str, field: str) -> Use:
    """A field that refers to an asset."""
    return Use(target=Target(kind=TargetKind.ASSET, id=asset_id), field=field)


def product_use(product_id: str, field: str) -> Use:
    """A field that refers to a product."""
    return Use(target=Target(kind=TargetKind.PRODUCT, id=product_id), field=field)
