"""Talking: saying and liking things, taking them down, and making training of the best."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from domain.content.bank import ContentPorts
from domain.content.depositing import deposit
from domain.content.finding import usable
from domain.content.revisions import (
    Block,
    CategoryId,
    Content,
    ImageBlock,
    PostId,
    TextBlock,
    VideoBlock,
)
from domain.content.scenes import Scene
from domain.content.searches import FoundPost
from domain.guiding.contests import ContestId, Contests
from domain.guiding.remarks import (
    LIKES,
    MOST_A_DAY,
    MOST_TURNS,
    BoardPost,
    BoardPosts,
    Remark,
    RemarkId,
    RemarkPlace,
    Remarks,
    checked_words,
    place_of,
    removed,
)
from domain.kernel.apply_once import Ledger, Posting, apply_once, finish_open
from domain.kernel.moments import NEVER
from domain.kernel.paging import Page, PageRequest
from domain.kernel.ports import Ports
from domain.kernel.records import Records, Subject
from domain.kernel.refusals import Invalid, NotFound, TooMany, WrongState
from domain.kernel.request_keys import request_key
from domain.kernel.uses import User, UserKind, Uses, asset_use, saving
from domain.kernel.version_reviews import VersionState
from domain.kernel.wording import Wording, sayable
from domain.learning.questions import Topics
from domain.media.assets import AssetId, Assets, Kind
from domain.people.accounts import GuideId, Guides
from domain.people.act import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkPorts(Ports):
    """What is said, where it can be said, and the check of words."""

    remarks: Remarks
    likes: Ledger[Posting]
    board: BoardPosts
    contests: Contests
    topics: Topics
    content: ContentPorts
    assets: Assets
    uses: Uses
    guides: Guides
    records: Records
    wording: Wording


async def say(
    ports: TalkPorts,
    act: Act,
    kind: RemarkPlace,
    id: str,
    words: str,
    *,
    asset_id: str | None,
    idempotency_key: str,
) -> Remark:
    """Say something in a place, for everybody in the stores; the same key again is the same."""
    act.viewer.require("talk.take_part")
    asked = request_key(idempotency_key, kind, id, words, asset_id)
    said = sayable(ports.wording, checked_words(words), None, ["words"])
    await _there(ports, act, kind, id)
    if kind is RemarkPlace.REMARK and (await _remark(ports, id)).place.startswith(kind):
        raise Invalid("Answer what was asked, not another answer.", field=["id"])
    asset = (await ports.assets.by_ids([asset_id])).get(AssetId(asset_id)) if asset_id else None
    if asset_id and (asset is None or asset.uploaded_by != act.viewer.id):
        raise NotFound("Upload a picture or a film of your own first.", field=["assetId"])
    fresh = Remark(
        id=RemarkId(""),
        place=place_of(kind, id),
        author_id=act.viewer.id,
        author_name=act.viewer.name,
        store_id=act.viewer.store_id,
        words=said,
        said_at=act.at,
        asked=asked,
        asset_id=asset.id if asset else None,
    )
    kept = await ports.remarks.say(fresh, MOST_A_DAY)
    if kept is None:
        raise TooMany(f"You have said {MOST_A_DAY} things today; go on tomorrow.")
    async with saving(ports.uses, [_as_user(kept)]):
        return kept


async def remarks_in(
    ports: TalkPorts, act: Act, kind: RemarkPlace, id: str, request: PageRequest
) -> Page[Remark]:
    """What is said in a place, the newest first."""
    act.viewer.require("talk.see")
    await _there(ports, act, kind, id)
    return await ports.remarks.page(place_of(kind, id), request)


async def like(ports: TalkPorts, act: Act, kind: RemarkPlace, id: str) -> int:
    """Like a remark or a post; once for each person. Tell how many do by now."""
    return await _turn(ports, act, kind, id, to=True)


async def unlike(ports: TalkPorts, act: Act, kind: RemarkPlace, id: str) -> int:
    """Take a like back; where there is none, nothing changes. Tell how many like it by now."""
    return await _turn(ports, act, kind, id, to=False)


async def _turn(ports: TalkPorts, act: Act, kind: RemarkPlace, id: str, *, to: bool) -> int:
    """Count each turn of somebody's mind under its number; after an odd number they like it."""
    act.viewer.require("talk.take_part")
    await _there(ports, act, kind, id)
    target = place_of(kind, id)
    own = f"{target}|{act.viewer.id}"
    turns = [own, *(f"{own}|{n}" for n in range(1, MOST_TURNS))]
    taken = len(await ports.likes.entries(turns))
    if to != bool(taken % 2):
        if taken == MOST_TURNS:
            raise TooMany("You have changed your mind about this too often; leave it so.")
        change = {LIKES: 1 if to else -1}
        await apply_once(
            ports.likes, [Posting(id=turns[taken], target=target, at=act.at, add=change)]
        )
    return (await ports.remarks.likes([target])).get(target, 0)


async def likes_of(ports: TalkPorts, act: Act, targets: Sequence[str]) -> Mapping[str, int]:
    """How many like each of some places, for whoever sees them."""
    return await ports.remarks.likes(targets)


async def take_down(ports: TalkPorts, act: Act, id: str, reason: str) -> Remark:
    """Show a remark to nobody any more."""
    act.viewer.require("talk.moderate")
    before = await _remark(ports, id)
    act.viewer.require("talk.moderate", store=before.store_id)
    after = removed(before, act.cause(reason))
    await ports.remarks.save(after, expected=before.version)
    subject = Subject(kind="remark", id=after.id)
    values = {"removedBecause": after.removed_because}
    await ports.records.append(act.record("remarkRemove", subject, before={}, after=values))
    return after


async def make_lesson(
    ports: TalkPorts, act: Act, id: str, *, title: str, category: str
) -> tuple[Remark, FoundPost]:
    """Deposit a remark in the bank as a draft for INTERNAL, to be reviewed as all posts are."""
    act.viewer.require("talk.make_lesson")
    remark = await _remark(ports, id)
    post_id = remark.post_id or PostId(act.new_id("post"))
    if remark.post_id is None:
        # Whoever comes at the same time finds it taken; what is cut short here is gone on with.
        claimed = replace(remark, post_id=post_id, version=remark.version + 1)
        await ports.remarks.save(claimed, expected=remark.version)
        remark = claimed
    elif await ports.content.posts.by_ids([post_id]):
        raise WrongState(f"Post {post_id} was made of it.", field=["id"])
    body: list[Block] = [TextBlock(text=remark.words)]
    if remark.asset_id:
        asset = (await ports.assets.by_ids([remark.asset_id])).get(remark.asset_id)
        shows = VideoBlock if asset and asset.kind is Kind.VIDEO else ImageBlock
        body.append(shows(asset_id=remark.asset_id, caption=remark.author_name))

    def draft(category_id: CategoryId) -> Content:
        scenes = frozenset({Scene.INTERNAL})
        return Content(title=title, body=tuple(body), category_id=category_id, scenes=scenes)

    def new_id(kind: str) -> str:
        return post_id if kind == "post" else act.new_id(kind)

    return remark, await deposit(ports.content, replace(act, new_id=new_id), category, draft)


async def put_on_board(ports: TalkPorts, act: Act, post_id: str, guide_id: str) -> BoardPost:
    """Put a post that is approved for INTERNAL on the board, as a guide's."""
    act.viewer.require("board.keep")
    await _there(ports, act, RemarkPlace.POST, post_id)
    guide = await ports.guides.by_id(GuideId(guide_id))
    if guide is None:
        raise NotFound(f"There is no guide {guide_id[:60]!r}.", field=["guideId"])
    before = await ports.board.by_id(PostId(post_id))
    after = BoardPost(
        id=PostId(post_id),
        guide_id=guide.id,
        put_at=act.at,
        put_by=act.viewer.id,
        version=before.version + 1 if before else 1,
    )
    return await _on_board(ports, act, before, after)


async def take_off_board(ports: TalkPorts, act: Act, post_id: str) -> BoardPost:
    """Take a post off the board."""
    act.viewer.require("board.keep")
    before = await ports.board.by_id(PostId(post_id))
    if before is None or before.off:
        raise NotFound("This is not on the board.", field=["postId"])
    after = replace(before, off=True, version=before.version + 1)
    return await _on_board(ports, act, before, after)


async def guide_board(ports: TalkPorts, act: Act, request: PageRequest) -> Page[BoardPost]:
    """What is on the board, the newest first."""
    act.viewer.require("talk.see")
    return await ports.board.page(request)


async def finish_likes(ports: TalkPorts, act: Act) -> None:
    """Finish the likes that a crash has cut short."""
    await finish_open(ports.likes, act.at)


async def _on_board(
    ports: TalkPorts, act: Act, before: BoardPost | None, after: BoardPost
) -> BoardPost:
    await ports.board.save(after, expected=before.version if before else 0)
    subject = Subject(kind="boardPost", id=after.id)
    values = {"guideId": after.guide_id, "off": after.off}
    action = "boardTakeOff" if after.off else "boardPut"
    await ports.records.append(act.record(action, subject, before={}, after=values))
    return after


async def _remark(ports: TalkPorts, id: str) -> Remark:
    found = (await ports.remarks.by_ids([RemarkId(id)])).get(RemarkId(id))
    if found is None or found.removed_at != NEVER:
        raise NotFound("There is no such remark.", field=["id"])
    return found


async def _there(ports: TalkPorts, act: Act, kind: RemarkPlace, id: str) -> None:
    """Refuse a place that there is not."""
    match kind:
        case RemarkPlace.CONTEST:
            contest = (await ports.contests.by_ids([ContestId(id)])).get(ContestId(id))
            there = contest is not None and contest.state is VersionState.APPROVED
        case RemarkPlace.TOPIC:
            there = id in await ports.topics.all()
        case RemarkPlace.POST:
            there = await usable(ports.content, act, id, Scene.INTERNAL) is not None
        case RemarkPlace.REMARK:
            there = bool(await _remark(ports, id))
    if not there:
        raise NotFound(f"There is no {kind.lower()} {id[:60]!r} here.", field=["id"])


def _as_user(remark: Remark) -> User:
    assets = [asset_use(remark.asset_id, "asset")] if remark.asset_id else []
    return User(kind=UserKind.REMARK, id=remark.id, label=remark.words[:40], uses=tuple(assets))
