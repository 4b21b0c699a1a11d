"""Opening codes to groups, and finding those that are for a member."""

from collections.abc import Sequence
from dataclasses import replace

from domain.audiences.segments import SegmentId
from domain.audiences.tagging import known_traits
from domain.contact.group_ways import MOST_GROUPS_IN_A_WAY, GroupWay
from domain.contact.groups import GroupId
from domain.contact.mirroring_groups import GroupPorts
from domain.contact.opening_ways import LONGEST_NAME
from domain.contact.ways import group_state
from domain.kernel.ids import PersonId
from domain.kernel.lines import read_line
from domain.kernel.refusals import Invalid
from domain.kernel.versions import risen
from domain.network.stores import StoreId
from domain.people.act import Act


async def set_group_way(
    ports: GroupPorts,
    act: Act,
    store_id: str,
    name: str,
    *,
    group_ids: Sequence[str],
    segment_id: str | None,
) -> GroupWay:
    """A code of a store that leads to some of its groups; set again, it stays the same code."""
    act.viewer.require("contact.keep_groups")
    store = ports.contact.directory.directory().store(StoreId(store_id))
    act.viewer.require("contact.keep_groups", store=store.id)
    name = read_line(name, least=1, most=LONGEST_NAME, field=["name"])
    ids = tuple(dict.fromkeys(GroupId(one) for one in group_ids))
    if not 1 <= len(ids) <= MOST_GROUPS_IN_A_WAY:
        raise Invalid(f"Name 1 to {MOST_GROUPS_IN_A_WAY} groups.", field=["groupIds"])
    found = await ports.groups.by_ids(ids)
    others = [one for one in ids if one not in found or found[one].store_id != store.id]
    if others:
        raise Invalid(f"{', '.join(others)} are no groups of this store.", field=["groupIds"])
    segments = ports.traits.book.rules().segments
    if segment_id is not None and SegmentId(segment_id) not in segments:
        raise Invalid(f"There is no segment {segment_id}.", field=["segmentId"])
    wanted = GroupWay(
        id=group_state(store.id, name),
        store_id=store.id,
        name=name,
        group_ids=ids,
        segment_id=SegmentId(segment_id) if segment_id else None,
    )
    return await _opened(ports, wanted)


async def group_ways_of(
    ports: GroupPorts, act: Act, store_id: str, member_id: str | None
) -> Sequence[GroupWay]:
    """A store's codes to groups, or those that are for a member, by their segments."""
    act.viewer.require("contact.see_groups")
    store = ports.contact.directory.directory().store(StoreId(store_id))
    act.viewer.require("contact.see_groups", store=store.id)
    ways = await ports.ways.of_store(store.id)
    if member_id is None:
        return ways
    traits = await known_traits(ports.traits, act, PersonId(member_id))
    segments = ports.traits.book.rules().segments
    own = {one for one, segment in segments.items() if segment.key in traits.segments}
    return [one for one in ways if one.segment_id is None or one.segment_id in own]


async def _opened(ports: GroupPorts, wanted: GroupWay) -> GroupWay:
    """The code as it is wanted; under a state that is always the same, as those of guides."""
    before = await ports.ways.by_id(wanted.id)
    if before is None:
        made = await ports.contact.wecom.open_group_way(wanted.group_ids, wanted.id, wanted.name)
        after = replace(wanted, config_id=made.config_id, qr_url=made.qr_url)
    else:
        if before.group_ids != wanted.group_ids:
            await ports.contact.wecom.lead_group_way_to(before.config_id, wanted.group_ids)
        after = replace(before, group_ids=wanted.group_ids, segment_id=wanted.segment_id)
    if after == before:
        return after
    await ports.ways.save(risen(after), expected=before.version if before else 0)
    return risen(after)
