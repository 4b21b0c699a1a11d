"""A store's day of new friends, in the schema."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.enums import enum
from api.kernel.operations import query
from api.kernel.packing import Packed, pack
from api.network.stores import StoreIdArgument
from domain.contact import friend_figures as figures
from domain.contact.friend_figures import SuspicionKind
from domain.contact.ports import ContactPorts
from domain.people.act import Act

enum(
    SuspicionKind,
    "Why new friends are suspicious.",
    BURST="Many came within ten minutes.",
    GONE="Many are gone again: five or more, and three in ten.",
    ONE_MEMBER="Three or more of them are one member.",
    ONE_PAYER="One WeChat account paid for three or more of them.",
    ONE_DEVICE="Three or more of them accepted an invitation on one device.",
)


@strawberry.type(description="What is suspicious of one person's new friends of a day.")
class FriendSuspicion:
    kind: SuspicionKind = strawberry.field(
        description="BURST: very many within ten minutes; GONE: very many are gone again; "
        "ONE_MEMBER: several accounts are one member; ONE_PAYER: one WeChat account paid for "
        "several members; ONE_DEVICE: several members used one device."
    )
    user_id: strawberry.ID = strawberry.field(description="Whose friends, by WeCom's user id.")
    count: int = strawberry.field(description="How many.")
    since: datetime = strawberry.field(description="When the first of them came.")
    until: datetime = strawberry.field(description="When the last of them came.")
    external_ids: list[strawberry.ID] = strawberry.field(description="The first 20 of them.")

    @classmethod
    def of(cls, value: figures.Suspicion) -> "FriendSuspicion":
        """Pack it."""
        return pack(cls, value, external_ids=[strawberry.ID(one) for one in value.external_ids])


@strawberry.type(description="What one of a store's people brought of new friends on a day.")
class GuideFriendDay(Packed[figures.GuideDay]):
    user_id: strawberry.ID = strawberry.field(description="WeCom's user id.")
    guide_id: strawberry.ID | None = strawberry.field(description="The guide; null for no guide.")
    added: int = strawberry.field(description="How many came.")
    gone: int = strawberry.field(description="How many of them are gone by now.")
    duplicates: int = strawberry.field(
        description="How many were somebody's friends in the company before."
    )
    valid: int = strawberry.field(description="How many count; known some days later.")


@strawberry.type(description="A store's day of new friends, as it looks now.")
class StoreFriendDay:
    guides: list[GuideFriendDay] = strawberry.field(description="What each brought.")
    suspicions: list[FriendSuspicion] = strawberry.field(description="What to look into.")
    paying: int = strawberry.field(description="How many members paid in the store on the day.")
    friends: int = strawberry.field(
        description="How many of those are friends of somebody in the company now."
    )

    @classmethod
    def of(cls, value: figures.StoreDayOfFriends) -> "StoreFriendDay":
        """Pack it."""
        return cls(
            guides=[GuideFriendDay.of(one) for one in value.guides],
            suspicions=[FriendSuspicion.of(one) for one in value.suspicions],
            paying=value.paying,
            friends=value.friends,
        )


@query("A store's new friends of a day, with figures and evidence; for who runs the store.")
async def store_friends(
    ports: ContactPorts,
    act: Act,
    store_id: StoreIdArgument,
    day: Annotated[str, strawberry.argument(description="A day in Beijing, such as `2026-11-28`.")],
) -> StoreFriendDay:
    return StoreFriendDay.of(await figures.friends_of_day(ports, act, store_id, day))


QUERIES = (store_friends,)
