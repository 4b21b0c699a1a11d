"""What consumers gave: used with their consent alone, in their own words or not at all."""

from collections.abc import Iterator

from domain.content.kinds import PostKind
from domain.content.loading import load, load_revision
from domain.content.posts import Post, Posts, PostState
from domain.content.revisions import Block, Content, ProductBlock, Revisions
from domain.kernel.refusals import Forbidden, Invalid, WrongState, refuse_all


async def require_allowed(there: Posts, post: Post) -> None:
    """Refuse to go on with what comes from a post that was withdrawn, or may not be reused."""
    if post.parent is not None:
        parent = await load(there, post.parent.post_id)
        if parent.state is PostState.WITHDRAWN:
            raise WrongState("The brand has withdrawn the post that this one adapts.")
    if post.source_id is not None:
        source = await load(there, post.source_id)
        if source.state is PostState.WITHDRAWN or not source.reuse_consent:
            raise WrongState("The consumer no longer lets the brand reuse this buyer show.")


def require_not_theirs(post: Post) -> None:
    """Refuse to change a buyer show: its words are its consumer's."""
    if post.kind is PostKind.BUYER_SHOW:
        raise Forbidden(
            "A buyer show is in its consumer's own words, which nobody changes; withdraw it, and "
            "the consumer can send another."
        )


async def require_own_words(there: Posts, revisions: Revisions, post: Post, said: Content) -> None:
    """Refuse to make of a buyer show anything but a part of it.

    Whole parts of the body and the cover may be taken out; what is left stays as the consumer wrote
    it, in its order. Products, tags and where it is used are the brand's to choose.
    """
    if post.source_id is None:
        return
    source = await load(there, post.source_id)
    given = (await load_revision(revisions, source.latest.revision_id)).content
    refuse_all(_rewritten(given, said))


def _rewritten(given: Content, said: Content) -> Iterator[Invalid]:
    if said.title != given.title:
        yield Invalid("Leave the title as the consumer wrote it.", field=["input", "title"])
    if said.cover not in (None, *given.asset_fields().values()):
        yield Invalid("Show the consumer's own picture, or none.", field=["input", "cover"])
    left: list[Block] = list(given.body)
    for i, block in enumerate(said.body):
        if isinstance(block, ProductBlock):
            continue
        if block not in left:
            yield Invalid(
                "This is not as the consumer gave it; leave it out, or leave it as it was.",
                field=["input", "body", str(i)],
            )
            continue
        del left[: left.index(block) + 1]
