"""Whom a storefront's card of a guide shows."""

from domain.mall.storefronts.pages import StorefrontPorts
from domain.people.accounts import Guide
from domain.people.act import Act


async def guide_shown(ports: StorefrontPorts, act: Act, store_id: str) -> Guide | None:
    """The guide of a store whose link the viewer followed last, else the first of the store's."""
    ours = await ports.guides.of_store(store_id)
    since = act.at - ports.credit_window.window()
    touch = await ports.touches.last_credit(act.viewer.ids, since=since) if act.viewer.id else None
    followed = (guide for guide in ours if touch and guide.id == touch.guide_id)
    return next(followed, ours[0] if ours else None)
