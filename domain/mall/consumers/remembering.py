"""Remembering what a consumer does, and telling it to them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from domain.catalogue.catalogue import CatalogueSource, Product, ProductId
from domain.kernel.ids import PersonId
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict
from domain.kernel.versions import risen
from domain.mall.consumers import profiles
from domain.mall.consumers.profiles import Consumer, Consumers, Noted, Rule
from domain.members.merging import MemberPorts
from domain.network.addresses import SaidAddress
from domain.network.directory import DirectorySource
from domain.network.divisions import Divisions
from domain.network.stores import Store
from domain.people.act import Act
from domain.people.viewer import Role

# Each Conflict is the success of another change: so many at once all get through.
ATTEMPTS = 50
# A visitor who has not come back for so long comes back as another.
FORGOTTEN_AFTER = timedelta(days=90)

# Makes what is kept by a visitor's id the member's; done again, it changes nothing.
HandOver = Callable[[PersonId, PersonId], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerPorts(Ports):
    """What remembering consumers needs; `belongings` are kept elsewhere but move along."""

    consumers: Consumers
    directory: DirectorySource
    catalogue: CatalogueSource
    divisions: Divisions
    members: MemberPorts
    belongings: Sequence[HandOver] = ()


async def remembered(ports: ConsumerPorts, act: Act) -> Consumer:
    """What is remembered of the viewer, by all ids that lead to them."""
    own, others = await _parts(ports, act)
    return profiles.together(own, others)


async def _parts(ports: ConsumerPorts, act: Act) -> tuple[Consumer, Sequence[Consumer]]:
    """What is kept in the viewer's own name, and by each other id of theirs."""
    act.viewer.require("consumer.remember")
    own, *others = act.viewer.ids
    found = await ports.consumers.by_ids(act.viewer.ids)
    return found.get(own) or Consumer(id=own), [found[one] for one in others if one in found]


async def change(ports: ConsumerPorts, act: Act, rule: Rule) -> Consumer:
    """Apply a rule to what is remembered of the viewer, again if they changed it elsewhere.

    What they take out goes wherever it was kept; all else is kept in their own name, so that each
    has their own again where a merge is undone.
    """
    visits = act.viewer.role is Role.VISITOR
    for _ in range(ATTEMPTS):
        own, others = await _parts(ports, act)
        before = profiles.together(own, others)
        after = rule(before)
        if after == before:
            return before
        forget_at = act.at + FORGOTTEN_AFTER if visits else None
        kept = profiles.own_part(own, before, after)
        parts = [
            (own, replace(kept, forget_at=forget_at)),
            *((one, profiles.others_part(one, before, after)) for one in others),
        ]
        try:
            for was, part in parts:
                if part != was:
                    await ports.consumers.save(risen(part), expected=was.version)
        except Conflict:
            continue
        return after
    raise Conflict("You are changing this on several devices at once; try again.")


async def add_favourite(ports: ConsumerPorts, act: Act, product_id: str) -> Consumer:
    """Note a product as a favourite of the viewer's."""
    product = ports.catalogue.catalogue().product(product_id)
    rule = partial(profiles.with_favourite, product_id=product.id, now=act.at)
    return await change(ports, act, rule)


async def remove_favourite(ports: ConsumerPorts, act: Act, product_id: str) -> Consumer:
    """Drop a favourite of the viewer's; one that is not there is no error."""
    rule = partial(profiles.without_favourite, product_id=ProductId(product_id))
    return await change(ports, act, rule)


async def note_view(ports: ConsumerPorts, act: Act, product_id: str) -> Consumer:
    """Note that the viewer looks at a product."""
    product = ports.catalogue.catalogue().product(product_id)
    return await change(ports, act, partial(profiles.with_view, product_id=product.id, now=act.at))


async def forget_views(ports: ConsumerPorts, act: Act) -> Consumer:
    """Forget what the viewer has looked at."""
    return await change(ports, act, profiles.without_views)


async def note_store(ports: ConsumerPorts, act: Act, store_id: str) -> Consumer:
    """Note that the viewer is in a store's storefront."""
    store = ports.directory.directory().store(store_id)
    return await change(ports, act, partial(profiles.with_store, store_id=store.id, now=act.at))


async def add_address(
    ports: ConsumerPorts, act: Act, said: SaidAddress, *, default: bool
) -> Consumer:
    """Add an address of the viewer's; the first is the default one."""
    address = profiles.checked_address(ports.divisions, act.new_id("address"), said)
    rule = partial(profiles.with_address, address=address, default=default)
    return await change(ports, act, rule)


async def change_address(
    ports: ConsumerPorts, act: Act, id: str, said: SaidAddress, *, default: bool
) -> Consumer:
    """Change an address of the viewer's."""
    address = profiles.checked_address(ports.divisions, id, said)
    rule = partial(profiles.with_changed_address, address=address, default=default)
    return await change(ports, act, rule)


async def remove_address(ports: ConsumerPorts, act: Act, id: str) -> Consumer:
    """Remove an address of the viewer's."""
    return await change(ports, act, partial(profiles.without_address, id=id))


async def still_sold(
    ports: ConsumerPorts, act: Act, noted: Sequence[Noted]
) -> list[tuple[Product, datetime]]:
    """Those of the products that were noted that are on the shelf, and when they were noted."""
    products = ports.catalogue.catalogue().products
    return [
        (product, one.at)
        for one in noted
        if (product := products.get(one.product_id)) and product.on_shelf(act.at)
    ]


async def store_used_last(ports: ConsumerPorts, act: Act, consumer: Consumer) -> Store | None:
    """The store that a consumer used last, if there still is one."""
    last = consumer.last_store
    return ports.directory.directory().stores.get(last.store_id) if last else None
