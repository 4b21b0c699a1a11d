"""The closed sets that posts are sorted into, as the schema has them."""

from api.kernel.enums import enum
from domain.content.kinds import Department, PostKind
from domain.content.posts import PostState
from domain.content.revisions import AgeBand, ContentField, PostAudience
from domain.content.scenes import Scene
from domain.content.searches import PostOrder

enum(
    Scene,
    "Where a post may be used.",
    MOMENTS="A guide's moments in WeChat, 朋友圈.",
    COMMUNITY="Customer groups, 社群.",
    ONE_TO_ONE="A guide's message to one customer, 一对一.",
    IN_STORE="In a store, 门店.",
    SEEDING_ZONE="The seeding zone of the mall, 种草专区.",
    INTERNAL="What the brand's own people learn from, 内部学习.",
)
enum(
    PostAudience,
    "Whom a post is for, by the occasion they dress for.",
    BUSINESS="Those who dress for business.",
    OUTDOOR="Those who dress for the outdoors.",
    CASUAL="Those who dress for their leisure.",
)
enum(
    AgeBand,
    "Whom a post is for, by age in years.",
    UNDER_18="Younger than 18.",
    FROM_18_TO_24="From 18 to 24.",
    FROM_25_TO_34="From 25 to 34.",
    FROM_35_TO_44="From 35 to 44.",
    FROM_45_TO_59="From 45 to 59.",
    OVER_60="60 and older.",
)
enum(
    ContentField,
    "A part of a post that stores may be let change.",
    TITLE="Its title.",
    BODY="Its text and pictures.",
    TAGS="Its tags.",
    PRODUCTS="The products that it links.",
    COVER="Its cover picture.",
)
enum(
    PostKind,
    "What a post is.",
    MATERIAL="Material for guides to share.",
    BRAND_NOTE="The brand's own note for the seeding zone.",
    BUYER_SHOW="What a consumer shows of their purchase.",
    ADAPTATION="A store's own version of one of the others.",
)
enum(
    Department,
    "Who in the brand deposited it.",
    BRAND="The brand's own department.",
    COMMUNITY="The department of customer groups.",
    ECOMMERCE="The department of e-commerce.",
)
enum(
    PostState,
    "Where the latest revision of a post stands.",
    DRAFT="It is being written.",
    IN_REVIEW="It waits for its reviewers.",
    REJECTED="It was sent back, to be changed.",
    APPROVED="It was approved for some scenes.",
    WITHDRAWN="It was taken back; a new revision brings it back.",
)
enum(
    PostOrder,
    "How found posts are ordered; among equals the newer comes first.",
    RELEVANCE="Those first that have the words in the title, then in the tags, then elsewhere.",
    NEWEST="The newest first.",
    MOST_USED="Those first that were used most.",
    MOST_LIKED="Those first that were liked most.",
    MOST_REPORTED="Those first that were reported most.",
    BEST_SELLING="Those first whose best product sold most.",
)

__all__ = [
    "AgeBand",
    "ContentField",
    "Department",
    "PostAudience",
    "PostKind",
    "PostOrder",
    "PostState",
    "Scene",
]
