"""The reviewers' desk: what waits for them, who has taken it up, and the policies behind it."""

from typing import Annotated

import strawberry

from api.content.post_enums import PostKind
from api.content.post_types import Category, Post
from api.content.posts import PostIdArgument, PostPayload, packed
from api.content.reviews import FindingKind
from api.kernel.context import Info
from api.kernel.paging import After, Connection, First, connection
from api.kernel.payloads import Payload, mutation
from api.people.roles import Role
from domain.content import arranging
from domain.content.categories import Tree
from domain.content.reviews import policies, reviewing
from domain.content.reviews.policies import BLOCKING, Policy
from domain.content.reviews.review import Step
from domain.content.search import finding
from domain.kernel.paging import PageRequest
from domain.people.viewer import CONTENT_TEAM


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
    def of(cls, policy: Policy, tree: Tree) -> "ReviewPolicy":
        """Pack a policy."""
        return cls(
            kind=policy.kind,
            category=Category.of(tree, policy.category_id) if policy.category_id else None,
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

    def unpack(self, tree: Tree) -> Policy:
        """The policy as the domain has it."""
        return Policy(
            kind=self.kind,
            category_id=tree.at(self.category).id if self.category is not None else None,
            steps=tuple(Step(role=step.role, people=step.people) for step in self.steps),
            due_hours=self.due_hours,
            blocking=frozenset(self.blocking),
            disclaimers=tuple(self.disclaimers),
        )


@strawberry.type(description="The answer to a claim.")
class ReviewClaimPayload(PostPayload):
    pass


@strawberry.type(description="The answer to a release.")
class ReviewReleasePayload(PostPayload):
    pass


@strawberry.type(description="The answer to a new policy.")
class ReviewPolicySetPayload(Payload):
    policy: ReviewPolicy | None = strawberry.field(description="The policy.", default=None)


@strawberry.type
class ReviewDeskQuery:
    @strawberry.field(
        description="The posts that wait for a vote of your role, the first due first; head "
        "office sees those of all roles."
    )
    async def review_queue(
        self,
        info: Info,
        overdue: Annotated[
            bool,
            strawberry.argument(description="Only those past their due time: the escalations."),
        ] = False,
        first: First = 20,
        after: After = None,
    ) -> Connection[Post]:
        context = info.context
        page, tree = await finding.review_queue(
            context.world.content,
            context.viewer,
            overdue=overdue,
            page=PageRequest(first=first, after=after),
            now=context.now,
        )
        return connection(page, lambda found: Post.of(found, tree))

    @strawberry.field(
        description="The policies that were set; what none of them covers, one reviewer decides."
    )
    async def review_policies(self, info: Info) -> list[ReviewPolicy]:
        info.context.viewer.require(*CONTENT_TEAM)
        bank = info.context.world.content
        tree = await bank.categories.tree()
        found: list[policies.Policy] = sorted(await bank.policies.all(), key=policies.Policy.id)
        return [ReviewPolicy.of(policy, tree) for policy in found]


@strawberry.type
class ReviewDeskMutation:
    @mutation("Take a review up: for two hours nobody else decides about it.")
    async def review_claim(self, info: Info, post_id: PostIdArgument) -> ReviewClaimPayload:
        context = info.context
        post = await reviewing.claim(
            context.world.content,
            context.viewer,
            post_id,
            now=context.now,
            new_id=context.world.new_id,
        )
        return ReviewClaimPayload(post=await packed(info, post))

    @mutation("Give a claimed review back; head office can take it off anybody.")
    async def review_release(self, info: Info, post_id: PostIdArgument) -> ReviewReleasePayload:
        context = info.context
        post = await reviewing.release(
            context.world.content,
            context.viewer,
            post_id,
            now=context.now,
            new_id=context.world.new_id,
        )
        return ReviewReleasePayload(post=await packed(info, post))

    @mutation("Say how posts of a kind in a category are reviewed from the next submission on.")
    async def review_policy_set(
        self,
        info: Info,
        input: Annotated[
            ReviewPolicyInput,
            strawberry.argument(description="The policy, and the category that it is for."),
        ],
    ) -> ReviewPolicySetPayload:
        context = info.context
        bank = context.world.content
        tree = await bank.categories.tree()
        policy = await arranging.set_policy(
            bank,
            context.viewer,
            input.unpack(tree),
            now=context.now,
            new_id=context.world.new_id,
        )
        return ReviewPolicySetPayload(policy=ReviewPolicy.of(policy, tree))
