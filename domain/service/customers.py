"""Who may look at what we know of a member: themselves, head office, and who looks after them.

A guide looks after their own customers and their friends in WeCom, a store's manager those who
joined there or are customers of the store. What they see is what the member allows, and each look
is written down.
"""

from dataclasses import dataclass

from domain.audiences.trait_ports import TraitPorts
from domain.contact.bonds import Bonds
from domain.kernel.ids import PersonId
from domain.kernel.ports import Ports
from domain.kernel.records import Records, Subject
from domain.kernel.refusals import Forbidden, Invalid, NotFound
from domain.mall.fulfilment.ports import Fulfilments
from domain.mall.orders.carts import Carts
from domain.mall.orders.order import Orders
from domain.mall.reference import ReferenceSource
from domain.members.channel_purchases import ChannelPurchases
from domain.members.consent import Purpose
from domain.members.telling import KnownMember, TellingPorts, known
from domain.network.stores import OwnerKind, StoreId
from domain.people.act import Act
from domain.promotions.coupons import Coupons
from domain.service.bookings import Bookings
from domain.service.store_lists import StoreLists
from domain.wallets.ports import WalletPorts

NOT_ALLOWED = {
    Purpose.SERVICE: "The member does not allow this any more; they can in their own profile.",
    Purpose.FRANCHISEE: "The member has not allowed that shops of others see this; ask them to "
    "allow it in their own profile.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerPorts(Ports):
    """All that is known of members, from all groups, and the book of who looked."""

    members: TellingPorts
    purchases: ChannelPurchases
    orders: Orders
    fulfilments: Fulfilments
    traits: TraitPorts
    wallets: WalletPorts
    coupons: Coupons
    carts: Carts
    reference: ReferenceSource
    bonds: Bonds
    bookings: Bookings
    lists: StoreLists
    records: Records


async def looked_at(ports: CustomerPorts, act: Act, member_id: str) -> KnownMember:
    """A member whom the viewer may look at; who may not is told as little as of nobody.

    Forbidden where the member does not allow it.
    """
    act.viewer.require("customer.see")
    person = PersonId(member_id)
    if act.viewer.may("customer.see", person=person):
        return await known(ports.members, act, person)
    nobody = NotFound("You have no customer of this id; look the id up.", field=["memberId"])
    try:
        found = await known(ports.members, act, person)
    except NotFound:
        raise nobody from None
    if act.viewer.may("customer.see", person=found.member.id):
        return found  # the viewer, by an id that was merged into theirs
    if not await _looks_after(ports, act, found):
        raise nobody
    _require_allowed(ports, act, found)
    return found


async def member_meant(
    ports: CustomerPorts, act: Act, member_id: str | None, external_id: str | None
) -> str:
    """The member who is named, or who a customer in WeCom is."""
    if member_id is not None and external_id is None:
        return member_id
    if external_id is None or member_id is not None:
        raise Invalid("Say memberId or externalUserId, one of the two.", field=["memberId"])
    act.viewer.require("customer.see")
    bonds = await ports.bonds.of_contacts([external_id])
    found = next((one.member_id for one in bonds if one.member_id), None)
    if found is None:
        raise NotFound(
            "Nobody knows yet which member this is; they are found once they open the mall.",
            field=["externalUserId"],
        )
    return found


async def write_down(ports: CustomerPorts, act: Act, action: str, seen: KnownMember) -> None:
    """Note that somebody else looked at a member; members look at themselves as they like."""
    if act.viewer.id != seen.member.id:
        subject = Subject(kind="member", id=seen.member.id)
        await ports.records.append(act.record(action, subject, before={}, after={"seen": True}))


def allows_profiling(act: Act, seen: KnownMember) -> bool:
    """Whether what a member did and is taken for may be shown to whoever looks."""
    own = act.viewer.id == seen.member.id
    return own or act.viewer.may("member.keep") or seen.profile.allows(Purpose.PROFILING)


async def _looks_after(ports: CustomerPorts, act: Act, seen: KnownMember) -> bool:
    guide = await ports.traits.customers.guide_of(seen.member.id)
    if guide and act.viewer.may("customer.see", guide=guide.guide_id, store=guide.store_id):
        return True
    for bond in await ports.bonds.of_members(seen.ids):
        whose = {"guide": bond.guide_id, "store": bond.store_id}
        if bond.standing and act.viewer.may("customer.see", **whose):
            return True
    joined_at = seen.member.store_id
    return joined_at is not None and act.viewer.may("customer.see", store=joined_at)


def purposes_needed(ports: CustomerPorts, act: Act) -> tuple[Purpose, ...]:
    """What a member must have allowed for the viewer to see them; nothing for head office."""
    if act.viewer.may("member.keep"):
        return ()
    directory = ports.reference.directory()
    store = directory.stores.get(StoreId(act.viewer.store_id or ""))
    owner = directory.owners.get(store.owner_id) if store else None
    of_others = owner is not None and owner.kind is OwnerKind.FRANCHISEE
    return (Purpose.SERVICE, Purpose.FRANCHISEE) if of_others else (Purpose.SERVICE,)


def _require_allowed(ports: CustomerPorts, act: Act, seen: KnownMember) -> None:
    for purpose in purposes_needed(ports, act):
        if not seen.profile.allows(purpose):
            raise Forbidden(NOT_ALLOWED[purpose])
