"""Whom of their customers a guide has a reason to turn to on a day, by what is told of each.

What is known of a member is the sum of facts, and on which days it gives a reason follows from it:
nothing is looked through at night. A customer is the guide's by whose link they came or bought,
or whose friend they became, last; a visit is for the guide with whom it is booked.
"""

import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from domain.audiences.level_facts import LEVEL_HELD
from domain.contact.contact_facts import FRIEND_ADDED, FRIEND_MATCHED
from domain.kernel.days import beijing_day
from domain.kernel.facts import Fact, FactKind
from domain.kernel.folding import Folds
from domain.kernel.ids import PersonId
from domain.kernel.moments import BEGINNING, NEVER
from domain.members.consent import ALLOWED_UNSAID, Purpose
from domain.members.profile_facts import CONSENT_GIVEN, CONSENT_WITHDRAWN, PROFILE_CHANGED
from domain.members.profiles import Birthday, Child, ChildAge
from domain.people.accounts import GuideId
from domain.sharing.link_facts import LINK_TOUCHED
from domain.sharing.share_links import ShareKind, ShareTarget

BIRTHDAY_AHEAD = timedelta(days=3)
CARD_AHEAD = timedelta(days=30)
SILENT_AFTER = timedelta(days=60)
UNPAID_AFTER = timedelta(days=1)
REFUSED_AFTER = timedelta(days=1)
# Nobody knows on which day of its month a child comes into a band: whoever has one is turned to on
# any of these, so that not all of a guide's are on the first.
CHILD_DAYS = 28
PAID, EXPIRED = FactKind("order.paid"), FactKind("order.expired")
BOOKED, MOVED = FactKind("booking.booked"), FactKind("booking.moved")
SENT_BACK = FactKind("return.requested")
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
        LEVEL_HELD,
        SENT_BACK,
    }
)


class CareKind(StrEnum):
    """Why a guide turns to a customer."""

    VISIT = "VISIT"
    UNPAID = "UNPAID"
    PARCEL = "PARCEL"
    BIRTHDAY = "BIRTHDAY"
    LEVEL_ENDS = "LEVEL_ENDS"
    CHILD = "CHILD"
    SILENT = "SILENT"
    ASKED = "ASKED"


# What each is worth beside the coins of tasks, and what the customer must have allowed for it.
WORTH = {
    CareKind.VISIT: 90,
    CareKind.UNPAID: 80,
    CareKind.ASKED: 70,
    CareKind.PARCEL: 75,
    CareKind.BIRTHDAY: 60,
    CareKind.LEVEL_ENDS: 50,
    CareKind.CHILD: 40,
    CareKind.SILENT: 30,
}
NEEDS = {
    CareKind.VISIT: (Purpose.SERVICE,),
    CareKind.UNPAID: (Purpose.SERVICE,),
    CareKind.PARCEL: (Purpose.SERVICE,),
    CareKind.BIRTHDAY: (Purpose.MARKETING,),
    CareKind.LEVEL_ENDS: (Purpose.MARKETING,),
    CareKind.CHILD: (Purpose.CHILD, Purpose.MARKETING),
    CareKind.SILENT: (Purpose.MARKETING,),
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

    `unpaid_at` is when the last order lapsed that was not paid, `product` what it was of,
    `refused_at` when the last parcel came back that was not taken. The level that is above the
    lowest ends at `level_until`. `children` are known by month.
    """

    id: PersonId
    guide_id: GuideId | None = None
    bonded_at: datetime = BEGINNING
    touched_at: datetime = BEGINNING
    paid_at: datetime = BEGINNING
    unpaid_at: datetime = BEGINNING
    product: str | None = None
    birthday: str | None = None
    refused_at: datetime = BEGINNING
    level_until: datetime = NEVER
    children: tuple[Child, ...] = ()
    visits: tuple[CareVisit, ...] = ()
    consents: tuple[CareConsent, ...] = ()

    def allows(self, kind: CareKind) -> bool:
        """Whether the member allows all that a reason needs."""
        said = {one.purpose: one.given for one in self.consents}
        return all(said.get(one, one in ALLOWED_UNSAID) for one in NEEDS[kind])

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
        if self.refused_at > BEGINNING:
            yield (beijing_day(self.refused_at) + REFUSED_AFTER).isoformat()
        if self.level_until < NEVER:
            yield (beijing_day(self.level_until) - CARD_AHEAD).isoformat()
        yield from (day.isoformat() for day, _ in self.grown())
        if self.birthday is not None:
            for year in (2027, 2028):  # one year with, one without a 29 February
                yield (_birthday(self.birthday, year) - BIRTHDAY_AHEAD).strftime("%m-%d")

    def grown(self) -> Iterator[tuple[date, ChildAge]]:
        """On which days something is said of a child that has come into a band."""
        spread = timedelta(days=zlib.crc32(self.id.encode()) % CHILD_DAYS)
        for child in self.children:
            yield from ((first + spread, band) for first, band in child.enters())


@dataclass(frozen=True, slots=True, kw_only=True)
class CareItem:
    """A reason for one guide to turn to one customer on one day.

    Who asks them to, as a journey does, says with which `words`. `target` is what the guide
    shares, None for their store; `age` the band that a child has come into.
    """

    kind: CareKind
    member_id: PersonId
    target: ShareTarget | None = None
    age: ChildAge | None = None
    words: str | None = None
    done: bool = False

    @property
    def worth(self) -> int:
        """What it is worth beside others."""
        return WORTH[self.kind]


class CustomersToCareFor(Folds[CustomerCare], Protocol):
    """What is known of members, by their ids."""

    async def of_guides(self, guide_ids: Collection[str], day: date) -> Sequence[CustomerCare]:
        """Those who may give one of some guides a reason on a day; one round trip."""

    async def by_ids(self, ids: Sequence[PersonId]) -> Sequence[CustomerCare]:
        """What is known of some members."""


def care_for(care: CustomerCare, guide_ids: Collection[str], today: date) -> Iterator[CareItem]:
    """What a guide has to do for a customer today, as far as the customer allows it.

    `guide_ids` are theirs and those of leavers whom they come after.

    It is done once the customer has come by the guide's link today, or has come at all.
    """
    own = care.guide_id in guide_ids
    touched = own and beijing_day(care.touched_at) == today
    reasons = {
        CareKind.UNPAID: own
        and care.unpaid_at > care.paid_at
        and beijing_day(care.unpaid_at) + UNPAID_AFTER == today,
        CareKind.PARCEL: own
        and care.refused_at > BEGINNING
        and beijing_day(care.refused_at) + REFUSED_AFTER == today,
        CareKind.LEVEL_ENDS: own
        and care.level_until < NEVER
        and beijing_day(care.level_until) - CARD_AHEAD == today,
        CareKind.BIRTHDAY: own and _has_birthday(care, today + BIRTHDAY_AHEAD),
        CareKind.SILENT: own
        and care.paid_at > BEGINNING
        and beijing_day(care.paid_at) + SILENT_AFTER == today,
    }
    for visit in care.visits:
        if visit.guide_id in guide_ids and visit.day == today.isoformat():
            if care.allows(CareKind.VISIT):
                yield CareItem(
                    kind=CareKind.VISIT, member_id=care.id, done=touched or visit.arrived
                )
            break
    for kind, given in reasons.items():
        if given and care.allows(kind):
            target = _left(care) if kind is CareKind.UNPAID else None
            yield CareItem(kind=kind, member_id=care.id, target=target, done=touched)
    if own and care.allows(CareKind.CHILD):
        for day, age in care.grown():
            if day == today:
                yield CareItem(kind=CareKind.CHILD, member_id=care.id, age=age, done=touched)
                break


def member_of(fact: Fact) -> str | None:
    """The member whom a fact tells of; None for visitors and for who is no consumer."""
    data = fact.data
    if fact.kind == SENT_BACK:
        details = data["details"]
        found = details["buyerId"] if details.get("parcelRefused") else ""
    elif fact.kind == LINK_TOUCHED:
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
    if fact.kind == SENT_BACK:
        return replace(care, refused_at=max(care.refused_at, fact.at))
    if fact.kind == LEVEL_HELD:
        until = datetime.fromisoformat(data["until"]) if data["until"] else NEVER
        return replace(care, level_until=until)
    if fact.kind == PROFILE_CHANGED:
        return replace(care, birthday=data["birthday"], children=data.get("months", ()))
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
    kept = care.children if purpose != Purpose.CHILD or newest.given else ()
    return replace(care, consents=(*others, newest), children=kept)


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


def _left(care: CustomerCare) -> ShareTarget | None:
    return ShareTarget(kind=ShareKind.PRODUCT, id=care.product) if care.product else None


def _birthday(day: str, year: int) -> date:
    month, number = map(int, day.split("-"))
    return Birthday(month=month, day=number).in_year(year)


def _has_birthday(care: CustomerCare, on: date) -> bool:
    return care.birthday is not None and _birthday(care.birthday, on.year) == on
