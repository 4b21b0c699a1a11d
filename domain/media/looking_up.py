"""Finding assets: by their ids, page by page, by what they look like, and where they are used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from domain.kernel.lines import read_line
from domain.kernel.paging import Page, PageRequest
from domain.kernel.refusals import NotFound
from domain.kernel.uses import FoundUse, Used, UsedKind
from domain.media.assets import Asset, AssetFilter, AssetId, Assets, Rights, usable
from domain.media.likeness import NEAREST, distance
from domain.media.ports import MediaPorts
from domain.people.act import Act
from domain.people.viewer import Viewer

# Those who put assets into content and storefronts.
MOST_REPORTED = 20
LONGEST_WORDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class NearDuplicate:
    """Another asset that looks alike, and in how many of 64 bits its hash differs."""

    asset: Asset
    distance: int


async def assets_by_ids(ports: MediaPorts, act: Act, ids: Sequence[str]) -> Mapping[str, Asset]:
    """Those of the ids that exist, for whatever shows them."""
    return {str(key): asset for key, asset in (await ports.assets.by_ids(ids)).items()}


async def usable_by_ids(ports: MediaPorts, act: Act, ids: Sequence[str]) -> Mapping[str, Asset]:
    """Those of the ids that exist and may be shown just now."""
    found = await assets_by_ids(ports, act, ids)
    return {key: asset for key, asset in found.items() if usable(asset, act.at)}


async def assets_for_uploaders(
    ports: MediaPorts, act: Act, ids: Sequence[str]
) -> Mapping[str, Asset]:
    """Those of the ids that exist and the viewer may look at, for those who upload assets."""
    act.viewer.require("asset.look_up")
    found = await assets_by_ids(ports, act, ids)
    return {key: one for key, one in found.items() if await may_look_at(ports, act, one)}


async def may_look_at(ports: MediaPorts, act: Act, asset: Asset) -> bool:
    """Whether somebody who knows an asset's id is told of it.

    A consumer's picture is told to its uploader alone until they have sent it in with a buyer show,
    then to the content team too. One of the brand's is told to those who arrange, and to guides
    while it may be shown. Others see it in what shows it, or not at all.
    """
    viewer = act.viewer
    if asset.uploaded_by == act.viewer.id:
        return True
    if not asset.by_consumer:
        usable_now = viewer.may("asset.see_usable") and usable(asset, act.at)
        return viewer.may("asset.see_all") or usable_now
    used = Used(kind=UsedKind.ASSET, id=asset.id)
    return viewer.may("asset.keep") and await ports.uses.any(used)


async def listed(
    ports: MediaPorts, act: Act, wanted: AssetFilter, request: PageRequest
) -> Page[Asset]:
    """The brand's assets that are looked for, the newest first, for the content team."""
    act.viewer.require("asset.keep")
    words = read_line(wanted.words or "", most=LONGEST_WORDS, field=["filter", "words"])
    return await ports.assets.page(replace(wanted, words=words or None), request)


async def uses_of(ports: MediaPorts, act: Act, used: Used, request: PageRequest) -> Page[FoundUse]:
    """A page of what refers to an asset or a product, for those who arrange content."""
    act.viewer.require("asset.see_all")
    return await ports.uses.of(used, request)


async def near_duplicates(ports: MediaPorts, act: Act, asset: Asset) -> tuple[NearDuplicate, ...]:
    """The twenty other assets that look most alike, the nearest first.

    None for those who may not see what is not published yet; consumers' pictures are no others'.
    """
    if asset.likeness is None or not act.viewer.may("asset.see_all"):
        return ()
    found = [
        NearDuplicate(asset=other, distance=distance(asset.likeness, other.likeness))
        for other in await ports.assets.alike(asset.likeness)
        if other.id != asset.id and other.likeness is not None and not other.by_consumer
    ]
    near = (one for one in found if one.distance <= NEAREST)
    return tuple(sorted(near, key=lambda one: (one.distance, one.asset.id)))[:MOST_REPORTED]


async def load_asset(assets: Assets, id: str) -> Asset:
    """The asset of this id, or NotFound."""
    found = (await assets.by_ids([id])).get(AssetId(id))
    if found is None:
        raise NotFound(f"There is no asset {id}; look its id up in the list of assets.")
    return found


def rights_seen(asset: Asset, viewer: Viewer) -> Rights | None:
    """What allows an asset's use, for the content team alone."""
    return asset.rights if viewer.may("asset.keep") else None
