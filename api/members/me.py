"""What a member sees and tells of themselves, in the schema."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.enums import enum
from api.kernel.operations import mutation, query
from api.kernel.packing import Packed
from domain.members import consent, identities, profiles, telling
from domain.members.consent import Purpose as Purpose
from domain.members.identities import IdentityKind, Proof
from domain.members.telling import KnownMember, TellingPorts
from domain.people.act import Act

enum(
    Purpose,
    "What a member allows us to do with what we know of them.",
    SERVICE="Carrying out their orders and telling of them; allowed unless withdrawn.",
    MARKETING="Messages that they did not ask for.",
    PROFILING="Offers by what they did.",
    FRANCHISEE="Showing it to the people of shops that others own.",
    CHILD="Knowing something of their children.",
)
enum(
    IdentityKind,
    "What kind of thing names a member.",
    PHONE="A phone number.",
    UNIONID="WeChat's id of them in all apps of the company.",
    OPENID="WeChat's id of them in one app.",
    EXTERNAL_USER="WeCom's id of them as a customer.",
    MEMBER_CODE="A code of the brand's own.",
    CHANNEL="Another channel's own id of them.",
)
enum(
    Proof,
    "Why we believe that something names a member.",
    WECHAT="WeChat or WeCom says so; this alone verifies it.",
    STAFF="Head office decided so.",
    FEED="A till or another channel says so.",
)

NOW = "What we know of the viewer now."


@strawberry.type(description="A day of the year; a 29 February is kept on the 28th in most years.")
class Birthday(Packed[profiles.Birthday]):
    month: int = strawberry.field(description="1 to 12.")
    day: int = strawberry.field(description="1 to 31.")
    year: int | None = strawberry.field(description="The year, if the member told it.")


@strawberry.type(description="What was said last of one purpose.")
class Consent(Packed[consent.Consent]):
    purpose: Purpose = strawberry.field(description="What for.")
    given: bool = strawberry.field(description="Whether it is allowed.")
    at: datetime = strawberry.field(description="When it was said.")
    place: str = strawberry.field(description="Where it was said.")


@strawberry.type(description="A child of a member's, no nearer than the month.")
class Child(Packed[profiles.Child]):
    year: int = strawberry.field(description="Year of birth.")
    month: int = strawberry.field(description="Month of birth, 1 to 12.")


@strawberry.type(description="One thing that names a member.")
class MemberIdentity(Packed[identities.Identity]):
    kind: IdentityKind = strawberry.field(description="What kind of thing it is.")
    proof: Proof = strawberry.field(description="Why we believe that it is theirs.")
    since: datetime = strawberry.field(description="Since when it names them.")
    verified_at: datetime | None = strawberry.field(
        description="When WeChat's word proved it; null where nothing has."
    )


@strawberry.type(description="What we know of the viewer, a member.")
class Me:
    id: strawberry.ID = strawberry.field(description="The member's id.")
    phone: str | None = strawberry.field(description="Their number, +8613800138000; null if none.")
    member_code: str | None = strawberry.field(description="Their member code, if they have one.")
    joined_at: datetime = strawberry.field(description="When they joined.")
    name: str | None = strawberry.field(description="The name that they told.")
    birthday: Birthday | None = strawberry.field(description="Their birthday, if they told it.")
    children: list[Child] = strawberry.field(description="Their children, the oldest first.")
    consents: list[Consent] = strawberry.field(
        description="What they said of each purpose. SERVICE is allowed unless they said no, all "
        "others only if they said yes."
    )
    identities: list[MemberIdentity] = strawberry.field(description="All that names them.")
    version: int = strawberry.field(description="How often they told something.")

    @classmethod
    def of(cls, known: KnownMember) -> "Me":
        """Pack what is known."""
        told = known.profile
        return cls(
            id=strawberry.ID(known.member.id),
            phone=known.phone,
            member_code=known.code,
            joined_at=known.member.joined_at,
            name=told.name,
            birthday=Birthday.of(told.birthday) if told.birthday else None,
            children=[Child.of(one) for one in told.children],
            consents=[Consent.of(one) for one in told.consents.values()],
            identities=[MemberIdentity.of(one) for one in known.identities],
            version=told.version,
        )


@strawberry.input(description="A day of the year.")
class BirthdayInput:
    month: int = strawberry.field(description="1 to 12.")
    day: int = strawberry.field(description="1 to 31.")
    year: int | None = strawberry.field(description="The year, if it is told.", default=None)

    def value(self) -> profiles.Birthday:
        """Unpack the day."""
        return profiles.Birthday(month=self.month, day=self.day, year=self.year)


@strawberry.input(description="A child, by the month of its birth, be it to come.")
class ChildInput:
    year: int = strawberry.field(description="Year of birth.")
    month: int = strawberry.field(description="Month of birth, 1 to 12.")

    def value(self) -> profiles.Child:
        """Unpack the month."""
        return profiles.Child(year=self.year, month=self.month)


@strawberry.input(description="All that a member tells of themselves.")
class MemberProfileInput:
    name: str | None = strawberry.field(
        description="At most 40 characters; null for none.", default=None
    )
    birthday: BirthdayInput | None = strawberry.field(description="Null for none.", default=None)
    children: list[ChildInput] = strawberry.field(
        description="At most 10; they need consent to CHILD.", default_factory=list
    )


PurposeArgument = Annotated[Purpose, strawberry.argument(description="What for.")]
Place = Annotated[
    str,
    strawberry.argument(description="Where it is said, such as a screen; at most 60 characters."),
]


@query("What we know of the viewer, a member.")
async def me(ports: TellingPorts, act: Act) -> Me:
    return Me.of(await telling.me(ports, act))


@mutation("Tell of oneself: all of it anew, what is left out is forgotten.", me=NOW)
async def member_profile_set(
    ports: TellingPorts,
    act: Act,
    input: Annotated[MemberProfileInput, strawberry.argument(description="All of it.")],
) -> Me:
    return Me.of(
        await telling.tell(
            ports,
            act,
            name=input.name,
            birthday=input.birthday.value() if input.birthday else None,
            children=[one.value() for one in input.children],
        )
    )


@mutation("Allow a purpose; it holds until it is withdrawn.", me=NOW)
async def member_consent_give(
    ports: TellingPorts, act: Act, purpose: PurposeArgument, place: Place
) -> Me:
    return Me.of(await telling.consent(ports, act, purpose, given=True, place=place))


@mutation(
    "Withdraw consent to a purpose, at once; of CHILD, what is known of children is forgotten.",
    me=NOW,
)
async def member_consent_withdraw(
    ports: TellingPorts, act: Act, purpose: PurposeArgument, place: Place
) -> Me:
    return Me.of(await telling.consent(ports, act, purpose, given=False, place=place))


QUERIES = (me,)
MUTATIONS = (member_profile_set, member_consent_give, member_consent_withdraw)
