"""Share links in the schema."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.content.post_enums import Scene
from api.kernel.context import Info
from api.kernel.payloads import Payload, mutation
from api.network.stores import Store
from domain.people.accounts import GuideId
from domain.sharing import links, sharing
from domain.sharing.links import ShareKind
from domain.sharing.sharing import LinkOrder

strawberry.enum(ShareKind, description="What a share link can lead to.")


@strawberry.type(description="What a share link leads to.")
class ShareTarget:
    kind: ShareKind = strawberry.field(description="The kind of thing.")
    id: strawberry.ID = strawberry.field(description="Its id; of a storefront the store's.")


@strawberry.type(description="A short link that carries its guide: whoever comes by it is theirs.")
class ShareLink:
    value: strawberry.Private[links.ShareLink]
    code: str = strawberry.field(description="Ten characters that can stand in any URL.")
    target: ShareTarget = strawberry.field(description="What it leads to.")
    revision: str | None = strawberry.field(
        description="The revision of the post that was approved when the link was made."
    )
    scene: Scene = strawberry.field(description="Where it was meant to be shared.")
    campaign: str | None = strawberry.field(description="The campaign it counts for, if any.")
    guide_id: strawberry.ID = strawberry.field(description="The guide who shares it.")
    created_at: datetime = strawberry.field(description="When it was first asked for.")

    @classmethod
    def of(cls, link: links.ShareLink) -> "ShareLink":
        """Pack a link."""
        return cls(
            value=link,
            code=link.code,
            target=ShareTarget(kind=link.target.kind, id=strawberry.ID(link.target.id)),
            revision=link.revision,
            scene=link.scene,
            campaign=link.campaign,
            guide_id=strawberry.ID(link.guide_id),
            created_at=link.created_at,
        )

    @strawberry.field(description="The address to send or to print as a QR code.")
    def url(self, info: Info) -> str:
        return links.share_url(info.context.world.public_url, self.value.code)

    @strawberry.field(description="What a mini-program code carries as its scene.")
    def scene_string(self) -> str:
        return links.scene_string(self.value.code)

    @strawberry.field(
        description="The poster with this link's code, drawn from the first template that suits."
    )
    def poster_url(self, info: Info) -> str:
        return f"{info.context.world.public_url}/posters/{self.value.code}.jpg"

    @strawberry.field(description="The store whose storefront a visitor enters.")
    def store(self, info: Info) -> Store:
        return Store.of(info.context.world.reference.now().store(self.value.store_id))

    @strawberry.field(
        description="How many visits it brought; one visitor counts once in half an hour."
    )
    async def touch_count(self, info: Info) -> int:
        return await info.context.world.press.sharing.touches.count(self.value.code)


@strawberry.type(description="A link that was followed, and what is behind it just now.")
class FollowedLink:
    link: ShareLink = strawberry.field(description="The link.")
    title: str = strawberry.field(description="What it is about.")
    summary: str = strawberry.field(description="More about it; may be empty.")
    guide_name: str = strawberry.field(description="The guide who shared it.")

    @classmethod
    def of(cls, followed: sharing.Followed) -> "FollowedLink":
        """Pack a followed link."""
        return cls(
            link=ShareLink.of(followed.link),
            title=followed.shared.title,
            summary=followed.shared.summary,
            guide_name=followed.guide.name,
        )


@strawberry.input(description="What a share link is wanted for.")
class ShareLinkCreateInput:
    kind: ShareKind = strawberry.field(description="The kind of thing to share.")
    target_id: strawberry.ID = strawberry.field(description="Its id; of a storefront the store's.")
    scene: Scene = strawberry.field(description="Where it will be shared.")
    campaign: str | None = strawberry.field(
        description="A campaign to count it for: 1 to 40 of A-Z, a-z, 0-9, _ and -.", default=None
    )
    guide_id: strawberry.ID | None = strawberry.field(
        description="Whose link it is; guides leave it out.", default=None
    )

    def order(self) -> LinkOrder:
        """The order as the domain knows it."""
        return LinkOrder(
            target=links.ShareTarget(kind=self.kind, id=str(self.target_id)),
            scene=self.scene,
            campaign=self.campaign,
            guide_id=GuideId(str(self.guide_id)) if self.guide_id is not None else None,
        )


@strawberry.type(description="The answer to a request for a share link.")
class ShareLinkCreatePayload(Payload):
    share_link: ShareLink | None = strawberry.field(description="The link.", default=None)


@strawberry.type(description="The answer to following a share link.")
class ShareLinkOpenPayload(Payload):
    opened: FollowedLink | None = strawberry.field(
        description="The link and what is behind it.", default=None
    )


Reference = Annotated[
    str,
    strawberry.argument(
        description="The code, or the scene or share URL that the mini-program was opened with."
    ),
]


@strawberry.type
class ShareQuery:
    @strawberry.field(description="A share link; null where the code is not one of ours.")
    async def share_link(self, info: Info, code: Reference) -> ShareLink | None:
        found = await info.context.world.press.sharing.links.by_code(links.read_reference(code))
        return ShareLink.of(found) if found else None


@strawberry.type
class ShareMutation:
    @mutation("Make a share link; asked again for the same, the same link is the answer.")
    async def share_link_create(
        self,
        info: Info,
        input: Annotated[
            ShareLinkCreateInput, strawberry.argument(description="What to share, and where.")
        ],
    ) -> ShareLinkCreatePayload:
        context = info.context
        link = await sharing.create_link(
            context.world.press.sharing,
            context.viewer,
            input.order(),
            now=context.now,
            new_code=context.world.new_code,
        )
        return ShareLinkCreatePayload(share_link=ShareLink.of(link))

    @mutation("Follow a share link in the mini-program; the visit is the guide's from here on.")
    async def share_link_open(self, info: Info, code: Reference) -> ShareLinkOpenPayload:
        context = info.context
        context.viewer.require_known()
        ports = context.world.press.sharing
        followed = await sharing.follow(ports, links.read_reference(code), now=context.now)
        await sharing.touch(ports.touches, followed.link, context.viewer.id, now=context.now)
        return ShareLinkOpenPayload(opened=FollowedLink.of(followed))
