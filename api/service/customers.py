"""What is seen of members by themselves and by who looks after them, in the schema."""

from datetime import date, datetime
from typing import Annotated

import strawberry

from api.audiences.levels import MemberLevel
from api.audiences.tags import GivenLevel, MemberTag
from api.kernel.enums import enum
from api.kernel.money import Money
from api.kernel.operations import field, query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from api.promotions.coupons import Coupon
from api.wallets.points import Points
from domain.audiences import segmenting
from domain.audiences.trait_ports import TraitPorts
from domain.kernel.moments import NEVER
from domain.kernel.paging import PageRequest
from domain.people.act import Act
from domain.service import customer_view as views
from domain.service import listing_members
from domain.service import member_purchases as purchases
from domain.service.customer_view import NextDateKind
from domain.service.customers import CustomerPorts
from domain.service.store_lists import MemberOrder

enum(
    NextDateKind,
    "What is to come on a day.",
    VISIT="A booking of theirs.",
    BIRTHDAY="Their birthday.",
    COUPON_LAPSES="A coupon of theirs lapses.",
    POINTS_LAPSE="Points of theirs lapse.",
    LEVEL_ENDS="Their level ends.",
)
enum(
    MemberOrder,
    "In which order members are listed.",
    NEWEST="Those first who joined last.",
    ID="By their ids.",
)
MemberId = Annotated[
    strawberry.ID,
    strawberry.argument(description="The member; an id that was merged leads to the other."),
]


@strawberry.type(description="Units of one thing that were bought.")
class BoughtLine(Packed[purchases.BoughtLine]):
    sku: str = strawberry.field(description="Its SKU, or the channel's own code of it.")
    name: str | None = strawberry.field(description="What it is called, if we know it.")
    quantity: int = strawberry.field(description="How many.")
    paid: Money = strawberry.field(description="What was paid for all of them.")


@strawberry.type(description="A purchase of a member's, in the mall or in another channel.")
class MemberPurchase:
    value: strawberry.Private[purchases.MemberPurchase]
    id: strawberry.ID = strawberry.field(description="Its id, the same in every answer.")
    channel: str = strawberry.field(description="Where: MALL, or the channel, such as TMALL.")
    number: str = strawberry.field(description="The order's id, or the channel's own number.")
    at: datetime = strawberry.field(description="When.")
    store_id: strawberry.ID | None = strawberry.field(description="The store, if it had one.")
    guide_id: strawberry.ID | None = strawberry.field(
        description="The guide who served, or whose link the buyer came by."
    )
    paid: Money = strawberry.field(description="What was paid for all of it.")
    refunded: Money = strawberry.field(description="What was paid back of that.")

    @classmethod
    def of(cls, value: purchases.MemberPurchase) -> "MemberPurchase":
        """Pack a purchase."""
        return cls(
            value=value,
            id=strawberry.ID(value.id),
            channel=value.channel,
            number=value.number,
            at=value.at,
            store_id=strawberry.ID(value.store_id) if value.store_id else None,
            guide_id=strawberry.ID(value.guide_id) if value.guide_id else None,
            paid=Money.of(value.paid),
            refunded=Money.of(value.refunded),
        )

    @strawberry.field(description="What was bought.")
    def lines(self) -> list[BoughtLine]:
        return [
            BoughtLine(sku=one.sku, name=one.name, quantity=one.quantity, paid=Money.of(one.paid))
            for one in self.value.lines
        ]


@strawberry.type(description="A line of a cart that a member has left.")
class LeftLine(Packed[views.LeftLine]):
    sku: strawberry.ID = strawberry.field(description="The SKU's code.")
    name: str | None = strawberry.field(description="What it is called, if it is in the catalogue.")
    quantity: int = strawberry.field(description="How many.")


@strawberry.type(description="A day in China on which something is to come.")
class NextDate(Packed[views.NextDate]):
    kind: NextDateKind = strawberry.field(description="What.")
    on: date = strawberry.field(description="The day.")


@strawberry.type(description="A member as seen by whoever looks after them.")
class CustomerView:
    value: strawberry.Private[views.CustomerView]
    id: strawberry.ID = strawberry.field(description="The member's id.")
    name: str | None = strawberry.field(description="The name that they told.")
    phone: str | None = strawberry.field(description="Their number, masked: 138****8000.")
    points: Points = strawberry.field(description="What they have of points.")
    purchases_in_all: int = strawberry.field(description="How many purchases there are.")

    @classmethod
    def of(cls, value: views.CustomerView) -> "CustomerView":
        """Pack what is seen."""
        return cls(
            value=value,
            id=strawberry.ID(value.id),
            name=value.name,
            phone=value.phone,
            points=Points.of(value.points),
            purchases_in_all=value.purchases_in_all,
        )

    @field("Their level.")
    def level(self, ports: TraitPorts, act: Act) -> MemberLevel:
        return MemberLevel.of(segmenting.level_rules(ports, act).level(self.value.traits.level))

    @strawberry.field(description="Until when they keep it whatever they spend; null for no end.")
    def level_until(self) -> datetime | None:
        until = self.value.traits.level_until
        return None if until == NEVER else until

    @strawberry.field(description="The level that they were given, if that holds; null for none.")
    def level_given(self) -> GivenLevel | None:
        return GivenLevel.of(self.value.traits.given) if self.value.traits.given else None

    @strawberry.field(description="Their tags; null where they do not allow profiling.")
    def tags(self) -> list[MemberTag] | None:
        if not self.value.profiled:
            return None
        return [MemberTag.of(one) for one in self.value.traits.tags]

    @strawberry.field(description="The coupons that they can use now.")
    def coupons(self) -> list[Coupon]:
        return [Coupon.of(one) for one in self.value.coupons]

    @strawberry.field(description="Their last five purchases; memberPurchases has all.")
    def purchases(self) -> list[MemberPurchase]:
        return [MemberPurchase.of(one) for one in self.value.purchases]

    @strawberry.field(description="The cart they have left; null where profiling is not allowed.")
    def cart(self) -> list[LeftLine] | None:
        cart = self.value.cart
        return None if cart is None else [LeftLine.of(one) for one in cart]

    @strawberry.field(description="What is to come, the soonest first.")
    def next_dates(self) -> list[NextDate]:
        return [NextDate.of(one) for one in self.value.next_dates]


@query(
    "What a member bought in the mall and elsewhere, the newest first; for themselves, their "
    "guide, their store's manager and head office. Each look of somebody else is written down."
)
async def member_purchases(
    ports: CustomerPorts, act: Act, member_id: MemberId, first: First = 20, after: After = None
) -> Connection[MemberPurchase]:
    request = PageRequest(first=first, after=after)
    return connection(
        await purchases.member_purchases(ports, act, member_id, request), MemberPurchase.of
    )


@strawberry.type(description="A member on a list of a store's members or a guide's customers.")
class ListedMember(Packed[listing_members.SeenMember]):
    id: strawberry.ID = strawberry.field(description="The member's id, for customerView.")
    name: str | None = strawberry.field(description="The name that they told.")
    phone: str | None = strawberry.field(description="Their number, masked: 138****8000.")
    joined_at: datetime = strawberry.field(description="When they joined.")


@query(
    "Who joined at a store or is a customer of a guide there, for its manager; a guide's own "
    "customers, by guideId; head office both. Who does not allow to be seen is left out; each "
    "look is written down."
)
async def store_members(
    ports: CustomerPorts,
    act: Act,
    store_id: Annotated[
        strawberry.ID | None, strawberry.argument(description="The store. This, or guideId.")
    ] = None,
    guide_id: Annotated[
        strawberry.ID | None,
        strawberry.argument(
            description="The guide; with storeId too, whose customer they are at this store."
        ),
    ] = None,
    order: Annotated[
        MemberOrder, strawberry.argument(description="In which order.")
    ] = MemberOrder.NEWEST,
    first: First = 20,
    after: After = None,
) -> Connection[ListedMember]:
    request = PageRequest(first=first, after=after)
    found = await listing_members.store_members(ports, act, store_id, guide_id, order, request)
    return connection(found, ListedMember.of)


@query(
    "What whoever looks after a member sees of them: their guide, their store's manager, head "
    "office, and the member. What the member does not allow is left out; each look is written down."
)
async def customer_view(
    ports: CustomerPorts,
    act: Act,
    member_id: Annotated[
        strawberry.ID | None,
        strawberry.argument(
            description="The member; an id that was merged leads to the other. This, or "
            "externalUserId."
        ),
    ] = None,
    external_user_id: Annotated[
        strawberry.ID | None,
        strawberry.argument(description="WeCom's id of the customer beside whom a page is open."),
    ] = None,
) -> CustomerView:
    return CustomerView.of(await views.customer_view(ports, act, member_id, external_user_id))


QUERIES = (member_purchases, customer_view, store_members)
