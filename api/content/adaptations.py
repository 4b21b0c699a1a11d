"""Stores' own versions of the brand's posts."""

from typing import Annotated

import strawberry

from api.content.post_inputs import PostAdaptInput
from api.content.posts import ExpectedVersion, PostIdArgument, PostPayload, packed
from api.kernel.context import Info
from api.kernel.payloads import mutation
from domain.content.adaptations import adapting


@strawberry.type(description="The answer to an adaptation.")
class PostAdaptPayload(PostPayload):
    pass


@strawberry.type(description="The answer to a revision of an adaptation.")
class AdaptationRevisePayload(PostPayload):
    pass


@strawberry.type
class AdaptationMutation:
    @mutation(
        "Begin your store's own version of a post that is on show, as a draft; it is then "
        "submitted and reviewed by the policy for adaptations."
    )
    async def post_adapt(
        self,
        info: Info,
        id: PostIdArgument,
        input: Annotated[
            PostAdaptInput, strawberry.argument(description="What the store says differently.")
        ],
    ) -> PostAdaptPayload:
        context = info.context
        post = await adapting.adapt(
            context.world.content,
            context.viewer,
            id,
            input.unpack(),
            now=context.now,
            new_id=context.world.new_id,
        )
        return PostAdaptPayload(post=await packed(info, post))

    @mutation("Adapt anew what the parent shows now; the adaptation is no longer stale then.")
    async def adaptation_revise(
        self,
        info: Info,
        id: PostIdArgument,
        input: Annotated[
            PostAdaptInput, strawberry.argument(description="What the store says differently now.")
        ],
        expected_version: ExpectedVersion,
    ) -> AdaptationRevisePayload:
        context = info.context
        post = await adapting.revise(
            context.world.content,
            context.viewer,
            id,
            input.unpack(),
            expected_version=expected_version,
            now=context.now,
            new_id=context.world.new_id,
        )
        return AdaptationRevisePayload(post=await packed(info, post))
