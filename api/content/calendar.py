"""The brand's calendar: schedules of posts, and campaigns."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.content.post_types import Post
from api.content.posts import AS_IT_IS, PostIdArgument
from api.kernel.context import Load
from api.kernel.enums import enum
from api.kernel.operations import field, mutation, query
from api.kernel.packing import pack
from api.kernel.paging import After, Connection, First, connection
from domain.content import campaigns as plans
from domain.content import finding, planning
from domain.content.bank import ContentPorts
from domain.content.campaigns import CampaignState
from domain.content.revisions import PostId
from domain.kernel.paging import PageRequest
from domain.people.act import Act

enum(
    CampaignState,
    "Where a campaign stands.",
    PLANNED="It begins later.",
    RUNNING="It runs now.",
    ENDED="Its time is over.",
    CANCELLED="It was called off.",
)

CampaignIdArgument = Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
StartsAt = Annotated[datetime, strawberry.argument(description="At least ten seconds from now.")]
EndsAt = Annotated[
    datetime | None, strawberry.argument(description="When it ends; null for no end.")
]
CAMPAIGN = "The campaign as it is now."


@strawberry.type(description="A post in a campaign.")
class CampaignPost:
    post_id: strawberry.ID = strawberry.field(description="The post's id.")
    ready: bool = strawberry.field(
        description="Whether an approved revision of it is to go on show with the campaign."
    )

    @field("The post; null where the viewer may not see it.")
    async def post(self, load: Load) -> Post | None:
        found = await load(finding.posts_by_ids, PostId(self.post_id))
        return Post.of(found) if found else None


@strawberry.type(description="A plan by which posts go on show at one moment.")
class Campaign:
    campaign: strawberry.Private[plans.Campaign]
    id: strawberry.ID = strawberry.field(description="Its id.")
    name: str = strawberry.field(description="Its name.")
    starts_at: datetime = strawberry.field(description="When its posts go on show.")
    ends_at: datetime | None = strawberry.field(description="When they go off; null for no end.")

    @classmethod
    def of(cls, campaign: plans.Campaign) -> "Campaign":
        """Pack a campaign."""
        return pack(cls, campaign, campaign=campaign)

    @field("Where it stands now.")
    def state(self, act: Act) -> CampaignState:
        return self.campaign.state(act.at)

    @field("Its posts, in the order in which they were added.")
    async def posts(self, load: Load) -> list[CampaignPost]:
        found = await load(planning.line_ups, self.campaign) or {}
        return [
            CampaignPost(post_id=strawberry.ID(post_id), ready=ready)
            for post_id, ready in found.items()
        ]


@query("One campaign; null where there is none of this id. For the content team.")
async def campaign(
    ports: ContentPorts,
    act: Act,
    id: Annotated[strawberry.ID, strawberry.argument(description="The campaign's id.")],
) -> Campaign | None:
    found = await planning.campaign(ports, act, id)
    return Campaign.of(found) if found else None


@query("The campaigns that start at or after a moment, the earliest first; for the content team.")
async def campaigns(
    ports: ContentPorts,
    act: Act,
    since: Annotated[datetime, strawberry.argument(description="The moment.")],
    first: First = 20,
    after: After = None,
) -> Connection[Campaign]:
    page = await planning.calendar(ports, act, since, PageRequest(first=first, after=after))
    return connection(page, Campaign.of)


@mutation(
    "Say when a post goes on show, once its latest revision is approved, and when it goes off.",
    post=AS_IT_IS,
)
async def post_schedule(
    ports: ContentPorts,
    act: Act,
    id: PostIdArgument,
    publish_at: Annotated[
        datetime | None,
        strawberry.argument(
            description="Null, or a moment that has come, for as soon as approved."
        ),
    ] = None,
    retire_at: Annotated[
        datetime | None,
        strawberry.argument(description="After publishAt and after now; null for never."),
    ] = None,
) -> Post:
    return Post.of(await planning.schedule(ports, act, id, publish_at, retire_at))


@mutation("Put a campaign on the calendar.", campaign=CAMPAIGN)
async def campaign_plan(
    ports: ContentPorts,
    act: Act,
    name: Annotated[str, strawberry.argument(description="1 to 60 characters.")],
    starts_at: StartsAt,
    ends_at: EndsAt = None,
) -> Campaign:
    return Campaign.of(await planning.plan_campaign(ports, act, name, starts_at, ends_at))


@mutation("Let a post go on show with a campaign, if it is approved by then.", campaign=CAMPAIGN)
async def campaign_add(
    ports: ContentPorts, act: Act, id: CampaignIdArgument, post_id: PostIdArgument
) -> Campaign:
    return Campaign.of(await planning.add_to_campaign(ports, act, id, post_id))


@mutation(
    "Take a post out of a campaign; it is held back until it is scheduled anew.", campaign=CAMPAIGN
)
async def campaign_remove(
    ports: ContentPorts, act: Act, id: CampaignIdArgument, post_id: PostIdArgument
) -> Campaign:
    return Campaign.of(await planning.remove_from_campaign(ports, act, id, post_id))


@mutation("Give a campaign that has not begun, and all its posts, another time.", campaign=CAMPAIGN)
async def campaign_move(
    ports: ContentPorts,
    act: Act,
    id: CampaignIdArgument,
    starts_at: StartsAt,
    ends_at: EndsAt = None,
) -> Campaign:
    return Campaign.of(await planning.move_campaign(ports, act, id, starts_at, ends_at))


@mutation("Give a campaign up before it begins; its posts are held back.", campaign=CAMPAIGN)
async def campaign_cancel(ports: ContentPorts, act: Act, id: CampaignIdArgument) -> Campaign:
    return Campaign.of(await planning.cancel_campaign(ports, act, id))


QUERIES = (
    campaign,
    campaigns,
)
MUTATIONS = (
    post_schedule,
    campaign_plan,
    campaign_add,
    campaign_remove,
    campaign_move,
    campaign_cancel,
)
