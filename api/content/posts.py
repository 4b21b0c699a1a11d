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
from api.kernel.context import Load
from api.kernel.imports import ImportFile, ImportPayload, Mode, OnlyCheck, hand_in
from api.kernel.operations import mutation, query
from api.kernel.paging import After, Connection, First, connection
from domain.content import depositing, finding, reviewing
from domain.content.bank import ContentPorts
from domain.content.importing import import_posts
from domain.content.revisions import PostId
from domain.content.submitting import submit
from domain.content.withdrawing import withdraw
from domain.kernel.import_reports import ImportMode
from domain.kernel.imports import ImportPorts
from domain.kernel.paging import PageRequest
from domain.people.act import Act

PostIdArgument = Annotated[strawberry.ID, strawberry.argument(description="The post's id.")]
ExpectedVersion = Annotated[
    int, strawberry.argument(description="The post's version that you have seen.")
]
AS_IT_IS = "The post as it is now."


@strawberry.type(description="The answer to an import of posts.")
class PostsImportPayload(ImportPayload):
    pass


@query(
    "Posts that the viewer may see: for consumers what is on show in the seeding "
    "zone, for guides what is on show in any scene, for the content team all."
)
async def posts(
    ports: ContentPorts,
    act: Act,
    filter: Annotated[
        PostFilterInput | None, strawberry.argument(description="Which ones; all if left out.")
    ] = None,
    order: Annotated[
        PostOrder, strawberry.argument(description="Which come first.")
    ] = PostOrder.NEWEST,
    first: First = 20,
    after: After = None,
) -> Connection[Post]:
    asked = (filter or PostFilterInput()).unpack()
    page = await finding.find(ports, act, asked, order, PageRequest(first=first, after=after))
    return connection(page, Post.of)


@query("One post; null where there is none of this id or the viewer may not see it.")
async def post(load: Load, id: PostIdArgument) -> Post | None:
    found = await load(finding.posts_by_ids, PostId(id))
    return Post.of(found) if found else None


@mutation("Deposit a post as a draft of your department.", post=AS_IT_IS)
async def post_deposit(
    ports: ContentPorts,
    act: Act,
    input: Annotated[PostDepositInput, strawberry.argument(description="The post.")],
) -> Post:
    return Post.of(
        await depositing.deposit(
            ports,
            act,
            input.category,
            input.content,
            kind=input.kind,
            department=input.department,
        )
    )


@mutation(
    "Save another revision of a post; what is on show stays until the new one is approved. A buyer "
    "show has none; of what was made of one, parts are taken out and nothing is rewritten.",
    post=AS_IT_IS,
)
async def post_revise(
    ports: ContentPorts,
    act: Act,
    id: PostIdArgument,
    input: Annotated[PostContentInput, strawberry.argument(description="All of its new content.")],
    expected_version: ExpectedVersion,
) -> Post:
    return Post.of(
        await depositing.revise(
            ports, act, id, input.category, input.content, expected_version=expected_version
        )
    )


@mutation("Have the latest revision checked by machine and hand it in for review.", post=AS_IT_IS)
async def post_submit(ports: ContentPorts, act: Act, id: PostIdArgument) -> Post:
    return Post.of(await submit(ports, act, id))


@mutation(
    "Allow the revision under review for the named scenes. Nobody approves words of their own, "
    "whoever wrote the rest or handed it in; the last approval that the policy asks for puts it on "
    "show, in the place of the revision before it in all scenes.",
    post=AS_IT_IS,
)
async def post_approve(
    ports: ContentPorts,
    act: Act,
    id: PostIdArgument,
    scenes: Annotated[
        list[Scene], strawberry.argument(description="The scenes that it may be used for.")
    ],
    expected_hash: Annotated[
        str, strawberry.argument(description="The hash of the revision that you have read.")
    ],
) -> Post:
    allowed = frozenset(scenes)
    return Post.of(await reviewing.approve(ports, act, id, allowed, expected_hash=expected_hash))


@mutation("Send the revision under review back, with what to change in which field.", post=AS_IT_IS)
async def post_reject(
    ports: ContentPorts,
    act: Act,
    id: PostIdArgument,
    comments: Annotated[list[ReviewCommentInput], strawberry.argument(description="At least one.")],
) -> Post:
    remarks = tuple(comment.unpack() for comment in comments)
    return Post.of(await reviewing.reject(ports, act, id, remarks))


@mutation(
    "Take a post back from everybody at once, with what stores have made of it.", post=AS_IT_IS
)
async def post_withdraw(ports: ContentPorts, act: Act, id: PostIdArgument) -> Post:
    return Post.of(await withdraw(ports, act, id))


@mutation(
    "Deposit posts in bulk, as drafts: JSON Lines with code, title, category, department, "
    "tags, audience, scenes, cover, body and products. Pictures are named by the file name "
    "that they were uploaded with; missing categories are made."
)
async def posts_import(
    ports: ContentPorts,
    imports: ImportPorts,
    act: Act,
    file: ImportFile,
    mode: Mode = ImportMode.ALL_OR_NOTHING,
    only_check: OnlyCheck = False,
) -> PostsImportPayload:
    handed = await hand_in(file, mode, only_check, imports)
    return PostsImportPayload.of(await import_posts(ports, act, handed), handed)


QUERIES = (posts, post)
MUTATIONS = (
    post_deposit,
    post_revise,
    post_submit,
    post_approve,
    post_reject,
    post_withdraw,
    posts_import,
)
