"""Share links in the schema."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.content.post_enums import Scene
from api.kernel.context import Load
from api.kernel.enums import enum
from api.kernel.operations import field, mutation, query
from api.kernel.packing import pack
from api.kernel.paging import After, Connection, First, connection
from api.network.stores import Store, store_shown
from domain.kernel.paging import PageRequest
from domain.people.accounts import GuideId
from domain.people.act import Act
from domain.sharing import creating_links, following_links, share_links
from domain.sharing.creating_links import LinkOrder
from domain.sharing.share_links import ShareKind
from domain.sharing.shareable import SharingPorts

enum(
    ShareKind,
    "What a share link can lead to.",
    POST="A post.",
    PRODUCT="A product.",
    STOREFRONT="A store's storefront.",
    CAMPAIGN="A campaign.",
)


@strawberry.type(description="What a share link leads to.")
class ShareTarget:
    kind: ShareKind = strawberry.field(description="The kind of thing.")
    id: strawberry.ID = strawberry.field(description="Its id; of a storefront the store's.")


@strawberry.type(description="A short link that carries its guide: whoever comes by it is theirs.")
class ShareLink:
    value: strawberry.Private[share_links.ShareLink]
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
    def of(cls, link: share_links.ShareLink) -> "ShareLink":
        """Pack a link."""
        return pack(
            cls, link, target=ShareTarget(kind=link.target.kind, id=strawberry.ID(link.target.id))
        )

    @field("The address to send or to print as a QR code.")
    def url(self, ports: SharingPorts) -> str:
        return share_links.share_url(ports.public_url, self.value.code)

    @field("What a mini-program code carries as its scene.")
    def scene_string(self) -> str:
        return share_links.scene_string(self.value.code)

    @field("The poster with this link's code, drawn from the first template that suits.")
    def poster_url(self, ports: SharingPorts) -> str:
        return f"{ports.public_url}/posters/{self.value.code}.jpg"

    @field("The store whose storefront a visitor enters.")
    async def store(self, load: Load) -> Store:
        return await store_shown(load, self.value.store_id)

    @field("How many visits it brought; one visitor counts once in half an hour.")
    async def touch_count(self, load: Load) -> int:
        return await load(following_links.touch_counts, self.value.code) or 0


@strawberry.type(description="A link that was followed, and what is behind it just now.")
class FollowedLink:
    link: ShareLink = strawberry.field(description="The link.")
    title: str = strawberry.field(description="What it is about.")
    summary: str = strawberry.field(description="More about it; may be empty.")
    guide_name: str = strawberry.field(description="The guide who shared it.")

    @classmethod
    def of(cls, followed: following_links.Followed) -> "FollowedLink":
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
        description="A campaign to count it for, in 1 to 40 characters of one line.", default=None
    )
    guide_id: strawberry.ID | None = strawberry.field(
        description="Whose link it is; guides leave it out.", default=None
    )

    def order(self) -> LinkOrder:
        """The order as the domain knows it."""
        return LinkOrder(
            target=share_links.ShareTarget(kind=self.kind, id=str(self.target_id)),
            scene=self.scene,
            campaign=self.campaign,
            guide_id=GuideId(str(self.guide_id)) if self.guide_id is not None else None,
        )


Reference = Annotated[
    str,
    strawberry.argument(
        description="The code, or the scene or share URL that the mini-program was opened with."
    ),
]


@query("A share link; null where the code is not one of ours.")
async def share_link(ports: SharingPorts, act: Act, code: Reference) -> ShareLink | None:
    found = await following_links.link_of(ports, act, share_links.read_reference(code))
    return ShareLink.of(found) if found else None


@query("The links of the guide who asks, with what each has brought; the newest first.")
async def own_share_links(
    ports: SharingPorts, act: Act, first: First = 20, after: After = None
) -> Connection[ShareLink]:
    page = await creating_links.own_links(ports, act, PageRequest(first=first, after=after))
    return connection(page, ShareLink.of)


@mutation(
    "Make a share link; asked again for the same, the same link is the answer.",
    share_link="The link.",
)
async def share_link_create(
    ports: SharingPorts,
    act: Act,
    input: Annotated[
        ShareLinkCreateInput, strawberry.argument(description="What to share, and where.")
    ],
) -> ShareLink:
    return ShareLink.of(await creating_links.create_link(ports, act, input.order()))


@mutation(
    "Follow a share link in the mini-program; the visit is the guide's from here on.",
    opened="The link and what is behind it.",
)
async def share_link_open(ports: SharingPorts, act: Act, code: Reference) -> FollowedLink:
    return FollowedLink.of(
        await following_links.visit(ports, act, share_links.read_reference(code))
    )


QUERIES = (share_link, own_share_links)
MUTATIONS = (share_link_create, share_link_open)
