"""Guides as other things name them."""

from api.kernel.context import Load
from domain.people.accounts import GuideId
from domain.people.guides import guides_by_ids


async def guide_name_shown(load: Load, id: GuideId) -> str | None:
    """A guide's name; None once they are not known any more."""
    guide = await load(guides_by_ids, id)
    return guide.name if guide else None
