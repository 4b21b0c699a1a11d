"""Where assets and products are used, exact to the field.

Whoever refers to an asset or a product tells the index so, under its own name: a post revision, a
poster template, a storefront layer, a product, a guide's copy of a task, a remark, a report. What
is in use can't be deleted, so the index may say too much for a while, and never too little.
Whoever saves a user does it inside `saving`:

    async with saving(ports.uses, [layer_as_user]):
        await ports.layers.publish([layer])

The index then holds what the version about to be saved refers to beside what it held; the save
decides. Once it is written, what older versions referred to is forgotten; where it was refused,
the claim is, and the winner's stands. A crash in between leaves both, until the next save.
"""

import contextlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.refusals import Overtaken, Refusal

CURSORS = Cursors("uses", str)


class UsedKind(StrEnum):
    """What can be used."""

    ASSET = "ASSET"
    PRODUCT = "PRODUCT"


class UserKind(StrEnum):
    """What can use it."""

    POST_REVISION = "POST_REVISION"
    TEMPLATE = "TEMPLATE"
    LAYER = "LAYER"
    PRODUCT = "PRODUCT"
    TASK_COPY = "TASK_COPY"
    REMARK = "REMARK"
    SALE_REPORT = "SALE_REPORT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """One asset, or one product, by its id."""

    kind: UsedKind
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One field that refers to something; `field` is a path such as `body.2.asset`."""

    target: Used
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One version of a thing with all that it refers to; `label` is how people know it.

    Who saves a version over the one before it counts `version` up; what is written once is at 1.
    `of_consumers` may show consumers' pictures: their own posts, and what is made of them.
    """

    kind: UserKind
    id: str
    label: str
    uses: tuple[Use, ...]
    version: int = 1
    of_consumers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedUses:
    """Users that the index holds a claim for until they are saved; `token` is this claim's own."""

    token: str
    users: tuple[User, ...]

    def only(self, ids: Iterable[str]) -> "ClaimedUses":
        """The claim for some of its users."""
        wanted = set(ids)
        return replace(self, users=tuple(one for one in self.users if one.id in wanted))


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundUse:
    """One user of something, and the paths of its fields that refer to it."""

    kind: UserKind
    id: str
    label: str
    fields: tuple[str, ...]


class Uses(Protocol):
    """The index of what is used where."""

    async def claim(self, users: Iterable[User]) -> ClaimedUses:
        """Hold what each of these is to refer to, beside all that the index has of it.

        The claim leaves out those of which the index knows the same already. Raises Invalid,
        naming the fields, and claims nothing, where an asset does not exist, or is a consumer's
        and the user none that may show it.
        """

    async def settle(self, claim: ClaimedUses) -> None:
        """Forget what others have claimed for these versions, and all that was before."""

    async def withdraw(self, claim: ClaimedUses) -> None:
        """Forget the claim and nothing else."""

    async def of(self, target: Used, page: PageRequest) -> Page[FoundUse]:
        """A page of those who use something, in the order of their kinds and ids."""

    async def any(self, target: Used) -> bool:
        """Whether something is used anywhere."""


@contextlib.asynccontextmanager
async def saving(uses: Uses, users: Iterable[User]) -> AsyncIterator[None]:
    """Let the index follow the save of these users, which is all that goes inside.

    A save that is Overtaken has written the others. After any other fault nobody knows whether it
    was written, and both stand.
    """
    claim = await uses.claim(users)
    try:
        yield
    except Overtaken as refusal:
        saved = {user.id for user in claim.users} - refusal.ids
        await uses.withdraw(claim.only(refusal.ids))
        await uses.settle(claim.only(saved))
        raise
    except Refusal:
        await uses.withdraw(claim)
        raise
    await uses.settle(claim)


def asset_use(asset_id: str, field: str) -> Use:
    """A field that refers to an asset."""
    return Use(target=Used(kind=UsedKind.ASSET, id=asset_id), field=field)


def product_use(product_id: str, field: str) -> Use:
    """A field that refers to a product."""
    return Use(target=Used(kind=UsedKind.PRODUCT, id=product_id), field=field)
