"""The friends that a guide has, and how fresh the mirror of them is."""

from dataclasses import dataclass
from datetime import datetime

from domain.contact.bonds import Bond
from domain.contact.ports import ContactPorts
from domain.kernel.paging import Page, PageRequest
from domain.kernel.refusals import NotFound
from domain.people.accounts import Guide, GuideId
from domain.people.act import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideFriends:
    """A guide's friends, a page of them, as WeCom's list was at a moment; None for never read."""

    guide: Guide
    read_at: datetime | None
    friends: Page[Bond]


async def guide_friends(
    ports: ContactPorts, act: Act, guide_id: str, request: PageRequest
) -> GuideFriends:
    """The friends of a guide; for the guide, their store's manager and head office."""
    guide = await guide_looked_at(ports, act, guide_id)
    user = guide.wecom_user_id
    read = (await ports.lists.by_ids([user])).get(user)
    friends = await ports.bonds.page_of(user, request)
    return GuideFriends(guide=guide, read_at=read.read_at if read else None, friends=friends)


async def guide_looked_at(ports: ContactPorts, act: Act, guide_id: str) -> Guide:
    """A guide whose friends the viewer may see."""
    act.viewer.require("contact.see_friends")
    guide = await ports.guides.by_id(GuideId(guide_id))
    if guide is None:
        raise NotFound(f"There is no guide {guide_id}; look the id up.", field=["guideId"])
    act.viewer.require("contact.see_friends", guide=guide.id, store=guide.store_id)
    return guide
