"""Drafts of layers: what is to be said next, kept and given up."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from domain.kernel.refusals import Conflict
from domain.mall.faces.layers import Arrangement, LayerId
from domain.mall.faces.reading import read_arrangement
from domain.mall.storefronts.arranging import Draft, LayerPorts, open_draft, view_for
from domain.mall.storefronts.checking import assets_named, check_arrangement, with_pictures
from domain.people.act import Act


async def save_draft(
    ports: LayerPorts, act: Act, id: LayerId, said: Mapping[str, Any], *, expected: int
) -> Draft:
    """Keep what a layer is to say next, checked as it would be when published.

    `expected` is the version of the draft that it is written over, 0 for none.
    """
    view = view_for(ports, act, id)
    read = read_arrangement(said)
    arrangement = with_pictures(read, await assets_named(ports.pictures, [read]))
    arranged = view.layers.arrangement
    await ports.workers.run(
        lambda: check_arrangement(
            id, arrangement, view, arranged, ports.claims, ports.members.rules(), now=act.at
        )
    )
    last = (await ports.layers.drafts([id])).get(id)
    before = None if last is None or last.closed else last
    if expected != (before.version if before else 0):
        raise _other_draft(id)
    version = last.version if last else 0
    draft = Draft(
        id=id,
        version=version + 1,
        based_on=before.based_on if before else view.layers.version(id),
        arrangement=arrangement,
        saved_at=act.at,
        saved_by=act.viewer.id,
    )
    await ports.layers.save_draft(draft, expected=version)
    return draft


async def discard_draft(ports: LayerPorts, act: Act, id: LayerId, *, expected: int) -> None:
    """Forget a layer's draft."""
    await close_draft(ports, act, await expected_draft(ports, act, id, expected=expected))


async def expected_draft(ports: LayerPorts, act: Act, id: LayerId, *, expected: int) -> Draft:
    """The draft of a layer in the version that somebody loaded, else Conflict."""
    draft = await open_draft(ports, act, id)
    if draft is None or draft.version != expected:
        raise _other_draft(id)
    return draft


async def close_draft(ports: LayerPorts, act: Act, draft: Draft) -> None:
    """Let a draft be over; Conflict if somebody has saved it again meanwhile."""
    closed = replace(draft, version=draft.version + 1, arrangement=Arrangement(), closed=True)
    await ports.layers.save_draft(closed, expected=draft.version)


def _other_draft(id: LayerId) -> Conflict:
    return Conflict(
        f"{id} has another draft, or none; load it again and repeat.", field=["expectedVersion"]
    )
