"""What guides are asked to send to groups and as moments, in the schema."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.context import Load
from api.kernel.enums import enum
from api.kernel.operations import field, mutation, query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from api.messaging.messaging import Key
from api.network.stores import StoreIdArgument
from domain.contact.groups import GroupId
from domain.kernel.paging import PageRequest
from domain.messaging import asking_guides
from domain.messaging import errands as rules
from domain.messaging.asking_guides import AskingPorts, WantedErrands, registrations_by_codes
from domain.messaging.errands import ErrandKind, ErrandState, HandResult
from domain.network.stores import StoreId
from domain.people.act import Act
from domain.sharing.share_links import ShareKind, ShareTarget

enum(
    ErrandKind,
    "Where a guide is to send something.",
    FRIENDS="To friends, each by themselves.",
    GROUPS="To customer groups.",
    MOMENT="As a moment.",
)
enum(
    ErrandState,
    "Where an errand stands.",
    PLANNED="WeCom is asked soon.",
    CARRYING="WeCom is being asked.",
    ASKED="The guide has it.",
    DONE="All is known that will be.",
    FAILED="WeCom would not.",
    UNKNOWN="Nobody can tell whether WeCom has it, and it is not asked again.",
)
enum(
    HandResult,
    "What came of it.",
    UNSENT="The guide has not confirmed it yet.",
    SENT="It was sent.",
    NO_FRIEND="They are no friend of the guide's any more.",
    OTHER_FIRST="They had as many as may be.",
    REFUSED="WeCom would not have them in it.",
)


@strawberry.type(description="One friend, group or guide, and what came of it for them.")
class ErrandResult(Packed[rules.Handed]):
    to: strawberry.ID = strawberry.field(description="WeCom's id.")
    result: HandResult = strawberry.field(description="What came of it.")


@strawberry.type(description="What a member of a group wants of what went to it.")
class GroupRegistration(Packed[asking_guides.GroupRegistration]):
    member_id: strawberry.ID = strawberry.field(description="The member.")
    quantity: int = strawberry.field(description="How many.")
    at: datetime = strawberry.field(description="Since when.")


@strawberry.type(description="What a guide is asked to send in WeCom by their own hand.")
class Errand(Packed[rules.Errand]):
    value: strawberry.Private[rules.Errand]
    id: strawberry.ID = strawberry.field(description="Its id.")
    kind: ErrandKind = strawberry.field(description="Where it goes.")
    guide_id: strawberry.ID | None = strawberry.field(description="Who is asked.")
    group_id: strawberry.ID | None = strawberry.field(description="The group, if it is for one.")
    state: ErrandState = strawberry.field(description="Where it stands.")
    at: datetime = strawberry.field(description="When it was wanted.")
    sent: int = strawberry.field(description="To how many it has gone.")
    unsent: int = strawberry.field(description="To how many it may go yet.")
    code: int | None = strawberry.field(description="WeCom's code of why not, if it would not.")

    @strawberry.field(description="What is to be said.")
    def text(self) -> str:
        return self.value.content.text

    @strawberry.field(description="The guide's own link, which goes with it.")
    def url(self) -> str | None:
        return self.value.content.url

    @strawberry.field(description="What came of it for each; the first 100.")
    def results(self) -> list[ErrandResult]:
        return [ErrandResult.of(one) for one in self.value.handed[:100]]

    @field("What members of the group registered for, the first first.")
    async def registrations(self, load: Load) -> list[GroupRegistration]:
        if self.value.share_code is None:
            return []
        found = await load(registrations_by_codes, self.value.share_code)
        return [GroupRegistration.of(one) for one in found or ()]


@strawberry.input(description="What the guides of a store are to send.")
class ErrandsInput:
    store_id: strawberry.ID = strawberry.field(description="The store.")
    kind: ErrandKind = strawberry.field(description="GROUPS or MOMENT.")
    text: str = strawberry.field(description="What is to be said; at most 1,000 characters.")
    title: str = strawberry.field(description="The link's title; at most 40 characters.")
    target_kind: ShareKind = strawberry.field(description="What the link leads to.")
    target_id: strawberry.ID = strawberry.field(description="Its id.")
    group_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Only these groups; without, all of the store's guides."
    )

    def value(self) -> WantedErrands:
        """Unpack it."""
        return WantedErrands(
            kind=self.kind,
            store_id=StoreId(self.store_id),
            text=self.text,
            title=self.title,
            target=ShareTarget(kind=self.target_kind, id=self.target_id),
            group_ids=tuple(GroupId(one) for one in self.group_ids),
        )


def _all(found: Sequence[rules.Errand]) -> list[Errand]:
    return [Errand.of(one) for one in found]


@mutation(
    "Ask the guides of a store in WeCom to send something to their groups or as a moment, each "
    "with a link of their own, which for a group is also the group's own.",
    errands="What each is asked.",
)
async def errands_ask(
    ports: AskingPorts,
    act: Act,
    input: Annotated[ErrandsInput, strawberry.argument(description="What is to be sent.")],
    idempotency_key: Key,
) -> list[Errand]:
    return _all(await asking_guides.ask_guides(ports, act, input.value(), idempotency_key))


@query("What the guides of a store were asked to send in WeCom, the newest first.")
async def errands(
    ports: AskingPorts, act: Act, store_id: StoreIdArgument, first: First = 20, after: After = None
) -> Connection[Errand]:
    request = PageRequest(first=first, after=after)
    found = await asking_guides.errands_of(ports, act, store_id, request)
    return connection(found, Errand.of)


@mutation(
    "Register for what went to a group; again, it is the new number that counts.",
    registration="The registration.",
)
async def group_register(
    ports: AskingPorts,
    act: Act,
    code: Annotated[str, strawberry.argument(description="The code of the link that went there.")],
    quantity: Annotated[int, strawberry.argument(description="How many; 0 for none any more.")],
) -> GroupRegistration:
    return GroupRegistration.of(await asking_guides.register(ports, act, code, quantity))


QUERIES = (errands,)
MUTATIONS = (errands_ask, group_register)
