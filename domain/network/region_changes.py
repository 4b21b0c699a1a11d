"""What head office changes of regions, one action at a time."""

from dataclasses import replace

from domain.kernel.codes import read_code
from domain.kernel.lines import read_line
from domain.kernel.refusals import Conflict, Invalid
from domain.kernel.versions import risen
from domain.kernel.wording import sayable
from domain.network.directory import NetworkPorts
from domain.network.stores import Region, RegionId, StoreId, StoreKind
from domain.people.act import Act

LONGEST_NAME = 40


async def create_region(ports: NetworkPorts, act: Act, id: str, name: str) -> Region:
    """Make a region that stores can be moved to."""
    act.viewer.require("network.keep")
    code = RegionId(read_code(id, ["id"]))
    if code in ports.source.directory().regions:
        raise Conflict(f"There is a region {code} already; choose another id.", field=["id"])
    return await _save(ports, Region(id=code, name=_name(ports, name), version=0))


async def rename_region(ports: NetworkPorts, act: Act, id: RegionId, name: str) -> Region:
    """Give a region another name."""
    act.viewer.require("network.keep")
    region = ports.source.directory().region(id)
    return await _save(ports, replace(region, name=_name(ports, name)))


async def set_default_store(
    ports: NetworkPorts, act: Act, id: RegionId, store_id: StoreId
) -> Region:
    """Choose the store that consumers of a region enter when nothing else decides."""
    act.viewer.require("network.keep")
    directory = ports.source.directory()
    region, store = directory.region(id), directory.store(store_id)
    if store.region_id != region.id or store.kind is not StoreKind.SHOP:
        raise Invalid(f"{store_id} is no shop of {region.name}.", field=["storeId"])
    return await _save(ports, replace(region, default_store_id=store.id))


async def _save(ports: NetworkPorts, region: Region) -> Region:
    written = risen(region)
    await ports.writer.save_regions([written])
    return written


def _name(ports: NetworkPorts, name: str) -> str:
    line = read_line(name, most=LONGEST_NAME, least=1, field=["name"])
    return sayable(ports.wording, line, None, ["name"])
