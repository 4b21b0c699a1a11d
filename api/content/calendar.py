"""The brand's calendar: schedules of posts, and campaigns."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.content.posts import PostIdArgument, PostPayload, packed
from api.kernel.context import Info
from api.kernel.paging import After, Connection, First, connection
from api.kernel.payloads import Payload, mutation
from domain.content.planning import calendar, campaigns
from domain.content.planning.campaigns import CampaignState
from domain.content.posts import Post
from domain.kernel.paging import PageRequest

strawberry.enum(CampaignState, description="Where a campaign stands.")

CampaignIdArgument = Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
StartsAt = Annotated[datetime, strawberry.argument(description="At least ten seconds from now.")]
EndsAt = Annotated[
    datetime | None, strawberry.argument(description="When it ends; null for no end.")
]


@strawberry.type(description="A post in a campaign.")
class CampaignPost:
    post_id: strawberry.ID = strawberry.field(description="The post.")
    ready: bool = strawberry.field(
        description="Whether an approved revision of it is to go on show with the campaign."
    )


@strawberry.type(description="A plan by which posts go on show at one moment.")
class Campaign:
    campaign: strawberry.Private[campaigns.Campaign]
    id: strawberry.ID = strawberry.field(description="Its id.")
    name: str = strawberry.field(description="Its name.")
    starts_at: datetime = strawberry.field(description="When its posts go on show.")
    ends_at: datetime | None = strawberry.field(description="When they go off; null for no end.")

    @classmethod
    def of(cls, campaign: campaigns.Campaign) -> "Campaign":
        """Pack a campaign."""
        return cls(
            campaign=campaign,
            id=strawberry.ID(campaign.id),
            name=campaign.name,
            starts_at=campaign.starts_at,
            ends_at=campaign.ends_at,
        )

    @strawberry.field(description="Where it stands now.")
    def state(self, info: Info) -> CampaignState:
        return self.campaign.state(info.context.now)

    @strawberry.field(description="Its posts, in the order in which they were added.")
    async def posts(self, info: Info) -> list[CampaignPost]:
        wanted = self.campaign.post_ids
        found = await info.context.world.content.posts.by_ids(wanted)
        return [
            CampaignPost(
                post_id=strawberry.ID(post_id),
                ready=post_id in found and _ready(found[post_id], self.campaign),
            )
            for post_id in wanted
        ]


@strawberry.type(description="The answer to a schedule.")
class PostSchedulePayload(PostPayload):
    pass


@strawberry.type(description="The answer to every action on a campaign.")
class CampaignPayload(Payload):
    campaign: Campaign | None = strawberry.field(
        description="The campaign as it is now.", default=None
    )


@strawberry.type(description="The answer to a new campaign.")
class CampaignPlanPayload(CampaignPayload):
    pass


@strawberry.type(description="The answer to a post added to a campaign.")
class CampaignAddPayload(CampaignPayload):
    pass


@strawberry.type(description="The answer to a post taken out of a campaign.")
class CampaignRemovePayload(CampaignPayload):
    pass


@strawberry.type(description="The answer to a campaign moved.")
class CampaignMovePayload(CampaignPayload):
    pass


@strawberry.type(description="The answer to a campaign cancelled.")
class CampaignCancelPayload(CampaignPayload):
    pass


@strawberry.type
class CalendarQuery:
    @strawberry.field(
        description="The campaigns that start at or after a moment, the earliest first; for the "
        "content team."
    )
    async def campaigns(
        self,
        info: Info,
        since: Annotated[datetime, strawberry.argument(description="The moment.")],
        first: First = 20,
        after: After = None,
    ) -> Connection[Campaign]:
        context = info.context
        context.viewer.require(*calendar.PLANNERS)
        page = PageRequest(first=first, after=after)
        return connection(await context.world.content.campaigns.page(since, page), Campaign.of)


@strawberry.type
class CalendarMutation:
    @mutation(
        "Say when a post goes on show, once its latest revision is approved, and when it goes off."
    )
    async def post_schedule(
        self,
        info: Info,
        id: PostIdArgument,
        publish_at: Annotated[
            datetime | None, strawberry.argument(description="Null for as soon as approved.")
        ] = None,
        retire_at: Annotated[
            datetime | None, strawberry.argument(description="Null for never.")
        ] = None,
    ) -> PostSchedulePayload:
        context = info.context
        post = await calendar.schedule(
            context.world.content,
            context.viewer,
            id,
            publish_at,
            retire_at,
            now=context.now,
            new_id=context.world.new_id,
        )
        return PostSchedulePayload(post=await packed(info, post))

    @mutation("Put a campaign on the calendar.")
    async def campaign_plan(
        self,
        info: Info,
        name: Annotated[str, strawberry.argument(description="1 to 60 characters.")],
        starts_at: StartsAt,
        ends_at: EndsAt = None,
    ) -> CampaignPlanPayload:
        context = info.context
        campaign = await calendar.plan_campaign(
            context.world.content,
            context.viewer,
            name,
            starts_at,
            ends_at,
            now=context.now,
            new_id=context.world.new_id,
        )
        return CampaignPlanPayload(campaign=Campaign.of(campaign))

    @mutation("Let a post go on show with a campaign, if it is approved by then.")
    async def campaign_add(
        self, info: Info, id: CampaignIdArgument, post_id: PostIdArgument
    ) -> CampaignAddPayload:
        context = info.context
        campaign = await calendar.add_to_campaign(
            context.world.content,
            context.viewer,
            id,
            post_id,
            now=context.now,
            new_id=context.world.new_id,
        )
        return CampaignAddPayload(campaign=Campaign.of(campaign))

    @mutation("Take a post out of a campaign; it is held back until it is scheduled anew.")
    async def campaign_remove(
        self, info: Info, id: CampaignIdArgument, post_id: PostIdArgument
    ) -> CampaignRemovePayload:
        context = info.context
        campaign = await calendar.remove_from_campaign(
            context.world.content,
            context.viewer,
            id,
            post_id,
            now=context.now,
            new_id=context.world.new_id,
        )
        return CampaignRemovePayload(campaign=Campaign.of(campaign))

    @mutation("Give a campaign that has not begun, and all its posts, another time.")
    async def campaign_move(
        self, info: Info, id: CampaignIdArgument, starts_at: StartsAt, ends_at: EndsAt = None
    ) -> CampaignMovePayload:
        context = info.context
        campaign = await calendar.move_campaign(
            context.world.content,
            context.viewer,
            id,
            starts_at,
            ends_at,
            now=context.now,
            new_id=context.world.new_id,
        )
        return CampaignMovePayload(campaign=Campaign.of(campaign))

    @mutation("Give a campaign up before it begins; its posts are held back.")
    async def campaign_cancel(self, info: Info, id: CampaignIdArgument) -> CampaignCancelPayload:
        context = info.context
        campaign = await calendar.cancel_campaign(
            context.world.content,
            context.viewer,
            id,
            now=context.now,
            new_id=context.world.new_id,
        )
        return CampaignCancelPayload(campaign=Campaign.of(campaign))


def _ready(post: Post, campaign: campaigns.Campaign) -> bool:
    return any(
        showing.starts_at == campaign.starts_at and showing.starts_at < showing.ends_at
        for showing in post.showings
    )
