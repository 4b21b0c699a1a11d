"""Head office's policy for returns: who inspects what somebody has brought back."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from domain.kernel.refusals import Forbidden
from domain.mall.fulfilment.fulfilments import Fulfilment
from domain.mall.fulfilment.returning import find
from domain.mall.fulfilment.returns import ReturnState
from domain.people.viewer import Viewer

POLICY_ID = "policy"


class Inspector(StrEnum):
    """Who of a store accepts or refuses the returns that it has received.

    MANAGER is the store's manager; ANOTHER_PERSON is whoever of the store neither asked for the
    return nor received it, the manager included.
    """

    MANAGER = "MANAGER"
    ANOTHER_PERSON = "ANOTHER_PERSON"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnPolicy:
    """Head office's policy for returns; head office itself may always inspect."""

    id: str = POLICY_ID
    version: int = 0
    inspector: Inspector = Inspector.MANAGER


class ReturnPolicies(Protocol):
    """Where the policy is kept."""

    async def now(self) -> ReturnPolicy:
        """The policy that was set last; the default one where none was."""

    async def save(self, policy: ReturnPolicy, *, expected: int) -> None:
        """Write it over its expected version, 0 for none; Conflict if it has another."""


def require_inspector(
    policy: ReturnPolicy, viewer: Viewer, fulfilment: Fulfilment, return_id: str
) -> None:
    """Refuse everybody who may not inspect a return, and say who may."""
    store_id = find(fulfilment, return_id).store_id
    viewer.require("return.inspect", store=store_id)
    if viewer.may("return.inspect_any", store=store_id):
        return
    if policy.inspector is Inspector.MANAGER:
        if not viewer.may("return.inspect_for_manager", store=store_id):
            raise Forbidden(
                f"Returns are inspected by the manager of store {store_id} or by head office; "
                "ask one of them."
            )
    elif viewer.id in _brought_by(fulfilment, return_id):
        raise Forbidden(
            "Whoever asked for a return or received it does not inspect it; ask somebody else of "
            f"store {store_id}, or head office."
        )


def _brought_by(fulfilment: Fulfilment, return_id: str) -> frozenset[str]:
    """Who asked for a return, and who received it."""
    before = {ReturnState.REQUESTED, ReturnState.RECEIVED}
    return frozenset(
        step.actor
        for step in fulfilment.history
        if step.subject == return_id and step.after in before
    )
