"""What head office and a store's manager change of a store, one action at a time."""

from collections.abc import Collection
from dataclasses import replace

from domain.kernel.refusals import Forbidden, Invalid
from domain.kernel.versions import risen
from domain.network.directory import NetworkPorts
from domain.network.hours import read_hours
from domain.network.stores import STORE, Service, Store, StoreId, StoreState
from domain.people.act import Act

MOST_A_DAY = 100_000


async def set_state(ports: NetworkPorts, act: Act, id: StoreId, state: StoreState) -> Store:
    """Pause a store, open it again, or close it for ever, which only head office may."""
    if state is StoreState.CLOSED:
        act.viewer.require("store.close")
    store = _own(ports, act, id)
    STORE.require(store.state, state)
    return await _save(ports, replace(store, state=state))


async def set_hours(ports: NetworkPorts, act: Act, id: StoreId, hours: str | None) -> Store:
    """Set when a store is open, in the words of `read_hours`; None for around the clock."""
    opening_hours = read_hours(hours, ["openingHours"]) if hours else None
    return await _save(ports, replace(_own(ports, act, id), opening_hours=opening_hours))


async def set_services(
    ports: NetworkPorts, act: Act, id: StoreId, services: Collection[Service]
) -> Store:
    """Set what a customer can have done in a store."""
    return await _save(ports, replace(_own(ports, act, id), services=frozenset(services)))


async def set_capacity(ports: NetworkPorts, act: Act, id: StoreId, a_day: int) -> Store:
    """Set how many fulfilment orders a store takes in one day."""
    if not 0 <= a_day <= MOST_A_DAY:
        raise Invalid(f"Set between 0 and {MOST_A_DAY}.", field=["capacityADay"])
    return await _save(ports, replace(_own(ports, act, id), capacity_a_day=a_day))


def _own(ports: NetworkPorts, act: Act, id: StoreId) -> Store:
    """The store, for whoever runs it."""
    act.viewer.require("store.run")
    store = ports.source.directory().store(id)
    if not act.viewer.may("store.run", store=store.id):
        raise Forbidden(f"{id} is not your store; ask its manager or head office.", field=["id"])
    return store


async def _save(ports: NetworkPorts, store: Store) -> Store:
    written = risen(store)
    await ports.writer.save_stores([written])
    return written
