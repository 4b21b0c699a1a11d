"""The reviewers' desk: what waits for them, who has taken it up, and the policies behind it."""

from typing import Annotated

import strawberry

from api.content.post_enums import PostKind
from api.content.post_types import Category, Post
from api.content.posts import AS_IT_IS, PostIdArgument
from api.content.reviews import FindingKind
from api.kernel.operations import mutation, query
from api.kernel.paging import After, Connection, First, connection
from api.people.roles import Role
from domain.content import reviewing
from domain.content.bank import ContentPorts
from domain.content.reviewing import PolicySet
from domain.content.reviews import policies
from domain.content.reviews import review as reviews
from domain.content.reviews.policies import BLOCKING
from domain.kernel.paging import PageRequest
from domain.people.act import Act


@strawberry.type(description="One step of a policy: so many different people of a role.")
class PolicyStep:
    role: Role = strawberry.field(description="Who decides.")
    people: int = strawberry.field(description="How many different people must approve.")


@strawberry.type(description="How posts of a kind in a category, and below it, are reviewed.")
class ReviewPolicy:
    kind: PostKind = strawberry.field(description="The kind of post.")
    category: Category | None = strawberry.field(
        description="The category; null for all that have no nearer policy."
    )
    steps: list[PolicyStep] = strawberry.field(description="What a review goes through, in order.")
    due_hours: int = strawberry.field(description="In how many hours it is to be decided.")
    blocking: list[FindingKind] = strawberry.field(
        description="Which findings of the machine check bar the approval; others are advice."
    )
    disclaimers: list[str] = strawberry.field(description="Sentences that the text must contain.")

    @classmethod
    def of(cls, found: PolicySet) -> "ReviewPolicy":
        """Pack a policy."""
        policy = found.policy
        return cls(
            kind=policy.kind,
            category=Category.of(found.category) if found.category else None,
            steps=[PolicyStep(role=step.role, people=step.people) for step in policy.steps],
            due_hours=policy.due_hours,
            blocking=sorted(policy.blocking),
            disclaimers=list(policy.disclaimers),
        )


@strawberry.input(description="One step of a policy: so many different people of a role.")
class PolicyStepInput:
    role: Role = strawberry.field(description="Editor, reviewer, store manager or head office.")
    people: int = strawberry.field(description="1 to 5.", default=1)


@strawberry.input(description="How posts of a kind in a category are reviewed.")
class ReviewPolicyInput:
    kind: PostKind = strawberry.field(description="The kind of post.")
    category: str | None = strawberry.field(
        description="The path of a category; left out, for all that have no nearer policy.",
        default=None,
    )
    steps: list[PolicyStepInput] = strawberry.field(description="1 to 5 steps, in order.")
    due_hours: int = strawberry.field(description="1 to 720.", default=24)
    blocking: list[FindingKind] = strawberry.field(
        description="Which findings bar the approval; by default all but those about pictures' "
        "size and shape.",
        default_factory=lambda: sorted(BLOCKING),
    )
    disclaimers: list[str] = strawberry.field(
        description="Sentences that the text must contain; at most 10.", default_factory=list
    )

    def unpack(self) -> policies.ReviewPolicy:
        """The policy as the domain has it, for its category to be added."""
        return policies.ReviewPolicy(
            kind=self.kind,
            steps=tuple(
                reviews.ReviewStep(role=step.role, people=step.people) for step in self.steps
            ),
            due_hours=self.due_hours,
            blocking=frozenset(self.blocking),
            disclaimers=tuple(self.disclaimers),
        )


@query(
    "The posts that wait for a vote of your role, the first due first; head "
    "office sees those of all roles."
)
async def review_queue(
    ports: ContentPorts,
    act: Act,
    overdue: Annotated[
        bool, strawberry.argument(description="Only those past their due time: the escalations.")
    ] = False,
    first: First = 20,
    after: After = None,
) -> Connection[Post]:
    request = PageRequest(first=first, after=after)
    page = await reviewing.review_queue(ports, act, request, overdue=overdue)
    return connection(page, Post.of)


@query("The policies that were set; what none of them covers, one reviewer decides.")
async def review_policies(ports: ContentPorts, act: Act) -> list[ReviewPolicy]:
    return list(map(ReviewPolicy.of, await reviewing.policies_set(ports, act)))


@mutation("Take a review up: for two hours nobody else decides about it.", post=AS_IT_IS)
async def review_claim(ports: ContentPorts, act: Act, post_id: PostIdArgument) -> Post:
    return Post.of(await reviewing.claim(ports, act, post_id))


@mutation("Give a claimed review back; head office can take it off anybody.", post=AS_IT_IS)
async def review_release(ports: ContentPorts, act: Act, post_id: PostIdArgument) -> Post:
    return Post.of(await reviewing.release(ports, act, post_id))


@mutation(
    "Say how posts of a kind in a category are reviewed from the next submission on.",
    policy="The policy.",
)
async def review_policy_set(
    ports: ContentPorts,
    act: Act,
    input: Annotated[
        ReviewPolicyInput,
        strawberry.argument(description="The policy, and the category that it is for."),
    ],
) -> ReviewPolicy:
    policy = await reviewing.set_policy(ports, act, input.unpack(), input.category)
    return ReviewPolicy.of(policy)


QUERIES = (review_queue, review_policies)
MUTATIONS = (review_claim, review_release, review_policy_set)
