"""What the content team does with an asset that is there: describe it, withdraw it, delete it."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from domain.kernel.each import each
from domain.kernel.paging import PageRequest
from domain.kernel.records import Subject
from domain.kernel.refusals import Conflict, Invalid, NotFound, WrongState, refuse_all
from domain.kernel.states import Machine
from domain.kernel.uses import Used, UsedKind
from domain.media.asset_deposit import require_alt_text
from domain.media.assets import (
    MAX_REASON,
    Asset,
    AssetState,
    FocalPoint,
    Rights,
    renditions_folder,
    shown_until,
)
from domain.media.looking_up import load_asset, may_look_at
from domain.media.ports import MediaPorts
from domain.people.act import Act

Edit = Callable[[Asset], Asset]

ASSET: Machine[AssetState] = Machine(
    "asset",
    begins=frozenset({AssetState.AVAILABLE}),
    next={
        AssetState.AVAILABLE: frozenset({AssetState.WITHDRAWN, AssetState.DELETED}),
        AssetState.WITHDRAWN: frozenset({AssetState.AVAILABLE, AssetState.DELETED}),
        # Back again only if the deletion finds that the asset is in use.
        AssetState.DELETED: frozenset({AssetState.AVAILABLE, AssetState.WITHDRAWN}),
    },
)
# A deletion takes well under a second; one that is older was cut short.
DELETION_TIME = timedelta(minutes=1)
USERS_NAMED = 3


def described(alt_text: str) -> Edit:
    """Another text for those who can't see it."""
    require_alt_text(alt_text)
    return lambda asset: replace(asset, alt_text=alt_text)


def focused(focal_point: FocalPoint) -> Edit:
    """Another point that crops keep; renditions are then made anew round it."""
    return lambda asset: replace(asset, focal_point=focal_point)


def licensed(rights: Rights) -> Edit:
    """Other rights."""
    return lambda asset: replace(asset, rights=rights)


def withdrawn(because: str) -> Edit:
    """Taken from every guide, link and poster, for a reason."""
    because = because.strip()
    if not 0 < len(because) <= MAX_REASON:
        raise Invalid(f"Give a reason of 1 to {MAX_REASON} characters.", field=["because"])
    return lambda asset: replace(_moved(asset, AssetState.WITHDRAWN), withdrawn_because=because)


def restored(asset: Asset) -> Asset:
    """The asset shown again after it was withdrawn."""
    return replace(_moved(asset, AssetState.AVAILABLE), withdrawn_because="")


async def change(
    ports: MediaPorts, act: Act, action: str, id: str, edit: Edit, *, expected: int
) -> Asset:
    """Edit an asset by one of the rules above and record it under the action's name.

    What shows it follows: first where that takes it off show. Should this be cut short, too little
    is on show, never too much. Raises Conflict where somebody else has changed it since the
    expected version.
    """
    asset = await _to_change(ports, act, id, expected)
    changed = replace(edit(asset), version=expected + 1)
    if changed.alt_text != asset.alt_text:
        refuse_all(ports.wording.refused(changed.alt_text, ["altText"]))
    ends_sooner = shown_until(changed) < shown_until(asset)
    if ends_sooner:
        await ports.displays.follow(changed, now=act.at)
    try:
        await ports.assets.save(changed, expected=expected)
    except Conflict:
        await ports.displays.follow(await load_asset(ports.assets, id), now=act.at)
        raise
    # Again where it was first: what has come on show meanwhile was not asked then.
    await ports.displays.follow(changed, now=act.at)
    await _record(ports, act, action, asset, _values(changed))
    return changed


async def delete(ports: MediaPorts, act: Act, id: str, *, expected: int) -> None:
    """Remove an asset that nothing uses, with its original and all its renditions.

    It is marked first and its uses are looked for then; whoever adds a use looks for the asset
    afterwards. So one of the two always sees the other.
    """
    asset = await _to_change(ports, act, id, expected)
    marked = replace(_moved(asset, AssetState.DELETED), deleted_at=act.at, version=expected + 1)
    await ports.assets.save(marked, expected=expected)
    await _delete_unless_used(ports, marked)
    await _record(ports, act, "assetDelete", asset, {})


async def finish_deletions(ports: MediaPorts, act: Act) -> int:
    """Finish, or undo, the deletions that were cut short; tell how many there were."""

    async def finish(asset: Asset) -> None:
        # Refused, it is in use and back where it was.
        with contextlib.suppress(WrongState):
            await _delete_unless_used(ports, asset)

    cut_short = await ports.assets.deleted_before(act.at - DELETION_TIME)
    return await each(cut_short, finish)


async def _delete_unless_used(ports: MediaPorts, asset: Asset) -> None:
    users = await ports.uses.of(
        Used(kind=UsedKind.ASSET, id=asset.id), PageRequest(first=USERS_NAMED)
    )
    if users.total:
        back = AssetState.WITHDRAWN if asset.withdrawn_because else AssetState.AVAILABLE
        restored = replace(_moved(asset, back), deleted_at=None, version=asset.version + 1)
        await ports.assets.save(restored, expected=asset.version)
        named = ", ".join(f"{use.label} ({', '.join(use.fields)})" for use in users.items)
        raise WrongState(
            f"It is used in {users.total} places: {named}. Take it out there first, or withdraw it."
        )
    await ports.files.delete_below(renditions_folder(asset.id))
    await ports.files.delete(asset.original_key())
    await ports.assets.forget(asset.id)


async def _to_change(ports: MediaPorts, act: Act, id: str, expected: int) -> Asset:
    act.viewer.require("asset.keep")
    asset = await load_asset(ports.assets, id)
    if not await may_look_at(ports, act, asset):
        raise NotFound(f"There is no asset {id}; look its id up in the list of assets.")
    if asset.version != expected:
        raise Conflict(
            "Somebody else has changed this asset; load it again and repeat.",
            field=["expectedVersion"],
        )
    return asset


def _moved(asset: Asset, state: AssetState) -> Asset:
    ASSET.require(asset.state, state)
    return replace(asset, state=state)


async def _record(
    ports: MediaPorts, act: Act, action: str, asset: Asset, after: Mapping[str, Any]
) -> None:
    subject = Subject(kind="asset", id=asset.id)
    await ports.records.append(act.record(action, subject, before=_values(asset), after=after))


def _values(asset: Asset) -> dict[str, Any]:
    """What people may change of an asset, as its records keep it."""
    rights = asset.rights
    return {
        "fileName": asset.file_name,
        "altText": asset.alt_text,
        "focalPoint": [asset.focal_point.x, asset.focal_point.y],
        "source": rights.source,
        "licence": rights.licence,
        "expiresAt": rights.expires_at.isoformat() if rights.expires_at else None,
        "state": asset.state.value,
        "withdrawnBecause": asset.withdrawn_because,
    }
