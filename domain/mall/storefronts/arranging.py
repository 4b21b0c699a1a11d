"""Layers, their drafts and head office's policy, and who may arrange them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.audiences.trait_ports import MemberRuleBook
from domain.kernel.ids import PersonId
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.ports import Ports
from domain.kernel.refusals import Forbidden
from domain.kernel.uses import Uses
from domain.kernel.wording import Wording
from domain.kernel.work import Workers
from domain.mall.faces.layers import Arrangement, Layer, LayerId, LayerLevel, level_of, owner_of
from domain.mall.faces.policy import Policy
from domain.mall.reference import Reference, ReferenceSource
from domain.mall.storefronts.checking import NamedPictures
from domain.network.directory import Directory
from domain.people.act import Act
from domain.people.viewer import Viewer

VERSIONS = Cursors("layer_versions", int)


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

    async def versions(self, id: LayerId, request: PageRequest) -> Page[Layer]:
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
    claims: Wording
    members: MemberRuleBook
    workers: Workers


def may_arrange(viewer: Viewer, id: LayerId, directory: Directory) -> bool:
    """Whether somebody may arrange a layer; one of an unknown region or store is not found.

    Head office arranges them all; a region's manager the region's and its stores'; a store's
    manager the store's.
    """
    level = level_of(id)
    if level is LayerLevel.REGION:
        directory.region(owner_of(id))
        return viewer.may("layer.arrange", region=owner_of(id))
    if level is LayerLevel.STORE:
        return viewer.may("layer.arrange", store=directory.store(owner_of(id)).id)
    return viewer.may("layer.arrange", store=None)


def view_for(ports: LayerPorts, act: Act, id: LayerId) -> Reference:
    """The newest view, for whoever may arrange a layer; everybody else is refused."""
    view = ports.reference.now()
    act.viewer.require("layer.arrange")
    if not may_arrange(act.viewer, id, view.directory):
        raise Forbidden(f"You may not arrange {id}; ask its manager or head office.", field=["id"])
    return view


async def arranged_layer(ports: LayerPorts, act: Act, id: LayerId) -> LayerId:
    """A layer that somebody may arrange, whether it was ever published or not."""
    view_for(ports, act, id)
    return id


async def published_layer(ports: LayerPorts, act: Act, id: LayerId) -> Layer | None:
    """A layer as it is published, if it is."""
    return view_for(ports, act, id).layers.layers.get(id)


async def open_draft(ports: LayerPorts, act: Act, id: LayerId) -> Draft | None:
    """What a layer is to say next, if somebody is at it."""
    view_for(ports, act, id)
    draft = (await ports.layers.drafts([id])).get(id)
    return None if draft is None or draft.closed else draft


async def layer_versions(
    ports: LayerPorts, act: Act, id: LayerId, request: PageRequest
) -> Page[Layer]:
    """All that was ever published of a layer, newest first."""
    view_for(ports, act, id)
    return await ports.layers.versions(id, request)


async def face_policy(ports: LayerPorts, act: Act) -> Policy:
    """What regions and stores may change, as everybody may know."""
    return ports.reference.now().layers.policy
