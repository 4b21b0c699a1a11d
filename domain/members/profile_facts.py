"""What is said of what members tell: that they changed it, what they allow and what no more."""

from collections.abc import Mapping
from datetime import datetime

from domain.kernel.facts import Fact, FactId, FactKind
from domain.members.consent import Consent
from domain.members.profiles import FIELDS, MemberProfile

PROFILE_CHANGED = FactKind("profile.changed")
CONSENT_GIVEN = FactKind("consent.given")
CONSENT_WITHDRAWN = FactKind("consent.withdrawn")


def of_change(before: MemberProfile, after: MemberProfile, at: datetime) -> list[Fact]:
    """What a change of a profile says: of each consent, and of the rest together."""
    facts = [
        _consented(after, said)
        for purpose, said in after.consents.items()
        if before.consents.get(purpose) != said
    ]
    if any(getattr(before, name) != getattr(after, name) for name in FIELDS):
        facts.append(_changed(after, at))
    return facts


def _changed(profile: MemberProfile, at: datetime) -> Fact:
    birthday = profile.birthday
    day = f"{birthday.month:02}-{birthday.day:02}" if birthday else None
    data = {"member": profile.id, "birthday": day, "children": len(profile.children)}
    return _fact(profile, PROFILE_CHANGED, at, data)


def _consented(profile: MemberProfile, consent: Consent) -> Fact:
    kind = CONSENT_GIVEN if consent.given else CONSENT_WITHDRAWN
    data = {"member": profile.id, "purpose": consent.purpose.value, "place": consent.place}
    return _fact(profile, kind, consent.at, data)


def _fact(profile: MemberProfile, kind: FactKind, at: datetime, data: Mapping[str, object]) -> Fact:
    return Fact(
        id=FactId(f"member_profile:{profile.id}:{profile.version}:{kind}"),
        subject=f"member_profile:{profile.id}",
        kind=kind,
        at=at,
        data=data,
    )
