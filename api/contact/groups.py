"""Customer groups and the codes to them, in the schema."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.enums import enum
from api.kernel.operations import mutation, query
from api.kernel.packing import Packed, pack
from api.kernel.paging import After, Connection, First, connection
from api.network.stores import StoreIdArgument
from domain.contact import group_ways as ways
from domain.contact import groups, mirroring_groups, opening_group_ways
from domain.contact.groups import GroupPurpose
from domain.contact.mirroring_groups import GroupPorts
from domain.kernel.paging import PageRequest
from domain.members.profiles import ChildAge
from domain.people.act import Act

enum(
    ChildAge,
    "How old a child is, as far as anybody need know it.",
    UNBORN="Not born yet.",
    UNDER_1="In its first year.",
    FROM_1_TO_3="From 1 to 3.",
    FROM_4_TO_6="From 4 to 6.",
    FROM_7_TO_12="From 7 to 12.",
    FROM_13_TO_17="From 13 to 17.",
    GROWN_UP="18 or older.",
)


@strawberry.type(description="Somebody in a customer group.")
class CustomerGroupMember(Packed[groups.GroupMember]):
    id: strawberry.ID = strawberry.field(
        description="WeCom's id of the customer, or of one of the company's people."
    )
    joined_at: datetime = strawberry.field(description="Since when.")
    customer: bool = strawberry.field(description="Whether it is a customer.")
    state: strawberry.ID | None = strawberry.field(description="By which code; null for none.")


@strawberry.type(description="A customer group in WeCom, as it was read last.")
class CustomerGroup:
    id: strawberry.ID = strawberry.field(description="WeCom's id.")
    name: str = strawberry.field(description="What it is called there.")
    owner: strawberry.ID = strawberry.field(description="Whose it is, by WeCom's user id.")
    guide_id: strawberry.ID | None = strawberry.field(description="Whose it is; null for no guide.")
    product_line: str | None = strawberry.field(description="For which line of products it is.")
    age_band: ChildAge | None = strawberry.field(description="For children of which age.")
    level: str | None = strawberry.field(description="For which level of members.")
    customers: int = strawberry.field(description="How many customers are in it.")
    members: list[CustomerGroupMember] = strawberry.field(description="All who are in it.")
    read_at: datetime | None = strawberry.field(
        description="When WeCom was asked last; null for not yet."
    )
    dissolved: bool = strawberry.field(description="Whether it is there no more.")

    @classmethod
    def of(cls, value: groups.CustomerGroup) -> "CustomerGroup":
        """Pack a group."""
        return pack(
            cls,
            value,
            product_line=value.purpose.product_line,
            age_band=value.purpose.age_band,
            level=value.purpose.level,
            members=[CustomerGroupMember.of(one) for one in value.members],
            dissolved=value.due_at is None,
        )


@strawberry.type(description="A code by which customers join one of some groups.")
class GroupWay:
    id: strawberry.ID = strawberry.field(description="Its state, by which members show it.")
    name: str = strawberry.field(description="Its name in the store.")
    group_ids: list[strawberry.ID] = strawberry.field(description="The groups it leads to.")
    segment_id: strawberry.ID | None = strawberry.field(
        description="For members of which segment; null for everybody."
    )
    qr_url: str = strawberry.field(description="Where its picture is.")

    @classmethod
    def of(cls, value: ways.GroupWay) -> "GroupWay":
        """Pack a code."""
        return pack(cls, value, group_ids=[strawberry.ID(one) for one in value.group_ids])


@query("The customer groups of a store's people, by id; for the store and head office.")
async def customer_groups(
    ports: GroupPorts, act: Act, store_id: StoreIdArgument, first: First = 20, after: After = None
) -> Connection[CustomerGroup]:
    request = PageRequest(first=first, after=after)
    found = await mirroring_groups.groups_of_store(ports, act, store_id, request)
    return connection(found, CustomerGroup.of)


@mutation("Say for whom a customer group is, all of it anew.", group="The group.")
async def customer_group_purpose_set(
    ports: GroupPorts,
    act: Act,
    group_id: Annotated[strawberry.ID, strawberry.argument(description="WeCom's id.")],
    product_line: Annotated[
        str | None, strawberry.argument(description="A line of products; at most 20 characters.")
    ] = None,
    age_band: Annotated[
        ChildAge | None, strawberry.argument(description="The age of children.")
    ] = None,
    level: Annotated[str | None, strawberry.argument(description="A level of members.")] = None,
) -> CustomerGroup:
    purpose = GroupPurpose(product_line=product_line, age_band=age_band, level=level)
    return CustomerGroup.of(await mirroring_groups.set_group_purpose(ports, act, group_id, purpose))


@query("A store's codes to groups, or those of them that are for a member.")
async def group_ways(
    ports: GroupPorts,
    act: Act,
    store_id: StoreIdArgument,
    member_id: Annotated[
        strawberry.ID | None,
        strawberry.argument(description="Only codes for this member, by the segments they are in."),
    ] = None,
) -> list[GroupWay]:
    found = await opening_group_ways.group_ways_of(ports, act, store_id, member_id)
    return [GroupWay.of(one) for one in found]


@mutation(
    "Open a code that leads to up to five groups of a store; set again, it stays the same code. "
    "Where they are full, WeCom opens another group.",
    way="The code.",
)
async def group_way_set(
    ports: GroupPorts,
    act: Act,
    store_id: StoreIdArgument,
    name: Annotated[
        str, strawberry.argument(description="Its name in the store; at most 20 characters.")
    ],
    group_ids: Annotated[
        list[strawberry.ID], strawberry.argument(description="The groups, at most five.")
    ],
    segment_id: Annotated[
        strawberry.ID | None,
        strawberry.argument(description="For members of this segment; without, for everybody."),
    ] = None,
) -> GroupWay:
    way = await opening_group_ways.set_group_way(
        ports, act, store_id, name, group_ids=group_ids, segment_id=segment_id
    )
    return GroupWay.of(way)


QUERIES = (customer_groups, group_ways)
MUTATIONS = (customer_group_purpose_set, group_way_set)
