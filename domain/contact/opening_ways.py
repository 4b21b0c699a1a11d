"""Opening codes: each guide's own, a store's and its campaigns'; and what welcomes by them."""

from collections.abc import Sequence
from dataclasses import replace

from domain.contact.ports import ContactPorts
from domain.contact.rules import ContactRules, read_welcome
from domain.contact.ways import Way, guide_state, store_state
from domain.contact.wecom import MOST_IN_A_WAY, Welcome
from domain.kernel.lines import read_line
from domain.kernel.records import Subject
from domain.kernel.refusals import Invalid, NotFound
from domain.kernel.versions import risen
from domain.network.stores import StoreId
from domain.people.accounts import Guide, GuideId
from domain.people.act import Act

LONGEST_NAME = 20
NOBODY = "This store has no guide who could be added; bring guides in with guidesImport first."


async def open_guide_ways(ports: ContactPorts, act: Act, store_id: str) -> Sequence[Way]:
    """The codes of a store's guides, opened for those who have none yet."""
    _, guides = await _guides_of(ports, act, store_id)
    ways = []
    for guide in guides:
        known = await ports.ways.by_id(guide_state(guide.id))
        way = await _opened(ports, _guide_way(guide, known.welcome if known else None), [guide])
        ways.append(await _with_link(ports, way, guide))
    return ways


async def set_store_way(
    ports: ContactPorts, act: Act, store_id: str, name: str, welcome: Welcome | None
) -> Way:
    """A code of a store that leads to all of its guides, with a welcome of its own."""
    store, guides = await _guides_of(ports, act, store_id)
    name = read_line(name, least=1, most=LONGEST_NAME, field=["name"])
    if len(guides) > MOST_IN_A_WAY:
        raise Invalid(f"WeCom lets a code lead to {MOST_IN_A_WAY} people; name fewer guides.")
    said = read_welcome(welcome) if welcome else None
    ids = tuple(one.id for one in guides)
    way = Way(id=store_state(store, name), store_id=store, guide_ids=ids, name=name, welcome=said)
    return await _opened(ports, way, guides)


async def set_guide_welcome(
    ports: ContactPorts, act: Act, guide_id: str, welcome: Welcome | None
) -> Way:
    """What a guide's own code welcomes with; None for the usual welcome."""
    guide = await ports.guides.by_id(GuideId(guide_id))
    if guide is None or not guide.active:
        raise NotFound(f"There is no guide {guide_id} at work; look the id up.", field=["guideId"])
    act.viewer.require("contact.keep_ways", store=guide.store_id)
    said = read_welcome(welcome) if welcome else None
    return await _opened(ports, _guide_way(guide, said), [guide])


async def ways_of(ports: ContactPorts, act: Act, store_id: str) -> Sequence[Way]:
    """A store's codes and those of its guides."""
    act.viewer.require("contact.see_ways")
    store = ports.directory.directory().store(StoreId(store_id))
    act.viewer.require("contact.see_ways", store=store.id)
    return await ports.ways.of_stores([store.id])


async def set_rules(
    ports: ContactPorts, act: Act, rules: ContactRules, *, expected: int
) -> ContactRules:
    """Set the rules of customer contact anew, over the version that was seen."""
    act.viewer.require("contact.rule")
    if rules.brand_guide_id and not await brand_guide(ports, act, rules):
        raise Invalid("Name a guide at work.", field=["brandGuideId"])
    before = ports.rules.now()
    said = read_welcome(rules.welcome) if rules.welcome else None
    after = replace(rules, welcome=said, version=expected + 1, set_at=act.at)
    await ports.rules.add(after)
    subject = Subject(kind="contact rules", id="contact rules")
    await ports.records.append(
        act.record("contactRulesSet", subject, before=_values(before), after=_values(after))
    )
    return after


async def brand_guide(ports: ContactPorts, act: Act, rules: ContactRules) -> Guide | None:
    """The brand's own account, while there is one that is at work."""
    found = await ports.guides.by_id(rules.brand_guide_id) if rules.brand_guide_id else None
    return found if found and found.active else None


def rules_now(ports: ContactPorts, act: Act) -> ContactRules:
    """The rules as they are."""
    act.viewer.require("contact.rule")
    return ports.rules.now()


def _values(rules: ContactRules) -> dict[str, object]:
    return {
        "validAfterDays": rules.valid_after_days,
        "capADay": rules.cap_a_day,
        "burst": rules.burst,
        "welcome": rules.welcome.text if rules.welcome else None,
        "brandGuideId": rules.brand_guide_id,
        "sendsPer": rules.sends_per.value,
        "sendsMost": rules.sends_most,
    }


async def _guides_of(
    ports: ContactPorts, act: Act, store_id: str
) -> tuple[StoreId, Sequence[Guide]]:
    act.viewer.require("contact.keep_ways")
    store = ports.directory.directory().store(StoreId(store_id))
    act.viewer.require("contact.keep_ways", store=store.id)
    guides = await ports.guides.of_store(store.id)
    if not guides:
        raise Invalid(NOBODY, field=["storeId"])
    return store.id, guides


async def _with_link(ports: ContactPorts, way: Way, guide: Guide) -> Way:
    """A guide's code with a link to a chat; one that a crash has made twice leads there too."""
    if way.link_url is not None:
        return way
    url = await ports.wecom.open_link(guide.wecom_user_id, guide.name)
    if url is None:
        return way
    after = risen(replace(way, link_url=url))
    await ports.ways.save(after, expected=way.version)
    return after


def _guide_way(guide: Guide, welcome: Welcome | None) -> Way:
    return Way(
        id=guide_state(guide.id),
        store_id=StoreId(guide.store_id),
        guide_ids=(guide.id,),
        welcome=welcome,
    )


async def _opened(ports: ContactPorts, wanted: Way, guides: Sequence[Guide]) -> Way:
    """The code as it is wanted; WeCom is asked for one that it has not made yet.

    It is asked under a state that is always the same: who comes by a code that a crash has made
    twice comes by this one.
    """
    before = await ports.ways.by_id(wanted.id)
    if before is None:
        remark = wanted.name or guides[0].name
        made = await ports.wecom.open_way([one.wecom_user_id for one in guides], wanted.id, remark)
        after = replace(wanted, config_id=made.config_id, qr_url=made.qr_url)
    else:
        users = [one.wecom_user_id for one in guides]
        if before.config_id and before.guide_ids != wanted.guide_ids:
            await ports.wecom.lead_way_to(before.config_id, users)
        after = replace(
            before,
            store_id=wanted.store_id,
            guide_ids=wanted.guide_ids,
            welcome=wanted.welcome,
        )
    if after != before:
        after = risen(after)
        await ports.ways.save(after, expected=before.version if before else 0)
    return after
