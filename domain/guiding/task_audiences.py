"""Whom an audience means: the guides of stores, and those who manage them."""

from domain.guiding.tasks import MOST_NAMED, TaskAudience
from domain.kernel.ids import PersonId
from domain.kernel.refusals import Invalid
from domain.network.stores import StoreId
from domain.people.accounts import Guide, Staff, StaffAccounts
from domain.people.act import Act
from domain.people.roles import Role
from domain.sharing.shareable import SharingPorts


async def guides_meant(ports: SharingPorts, act: Act, audience: TaskAudience) -> list[Guide]:
    """The guides that an audience names, all of stores for whose guides the viewer may publish."""
    stores = _stores_meant(ports, audience)
    found = {one.id: one for one in await ports.guides.of_stores([*stores])}
    by_name = await ports.guides.by_ids(list(audience.guide_ids))
    found |= {one.id: one for one in by_name.values() if one.active}
    _require_stores(act, audience, {one.store_id for one in found.values()})
    return sorted(found.values(), key=lambda one: (one.store_id, one.id))


async def managers_meant(
    ports: SharingPorts, act: Act, staff: StaffAccounts, audience: TaskAudience
) -> list[Staff]:
    """The active managers of the stores that an audience names, and those whom it names."""
    stores = _stores_meant(ports, audience)
    found = {one.id: one for one in await staff.managers_of_stores(stores)}
    by_name = await staff.by_ids([PersonId(one) for one in audience.guide_ids])
    found |= {
        one.id: one
        for one in by_name.values()
        if one.active and one.role is Role.STORE_MANAGER and one.store_id
    }
    _require_stores(act, audience, {one.store_id or "" for one in found.values()})
    return list(found.values())


def _stores_meant(ports: SharingPorts, audience: TaskAudience) -> list[StoreId]:
    directory = ports.directory.directory()
    if len(audience.guide_ids) > MOST_NAMED:
        raise Invalid(f"Name {MOST_NAMED} guides at most.", field=["input", "guideIds"])
    for named in audience.store_ids:
        directory.store(named)
    return [
        one.id
        for one in directory.stores.values()
        if audience.everybody
        or one.id in audience.store_ids
        or one.region_id in audience.region_ids
        or one.owner_id in audience.owner_ids
    ]


def _require_stores(act: Act, audience: TaskAudience, stores: set[str]) -> None:
    for store in sorted(stores | set(audience.store_ids)):
        act.viewer.require("task.publish", store=store)
