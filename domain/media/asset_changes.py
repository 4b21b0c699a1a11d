"""What the content team does with an asset that is there: describe it, withdraw it, delete it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from domain.kernel.ids import NewId
from domain.kernel.paging import PageRequest
from domain.kernel.records import Subject, record
from domain.kernel.refusals import Conflict, Invalid, WrongState
from domain.kernel.uses import Target, TargetKind
from domain.media.asset_bank import MediaPorts, load
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
from domain.people.viewer import CONTENT_TEAM, Viewer

Edit = Callable[[Asset], Asset]

NEXT: Mapping[AssetState, frozenset[AssetState]] = {
    AssetState.AVAILABLE: frozenset({AssetState.WITHDRAWN, AssetState.DELETED}),
    AssetState.WITHDRAWN: frozenset({AssetState.AVAILABLE, AssetState.DELETED}),
    # Back again only if the deletion finds that the asset is in use.
    AssetState.DELETED: frozenset({AssetState.AVAILABLE, AssetState.WITHDRAWN}),
}
# A deletion takes well under a second; one that is older was cut short.
DELETION_TIME = timedelta(minutes=1)
USERS_NAMED = 3


def described(asset: Asset, alt_text: str) -> Asset:
    """The asset with another text for those who can't see it."""
    require_alt_text(alt_text)
    return replace(asset, alt_text=alt_text)


def focused(asset: Asset, focal_point: FocalPoint) -> Asset:
    """The asset with another point that crops keep; renditions are then made anew round it."""
    return replace(asset, focal_point=focal_point)


def licensed(asset: Asset, rights: Rights) -> Asset:
    """The asset with other rights."""
    return replace(asset, rights=rights)


def withdrawn(asset: Asset, because: str) -> Asset:
    """The asset taken from every guide, link and poster, for a reason."""
    because = because.strip()
    if not 0 < len(because) <= MAX_REASON:
        raise Invalid(f"Give a reason of 1 to {MAX_REASON} characters.", field=["because"])
    return replace(_moved(asset, AssetState.WITHDRAWN), withdrawn_because=because)


def restored(asset: Asset) -> Asset:
    """The asset shown again after it was withdrawn."""
    return replace(_moved(asset, AssetState.AVAILABLE), withdrawn_because="")


async def change(
    bank: MediaPorts,
    viewer: Viewer,
    action: str,
    id: str,
    edit: Edit,
    *,
    expected: int,
    now: datetime,
    new_id: NewId,
) -> Asset:
    """Edit an asset by one of the rules above and record it under the action's name.

    The posts that show it follow. They do so first where that takes them off show: should this be
    cut short, too little is on show, never too much. Raises Conflict where somebody else has
    changed it since the expected version.
    """
    asset = await _to_change(bank, viewer, id, expected)
    changed = replace(edit(asset), version=expected + 1)
    ends_sooner = shown_until(changed) < shown_until(asset)
    if ends_sooner:
        await bank.displays.follow(changed, now=now)
    try:
        await bank.assets.save(changed, expected=expected)
    except Conflict:
        await bank.displays.follow(await load(bank, id), now=now)
        raise
    # Again where it was first: what has come on show meanwhile was not asked then.
    await bank.displays.follow(changed, now=now)
    await _record(bank, viewer, action, asset, _values(changed), now=now, new_id=new_id)
    return changed


async def delete(
    bank: MediaPorts, viewer: Viewer, id: str, *, expected: int, now: datetime, new_id: NewId
) -> None:
    """Remove an asset that nothing uses, with its original and all its renditions.

    It is marked first and its uses are looked for then; whoever adds a use looks for the asset
    afterwards. So one of the two always sees the other.
    """
    asset = await _to_change(bank, viewer, id, expected)
    marked = replace(_moved(asset, AssetState.DELETED), deleted_at=now, version=expected + 1)
    await bank.assets.save(marked, expected=expected)
    await _delete_unless_used(bank, marked)
    await _record(bank, viewer, "assetDelete", asset, {}, now=now, new_id=new_id)


async def finish_deletions(bank: MediaPorts, *, now: datetime) -> int:
    """Finish, or undo, the deletions that were cut short; tell how many there were."""
    cut_short = await bank.assets.deleted_before(now - DELETION_TIME)
    for asset in cut_short:
        try:
            await _delete_unless_used(bank, asset)
        except (WrongState, Conflict):
            continue  # it is in use and back where it was, by us or by another process
    return len(cut_short)


async def _delete_unless_used(bank: MediaPorts, asset: Asset) -> None:
    target = Target(kind=TargetKind.ASSET, id=asset.id)
    users = await bank.uses.of(target, PageRequest(first=USERS_NAMED))
    if users.total:
        back = AssetState.WITHDRAWN if asset.withdrawn_because else AssetState.AVAILABLE
        restored = replace(_moved(asset, back), deleted_at=None, version=asset.version + 1)
        await bank.assets.save(restored, expected=asset.version)
        named = ", ".join(f"{use.label} ({', '.join(use.fields)})" for use in users.items)
        raise WrongState(
            f"It is used in {users.total} places: {named}. Take it out there first, or withdraw it."
        )
    await bank.files.delete_below(renditions_folder(asset.id))
    await bank.files.delete(asset.original_key())
    await bank.assets.forget(asset.id)


async def _to_change(bank: MediaPorts, viewer: Viewer, id: str, expected: int) -> Asset:
    viewer.require(*CONTENT_TEAM)
    asset = await load(bank, id)
    if asset.version != expected:
        raise Conflict(
            "Somebody else has changed this asset; load it again and repeat.",
            field=["expectedVersion"],
        )
    return asset


def _moved(asset: Asset, state: AssetState) -> Asset:
    if state not in NEXT[asset.state]:
        raise WrongState(f"The asset is {asset.state.value.lower()} already.")
    return replace(asset, state=state)


async def _record(
    bank: MediaPorts,
    viewer: Viewer,
    action: str,
    asset: Asset,
    after: Mapping[str, Any],
    *,
    now: datetime,
    new_id: NewId,
) -> None:
    made = record(
        action,
        Subject(kind="asset", id=asset.id),
        viewer=viewer,
        before=_values(asset),
        after=after,
        now=now,
        new_id=new_id,
    )
    await bank.records.append(made)


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
