"""Describing, withdrawing and deleting assets."""

from typing import Annotated

import strawberry

from api.kernel.context import Info
from api.kernel.payloads import Payload, mutation
from api.media.asset_types import Asset, AssetIdArgument, FocalPointInput, RightsInput
from domain.media import asset_changes
from domain.media.asset_changes import Edit, described, focused, licensed, restored, withdrawn
from domain.media.assets import Asset as AssetValue

ExpectedVersion = Annotated[
    int,
    strawberry.argument(description="The version that the change is made to; another is refused."),
]


@strawberry.type(description="The answer to a new text of an asset.")
class AssetDescribePayload(Payload):
    asset: Asset | None = strawberry.field(description="The asset as it is now.", default=None)


@strawberry.type(description="The answer to a new focal point of an asset.")
class AssetFocusPayload(Payload):
    asset: Asset | None = strawberry.field(description="The asset as it is now.", default=None)


@strawberry.type(description="The answer to new rights of an asset.")
class AssetLicensePayload(Payload):
    asset: Asset | None = strawberry.field(description="The asset as it is now.", default=None)


@strawberry.type(description="The answer to the withdrawal of an asset.")
class AssetWithdrawPayload(Payload):
    asset: Asset | None = strawberry.field(description="The asset as it is now.", default=None)


@strawberry.type(description="The answer to the return of a withdrawn asset.")
class AssetRestorePayload(Payload):
    asset: Asset | None = strawberry.field(description="The asset as it is now.", default=None)


@strawberry.type(description="The answer to the deletion of an asset.")
class AssetDeletePayload(Payload):
    deleted_id: strawberry.ID | None = strawberry.field(
        description="The id of the asset that is gone.", default=None
    )


@strawberry.type
class AssetChangesMutation:
    @mutation("Say what an asset shows, for those who can't see it.")
    async def asset_describe(
        self,
        info: Info,
        id: AssetIdArgument,
        alt_text: Annotated[str, strawberry.argument(description="What it shows.")],
        expected_version: ExpectedVersion,
    ) -> AssetDescribePayload:
        def edit(asset: AssetValue) -> AssetValue:
            return described(asset, alt_text)

        changed = await _change(info, "assetDescribe", id, edit, expected_version)
        return AssetDescribePayload(asset=changed)

    @mutation("Set the point that crops keep; renditions are made anew, the original stays.")
    async def asset_focus(
        self,
        info: Info,
        id: AssetIdArgument,
        focal_point: Annotated[FocalPointInput, strawberry.argument(description="The point.")],
        expected_version: ExpectedVersion,
    ) -> AssetFocusPayload:
        def edit(asset: AssetValue) -> AssetValue:
            return focused(asset, focal_point.unpack())

        changed = await _change(info, "assetFocus", id, edit, expected_version)
        return AssetFocusPayload(asset=changed)

    @mutation("Set what allows the use of an asset, and until when it may be shown.")
    async def asset_license(
        self,
        info: Info,
        id: AssetIdArgument,
        rights: Annotated[RightsInput, strawberry.argument(description="All of its rights.")],
        expected_version: ExpectedVersion,
    ) -> AssetLicensePayload:
        def edit(asset: AssetValue) -> AssetValue:
            return licensed(asset, rights.unpack())

        changed = await _change(info, "assetLicense", id, edit, expected_version)
        return AssetLicensePayload(asset=changed)

    @mutation("Take an asset from every guide, link and poster, without deleting it.")
    async def asset_withdraw(
        self,
        info: Info,
        id: AssetIdArgument,
        because: Annotated[str, strawberry.argument(description="Why, for the content team.")],
        expected_version: ExpectedVersion,
    ) -> AssetWithdrawPayload:
        def edit(asset: AssetValue) -> AssetValue:
            return withdrawn(asset, because)

        changed = await _change(info, "assetWithdraw", id, edit, expected_version)
        return AssetWithdrawPayload(asset=changed)

    @mutation("Show a withdrawn asset again.")
    async def asset_restore(
        self, info: Info, id: AssetIdArgument, expected_version: ExpectedVersion
    ) -> AssetRestorePayload:
        changed = await _change(info, "assetRestore", id, restored, expected_version)
        return AssetRestorePayload(asset=changed)

    @mutation("Remove an asset that nothing uses, with its original and all its renditions.")
    async def asset_delete(
        self, info: Info, id: AssetIdArgument, expected_version: ExpectedVersion
    ) -> AssetDeletePayload:
        context = info.context
        await asset_changes.delete(
            context.world.assets,
            context.viewer,
            id,
            expected=expected_version,
            now=context.now,
            new_id=context.world.new_id,
        )
        return AssetDeletePayload(deleted_id=id)


async def _change(info: Info, action: str, id: str, edit: Edit, expected: int) -> Asset:
    context = info.context
    return Asset.of(
        await asset_changes.change(
            context.world.assets,
            context.viewer,
            action,
            id,
            edit,
            expected=expected,
            now=context.now,
            new_id=context.world.new_id,
        )
    )
