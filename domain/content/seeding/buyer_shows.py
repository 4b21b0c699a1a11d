"""Consumers in the seeding zone: what they show, like, save and report."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from domain.catalogue.catalogue import ProductId
from domain.content import categories, posts
from domain.content.bank import ContentPorts
from domain.content.depositing import (
    department_for,
    keep_revision,
    load,
    load_revision,
    open_review,
)
from domain.content.posts import Department, Post, PostKind, PostState
from domain.content.reviews import history
from domain.content.reviews.review import Finding, FindingKind
from domain.content.revisions import (
    CategoryId,
    Content,
    ImageBlock,
    PostId,
    RevisionId,
    TextBlock,
    make_revision,
)
from domain.content.scenes import Scene
from domain.kernel.ids import NewId, PersonId
from domain.kernel.ports import Ports
from domain.kernel.refusals import Forbidden, Invalid, NotFound, TooMany, WrongState
from domain.media.assets import AssetId, Kind
from domain.people.accounts import Members
from domain.people.viewer import CONTENT_TEAM, Role, Viewer

# Where consumers' posts lie in the tree; the content team may move or rename it.
CATEGORY = "买家秀"
MAX_PICTURES = 9
MAX_TEXT = 2_000
# What one consumer may send in a day, so that reviewers are not flooded.
SHOWS_A_DAY = 10


class Verdict(StrEnum):
    """What a content check makes of a text: fit, for people to decide, or unfit."""

    PASS = "PASS"  # noqa: S105 - no password
    REVIEW = "REVIEW"
    RISKY = "RISKY"


class ContentCheck(Protocol):
    """Judges what consumers write before anybody else reads it.

    It never lets something pass because it could not ask: then people decide.
    """

    async def judge(self, text: str, *, openid: str) -> Verdict:
        """What to make of at most 2,500 characters by the consumer behind an openid."""


class Mark(StrEnum):
    """What a consumer can leave on a post."""

    LIKE = "LIKE"
    SAVE = "SAVE"


class Marks(Protocol):
    """Likes and saves, at most one of each for a person and a post."""

    async def leave(self, post_id: PostId, person_id: PersonId, mark: Mark, at: datetime) -> None:
        """Leave a mark and count it; a repeat changes nothing."""

    async def take_back(self, post_id: PostId, person_id: PersonId, mark: Mark) -> None:
        """Take a mark back; one that is not there is no error."""

    async def of(
        self, person_id: PersonId, post_ids: Sequence[PostId]
    ) -> frozenset[tuple[PostId, Mark]]:
        """Which marks a person has left on some posts."""

    async def saved(self, person_id: PersonId) -> Sequence[PostId]:
        """What a person has saved, the newest first."""

    async def report(self, post_id: PostId, person_id: PersonId, reason: str, at: datetime) -> None:
        """Keep a person's report and count it; a second one of theirs replaces the first."""

    async def reports(self, post_id: PostId) -> Sequence[str]:
        """The reasons that were given, the newest first."""

    async def clear_reports(self, post_id: PostId) -> None:
        """Forget the reports of a post that was found in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedingPorts(Ports):
    """What the use cases of the seeding zone work with."""

    bank: ContentPorts
    check: ContentCheck
    marks: Marks
    members: Members


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyerShow:
    """What a consumer shows; with their consent the brand may reuse it."""

    title: str
    text: str
    pictures: tuple[AssetId, ...] = ()
    products: tuple[ProductId, ...] = ()
    reuse_consent: bool = False


async def show(
    zone: SeedingPorts, viewer: Viewer, wanted: BuyerShow, *, now: datetime, new_id: NewId
) -> Post:
    """Take in a consumer's post for review; what the content check finds unfit is refused."""
    viewer.require(Role.MEMBER)
    if not 1 <= len(wanted.text.strip()) <= MAX_TEXT:
        raise Invalid(f"Write 1 to {MAX_TEXT} characters.", field=["input", "text"])
    today = await zone.bank.posts.count_by(viewer.id, now - timedelta(days=1))
    if today >= SHOWS_A_DAY:
        raise TooMany(f"{SHOWS_A_DAY} buyer shows a day are the most; go on tomorrow.")
    await _require_own_pictures(zone.bank, viewer, wanted.pictures)
    verdict = await _judged(zone, viewer, wanted)
    content = _content(wanted, await _category(zone.bank, new_id))
    revision = make_revision(
        RevisionId(new_id("revision")),
        PostId(new_id("post")),
        1,
        content,
        author_id=viewer.id,
        now=now,
    )
    await keep_revision(zone.bank, revision)
    draft = replace(
        posts.deposit(revision, kind=PostKind.BUYER_SHOW, department=Department.COMMUNITY),
        reuse_consent=wanted.reuse_consent,
    )
    review = await open_review(zone.bank, draft, revision, viewer, now=now, new_id=new_id)
    if verdict is Verdict.REVIEW:
        review = replace(review, findings=(*review.findings, _DOUBT))
    submitted = replace(posts.submit(draft, review, now=now), version=1)
    return await history.keep(
        zone.bank, "buyerShowSubmit", None, submitted, viewer=viewer, now=now, new_id=new_id
    )


async def consent(
    zone: SeedingPorts, viewer: Viewer, id: str, allowed: bool, *, now: datetime, new_id: NewId
) -> Post:
    """Give or take back the consent to reuse; taken back, what was made of it is withdrawn."""
    bank = zone.bank
    post = await _own(bank, viewer, id)
    changed = replace(post, reuse_consent=allowed, version=post.version + 1)
    kept = await history.keep(
        bank, "buyerShowConsent", post, changed, viewer=viewer, now=now, new_id=new_id
    )
    if not allowed:
        for derived in await bank.posts.made_from(post.id):
            if derived.state is not PostState.WITHDRAWN:
                await history.keep(
                    bank,
                    "postWithdraw",
                    derived,
                    posts.withdraw(derived, now=now),
                    viewer=viewer,
                    now=now,
                    new_id=new_id,
                )
    return kept


async def reuse(
    zone: SeedingPorts,
    viewer: Viewer,
    id: str,
    category_id: CategoryId,
    scenes: frozenset[Scene],
    *,
    now: datetime,
    new_id: NewId,
) -> Post:
    """Make a draft for guides of a buyer show whose consumer has consented."""
    viewer.require(*CONTENT_TEAM)
    bank = zone.bank
    source = await load(bank, id)
    showing = source.showing(now)
    if source.kind is not PostKind.BUYER_SHOW or showing is None:
        raise WrongState("Only a buyer show that is on show can be reused.")
    if not source.reuse_consent:
        raise Forbidden("The consumer has not consented to reuse; ask them for it.")
    shown = await load_revision(bank, showing.facets.revision_id)
    revision = make_revision(
        RevisionId(new_id("revision")),
        PostId(new_id("post")),
        1,
        replace(shown.content, category_id=category_id, scenes=scenes),
        author_id=viewer.id,
        now=now,
    )
    await keep_revision(bank, revision)
    made = replace(
        posts.deposit(revision, kind=PostKind.MATERIAL, department=department_for(viewer, None)),
        source_id=source.id,
    )
    return await history.keep(
        bank, "buyerShowReuse", None, made, viewer=viewer, now=now, new_id=new_id
    )


async def _judged(zone: SeedingPorts, viewer: Viewer, wanted: BuyerShow) -> Verdict:
    member = await zone.members.by_id(viewer.id)
    if member is None:
        raise NotFound("This account is gone; sign in again.")
    verdict = await zone.check.judge(f"{wanted.title}\n{wanted.text}", openid=member.openid)
    if verdict is Verdict.RISKY:
        raise Invalid(
            "The content check finds this unfit to be shown; write it otherwise.",
            field=["input", "text"],
        )
    return verdict


async def _require_own_pictures(
    bank: ContentPorts, viewer: Viewer, pictures: tuple[AssetId, ...]
) -> None:
    """Refuse pictures that the consumer has not uploaded, or that are none."""
    if len(pictures) > MAX_PICTURES:
        raise Invalid(f"Show at most {MAX_PICTURES} pictures.", field=["input", "pictures"])
    known = await bank.assets.by_ids(pictures) if pictures else {}
    for i, picture in enumerate(pictures):
        asset = known.get(picture)
        own = asset is not None and asset.uploaded_by == viewer.id
        if not own or asset is None or asset.kind is not Kind.IMAGE:
            raise Invalid("Upload this picture first.", field=["input", "pictures", str(i)])


async def _category(bank: ContentPorts, new_id: NewId) -> CategoryId:
    tree = await bank.categories.tree()
    changed, found = categories.ensure(tree, CATEGORY, lambda: CategoryId(new_id("category")))
    if changed is not tree:
        await bank.categories.save(changed, expected=tree.version)
    return found.id


async def _own(bank: ContentPorts, viewer: Viewer, id: str) -> Post:
    viewer.require(Role.MEMBER)
    post = await load(bank, id)
    if post.author_id != viewer.id or post.kind is not PostKind.BUYER_SHOW:
        raise NotFound(f"You have no buyer show {id}.", field=["id"])
    return post


def _content(wanted: BuyerShow, category_id: CategoryId) -> Content:
    pictures = tuple(ImageBlock(asset_id=picture) for picture in wanted.pictures)
    return Content(
        title=wanted.title,
        body=(TextBlock(text=wanted.text), *pictures),
        category_id=category_id,
        scenes=frozenset({Scene.SEEDING_ZONE}),
        products=wanted.products,
        cover=wanted.pictures[0] if wanted.pictures else None,
    )


_DOUBT = Finding(
    kind=FindingKind.CONTENT_CHECK,
    field="body.0.text",
    message="The content check is in doubt about this text.",
    advice="Read it with care before you approve it.",
)
