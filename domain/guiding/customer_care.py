"""Whom of their customers a guide has a reason to turn to on a day, by what is told of each.

What is known of a member is the sum of facts, and on which days it gives a reason follows from it:
nothing is looked through at night. A customer is the guide's by whose link they came or bought,
or whose friend they became, last; a visit is for the guide with whom it is booked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from domain.contact.contact_facts import FRIEND_ADDED, FRIEND_MATCHED
from domain.kernel.days import beijing_day
from domain.kernel.facts import Fact, FactKind
from domain.kernel.folding import Folds
from domain.kernel.ids import PersonId
from domain.kernel.moments import BEGINNING
from domain.members.consent import ALLOWED_UNSAID, Purpose
from domain.members.profile_facts import CONSENT_GIVEN, CONSENT_WITHDRAWN, PROFILE_CHANGED
from domain.members.profiles import Birthday
from domain.people.accounts import GuideId
from domain.sharing.link_facts import LINK_TOUCHED

BIRTHDAY_AHEAD = timedelta(days=3)
SILENT_AFTER = timedelta(days=60)
UNPAID_AFTER = timedelta(days=1)
PAID, EXPIRED = FactKind("order.paid"), FactKind("order.expired")
BOOKED, MOVED = FactKind("booking.booked"), FactKind("booking.moved")
CALLED_OFF, ARRIVED = FactKind("booking.cancelled"), FactKind("booking.arrived")
CONSENTS = frozenset({CONSENT_GIVEN, CONSENT_WITHDRAWN})
FRIEND_FACTS = frozenset({FRIEND_ADDED, FRIEND_MATCHED})
CARE_FACTS = (
    CONSENTS
    | FRIEND_FACTS
    | {
        LINK_TOUCHED,
        PAID,
        EXPIRED,
        BOOKED,
        MOVED,
        CALLED_OFF,
        ARRIVED,
        PROFILE_CHANGED,
    }
)


class CareKind(StrEnum):
    """Why a guide turns to a customer."""

    VISIT = "VISIT"
    UNPAID = "UNPAID"
    BIRTHDAY = "BIRTHDAY"
    SILENT = "SILENT"
    ASKED = "ASKED"


# What each is worth beside the coins of tasks, and what the customer must have allowed for it.
WORTH = {
    CareKind.VISIT: 90,
    CareKind.UNPAID: 80,
    CareKind.ASKED: 70,
    CareKind.BIRTHDAY: 60,
    CareKind.SILENT: 30,
}
NEEDS = {
    CareKind.VISIT: Purpose.SERVICE,
    CareKind.UNPAID: Purpose.SERVICE,
    CareKind.BIRTHDAY: Purpose.MARKETING,
    CareKind.SILENT: Purpose.MARKETING,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CareVisit:
    """A booking: with whom, on which day, and whether the customer has come."""

    id: str
    guide_id: GuideId
    day: str
    arrived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CareConsent:
    """What was said last of a purpose."""

    purpose: str
    given: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerCare:
    """What is known of a member that gives their guide a reason; days are as `birthday` 11-28.

    `unpaid_at` is when the last order lapsed that was not paid, `product` what it was of.
    """

    id: PersonId
    guide_id: GuideId | None = None
    bonded_at: datetime = BEGINNING
    touched_at: datetime = BEGINNING
    paid_at: datetime = BEGINNING
    unpaid_at: datetime = BEGINNING
    product: str | None = None
    birthday: str | None = None
    visits: tuple[CareVisit, ...] = ()
    consents: tuple[CareConsent, ...] = ()

    def allows(self, purpose: Purpose) -> bool:
        """Whether the member allows a purpose."""
        for one in self.consents:
            if one.purpose == purpose:
                return one.given
        return purpose in ALLOWED_UNSAID

    @property
    def due(self) -> list[str]:
        """Under which guides and days it is found: `G1|2026-11-28`, each year `G1|11-28`."""
        found = {f"{one.guide_id}|{one.day}" for one in self.visits}
        if self.guide_id is not None:
            found |= {f"{self.guide_id}|{day}" for day in self._days()}
        return sorted(found)

    def _days(self) -> Iterator[str]:
        if self.unpaid_at > self.paid_at:
            yield (beijing_day(self.unpaid_at) + UNPAID_AFTER).isoformat()
        if self.paid_at > BEGINNING:
            yield (beijing_day(self.paid_at) + SILENT_AFTER).isoformat()
        if self.birthday is not None:
            for year in (2027, 2028):  # one year with, one without a 29 February
                yield (_birthday(self.birthday, year) - BIRTHDAY_AHEAD).strftime("%m-%d")


@dataclass(frozen=True, slots=True, kw_only=True)
class CareItem:
    """A reason for one guide to turn to one customer on one day.

    Who asks them to, as a journey does, says with which `words`.
    """

    kind: CareKind
    member_id: PersonId
    product: str | None = None
    words: str | None = None
    done: bool = False

    @property
    def worth(self) -> int:
        """What it is worth beside others."""
        return WORTH[self.kind]


class CustomersToCareFor(Folds[CustomerCare], Protocol):
    """What is known of members, by their ids."""

    async def of_guide(self, guide_id: GuideId, day: date) -> Sequence[CustomerCare]:
        """Those who may give a guide a reason on a day; one round trip."""

    async def by_ids(self, ids: Sequence[PersonId]) -> Sequence[CustomerCare]:
        """What is known of some members."""


def care_for(care: CustomerCare, guide_id: GuideId, today: date) -> Iterator[CareItem]:
    """What a guide has to do for a customer today, as far as the customer allows it.

    It is done once the customer has come by the guide's link today, or has come at all.
    """
    own = care.guide_id == guide_id
    touched = own and beijing_day(care.touched_at) == today
    reasons = {
        CareKind.UNPAID: own
        and care.unpaid_at > care.paid_at
        and beijing_day(care.unpaid_at) + UNPAID_AFTER == today,
        CareKind.BIRTHDAY: own and _has_birthday(care, today + BIRTHDAY_AHEAD),
        CareKind.SILENT: own
        and care.paid_at > BEGINNING
        and beijing_day(care.paid_at) + SILENT_AFTER == today,
    }
    for visit in care.visits:
        if visit.guide_id == guide_id and visit.day == today.isoformat():
            if care.allows(NEEDS[CareKind.VISIT]):
                yield CareItem(
                    kind=CareKind.VISIT, member_id=care.id, done=touched or visit.arrived
                )
            break
    for kind, given in reasons.items():
        if given and care.allows(NEEDS[kind]):
            product = care.product if kind is CareKind.UNPAID else None
            yield CareItem(kind=kind, member_id=care.id, product=product, done=touched)


def member_of(fact: Fact) -> str | None:
    """The member whom a fact tells of; None for visitors and for who is no consumer."""
    data = fact.data
    if fact.kind == LINK_TOUCHED:
        found = data["person"] if data["consumer"] else ""
    else:
        found = data["buyerId"] if fact.kind in (PAID, EXPIRED) else data["member"]
    return found if str(found).startswith("member_") else None


def with_care(care: CustomerCare | None, facts: Sequence[Fact]) -> CustomerCare:
    """What is known of a member with more of what happened."""
    for fact in facts:
        known = care or CustomerCare(id=PersonId(str(member_of(fact))))
        care = _after(known, fact)
    assert care is not None, "facts are folded only where there are any"
    return care


def _after(care: CustomerCare, fact: Fact) -> CustomerCare:
    data = fact.data
    if fact.kind == LINK_TOUCHED:
        touched = replace(care, touched_at=max(care.touched_at, fact.at))
        return _bonded(touched, data["guide"], fact.at)
    if fact.kind in FRIEND_FACTS:
        return _bonded(care, data["guide"], datetime.fromisoformat(data["addedAt"]))
    if fact.kind == PAID:
        paid = replace(care, paid_at=max(care.paid_at, fact.at))
        return _bonded(paid, data["guideId"] or data.get("bondedGuideId"), fact.at)
    if fact.kind == EXPIRED:
        if fact.at <= care.unpaid_at:
            return care
        product = data["lines"][0]["productId"] if data["lines"] else None
        return replace(care, unpaid_at=fact.at, product=product)
    if fact.kind == PROFILE_CHANGED:
        return replace(care, birthday=data["birthday"])
    if fact.kind in CONSENTS:
        return _consented(care, data["purpose"], fact)
    return _booked(care, fact)


def _bonded(care: CustomerCare, guide_id: str | None, at: datetime) -> CustomerCare:
    if not guide_id or at < care.bonded_at:
        return care
    return replace(care, guide_id=GuideId(guide_id), bonded_at=at)


def _consented(care: CustomerCare, purpose: str, fact: Fact) -> CustomerCare:
    said = CareConsent(purpose=purpose, given=fact.kind == CONSENT_GIVEN, at=fact.at)
    before = [one for one in care.consents if one.purpose == purpose]
    newest = max((*before, said), key=lambda one: one.at)
    others = (one for one in care.consents if one.purpose != purpose)
    return replace(care, consents=(*others, newest))


def _booked(care: CustomerCare, fact: Fact) -> CustomerCare:
    data = fact.data
    others = tuple(one for one in care.visits if one.id != data["booking"])
    if fact.kind == CALLED_OFF:
        return replace(care, visits=others)
    visit = CareVisit(
        id=data["booking"],
        guide_id=GuideId(data["guide"]),
        day=data["day"],
        arrived=fact.kind == ARRIVED,
    )
    return replace(care, visits=(*others, visit)[-20:])


def _birthday(day: str, year: int) -> date:
    month, number = map(int, day.split("-"))
    return Birthday(month=month, day=number).in_year(year)


def _has_birthday(care: CustomerCare, on: date) -> bool:
    return care.birthday is not None and _birthday(care.birthday, on.year) == on
