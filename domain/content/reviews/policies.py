"""Review policies: who must approve what, and what the machine check is to bar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.content.categories import Tree
from domain.content.kinds import PostKind
from domain.content.reviews.review import FindingKind, ReviewStep
from domain.content.revisions import CategoryId
from domain.kernel.refusals import Invalid
from domain.people.viewer import Role

MAX_STEPS = 5
MAX_PEOPLE = 5
MAX_DUE_HOURS = 24 * 30
MAX_DISCLAIMERS = 10
MAX_DISCLAIMER = 200
REVIEWING_ROLES = (Role.EDITOR, Role.REVIEWER, Role.STORE_MANAGER, Role.HEAD_OFFICE)

# What misleads customers or leads them nowhere bars an approval unless a policy says otherwise.
BLOCKING = frozenset(
    {
        FindingKind.FORBIDDEN_CLAIM,
        FindingKind.MISSING_DISCLAIMER,
        FindingKind.DEAD_PRODUCT,
        FindingKind.UNUSABLE_ASSET,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPolicy:
    """How posts of a kind in a category, and in those below it, are reviewed.

    Without a category it is the policy of all that have no nearer one. The steps are taken in
    order; `disclaimers` are sentences that the text must contain.
    """

    kind: PostKind
    category_id: CategoryId | None = None
    steps: tuple[ReviewStep, ...] = (ReviewStep(role=Role.REVIEWER),)
    due_hours: int = 24
    blocking: frozenset[FindingKind] = BLOCKING
    disclaimers: tuple[str, ...] = ()
    version: int = 1

    def id(self) -> str:
        """One policy for one kind and category."""
        return f"{self.kind.value}:{self.category_id or ''}"

    def check(self) -> None:
        """Refuse a policy that nobody could follow."""
        if not 1 <= len(self.steps) <= MAX_STEPS:
            raise Invalid(f"Give it 1 to {MAX_STEPS} steps.", field=["input", "steps"])
        for i, step in enumerate(self.steps):
            field = ["input", "steps", str(i)]
            if step.role not in REVIEWING_ROLES:
                roles = ", ".join(REVIEWING_ROLES)
                raise Invalid(f"Only {roles} review.", field=[*field, "role"])
            if not 1 <= step.people <= MAX_PEOPLE:
                raise Invalid(f"Ask 1 to {MAX_PEOPLE} people.", field=[*field, "people"])
        if not 1 <= self.due_hours <= MAX_DUE_HOURS:
            message = f"Give it 1 to {MAX_DUE_HOURS} hours."
            raise Invalid(message, field=["input", "dueHours"])
        lengths = [len(disclaimer.strip()) for disclaimer in self.disclaimers]
        if len(lengths) > MAX_DISCLAIMERS or any(not 1 <= n <= MAX_DISCLAIMER for n in lengths):
            message = (
                f"At most {MAX_DISCLAIMERS} disclaimers of 1 to {MAX_DISCLAIMER} characters each."
            )
            raise Invalid(message, field=["input", "disclaimers"])


class ReviewPolicies(Protocol):
    """Where policies are kept; there are few."""

    async def all(self) -> Sequence[ReviewPolicy]:
        """Every policy that was set."""

    async def save(self, policy: ReviewPolicy, *, expected: int) -> None:
        """Write a policy over the expected version, 0 for a new one; else raise Conflict."""


def policy_for(
    policies: Sequence[ReviewPolicy], tree: Tree, category_id: CategoryId, kind: PostKind
) -> ReviewPolicy:
    """The policy nearest above a category for a kind of post; one reviewer where none was set."""
    set_for: Mapping[str, ReviewPolicy] = {policy.id(): policy for policy in policies}
    for category in reversed(tree.lineage(category_id)):
        found = set_for.get(ReviewPolicy(kind=kind, category_id=category.id).id())
        if found is not None:
            return found
    default = ReviewPolicy(kind=kind)
    return set_for.get(default.id(), default)
