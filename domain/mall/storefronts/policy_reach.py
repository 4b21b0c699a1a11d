"""What a policy would take from regions and stores that have published something already."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.kernel.paging import Cursors, Page, PageRequest, page_in_order
from domain.mall.faces.cascade import resolve
from domain.mall.faces.layers import BRAND, Layer, LayerId
from domain.mall.faces.policy import Policy, PolicyRule, broken_rules
from domain.mall.reference import Reference
from domain.mall.storefronts.arranging import LayerPorts
from domain.mall.storefronts.checking import layers_below
from domain.people.act import Act

REACHED = Cursors("policy_reach", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachedLayer:
    """A published layer that breaks rules of a policy which it does not break today."""

    id: LayerId
    rules: tuple[PolicyRule, ...]


async def policy_reach(
    ports: LayerPorts, act: Act, wanted: Policy, request: PageRequest
) -> Page[ReachedLayer]:
    """The published layers that would break a policy beyond today's, by their ids."""
    act.viewer.require("layer.rule")
    wanted.require_keys()
    view = ports.reference.now()
    found = await ports.workers.run(lambda: list(_reached(view, wanted)))
    return page_in_order(found, lambda one: (one.id,), request, REACHED)


def _reached(view: Reference, wanted: Policy) -> Iterator[ReachedLayer]:
    for layer in sorted(view.layers.layers.values(), key=lambda one: one.id):
        if layer.id == BRAND:
            continue
        if more := _broken(view, wanted, layer) - _broken(view, None, layer):
            rules = tuple(sorted({rule for rule, _ in more}))
            yield ReachedLayer(id=layer.id, rules=rules)


def _broken(
    view: Reference, wanted: Policy | None, layer: Layer
) -> set[tuple[PolicyRule, tuple[str, ...]]]:
    """The rules of a policy, of today's without one, that a layer breaks, and where."""
    policy = wanted or view.layers.policy
    lower = layers_below(layer.id, view.directory, view.layers.arrangement)
    below = resolve(lower, kept=policy.kept)
    return {
        (one.rule, one.field) for one in broken_rules(policy, layer.id, layer.arrangement, below)
    }
