"""Depositing, reviewing and finding posts."""

from typing import Annotated

import strawberry

from api.content.post_enums import PostOrder, Scene
from api.content.post_inputs import (
    PostContentInput,
    PostDepositInput,
    PostFilterInput,
    ReviewCommentInput,
)
from api.content.post_types import Post
from api.kernel.context import Info
from api.kernel.imports import ImportFile, ImportPayload, Mode, read_upload
from api.kernel.paging import After, Connection, First, connection
from api.kernel.payloads import Payload, mutation
from domain.content import depositing, importing, posts
from domain.content.adaptations import adapting
from domain.content.reviews import reviewing
from domain.content.search import finding
from domain.kernel.paging import PageRequest
from domain.kernel.refusals import NotFound
from domain.kernel.tables import ImportMode

PostIdArgument = Annotated[strawberry.ID, strawberry.argument(description="The post's id.")]
ExpectedVersion = Annotated[
    int, strawberry.argument(description="The post's version that you have seen.")
]


@strawberry.type(description="The answer to every action on one post.")
class PostPayload(Payload):
    post: Post | None = strawberry.field(description="The post as it is now.", default=None)


@strawberry.type(description="The answer to a deposit.")
class PostDepositPayload(PostPayload):
    pass


@strawberry.type(description="The answer to a revision.")
class PostRevisePayload(PostPayload):
    pass


@strawberry.type(description="The answer to a submission.")
class PostSubmitPayload(PostPayload):
    pass


@strawberry.type(description="The answer to an approval.")
class PostApprovePayload(PostPayload):
    pass


@strawberry.type(description="The answer to a rejection.")
class PostRejectPayload(PostPayload):
    pass


@strawberry.type(description="The answer to a withdrawal.")
class PostWithdrawPayload(PostPayload):
    pass


@strawberry.type(description="The answer to an import of posts.")
class PostsImportPayload(ImportPayload):
    pass


@strawberry.type
class PostQuery:
    @strawberry.field(
        description="Posts that the viewer may see: for consumers what is on show in the seeding "
        "zone, for guides what is on show in any scene, for the content team all."
    )
    async def posts(
        self,
        info: Info,
        filter: Annotated[
            PostFilterInput | None, strawberry.argument(description="Which ones; all if left out.")
        ] = None,
        order: Annotated[
            PostOrder, strawberry.argument(description="Which come first.")
        ] = PostOrder.NEWEST,
        first: First = 20,
        after: After = None,
    ) -> Connection[Post]:
        context = info.context
        page, tree = await finding.find(
            context.world.content,
            context.viewer,
            (filter or PostFilterInput()).unpack(),
            order,
            PageRequest(first=first, after=after),
            now=context.now,
        )
        return connection(page, lambda found: Post.of(found, tree))

    @strawberry.field(
        description="One post; null where there is none of this id or the viewer may not see it."
    )
    async def post(self, info: Info, id: PostIdArgument) -> Post | None:
        context = info.context
        bank = context.world.content
        try:
            found = await finding.one(bank, context.viewer, id, now=context.now)
        except NotFound:
            return None
        return Post.of(found, await bank.categories.tree())


@strawberry.type
class PostMutation:
    @mutation("Deposit a post as a draft of your department.")
    async def post_deposit(
        self,
        info: Info,
        input: Annotated[PostDepositInput, strawberry.argument(description="The post.")],
    ) -> PostDepositPayload:
        context = info.context
        bank = context.world.content
        post = await depositing.deposit(
            bank,
            context.viewer,
            input.unpack(await bank.categories.tree()),
            kind=input.kind,
            department=input.department,
            now=context.now,
            new_id=context.world.new_id,
        )
        return PostDepositPayload(post=await packed(info, post))

    @mutation(
        "Save another revision of a post; what is on show stays until the new one is approved."
    )
    async def post_revise(
        self,
        info: Info,
        id: PostIdArgument,
        input: Annotated[
            PostContentInput, strawberry.argument(description="All of its new content.")
        ],
        expected_version: ExpectedVersion,
    ) -> PostRevisePayload:
        context = info.context
        bank = context.world.content
        post = await depositing.revise(
            bank,
            context.viewer,
            id,
            input.unpack(await bank.categories.tree()),
            expected_version=expected_version,
            now=context.now,
            new_id=context.world.new_id,
        )
        return PostRevisePayload(post=await packed(info, post))

    @mutation("Have the latest revision checked by machine and hand it in for review.")
    async def post_submit(self, info: Info, id: PostIdArgument) -> PostSubmitPayload:
        context = info.context
        post = await depositing.submit(
            context.world.content,
            context.viewer,
            id,
            now=context.now,
            new_id=context.world.new_id,
        )
        return PostSubmitPayload(post=await packed(info, post))

    @mutation(
        "Allow the revision under review for the named scenes. Nobody approves their own; the "
        "last approval that the policy asks for puts it on show."
    )
    async def post_approve(
        self,
        info: Info,
        id: PostIdArgument,
        scenes: Annotated[
            list[Scene], strawberry.argument(description="The scenes that it may be used for.")
        ],
        expected_hash: Annotated[
            str, strawberry.argument(description="The hash of the revision that you have read.")
        ],
    ) -> PostApprovePayload:
        context = info.context
        post = await reviewing.approve(
            context.world.content,
            context.viewer,
            id,
            frozenset(scenes),
            expected_hash=expected_hash,
            now=context.now,
            new_id=context.world.new_id,
        )
        return PostApprovePayload(post=await packed(info, post))

    @mutation("Send the revision under review back, with what to change in which field.")
    async def post_reject(
        self,
        info: Info,
        id: PostIdArgument,
        comments: Annotated[
            list[ReviewCommentInput], strawberry.argument(description="At least one.")
        ],
    ) -> PostRejectPayload:
        context = info.context
        post = await reviewing.reject(
            context.world.content,
            context.viewer,
            id,
            tuple(comment.unpack() for comment in comments),
            now=context.now,
            new_id=context.world.new_id,
        )
        return PostRejectPayload(post=await packed(info, post))

    @mutation("Take a post back from everybody at once, with what stores have made of it.")
    async def post_withdraw(self, info: Info, id: PostIdArgument) -> PostWithdrawPayload:
        context = info.context
        post = await adapting.withdraw(
            context.world.content,
            context.viewer,
            id,
            now=context.now,
            new_id=context.world.new_id,
        )
        return PostWithdrawPayload(post=await packed(info, post))

    @mutation(
        "Deposit posts in bulk, as drafts: JSON Lines with code, title, category, department, "
        "tags, audience, scenes, cover, body and products. Pictures are named by the file name "
        "that they were uploaded with; missing categories are made."
    )
    async def posts_import(
        self, info: Info, file: ImportFile, mode: Mode = ImportMode.ALL_OR_NOTHING
    ) -> PostsImportPayload:
        context = info.context
        name, data = await read_upload(file)
        report = await importing.import_posts(
            context.world.content,
            context.viewer,
            name,
            data,
            mode=mode,
            now=context.now,
            new_id=context.world.new_id,
        )
        return PostsImportPayload.of(report, mode)


async def packed(info: Info, post: posts.Post) -> Post:
    """Pack a post just changed, as those who may change it see it: with its latest revision."""
    bank = info.context.world.content
    revision = await depositing.load_revision(bank, post.latest.revision_id)
    found = finding.found(post, revision, info.context.now)
    return Post.of(found, await bank.categories.tree())
