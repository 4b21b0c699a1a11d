"""What consumers show in the seeding zone, and what the brand may make of it."""

from dataclasses import dataclass, replace
from datetime import timedelta

from domain.catalogue.catalogue import ProductId
from domain.content import categories, posts
from domain.content.bank import ContentPorts
from domain.content.keeping import change, keep, write_revision
from domain.content.kinds import Department, PostKind
from domain.content.loading import latest, load, load_revision
from domain.content.permissions import department_for
from domain.content.posts import Post
from domain.content.reviews.review import Finding, FindingKind
from domain.content.revisions import CategoryId, Content, ImageBlock, PostId, TextBlock
from domain.content.scenes import Scene
from domain.content.searches import FoundPost
from domain.content.seeding.content_check import ContentVerdict
from domain.content.seeding.zone import SeedingPorts
from domain.content.submitting import open_review
from domain.kernel.ids import NewId
from domain.kernel.refusals import Forbidden, Invalid, NotFound, TooMany, WrongState
from domain.media.assets import AssetId, Kind
from domain.people.act import Act
from domain.people.viewer import Viewer

# Where consumers' posts lie in the tree; the content team may move or rename it.
CATEGORY = "买家秀"
MAX_PICTURES = 9
MAX_TEXT = 2_000
# What one consumer may send in a day, so that reviewers are not flooded.
SHOWS_A_DAY = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyerShow:
    """What a consumer shows; with their consent the brand may reuse it."""

    title: str
    text: str
    pictures: tuple[AssetId, ...] = ()
    products: tuple[ProductId, ...] = ()
    reuse_consent: bool = False


async def show(ports: SeedingPorts, act: Act, wanted: BuyerShow) -> FoundPost:
    """Take in a consumer's post for review; what the content check finds unfit is refused."""
    act.viewer.require("seeding.take_part")
    if not 1 <= len(wanted.text.strip()) <= MAX_TEXT:
        raise Invalid(f"Write 1 to {MAX_TEXT} characters.", field=["input", "text"])
    bank = ports.bank
    today = await bank.posts.count_by(act.viewer.id, act.at - timedelta(days=1))
    if today >= SHOWS_A_DAY:
        raise TooMany(f"{SHOWS_A_DAY} buyer shows a day are the most; go on tomorrow.")
    await _require_own_pictures(bank, act.viewer, wanted.pictures)
    content = _content(wanted, await _category(bank, act.new_id))
    content.check()
    verdict = await _judged(ports, act.viewer, wanted)
    revision = write_revision(act, content, PostId(act.new_id("post")))
    deposited = posts.deposit(revision, kind=PostKind.BUYER_SHOW, department=Department.COMMUNITY)
    draft = replace(deposited, reuse_consent=wanted.reuse_consent)
    review = await open_review(bank, act, draft, revision)
    if verdict is ContentVerdict.REVIEW:
        review = replace(review, findings=(*review.findings, _DOUBT))
    submitted = replace(posts.submit(draft, review, now=act.at), version=1)
    kept = await keep(bank, act, "buyerShowSubmit", None, submitted, revision)
    return await latest(bank, act, kept)


async def consent(ports: SeedingPorts, act: Act, id: str, allowed: bool) -> FoundPost:
    """Give or take back the consent to reuse; taken back, what was made of it is withdrawn.

    Whoever else is at the post meanwhile, the consumer's word counts.
    """
    act.viewer.require("seeding.take_part")
    post = await load(ports.bank.posts, id)
    if post.author_id != act.viewer.id or post.kind is not PostKind.BUYER_SHOW:
        raise NotFound(f"You have no buyer show {id}.", field=["id"])

    def said(found: Post) -> Post:
        if found.reuse_consent is allowed:
            return found
        return replace(found, reuse_consent=allowed, version=found.version + 1)

    changed = await change(ports.bank, act, "buyerShowConsent", post, said)
    return await latest(ports.bank, act, changed)


async def reuse(
    ports: SeedingPorts, act: Act, id: str, category: str, scenes: frozenset[Scene]
) -> FoundPost:
    """Make a draft for guides of a buyer show whose consumer has consented."""
    act.viewer.require("seeding.reuse")
    bank = ports.bank
    category_id = (await bank.categories.tree()).at(category).id
    source = await load(bank.posts, id)
    showing = source.showing(act.at)
    if source.kind is not PostKind.BUYER_SHOW or showing is None:
        raise WrongState("Only a buyer show that is on show can be reused.")
    if not source.reuse_consent:
        raise Forbidden("The consumer has not consented to reuse; ask them for it.")
    shown = await load_revision(bank.revisions, showing.facets.revision_id)
    content = replace(shown.content, category_id=category_id, scenes=scenes)
    revision = write_revision(act, content, PostId(act.new_id("post")))
    department = department_for(act.viewer, None)
    deposited = posts.deposit(revision, kind=PostKind.MATERIAL, department=department)
    made = replace(deposited, source_id=source.id)
    return await latest(bank, act, await keep(bank, act, "buyerShowReuse", None, made, revision))


async def _judged(ports: SeedingPorts, viewer: Viewer, wanted: BuyerShow) -> ContentVerdict:
    member = await ports.members.by_id(viewer.id)
    if member is None or member.openid is None:
        raise NotFound("This account is gone; sign in again.")
    verdict = await ports.check.judge(f"{wanted.title}\n{wanted.text}", openid=member.openid)
    if verdict is ContentVerdict.RISKY:
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
