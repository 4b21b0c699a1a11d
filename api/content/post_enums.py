"""The closed sets that posts are sorted into, as the schema has them."""

import strawberry

from domain.content.kinds import Department, PostKind
from domain.content.posts import PostState
from domain.content.revisions import AgeBand, ContentField, PostAudience
from domain.content.scenes import Scene
from domain.content.searches import PostOrder

strawberry.enum(Scene, description="Where a post may be used.")
strawberry.enum(PostAudience, description="Whom a post is for, by the occasion they dress for.")
strawberry.enum(AgeBand, description="Whom a post is for, by age in years.")
strawberry.enum(ContentField, description="A part of a post that stores may be let change.")
strawberry.enum(PostKind, description="What a post is: for guides, for the seeding zone, a copy.")
strawberry.enum(Department, description="Who in the brand deposited it.")
strawberry.enum(PostState, description="Where the latest revision of a post stands.")
strawberry.enum(PostOrder, description="How found posts are ordered.")

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
