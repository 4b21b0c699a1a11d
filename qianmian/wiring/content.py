"""Posts, their reviews and calendar, and the consumers' part of them."""

from domain.content.bank import ContentPorts
from domain.content.renaming import NAME_FACTS, RenamingPorts, follow_names
from domain.content.seeding.content_check import ContentCheck
from domain.content.seeding.marking import finish_marks
from domain.content.seeding.zone import SeedingPorts
from domain.content.tending import tend_calendar
from domain.content.use_counts import USE_FACTS, UseCountPorts, count_uses
from domain.kernel.facts import Follower
from domain.people.sign_in import PeoplePorts
from qianmian.clock import Job
from qianmian.foundation import Foundation
from qianmian.reacting import follower
from storage.advertising_claims import read_claims
from storage.mongo.catalogue.best_sellers import MongoBestSellers
from storage.mongo.content.marks import MongoMarks
from storage.mongo.content.post_list import MongoPostList, MongoPostWords
from storage.mongo.content.post_planning import MongoCampaigns, MongoCategories, MongoPolicies
from storage.mongo.content.post_search import MongoPostSearch
from storage.mongo.content.posts import MongoPosts, MongoRevisions
from storage.mongo.content.use_counts import MongoUseCounts
from storage.mongo.kernel.apply_once import MongoApplyOnce
from storage.mongo.kernel.records import MongoRecords
from storage.mongo.kernel.uses import MongoUses
from storage.mongo.media.assets import MongoAssets
from storage.outside.wechat_content import WechatContentCheck
from storage.outside.word_list_check import WordListCheck

# What a schedule has brought is in the book of records at most this long afterwards.
TEND_EVERY_S = 2.0
# A like or a save that was cut short is counted at most this long after its grace is over.
FINISH_EVERY_S = 5.0


def content_ports(base: Foundation) -> ContentPorts:
    """The content bank's posts."""
    posts, revisions = base.made(MongoPosts), base.made(MongoRevisions)
    listed, words = base.made(MongoPostList), base.made(MongoPostWords)
    return ContentPorts(
        posts=posts,
        revisions=revisions,
        search=MongoPostSearch(posts, revisions, listed, words),
        categories=base.made(MongoCategories),
        policies=base.made(MongoPolicies),
        campaigns=base.made(MongoCampaigns),
        assets=base.made(MongoAssets),
        uses=base.made(MongoUses),
        records=base.made(MongoRecords),
        catalogue=base.reference,
        claims=read_claims(),
        sales=base.made(MongoBestSellers),
        workers=base.workers,
    )


def seeding_ports(base: Foundation, content: ContentPorts, people: PeoplePorts) -> SeedingPorts:
    """Consumers' part of the content bank; a word list checks them where WeChat does not."""
    check: ContentCheck = WordListCheck()
    if app := base.settings.wechat:
        check = WechatContentCheck(base.wechat_token(app))
    return SeedingPorts(
        bank=content,
        check=check,
        marks=base.made(MongoMarks),
        mark_counts=MongoApplyOnce(base.database, movements="mark_changes", targets="posts"),
        members=people.members,
    )


def content_jobs(content: ContentPorts, seeding: SeedingPorts) -> tuple[Job, ...]:
    """What the clock does to posts."""
    return (
        Job(
            name="tending of the calendar",
            work=lambda act: tend_calendar(content, act),
            every_s=TEND_EVERY_S,
            # A campaign's move that was cut short may have left posts that are due by now.
            first=True,
        ),
        Job(
            name="finishing of likes and saves",
            work=lambda act: finish_marks(seeding, act),
            every_s=FINISH_EVERY_S,
        ),
    )


def content_followers(base: Foundation, content: ContentPorts) -> tuple[Follower, ...]:
    """What posts follow."""
    counts = base.made(MongoUseCounts)
    return (
        follower(
            "post uses", USE_FACTS, count_uses, UseCountPorts(counts=counts), forget=counts.forget
        ),
        follower(
            "product names",
            NAME_FACTS,
            follow_names,
            RenamingPorts(content=content, written=base.reference),
        ),
    )
