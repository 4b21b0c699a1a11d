"""A guide's list of today in the schema."""

from typing import Annotated

import strawberry

from api.content.post_enums import Scene
from api.guiding.tasks import TaskCopy
from api.kernel.enums import enum
from api.kernel.operations import query
from api.kernel.packing import Packed
from api.sharing.share_links import ShareTarget
from domain.guiding import customer_care, today
from domain.guiding.customer_care import CareKind
from domain.guiding.today import BesidePorts, TodayPorts
from domain.people.act import Act

enum(
    CareKind,
    "Why a guide turns to a customer.",
    VISIT="They have a booking today.",
    UNPAID="An order of yesterday's lapsed unpaid.",
    PARCEL="They did not take a parcel, which came back yesterday.",
    BIRTHDAY="Their birthday is in three days.",
    LEVEL_ENDS="Their level ends in 30 days.",
    CHILD="A child of theirs has come into an age band this month, for which there is a post.",
    SILENT="They have bought nothing for 60 days.",
    ASKED="A journey asks for it.",
)
# What a guide may say; they change it as they like before they send it.
WORDS = {
    CareKind.VISIT: "您好，今天给您留好了时间，到店直接找我就好。",
    CareKind.UNPAID: "您好，昨天看中的那件还在，需要我帮您留一件吗？",
    CareKind.PARCEL: "您好，包裹退回来了，是尺码或款式不合适吗？我帮您看看怎么换。",
    CareKind.LEVEL_ENDS: "您好，您的会员等级还有 30 天到期，我帮您看看怎么保级。",
    CareKind.CHILD: "您好，宝宝又长大了一些，这篇正好适合现在看。",
    CareKind.BIRTHDAY: "您好，生日快到了，提前祝您生日快乐，欢迎来店里坐坐。",
    CareKind.SILENT: "您好，好久不见，店里上了新，想请您来看看。",
    CareKind.ASKED: "您好，有什么可以帮您的吗？",
}


@strawberry.type(description="A customer of the guide's to turn to today, and with what.")
class CustomerToCareFor(Packed[customer_care.CareItem]):
    value: strawberry.Private[customer_care.CareItem]
    kind: CareKind = strawberry.field(description="Why.")
    member_id: strawberry.ID = strawberry.field(
        description="The member; customerView has what the guide may see of them."
    )

    @strawberry.field(description="What the guide may say.")
    def words(self) -> str:
        return self.value.words or WORDS[self.value.kind]

    @strawberry.field(
        description="What shareLinkCreate makes the guide's link to; null for the storefront of "
        "their store."
    )
    def target(self) -> ShareTarget | None:
        target = self.value.target
        return ShareTarget(kind=target.kind, id=strawberry.ID(target.id)) if target else None

    @strawberry.field(description="In which scene the link is shared.")
    def scene(self) -> Scene:
        return Scene.ONE_TO_ONE


@strawberry.type(description="One thing for a guide to do today: a task, or a customer.")
class TodayItem(Packed[today.TodayItem]):
    value: strawberry.Private[today.TodayItem]
    worth: int = strawberry.field(description="By which the list is chosen; of a task its coins.")
    done: bool = strawberry.field(
        description="Whether it is done: measured for a task, and for a customer by their coming "
        "by the guide's link today."
    )

    @strawberry.field(description="The task; null for a customer.")
    def task(self) -> TaskCopy | None:
        return TaskCopy.of(self.value.task) if self.value.task else None

    @strawberry.field(description="The customer; null for a task.")
    def customer(self) -> CustomerToCareFor | None:
        found = self.value.customer
        return CustomerToCareFor.of(found) if found else None


@query("What is worth most of all that the viewer, a guide, may do today; 20 at most, open first.")
async def own_today(ports: TodayPorts, act: Act) -> list[TodayItem]:
    return [TodayItem.of(one) for one in await today.own_today(ports, act)]


@query(
    "What the viewer, a guide, may do for a customer of theirs now: whatever gives a reason today, "
    "with words and what to share, then the open tasks. The first is the best."
)
async def customer_today(
    ports: BesidePorts,
    act: Act,
    member_id: Annotated[
        strawberry.ID | None,
        strawberry.argument(description="The member. This, or externalUserId."),
    ] = None,
    external_user_id: Annotated[
        strawberry.ID | None,
        strawberry.argument(description="WeCom's id of the customer beside whom a page is open."),
    ] = None,
) -> list[TodayItem]:
    found = await today.today_beside(ports, act, member_id, external_user_id)
    return [TodayItem.of(one) for one in found]


QUERIES = (own_today, customer_today)
