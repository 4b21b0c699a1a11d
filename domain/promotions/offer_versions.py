"""Offers as head office keeps them: versions that never change, each reviewed before it holds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from domain.kernel.ids import PersonId
from domain.kernel.refusals import Forbidden, NotFound
from domain.kernel.states import Cause
from domain.kernel.version_reviews import VersionState, version_review
from domain.kernel.versions import risen
from domain.promotions.offers import Offer, OfferId
from domain.promotions.shipping_fees import ShippingFees

# By then every process has heard of it: reference data is stale by under a second.
LEAD = timedelta(seconds=2)
NEVER = datetime.max.replace(tzinfo=UTC)


OFFER_REVIEW = version_review("offer version")


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferVersion:
    """One version with its review; what is approved holds from a moment on, until another.

    One whose budget was used up holds no more until `holds_again`, if some of it came back.
    """

    rule: Offer
    author_id: PersonId
    made_at: datetime
    state: VersionState = VersionState.DRAFT
    reviewer_id: PersonId | None = None
    comment: str = ""
    holds_from: datetime | None = None
    holds_until: datetime | None = None
    holds_again: datetime | None = None

    @property
    def number(self) -> int:
        """Its number, from 1."""
        return self.rule.version


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferHistory:
    """An offer with all of its versions, the first one first."""

    id: OfferId
    versions: tuple[OfferVersion, ...]
    version: int = 1

    def numbered(self, number: int) -> OfferVersion:
        """One of its versions, or NotFound."""
        if not 1 <= number <= len(self.versions):
            raise NotFound(
                f"This offer has {len(self.versions)} versions; there is no {number}.",
                field=["number"],
            )
        return self.versions[number - 1]

    def rule_at(self, moment: datetime) -> Offer | None:
        """The rule that holds: of the newest version that was let out by then, unless withdrawn.

        A function of the moment alone, so that every process changes over at one instant.
        """
        for one in reversed(self.versions):
            if one.holds_from is not None and one.holds_from <= moment:
                over = one.holds_until is not None and one.holds_until <= moment
                again = one.holds_again is not None and one.holds_again <= moment
                return None if over and not again else one.rule
        return None


@dataclass(frozen=True, kw_only=True)
class Promotions:
    """Every offer and the shipping fees, as a process holds them in memory."""

    offers: Mapping[OfferId, OfferHistory] = field(default_factory=dict)
    fees: Mapping[str, ShippingFees] = field(default_factory=dict)
    # When the next flip was last looked for, and when it comes; one at most.
    _flip: list[tuple[datetime, datetime]] = field(
        default_factory=list, init=False, compare=False, repr=False
    )

    @cached_property
    def _let_out(self) -> list[OfferHistory]:
        return [
            one
            for one in self.offers.values()
            if any(v.holds_from is not None for v in one.versions)
        ]

    def next_flip(self, now: datetime) -> datetime | None:
        """The next moment at which what holds may be another."""
        known = self._flip
        if not known or not known[0][0] <= now < known[0][1]:
            ahead = min(self._flips_after(now), default=NEVER)
            known[:] = [(now, ahead)]
        ahead = known[0][1]
        return None if ahead == NEVER else ahead

    def _flips_after(self, now: datetime) -> Iterator[datetime]:
        for one in self._let_out:
            for version in one.versions:
                for moment in (version.holds_from, version.holds_until, version.holds_again):
                    if moment is not None and moment > now:
                        yield moment
                if version.holds_from is not None:
                    yield from version.rule.window.flips_after(now)

    def rules_at(self, moment: datetime) -> Iterator[Offer]:
        """The rules that hold at a moment; those whose window is another are among them."""
        for one in self._let_out:
            if rule := one.rule_at(moment):
                yield rule

    @property
    def shipping_fees(self) -> ShippingFees:
        """What shipping costs; nothing until somebody has said."""
        return next(iter(self.fees.values()), ShippingFees())


def begun(rule: Offer, cause: Cause) -> OfferHistory:
    """A new offer with its first version, a draft."""
    return OfferHistory(id=rule.id, versions=(_draft(rule, cause),))


def revised(offer: OfferHistory, rule: Offer, cause: Cause) -> OfferHistory:
    """A new draft; what is approved goes on to hold until the draft is."""
    draft = _draft(replace(rule, id=offer.id, version=len(offer.versions) + 1), cause)
    return risen(replace(offer, versions=(*offer.versions, draft)))


def submitted(offer: OfferHistory, number: int, cause: Cause) -> OfferHistory:
    """A draft that waits for its review."""
    return _moved(offer, number, VersionState.IN_REVIEW, cause)


def approved(offer: OfferHistory, number: int, cause: Cause) -> OfferHistory:
    """A version that was let out by somebody who has written none of it; it holds 2 s later."""
    if cause.actor in {one.author_id for one in offer.versions[:number]}:
        raise Forbidden("Some of this offer is yours; ask somebody who wrote none of it.")
    return _moved(
        offer,
        number,
        VersionState.APPROVED,
        cause,
        reviewer_id=PersonId(cause.actor),
        holds_from=cause.at + LEAD,
    )


def rejected(offer: OfferHistory, number: int, cause: Cause) -> OfferHistory:
    """A version that was sent back with the reason."""
    return _moved(
        offer,
        number,
        VersionState.REJECTED,
        cause,
        reviewer_id=PersonId(cause.actor),
        comment=cause.reason,
    )


def withdrawn(offer: OfferHistory, number: int, cause: Cause) -> OfferHistory:
    """A version that holds no more from 2 s later on; older ones do not come back."""
    return _moved(
        offer,
        number,
        VersionState.WITHDRAWN,
        cause,
        comment=cause.reason,
        holds_until=cause.at + LEAD,
        holds_again=None,
    )


def used_up(offer: OfferHistory, number: int, at: datetime) -> OfferHistory:
    """With a version of whose budget too little is left, which holds no more from 2 s later on."""
    found = offer.numbered(number)
    ends = found.holds_until is not None and found.holds_again is None
    if found.state is not VersionState.APPROVED or ends:
        return offer
    return _with(offer, replace(found, holds_until=at + LEAD, holds_again=None))


def held_again(offer: OfferHistory, number: int, at: datetime) -> OfferHistory:
    """With a version that had been used up, and holds again from 2 s later on."""
    found = offer.numbered(number)
    ended = found.holds_until is not None and found.holds_again is None
    if found.state is not VersionState.APPROVED or not ended:
        return offer
    return _with(offer, replace(found, holds_again=at + LEAD))


def _draft(rule: Offer, cause: Cause) -> OfferVersion:
    return OfferVersion(rule=rule, author_id=PersonId(cause.actor), made_at=cause.at)


def _moved(
    offer: OfferHistory, number: int, after: VersionState, cause: Cause, **changed: Any
) -> OfferHistory:
    found = offer.numbered(number)
    OFFER_REVIEW.step(f"{offer.id} version {number}", found.state, after, cause)
    return _with(offer, replace(found, state=after, **changed))


def _with(offer: OfferHistory, version: OfferVersion) -> OfferHistory:
    others = offer.versions
    versions = (*others[: version.number - 1], version, *others[version.number :])
    return risen(replace(offer, versions=versions))
