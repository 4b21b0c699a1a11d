"""What the mall remembers of a consumer: favourites, what they looked at, stores, addresses."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from typing import NewType, Protocol, TypeVar

from domain.catalogue.catalogue import ProductId
from domain.kernel.ids import PersonId
from domain.kernel.refusals import NotFound, TooMany
from domain.network.addresses import SaidAddress, read_address
from domain.network.divisions import Divisions
from domain.network.stores import StoreId

AddressId = NewType("AddressId", str)
T = TypeVar("T")

MOST_FAVOURITES = 200
MOST_VIEWED = 100
MOST_ADDRESSES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A product and when it was noted."""

    product_id: ProductId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LastStore:
    """The store that was used last."""

    store_id: StoreId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Address(SaidAddress):
    """An address that a parcel can reach."""

    id: AddressId


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """All of it for one visitor or member; every list has the newest first.

    The first address is the default one. A visitor's is forgotten at a moment, if they stay away.
    """

    id: PersonId
    version: int = 0
    favourites: tuple[Noted, ...] = ()
    viewed: tuple[Noted, ...] = ()
    last_store: LastStore | None = None
    addresses: tuple[Address, ...] = ()
    forget_at: datetime | None = None


Rule = Callable[[Consumer], Consumer]


class Consumers(Protocol):
    """What is remembered, one value for each consumer."""

    async def by_id(self, id: PersonId) -> Consumer | None:
        """What is remembered of one."""

    async def by_ids(self, ids: Sequence[PersonId]) -> Mapping[PersonId, Consumer]:
        """What is remembered of those of whom anything is."""

    async def save(self, consumer: Consumer, *, expected: int) -> None:
        """Write it over its expected version, 0 for none; Conflict if it has another."""

    async def forget(self, id: PersonId) -> None:
        """Forget one."""


def with_favourite(consumer: Consumer, product_id: ProductId, *, now: datetime) -> Consumer:
    """Note a favourite; one that is noted already stays where it is."""
    if any(noted.product_id == product_id for noted in consumer.favourites):
        return consumer
    if len(consumer.favourites) >= MOST_FAVOURITES:
        raise TooMany(f"Keep at most {MOST_FAVOURITES} favourites; remove one first.")
    noted = Noted(product_id=product_id, at=now)
    return replace(consumer, favourites=(noted, *consumer.favourites))


def without_favourite(consumer: Consumer, product_id: ProductId) -> Consumer:
    """Drop a favourite; one that is not there is no error."""
    kept = tuple(noted for noted in consumer.favourites if noted.product_id != product_id)
    return replace(consumer, favourites=kept)


def with_view(consumer: Consumer, product_id: ProductId, *, now: datetime) -> Consumer:
    """Note that a product was looked at; of each product the last time, of the last 100."""
    viewed = _newest([Noted(product_id=product_id, at=now), *consumer.viewed])
    return replace(consumer, viewed=viewed[:MOST_VIEWED])


def without_views(consumer: Consumer) -> Consumer:
    """Forget what was looked at."""
    return replace(consumer, viewed=())


def with_store(consumer: Consumer, store_id: StoreId, *, now: datetime) -> Consumer:
    """Note the store that is used."""
    return replace(consumer, last_store=LastStore(store_id=store_id, at=now))


def with_changed_address(consumer: Consumer, address: Address, *, default: bool) -> Consumer:
    """Put an address in the place of the one with its id."""
    if address.id not in {one.id for one in consumer.addresses}:
        raise NotFound(f"You have no address {address.id}.", field=["id"])
    return with_address(consumer, address, default=default)


def with_address(consumer: Consumer, address: Address, *, default: bool) -> Consumer:
    """Add an address, or put it in the place of the one with its id."""
    others = tuple(one for one in consumer.addresses if one.id != address.id)
    if len(others) >= MOST_ADDRESSES:
        raise TooMany(f"Keep at most {MOST_ADDRESSES} addresses; remove one first.")
    places = [one.id for one in consumer.addresses]
    place = places.index(address.id) if address.id in places else len(others)
    place = 0 if default else place
    return replace(consumer, addresses=(*others[:place], address, *others[place:]))


def without_address(consumer: Consumer, id: str) -> Consumer:
    """Remove an address."""
    kept = tuple(one for one in consumer.addresses if one.id != id)
    if len(kept) == len(consumer.addresses):
        raise NotFound(f"You have no address {id}.", field=["id"])
    return replace(consumer, addresses=kept)


def merged(member: Consumer, visitor: Consumer) -> Consumer:
    """A member with all that they did before they signed in; merging again changes nothing.

    The newer last store counts. The member's own default address stays the default.
    """
    stores = [one for one in (member.last_store, visitor.last_store) if one]
    known = {_where(address) for address in member.addresses}
    ids = {address.id for address in member.addresses}
    more = tuple(one for one in visitor.addresses if _where(one) not in known and one.id not in ids)
    return replace(
        member,
        favourites=_newest([*member.favourites, *visitor.favourites])[:MOST_FAVOURITES],
        viewed=_newest([*member.viewed, *visitor.viewed])[:MOST_VIEWED],
        last_store=max(stores, key=lambda one: one.at, default=None),
        addresses=(*member.addresses, *more)[:MOST_ADDRESSES],
    )


def together(own: Consumer, others: Iterable[Consumer]) -> Consumer:
    """All that is remembered of one person by the ids that lead to them, in their own name."""
    return reduce(merged, others, own)


def own_part(own: Consumer, before: Consumer, after: Consumer) -> Consumer:
    """What is kept in somebody's own name once all of theirs together was changed.

    What is new or other than it was is their own. So is an address that they put first, and once
    they have any of their own the default one, since their own come first with all put together.
    """
    addresses = _own(own.addresses, before.addresses, after.addresses)
    first = after.addresses[:1]
    if addresses[:1] != first and (addresses or first != before.addresses[:1]):
        addresses = (*first, *addresses)
    return replace(
        own,
        favourites=_own(own.favourites, before.favourites, after.favourites),
        viewed=_own(own.viewed, before.viewed, after.viewed),
        last_store=own.last_store if after.last_store == before.last_store else after.last_store,
        addresses=addresses,
    )


def others_part(other: Consumer, before: Consumer, after: Consumer) -> Consumer:
    """What stays with another id of theirs: all that was not taken out."""
    favourites = _gone(before.favourites, after.favourites)
    viewed = _gone(before.viewed, after.viewed)
    addresses = {one.id for one in before.addresses} - {one.id for one in after.addresses}
    places = {_where(one) for one in before.addresses if one.id in addresses}
    return replace(
        other,
        favourites=tuple(one for one in other.favourites if one.product_id not in favourites),
        viewed=tuple(one for one in other.viewed if one.product_id not in viewed),
        addresses=tuple(
            one for one in other.addresses if one.id not in addresses and _where(one) not in places
        ),
    )


def _own(own: Iterable[T], before: Iterable[T], after: Iterable[T]) -> tuple[T, ...]:
    theirs = set(before) - set(own)
    return tuple(one for one in after if one not in theirs)


def _gone(before: Iterable[Noted], after: Iterable[Noted]) -> set[ProductId]:
    return {one.product_id for one in before} - {one.product_id for one in after}


def checked_address(divisions: Divisions, id: str, said: SaidAddress) -> Address:
    """An address that a parcel can reach, as it is kept in an address book."""
    read = read_address(divisions, said)
    return Address(
        id=AddressId(id),
        name=read.name,
        phone=read.phone,
        district=read.district,
        names=read.names,
        detail=read.detail,
    )


def _newest(noted: Iterable[Noted]) -> tuple[Noted, ...]:
    """Each product once, as it was noted last, the newest first."""
    newest: dict[ProductId, Noted] = {}
    for one in sorted(noted, key=lambda one: one.at):
        newest[one.product_id] = one
    return tuple(sorted(newest.values(), key=lambda one: (one.at, one.product_id), reverse=True))


def _where(address: Address) -> tuple[str, ...]:
    return address.name, address.phone, address.district, address.detail
