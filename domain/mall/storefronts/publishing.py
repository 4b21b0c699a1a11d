"""Drafting, publishing and rolling back layers."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from domain.kernel.ids import PersonId
from domain.kernel.paging import Page, PageRequest
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict, Forbidden, NotFound
from domain.kernel.uses import User, UserKind, Uses, asset_use, product_use, saving
from domain.mall.faces.layers import Arrangement, Layer, LayerId, Level, level_of, owner_of
from domain.mall.faces.modules import Banner
from domain.mall.faces.policy import Policy
from domain.mall.faces.reading import read_arrangement
from domain.mall.reference import Reference, ReferenceSource
from domain.mall.storefronts.checking import (
    NamedPictures,
    assets_named,
    check_arrangement,
    products_named,
    with_pictures,
)
from domain.network.directory import Directory
from domain.people.viewer import Role, Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a layer is to say next; `based_on` is the version that was published when it began.

    One that was discarded or published is closed. The next goes on from its version, so that
    nobody takes the one for the other.
    """

    id: LayerId
    version: int
    based_on: int
    arrangement: Arrangement
    saved_at: datetime
    saved_by: PersonId
    closed: bool = False


class LayerStore(Protocol):
    """Layers as they are published, their earlier versions, and one draft of each."""

    async def publish(self, layers: Sequence[Layer]) -> None:
        """Write layers of version n + 1 over those of version n, which stay in the history.

        What was written is in this process's next view. Raises Overtaken if another version of
        one was published meanwhile; the others are written.
        """

    async def version(self, id: LayerId, version: int) -> Layer | None:
        """One version of a layer."""

    async def versions(self, id: LayerId, page: PageRequest) -> Page[Layer]:
        """All versions of a layer, the published one first."""

    async def drafts(self, ids: Sequence[LayerId]) -> Mapping[LayerId, Draft]:
        """The last drafts of those layers that ever had one, closed ones too."""

    async def save_draft(self, draft: Draft, *, expected: int) -> None:
        """Write a draft over its expected version, 0 for none; Conflict if it has another."""

    async def save_policy(self, policy: Policy, *, expected: int) -> None:
        """Write head office's policy over its expected version; Conflict if it has another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerPorts(Ports):
    """What arranging storefronts needs."""

    reference: ReferenceSource
    layers: LayerStore
    pictures: NamedPictures
    uses: Uses


def may_arrange(viewer: Viewer, id: LayerId, directory: Directory) -> bool:
    """Whether somebody may arrange a layer; one of an unknown region or store is not found.

    Head office arranges them all; a region's manager the region's and its stores'; a store's
    manager the store's.
    """
    level = level_of(id)
    if level is Level.REGION:
        directory.region(owner_of(id))
    store = directory.store(owner_of(id)) if level is Level.STORE else None
    if viewer.role is not Role.STORE_MANAGER:
        return viewer.role is Role.HEAD_OFFICE
    if store and viewer.store_id == store.id:
        return True
    region = store.region_id if store else owner_of(id)
    return level is not Level.BRAND and viewer.region_id == region


def require_arranger(viewer: Viewer, id: LayerId, directory: Directory) -> None:
    """Refuse everybody who may not arrange a layer."""
    viewer.require(Role.HEAD_OFFICE, Role.STORE_MANAGER)
    if not may_arrange(viewer, id, directory):
        raise Forbidden(f"You may not arrange {id}; ask its manager or head office.", field=["id"])


async def save_draft(
    faces: LayerPorts,
    viewer: Viewer,
    id: LayerId,
    said: Mapping[str, Any],
    *,
    expected_version: int,
    now: datetime,
) -> Draft:
    """Keep what a layer is to say next, checked as it would be when published.

    `expected_version` is that of the draft it is written over, 0 for none.
    """
    view = faces.reference.now()
    require_arranger(viewer, id, view.directory)
    arrangement = read_arrangement(said)
    found = await assets_named(faces.pictures, [arrangement])
    arrangement = with_pictures(arrangement, found)
    check_arrangement(id, arrangement, view, view.layers.arrangement)
    last = (await faces.layers.drafts([id])).get(id)
    before = None if last is None or last.closed else last
    if expected_version != (before.version if before else 0):
        raise _other_draft(id)
    version = last.version if last else 0
    draft = Draft(
        id=id,
        version=version + 1,
        based_on=before.based_on if before else _published(view, id),
        arrangement=arrangement,
        saved_at=now,
        saved_by=viewer.id,
    )
    await faces.layers.save_draft(draft, expected=version)
    return draft


async def discard_draft(
    faces: LayerPorts, viewer: Viewer, id: LayerId, *, expected_version: int
) -> None:
    """Forget a layer's draft."""
    require_arranger(viewer, id, faces.reference.now().directory)
    await _close(faces, await _open_draft(faces, id, expected_version))


async def publish_draft(
    faces: LayerPorts, viewer: Viewer, id: LayerId, *, expected_version: int, now: datetime
) -> Layer:
    """Let a layer say what its draft says, if the policy still allows it.

    Refused as a conflict if the layer was published otherwise since the draft began.
    """
    view = faces.reference.now()
    require_arranger(viewer, id, view.directory)
    draft = await _open_draft(faces, id, expected_version)
    if draft.based_on != _published(view, id):
        raise Conflict(
            f"{id} was published otherwise since this draft began; discard the draft and begin "
            "again from what is published.",
            field=["expectedVersion"],
        )
    check_arrangement(id, draft.arrangement, view, view.layers.arrangement)
    layer = next_version(view, id, draft.arrangement, viewer, now=now)
    await publish_all(faces, [layer])
    # Who has saved the draft again meanwhile goes on with it.
    with contextlib.suppress(Conflict):
        await _close(faces, draft)
    return layer


async def roll_back(
    faces: LayerPorts,
    viewer: Viewer,
    id: LayerId,
    to_version: int,
    *,
    expected_version: int,
    now: datetime,
) -> Layer:
    """Let a layer say again what an earlier version said, as a new version.

    The policy of today holds for it. `expected_version` is the one that is published.
    """
    view = faces.reference.now()
    require_arranger(viewer, id, view.directory)
    if expected_version != _published(view, id):
        raise Conflict(
            f"{id} is at version {_published(view, id)} by now; load it again and repeat.",
            field=["expectedVersion"],
        )
    earlier = await faces.layers.version(id, to_version)
    if earlier is None:
        raise NotFound(f"{id} has no version {to_version}.", field=["toVersion"])
    check_arrangement(id, earlier.arrangement, view, view.layers.arrangement)
    layer = next_version(view, id, earlier.arrangement, viewer, now=now)
    await publish_all(faces, [layer])
    return layer


async def set_policy(
    faces: LayerPorts, viewer: Viewer, policy: Policy, *, expected_version: int
) -> Policy:
    """Set what regions and stores may change; layers already published stay, but for locks.

    A lock takes effect at once on every storefront; the other rules when a layer is written next.
    """
    viewer.require(Role.HEAD_OFFICE)
    await faces.layers.save_policy(policy, expected=expected_version)
    return policy


async def publish_all(faces: LayerPorts, layers: Sequence[Layer]) -> None:
    """Publish layers, and tell the index what they use."""
    async with saving(faces.uses, map(_user, layers)):
        await faces.layers.publish(layers)


def _user(layer: Layer) -> User:
    said = layer.arrangement
    uses = [product_use(product, "featured") for product in said.featured or ()]
    for key, change in said.modules.items():
        if isinstance(change.content, Banner):
            uses.append(asset_use(change.content.picture, f"{key}.picture"))
        uses += [product_use(product, key) for product in products_named(change)]
    return User(
        kind=UserKind.LAYER,
        id=layer.id,
        label=layer.id,
        uses=tuple(uses),
        version=layer.version,
    )


def next_version(
    view: Reference, id: LayerId, said: Arrangement, viewer: Viewer, *, now: datetime
) -> Layer:
    """The layer that is to be published over the one in view."""
    return Layer(
        id=id,
        version=_published(view, id) + 1,
        arrangement=said,
        published_at=now,
        published_by=viewer.id,
    )


def _published(view: Reference, id: LayerId) -> int:
    layer = view.layers.layers.get(id)
    return layer.version if layer else 0


async def _open_draft(faces: LayerPorts, id: LayerId, expected: int) -> Draft:
    draft = (await faces.layers.drafts([id])).get(id)
    if draft is None or draft.closed or draft.version != expected:
        raise _other_draft(id)
    return draft


async def _close(faces: LayerPorts, draft: Draft) -> None:
    closed = replace(draft, version=draft.version + 1, arrangement=Arrangement(), closed=True)
    await faces.layers.save_draft(closed, expected=draft.version)


def _other_draft(id: LayerId) -> Conflict:
    return Conflict(
        f"{id} has another draft, or none; load it again and repeat.", field=["expectedVersion"]
    )
