"""Describing, withdrawing and deleting assets."""

from typing import Annotated

import strawberry

from api.kernel.operations import mutation
from api.media.asset_types import Asset, AssetIdArgument, FocalPointInput, RightsInput
from domain.media.asset_changes import (
    change,
    delete,
    described,
    focused,
    licensed,
    restored,
    withdrawn,
)
from domain.media.ports import MediaPorts
from domain.people.act import Act

NOW = "The asset as it is now."
ExpectedVersion = Annotated[
    int,
    strawberry.argument(description="The version that the change is made to; another is refused."),
]


@mutation("Say what an asset shows, for those who can't see it.", asset=NOW)
async def asset_describe(
    ports: MediaPorts,
    act: Act,
    id: AssetIdArgument,
    alt_text: Annotated[str, strawberry.argument(description="What it shows.")],
    expected_version: ExpectedVersion,
) -> Asset:
    edit = described(alt_text)
    return Asset.of(await change(ports, act, "assetDescribe", id, edit, expected=expected_version))


@mutation("Set the point that crops keep; renditions are made anew, the original stays.", asset=NOW)
async def asset_focus(
    ports: MediaPorts,
    act: Act,
    id: AssetIdArgument,
    focal_point: Annotated[FocalPointInput, strawberry.argument(description="The point.")],
    expected_version: ExpectedVersion,
) -> Asset:
    edit = focused(focal_point.unpack())
    return Asset.of(await change(ports, act, "assetFocus", id, edit, expected=expected_version))


@mutation("Set what allows the use of an asset, and until when it may be shown.", asset=NOW)
async def asset_license(
    ports: MediaPorts,
    act: Act,
    id: AssetIdArgument,
    rights: Annotated[RightsInput, strawberry.argument(description="All of its rights.")],
    expected_version: ExpectedVersion,
) -> Asset:
    edit = licensed(rights.unpack())
    return Asset.of(await change(ports, act, "assetLicense", id, edit, expected=expected_version))


@mutation("Take an asset from every guide, link and poster, without deleting it.", asset=NOW)
async def asset_withdraw(
    ports: MediaPorts,
    act: Act,
    id: AssetIdArgument,
    because: Annotated[str, strawberry.argument(description="Why, for the content team.")],
    expected_version: ExpectedVersion,
) -> Asset:
    edit = withdrawn(because)
    return Asset.of(await change(ports, act, "assetWithdraw", id, edit, expected=expected_version))


@mutation("Show a withdrawn asset again.", asset=NOW)
async def asset_restore(
    ports: MediaPorts, act: Act, id: AssetIdArgument, expected_version: ExpectedVersion
) -> Asset:
    return Asset.of(
        await change(ports, act, "assetRestore", id, restored, expected=expected_version)
    )


@mutation(
    "Remove an asset that nothing uses, with its original and all its renditions.",
    deleted_id="The id of the asset that is gone.",
)
async def asset_delete(
    ports: MediaPorts, act: Act, id: AssetIdArgument, expected_version: ExpectedVersion
) -> strawberry.ID:
    await delete(ports, act, id, expected=expected_version)
    return id


MUTATIONS = (
    asset_describe,
    asset_focus,
    asset_license,
    asset_withdraw,
    asset_restore,
    asset_delete,
)
