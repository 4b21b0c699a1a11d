"""The mirror of customer groups: each is read when WeCom tells of it, and once a day anyway."""

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from domain.audiences.trait_ports import TraitPorts
from domain.contact.group_ways import GroupWays
from domain.contact.groups import (
    SHOWN_AFTER,
    CustomerGroup,
    CustomerGroups,
    GroupId,
    GroupPurpose,
    as_read,
    read_purpose,
)
from domain.contact.ports import ContactPorts
from domain.kernel.each import each
from domain.kernel.facts import Batch
from domain.kernel.paging import Page, PageRequest
from domain.kernel.ports import Ports
from domain.kernel.records import Subject
from domain.kernel.refusals import NotFound
from domain.kernel.versions import risen
from domain.network.stores import StoreId
from domain.people.act import Act

GROUP_EVENT = "change_external_chat"
GROUPS_LISTED_EVERY = timedelta(hours=6)
# WeCom lists the groups of so many owners a call; document/path/93414.
MOST_OWNERS = 100
MOST_AT_ONCE = 50
AT_ONCE = 4
# A group is handed over at once; whether it was is seen by reading it.
LOOK_AGAIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPorts(Ports):
    """What customer groups need; `traits` say who is in which segment."""

    contact: ContactPorts
    groups: CustomerGroups
    ways: GroupWays
    traits: TraitPorts


async def note_groups(ports: GroupPorts, act: Act, batch: Batch) -> None:
    """Have the groups read that WeCom told of; again, it changes nothing that stays."""
    events = [fact.data["event"] for fact in batch.facts]
    told = {
        GroupId(one["ChatId"])
        for one in events
        if one.get("Event") == GROUP_EVENT and one.get("ChatId")
    }
    await ports.groups.note(told, act.at + SHOWN_AFTER)


async def list_groups(ports: GroupPorts, act: Act) -> None:
    """Have all groups of guides read of which nothing was ever heard."""
    stores = sorted(ports.contact.directory.directory().stores)
    guides = await ports.contact.guides.of_stores([str(one) for one in stores])
    users = [one.wecom_user_id for one in guides]
    for start in range(0, len(users), MOST_OWNERS):
        found = await ports.contact.wecom.groups_of(users[start : start + MOST_OWNERS])
        ids = [GroupId(one) for one in found]
        known = await ports.groups.by_ids(ids)
        await ports.groups.note([one for one in ids if one not in known], act.at)


async def read_groups(ports: GroupPorts, act: Act) -> int:
    """Read the groups that are due; tell of how many."""
    due = await ports.groups.due(act.at, MOST_AT_ONCE)
    return await each(due, partial(_read, ports, act), at_once=AT_ONCE)


async def groups_of_store(
    ports: GroupPorts, act: Act, store_id: str, request: PageRequest
) -> Page[CustomerGroup]:
    """The groups of a store's people."""
    act.viewer.require("contact.see_groups")
    store = ports.contact.directory.directory().store(StoreId(store_id))
    act.viewer.require("contact.see_groups", store=store.id)
    return await ports.groups.page_of(store.id, request)


async def set_group_purpose(
    ports: GroupPorts, act: Act, group_id: str, purpose: GroupPurpose
) -> CustomerGroup:
    """Say for whom a group is."""
    act.viewer.require("contact.keep_groups")
    before = await group_of(ports, act, group_id)
    after = risen(replace(before, purpose=read_purpose(purpose)))
    await ports.groups.save(after, expected=before.version)
    subject = Subject(kind="customer group", id=after.id)
    await ports.contact.records.append(
        act.record(
            "customerGroupPurposeSet",
            subject,
            before=_values(before.purpose),
            after=_values(after.purpose),
        )
    )
    return after


async def group_of(ports: GroupPorts, act: Act, group_id: str) -> CustomerGroup:
    """A group of a store whose groups the viewer keeps."""
    found = (await ports.groups.by_ids([GroupId(group_id)])).get(GroupId(group_id))
    if found is None or found.store_id is None:
        raise NotFound(
            f"No guide has a group {group_id}; look at customerGroups.", field=["groupId"]
        )
    act.viewer.require("contact.keep_groups", store=found.store_id)
    return found


async def _read(ports: GroupPorts, act: Act, group: CustomerGroup) -> None:
    began = ports.contact.clock()
    found = await ports.contact.wecom.group(group.id)
    after = as_read(group, found, began)
    plan = after.hand_over
    if plan and plan.code is None and after.due_at is not None:
        if after.owner == plan.to_user:
            after = replace(after, hand_over=replace(plan, code=0))
        else:
            # Of two who read it at once, one hands it over: the other's write comes too late.
            group = risen(replace(group, due_at=began + LOOK_AGAIN))
            await ports.groups.save(group, expected=group.version - 1)
            code = await ports.contact.wecom.hand_group_over(group.id, plan.to_user, left=plan.left)
            # Done or not, it is read again: WeCom's list says whose it is.
            refused = replace(plan, code=code) if code else plan
            due_at = after.due_at if code else began + LOOK_AGAIN
            owner = after.owner if code else plan.to_user
            after = replace(after, hand_over=refused, due_at=due_at, owner=owner)
    owners = await ports.contact.guides.by_wecom_users([after.owner])
    guide = next(iter(owners), None)
    after = replace(
        after,
        guide_id=guide.id if guide else None,
        store_id=StoreId(guide.store_id) if guide else after.store_id,
    )
    after = replace(after, version=group.version)
    await ports.groups.save(risen(after), expected=group.version)


def _values(purpose: GroupPurpose) -> dict[str, object]:
    return {
        "productLine": purpose.product_line,
        "ageBand": purpose.age_band.value if purpose.age_band else None,
        "level": purpose.level,
    }
