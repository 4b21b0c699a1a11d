"""Referrals in the schema: members who invite, friends who accept, and who looks at doubts."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.enums import enum
from api.kernel.money import Money
from api.kernel.operations import mutation, query
from api.kernel.packing import Packed, pack
from api.kernel.paging import After, Connection, First, connection
from domain.kernel.money import Fen
from domain.kernel.paging import PageRequest
from domain.people.act import Act
from domain.promotions import inviting
from domain.promotions import referrals as rules
from domain.promotions.offers import OfferId
from domain.promotions.referrals import Doubt, ReferralState
from domain.promotions.rewarding import ReferralPorts

enum(
    ReferralState,
    "How far a referral has got.",
    JOINED="The friend has accepted, and has bought nothing yet.",
    BOUGHT="The friend has bought something, which can still come back.",
    FLAGGED="Somebody has to look at it.",
    REWARDING="Both are being given what they have of it.",
    REWARDED="Both have what they have of it.",
    VOID="It ended without any reward.",
    REVERSED="The purchase was returned, and the rewards were taken back.",
)
enum(
    Doubt,
    "Why somebody has to look.",
    KNOWN="The friend was a member before.",
    HOUSEHOLD="Both had orders sent to one number or address.",
    PAYER="The inviter's WeChat account, or one of another friend's, paid the purchase.",
    DEVICE="They accepted on a device of the inviter's, or of another friend's.",
    BURST="Many accepted within an hour.",
    CAP="The inviter has had something of as many friends this month as may be.",
)


@strawberry.type(description="What one side has of a referral.")
class ReferralSide(Packed[rules.SideTerms]):
    points: int = strawberry.field(description="So many points.")
    coupon: strawberry.ID | None = strawberry.field(
        description="A copy of this coupon, while there are any; null for none."
    )


@strawberry.type(description="What both have of a referral, and when.")
class ReferralTerms(Packed[rules.ReferralTerms]):
    version: int = strawberry.field(
        description="Counts up each time they are set; 0 while nobody is invited."
    )
    inviter: ReferralSide = strawberry.field(description="What the inviter has.")
    friend: ReferralSide = strawberry.field(description="What the friend has.")
    paid: Money = strawberry.field(
        description="How much must be left of the friend's first purchase at least."
    )
    return_days: int = strawberry.field(
        description="How many days after the last goods left a store both have it."
    )
    per_month: int = strawberry.field(
        description="Of how many friends an inviter has something in a month of China."
    )
    an_hour: int = strawberry.field(
        description="If more friends accept in an hour, somebody looks at them first."
    )


@strawberry.type(description="A doubt, and what was seen.")
class ReferralFlag(Packed[rules.Flag]):
    doubt: Doubt = strawberry.field(description="Why somebody has to look.")
    seen: str = strawberry.field(description="What was seen.")


@strawberry.type(description="A referral as its two see it.")
class OwnReferral(Packed[rules.Referral]):
    state: ReferralState = strawberry.field(description="How far it has got.")
    accepted_at: datetime = strawberry.field(description="When the friend accepted.")
    terms: ReferralTerms = strawberry.field(description="The terms that they accepted.")


@strawberry.type(description="A referral as head office sees it.")
class Referral(Packed[rules.Referral]):
    id: strawberry.ID = strawberry.field(description="The friend, a member.")
    inviter_id: strawberry.ID = strawberry.field(description="The inviter, a member.")
    state: ReferralState = strawberry.field(description="How far it has got.")
    accepted_at: datetime = strawberry.field(description="When the friend accepted.")
    order_id: strawberry.ID | None = strawberry.field(
        description="The first purchase; null until there is one."
    )
    flags: list[ReferralFlag] = strawberry.field(description="Why somebody has to look at it.")
    reason: str = strawberry.field(description="Why it came to stand as it does, if that is said.")

    @classmethod
    def of(cls, referral: rules.Referral) -> "Referral":
        """Pack all of it."""
        return pack(
            cls,
            referral,
            order_id=referral.order_id or None,
            reason=referral.steps[-1].reason,
        )


@strawberry.input(description="What one side is to have.")
class ReferralSideInput:
    points: int = strawberry.field(description="0 to 100,000.", default=0)
    coupon: strawberry.ID | None = strawberry.field(
        description="A coupon that is let out and whose way is REFERRAL; null for none.",
        default=None,
    )

    def value(self) -> rules.SideTerms:
        """Unpack it."""
        return rules.SideTerms(
            points=self.points, coupon=OfferId(self.coupon) if self.coupon else None
        )


@strawberry.input(description="What is to hold for referrals that are accepted from now on.")
class ReferralTermsInput:
    inviter: ReferralSideInput = strawberry.field(description="What the inviter is to have.")
    friend: ReferralSideInput = strawberry.field(description="What the friend is to have.")
    paid_fen: int = strawberry.field(
        description="How much must be left of the first purchase, in fen, at least 1.", default=1
    )
    return_days: int = strawberry.field(
        description="How many days after the last goods left a store both have it, 0 to 60.",
        default=15,
    )
    per_month: int = strawberry.field(
        description="Of how many friends an inviter has something in a month, 1 to 1,000.",
        default=10,
    )
    an_hour: int = strawberry.field(
        description="If more accept in an hour, somebody looks at them first; 1 to 1,000.",
        default=5,
    )

    def value(self) -> rules.ReferralTerms:
        """Unpack them."""
        return rules.ReferralTerms(
            inviter=self.inviter.value(),
            friend=self.friend.value(),
            paid=Fen(self.paid_fen),
            return_days=self.return_days,
            per_month=self.per_month,
            an_hour=self.an_hour,
        )


Device = Annotated[
    str | None,
    strawberry.argument(
        description="An id that the mini-program has made up and keeps on this device; a digest of "
        "it is kept. At most 200 characters."
    ),
]


@query("What both have of a referral now.", public=True)
async def referral_terms(ports: ReferralPorts, act: Act) -> ReferralTerms:
    return ReferralTerms.of(await inviting.referral_terms(ports, act))


@query("The referrals of whom the viewer has invited, the last accepted first; for members.")
async def own_referrals(
    ports: ReferralPorts, act: Act, first: First = 20, after: After = None
) -> Connection[OwnReferral]:
    page = await inviting.own_referrals(ports, act, PageRequest(first=first, after=after))
    return connection(page, OwnReferral.of)


@query("The referrals in a state, the last accepted first; for head office.")
async def referrals(
    ports: ReferralPorts,
    act: Act,
    state: Annotated[ReferralState, strawberry.argument(description="In which state.")],
    first: First = 20,
    after: After = None,
) -> Connection[Referral]:
    request = PageRequest(first=first, after=after)
    return connection(await inviting.waiting_referrals(ports, act, state, request), Referral.of)


@mutation("Have a code by which the viewer invites friends; it stays the same.", code="The code.")
async def referral_invite(ports: ReferralPorts, act: Act, device: Device = None) -> str:
    return await inviting.invitation_code(ports, act, device=device)


@mutation(
    "Accept an invitation as somebody who is new; for members of at most a day who have bought "
    "nothing yet. The first one stays.",
    referral="The referral.",
)
async def referral_accept(
    ports: ReferralPorts,
    act: Act,
    code: Annotated[str, strawberry.argument(description="The inviter's code.")],
    device: Device = None,
) -> OwnReferral:
    return OwnReferral.of(await inviting.accept(ports, act, code, device=device))


@mutation(
    "Let other terms hold for referrals that are accepted from now on; for head office.",
    terms="The terms, as set.",
)
async def referral_terms_set(
    ports: ReferralPorts,
    act: Act,
    input: Annotated[ReferralTermsInput, strawberry.argument(description="What is to hold.")],
    expected_version: Annotated[
        int, strawberry.argument(description="The terms' version that you loaded.")
    ],
) -> ReferralTerms:
    terms = input.value()
    done = await inviting.set_referral_terms(ports, act, terms, expected=expected_version)
    return ReferralTerms.of(done)


@mutation(
    "Reward a referral that was flagged, or leave it void, and say why; for head office.",
    referral="As it is now.",
)
async def referral_decide(
    ports: ReferralPorts,
    act: Act,
    id: Annotated[strawberry.ID, strawberry.argument(description="The friend's id.")],
    reward: Annotated[bool, strawberry.argument(description="Whether both have their reward.")],
    comment: Annotated[str, strawberry.argument(description="Why; at most 500 characters.")],
) -> Referral:
    return Referral.of(await inviting.decide(ports, act, id, reward=reward, comment=comment))


QUERIES = (referral_terms, own_referrals, referrals)
MUTATIONS = (referral_invite, referral_accept, referral_terms_set, referral_decide)
