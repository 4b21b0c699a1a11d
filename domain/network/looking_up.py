"""Stores as whatever names them shows them."""

from collections.abc import Mapping, Sequence

from domain.network.store_files import NetworkPorts
from domain.network.stores import Store, StoreId
from domain.people.act import Act


async def stores_by_ids(
    ports: NetworkPorts, act: Act, ids: Sequence[StoreId]
) -> Mapping[StoreId, Store]:
    """Those of the stores that there are."""
    stores = ports.reference.now().stores
    return {one: stores[one] for one in ids if one in stores}
