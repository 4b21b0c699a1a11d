"""Stores' own versions of the brand's posts."""

from typing import Annotated

import strawberry

from api.content.post_inputs import PostAdaptInput
from api.content.post_types import Post
from api.content.posts import AS_IT_IS, ExpectedVersion, PostIdArgument
from api.kernel.operations import mutation
from domain.content import adapting
from domain.content.bank import ContentPorts
from domain.people.act import Act


@mutation(
    "Begin your store's own version of a post that is on show, as a draft; it is then "
    "submitted and reviewed by the policy for adaptations.",
    post=AS_IT_IS,
)
async def post_adapt(
    ports: ContentPorts,
    act: Act,
    id: PostIdArgument,
    input: Annotated[
        PostAdaptInput, strawberry.argument(description="What the store says differently.")
    ],
) -> Post:
    return Post.of(await adapting.adapt(ports, act, id, input.unpack()))


@mutation(
    "Adapt anew what the parent shows now; the adaptation is no longer stale then.", post=AS_IT_IS
)
async def adaptation_revise(
    ports: ContentPorts,
    act: Act,
    id: PostIdArgument,
    input: Annotated[
        PostAdaptInput, strawberry.argument(description="What the store says differently now.")
    ],
    expected_version: ExpectedVersion,
) -> Post:
    changes = input.unpack()
    return Post.of(
        await adapting.revise(ports, act, id, changes, expected_version=expected_version)
    )


MUTATIONS = (post_adapt, adaptation_revise)
