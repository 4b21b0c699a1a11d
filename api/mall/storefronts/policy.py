"""Head office's policy for storefronts."""

from typing import Annotated

import strawberry

from api.kernel.operations import mutation, query
from api.kernel.packing import pack
from api.kernel.paging import After, Connection, First, connection
from api.mall.storefronts.modules import LayerName
from api.mall.storefronts.storefront_enums import ModuleKind, PolicyRule
from domain.kernel.paging import PageRequest
from domain.mall.faces import policy
from domain.mall.faces.modules import ModuleKey
from domain.mall.storefronts import policy_reach
from domain.mall.storefronts.arranging import LayerPorts
from domain.mall.storefronts.arranging import face_policy as face_policy_now
from domain.mall.storefronts.publishing import set_policy
from domain.people.act import Act


@strawberry.type(description="What the layers of one level may do.")
class Allowance:
    kinds: list[ModuleKind] = strawberry.field(description="Modules that they may add or fill.")
    most_modules: int = strawberry.field(description="How many modules of their own.")
    most_featured: int = strawberry.field(description="How many products they may feature.")
    may_hide_products: bool = strawberry.field(description="Whether they may hide products.")
    may_hide_modules: bool = strawberry.field(
        description="Whether they may take away, by whatever means, modules that layers below show."
    )

    @classmethod
    def of(cls, allowance: policy.Allowance) -> "Allowance":
        """Pack an allowance."""
        return pack(cls, allowance, kinds=sorted(allowance.kinds))


@strawberry.type(description="What regions and stores may change of the brand's face.")
class FacePolicy:
    version: int = strawberry.field(description="Counts up each time it is set; 0 if it never was.")
    locked: list[str] = strawberry.field(
        description="Keys of modules of which only the brand's own layer is heard."
    )
    region: Allowance = strawberry.field(description="What regions' layers may do.")
    store: Allowance = strawberry.field(description="What stores' layers may do.")

    @classmethod
    def of(cls, value: policy.Policy) -> "FacePolicy":
        """Pack the policy."""
        return pack(cls, value, locked=sorted(value.locked))


@strawberry.input(description="What the layers of one level may do.")
class AllowanceInput:
    kinds: list[ModuleKind] = strawberry.field(description="Modules that they may add or fill.")
    most_modules: int = strawberry.field(description="How many modules of their own.")
    most_featured: int = strawberry.field(description="How many products they may feature.")
    may_hide_products: bool = strawberry.field(description="Whether they may hide products.")
    may_hide_modules: bool = strawberry.field(
        description="Whether they may take away, by whatever means, modules that layers below show."
    )

    def value(self) -> policy.Allowance:
        """The allowance as the domain knows it."""
        return policy.Allowance(**{**vars(self), "kinds": frozenset(self.kinds)})


@strawberry.input(description="What regions and stores may change of the brand's face.")
class FacePolicyInput:
    locked: list[str] = strawberry.field(
        description="Keys of modules of which only the brand's own layer is to be heard."
    )
    region: AllowanceInput = strawberry.field(description="What regions' layers may do.")
    store: AllowanceInput = strawberry.field(description="What stores' layers may do.")

    def value(self) -> policy.Policy:
        """The policy as the domain knows it, in no version yet."""
        return policy.Policy(
            locked=frozenset(map(ModuleKey, self.locked)),
            region=self.region.value(),
            store=self.store.value(),
        )


@strawberry.type(description="A published layer that a policy would take something from.")
class ReachedLayer:
    layer: LayerName = strawberry.field(description="Which layer.")
    rules: list[PolicyRule] = strawberry.field(description="The rules that it would break.")

    @classmethod
    def of(cls, reached: policy_reach.ReachedLayer) -> "ReachedLayer":
        """Pack a layer with the rules that it would break."""
        return cls(layer=LayerName.of(reached.id), rules=list(reached.rules))


@query("Head office's policy for storefronts.")
async def face_policy(ports: LayerPorts, act: Act) -> FacePolicy:
    return FacePolicy.of(await face_policy_now(ports, act))


@mutation(
    "Set what regions and stores may change of the brand's face.", policy="The policy, as set."
)
async def face_policy_set(
    ports: LayerPorts,
    act: Act,
    input: Annotated[FacePolicyInput, strawberry.argument(description="The whole policy.")],
    expected_version: Annotated[
        int, strawberry.argument(description="The policy's version that you loaded.")
    ],
) -> FacePolicy:
    return FacePolicy.of(await set_policy(ports, act, input.value(), expected=expected_version))


@query("The published layers that would break a policy, and do not break today's; by their ids.")
async def face_policy_reach(
    ports: LayerPorts,
    act: Act,
    input: Annotated[FacePolicyInput, strawberry.argument(description="The policy to try.")],
    first: First = 20,
    after: After = None,
) -> Connection[ReachedLayer]:
    request = PageRequest(first=first, after=after)
    page = await policy_reach.policy_reach(ports, act, input.value(), request)
    return connection(page, ReachedLayer.of)


QUERIES = (face_policy, face_policy_reach)
MUTATIONS = (face_policy_set,)
