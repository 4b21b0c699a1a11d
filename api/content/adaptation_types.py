"""What the schema says of a store's own version of a post."""

import strawberry

from api.content.post_enums import ContentField
from domain.content.adapting import Comparison


@strawberry.type(description="A field that is not the same in parent and adaptation.")
class Difference:
    field: ContentField = strawberry.field(description="The field.")
    base: list[str] = strawberry.field(
        description="What the parent had when it was adapted, line by line."
    )
    parent: list[str] = strawberry.field(description="What the parent has now.")
    own: list[str] = strawberry.field(description="What the adaptation has.")
    conflict: bool = strawberry.field(
        description="Whether parent and store have both changed it since, each in another way."
    )


@strawberry.type(description="How a store's own version stands to the post that it comes from.")
class Adaptation:
    parent_id: strawberry.ID = strawberry.field(description="The post that it comes from.")
    base_revision_id: strawberry.ID = strawberry.field(description="The revision it comes from.")
    stale: bool = strawberry.field(
        description="Whether the parent shows another revision by now; adaptationRevise takes it."
    )
    differences: list[Difference] = strawberry.field(
        description="The three-way difference: the parent then, the parent now, the adaptation."
    )

    @classmethod
    def of(cls, found: Comparison) -> "Adaptation":
        """Pack what comparing an adaptation with its parent has found."""
        return cls(
            parent_id=strawberry.ID(found.parent.post_id),
            base_revision_id=strawberry.ID(found.parent.revision_id),
            stale=found.stale,
            differences=[
                Difference(
                    field=one.field,
                    base=list(one.base),
                    parent=list(one.parent),
                    own=list(one.own),
                    conflict=one.conflict,
                )
                for one in found.differences
            ],
        )
