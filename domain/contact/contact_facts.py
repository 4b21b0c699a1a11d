"""What is said of customer contact: what WeCom told, and what became of friends."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from domain.contact.bonds import Bond
from domain.contact.inbox import WecomTold
from domain.kernel.facts import Fact, FactId, FactKind

CONTACT_HEARD = FactKind("contact.heard")
FRIEND_ADDED = FactKind("friend.added")
FRIEND_GONE = FactKind("friend.gone")
FRIEND_MATCHED = FactKind("friend.matched")
FRIEND_VALID = FactKind("friend.valid")


def heard(told: WecomTold) -> Fact:
    """That WeCom told something, with all that it told."""
    return Fact(
        id=FactId(f"contact:{told.id}"),
        subject=f"contact:{told.id}",
        kind=CONTACT_HEARD,
        at=told.heard_at,
        data={"inbox": told.id, "event": dict(told.event)},
    )


def of_bond(bond: Bond, kind: FactKind, at: datetime) -> Fact:
    """What became of a friend, with who it is and whose."""
    data: Mapping[str, Any] = {
        "bond": bond.id,
        "externalUser": bond.external_id,
        "user": bond.user_id,
        "guide": bond.guide_id,
        "store": bond.store_id,
        "member": bond.member_id,
        "state": bond.state,
        "takenFrom": bond.taken_from,
        "addedAt": bond.added_at.isoformat() if bond.added_at else None,
        "goneBy": bond.gone_by.value if bond.gone_by else None,
    }
    return Fact(
        id=FactId(f"bond:{bond.id}:{bond.version}:{kind}"),
        subject=f"bond:{bond.id}",
        kind=kind,
        at=at,
        data=data,
    )
