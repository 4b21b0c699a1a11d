"""Asking guides to send something to their groups, or as a moment, with a link of their own."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NewType, Protocol

from domain.contact.groups import CustomerGroup, CustomerGroups, GroupId
from domain.content.scenes import Scene
from domain.kernel.ids import PersonId
from domain.kernel.lines import read_line, read_paragraphs
from domain.kernel.paging import Page, PageRequest
from domain.kernel.ports import Ports
from domain.kernel.refusals import Invalid, NotFound
from domain.kernel.request_keys import RequestKey, request_key
from domain.kernel.within import Within
from domain.kernel.wording import sayable
from domain.messaging.errands import Errand, ErrandKind, Handed
from domain.messaging.running_errands import ErrandPorts
from domain.messaging.sends import BatchId
from domain.messaging.templates import LONGEST_TEXT, LONGEST_TITLE, MessageContent
from domain.network.stores import StoreId
from domain.people.accounts import Guide
from domain.people.act import Act
from domain.sharing.creating_links import LinkOrder, create_links
from domain.sharing.share_links import ShareCode, ShareLink, ShareTarget, share_url
from domain.sharing.shareable import SharingPorts

RegistrationId = NewType("RegistrationId", str)
QUANTITY = Within(0, 99)
SCENES = {ErrandKind.MOMENT: Scene.MOMENTS, ErrandKind.GROUPS: Scene.COMMUNITY}


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedErrands:
    """What the guides of a store are to send: to groups, of all of them if none is named."""

    kind: ErrandKind
    store_id: StoreId
    text: str
    title: str
    target: ShareTarget
    group_ids: tuple[GroupId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRegistration:
    """So many that a member wants of what went to a group."""

    id: RegistrationId
    code: ShareCode
    member_id: PersonId
    quantity: int
    at: datetime


class GroupRegistrations(Protocol):
    """Who wants how much of what went to groups."""

    async def put(self, registration: GroupRegistration) -> None:
        """Keep one, over what the member wanted before."""

    async def of_codes(self, codes: Sequence[ShareCode]) -> Sequence[GroupRegistration]:
        """All of some links, the first first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskingPorts(Ports):
    """What asking guides needs."""

    running: ErrandPorts
    groups: CustomerGroups
    sharing: SharingPorts
    registrations: GroupRegistrations


async def ask_guides(
    ports: AskingPorts, act: Act, wanted: WantedErrands, key: str
) -> Sequence[Errand]:
    """Ask the guides of a store, each once under a key; WeCom shows it to them soon."""
    act.viewer.require("errand.ask")
    store = ports.sharing.directory.directory().store(wanted.store_id)
    act.viewer.require("errand.ask", store=store.id)
    named = request_key(key, wanted)
    asked_by = hashlib.sha256(f"{act.viewer.id}\0{named.key}".encode()).hexdigest()[:20]
    await _require_same(ports, asked_by, named)
    content = _content(ports, act, wanted)
    guides = {one.wecom_user_id: one for one in await ports.sharing.guides.of_store(store.id)}
    errands = []
    for guide, group in await _whom(ports, act, wanted, guides):
        [link] = await create_links(ports.sharing, act, [guide], _order(wanted, group))
        errand = _errand(ports, act, wanted, content, guide, group, link, asked_by)
        errands.append(replace(errand, wanted=named.fingerprint))
    await ports.running.errands.add(errands)
    # Somebody may have asked for something else under the key at the same moment.
    await _require_same(ports, asked_by, named)
    found = await ports.running.errands.by_ids([one.id for one in errands])
    return [found[one.id] for one in errands]


async def _require_same(ports: AskingPorts, asked_by: str, named: RequestKey) -> None:
    """Refuse a key under which something else was asked, as far as it was noted what was."""
    before = await ports.running.errands.asked_by(asked_by)
    named.is_among(
        RequestKey(key=named.key, fingerprint=one.wanted) for one in before if one.wanted
    )


async def errands_of(
    ports: AskingPorts, act: Act, store_id: str, request: PageRequest
) -> Page[Errand]:
    """What the guides of a store were asked to send, and what came of it."""
    act.viewer.require("errand.see")
    act.viewer.require("errand.see", store=store_id)
    return await ports.running.errands.page(StoreId(store_id), request)


async def registrations_by_codes(
    ports: AskingPorts, act: Act, codes: Sequence[ShareCode]
) -> Mapping[ShareCode, Sequence[GroupRegistration]]:
    """Who wants how much of what went out with some links; for whoever may see the errands."""
    found: dict[ShareCode, list[GroupRegistration]] = {one: [] for one in codes}
    for one in await ports.registrations.of_codes(codes):
        found[one.code].append(one)
    return found


async def register(ports: AskingPorts, act: Act, code: str, quantity: int) -> GroupRegistration:
    """Say how many the viewer wants of what went to a group; 0 for none any more."""
    act.viewer.require("group_registration.make")
    QUANTITY.read(quantity, ["quantity"])
    errand = await ports.running.errands.by_code(ShareCode(code))
    if errand is None or errand.group_id is None:
        raise NotFound("Nothing went to a group with this code.", field=["code"])
    registration = GroupRegistration(
        id=RegistrationId(f"{code}:{act.viewer.id}"),
        code=ShareCode(code),
        member_id=act.viewer.id,
        quantity=quantity,
        at=act.at,
    )
    await ports.registrations.put(registration)
    return registration


async def _whom(
    ports: AskingPorts, act: Act, wanted: WantedErrands, guides: Mapping[str, Guide]
) -> Sequence[tuple[Guide, CustomerGroup | None]]:
    """The guides who are asked, each with one of their groups unless it is for their moments."""
    if not guides:
        raise Invalid("This store has no guide to ask.", field=["input", "storeId"])
    if wanted.kind is ErrandKind.MOMENT:
        return [(one, None) for one in guides.values()]
    groups = {one.id: one for one in await ports.groups.owned_by(list(guides))}
    missing = [one for one in wanted.group_ids if one not in groups]
    if missing or not groups:
        told = ", ".join(missing) or "There are none"
        raise Invalid(
            f"{told}: name groups that guides of this store own, see customerGroups.",
            field=["input", "groupIds"],
        )
    chosen = [groups[one] for one in wanted.group_ids or sorted(groups)]
    return [(guides[one.owner], one) for one in chosen]


def _content(ports: AskingPorts, act: Act, wanted: WantedErrands) -> MessageContent:
    if wanted.kind not in SCENES:
        raise Invalid("Guides are asked for moments or groups; send messages to friends.")
    at = ["input"]
    text = read_paragraphs(wanted.text, least=1, most=LONGEST_TEXT, field=[*at, "text"])
    title = read_line(wanted.title, least=1, most=LONGEST_TITLE, field=[*at, "title"])
    sayable(ports.running.messaging.wording, text, None, [*at, "text"])
    sayable(ports.running.messaging.wording, title, None, [*at, "title"])
    return MessageContent(text=text, title=title)


def _order(wanted: WantedErrands, group: CustomerGroup | None) -> LinkOrder:
    campaign = None
    if group:
        campaign = f"group:{hashlib.sha256(group.id.encode()).hexdigest()[:20]}"
    return LinkOrder(target=wanted.target, scene=SCENES[wanted.kind], campaign=campaign)


def _errand(
    ports: AskingPorts,
    act: Act,
    wanted: WantedErrands,
    content: MessageContent,
    guide: Guide,
    group: CustomerGroup | None,
    link: ShareLink,
    asked_by: str,
) -> Errand:
    url = share_url(ports.sharing.public_url, link.code)
    return Errand(
        id=BatchId(f"asked:{asked_by}:{group.id if group else guide.wecom_user_id}"),
        kind=wanted.kind,
        user_id=guide.wecom_user_id,
        guide_id=guide.id,
        store_id=wanted.store_id,
        content=MessageContent(text=content.text, title=content.title, url=url),
        handed=(Handed(to=group.id if group else guide.wecom_user_id),),
        asked_by=asked_by,
        at=act.at,
        due_at=act.at,
        group_id=group.id if group else None,
        share_code=link.code,
    )
