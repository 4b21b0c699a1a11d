"""Naming those who work for the brand."""

from collections.abc import Mapping, Sequence

from domain.kernel.ids import PersonId
from domain.people.accounts import GuideId
from domain.people.act import Act
from domain.people.sign_in import PeoplePorts


async def names_of_people(
    ports: PeoplePorts, act: Act, ids: Sequence[PersonId]
) -> Mapping[PersonId, str]:
    """The names of staff and guides, two round trips; without those of consumers.

    For whoever may know the ids themselves.
    """
    staff = await ports.staff.by_ids(ids)
    guides = await ports.guides.by_ids([GuideId(one) for one in ids if one not in staff])
    return {
        **{PersonId(key): guide.name for key, guide in guides.items()},
        **{key: one.name for key, one in staff.items()},
    }
