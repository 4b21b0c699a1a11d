"""The accounts of the staff, as head office keeps them."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.operations import mutation, query
from api.kernel.packing import pack
from api.kernel.paging import After, Connection, First, connection
from api.kernel.payloads import Payload
from domain.kernel.ids import PersonId
from domain.kernel.paging import PageRequest
from domain.people import accounts
from domain.people import staff as keeping
from domain.people.act import Act
from domain.people.staff import Invited, NewAccount, StaffPorts
from domain.people.viewer import Role

AccountId = Annotated[strawberry.ID, strawberry.argument(description="The account's id.")]


@strawberry.type(description="Somebody who signs in with a name and a password.")
class Staff:
    id: strawberry.ID = strawberry.field(description="The person's id.")
    login: str = strawberry.field(description="What they sign in with.")
    name: str = strawberry.field(description="Their name.")
    role: Role = strawberry.field(description="What they may do.")
    active: bool = strawberry.field(description="Whether they may sign in.")
    store_id: strawberry.ID | None = strawberry.field(
        description="The store that they manage; null for everybody else."
    )
    region_id: strawberry.ID | None = strawberry.field(
        description="The region that they manage; null for everybody else."
    )
    owner_id: strawberry.ID | None = strawberry.field(
        description="The owner that they are; null for everybody but franchisees."
    )
    department: str | None = strawberry.field(
        description="The department that they deposit content for; null for others."
    )
    has_second_factor: bool = strawberry.field(
        description="Whether signing in takes a code of their authenticator app."
    )
    sign_on_subject: str | None = strawberry.field(
        description="Which account of the provider of single sign-on is theirs; null for none."
    )
    invited_until: datetime | None = strawberry.field(
        description="Until when their invitation to choose a password is good; null for none."
    )

    @classmethod
    def of(cls, staff: accounts.Staff) -> "Staff":
        """Pack an account, without anything by which somebody gets in."""
        invitation = staff.invitation
        return pack(
            cls,
            staff,
            has_second_factor=staff.totp is not None,
            sign_on_subject=staff.sso,
            invited_until=invitation.expires_at if invitation else None,
        )


@strawberry.input(description="An account to open.")
class StaffInput:
    login: str = strawberry.field(description="2 to 40 of a-z, 0-9, dot, hyphen and underline.")
    name: str = strawberry.field(description="The person's name.")
    role: Role = strawberry.field(description="What they may do.")
    password: str | None = strawberry.field(
        description=(
            "10 to 128 characters that can be seen, 5 of them different and not of the login; null "
            "to invite them, so that nobody else ever knows it."
        ),
        default=None,
    )
    store_id: strawberry.ID | None = strawberry.field(
        description="The store of a store manager; null for everybody else.", default=None
    )
    region_id: strawberry.ID | None = strawberry.field(
        description="The region of a region manager; null for everybody else.", default=None
    )
    owner_id: strawberry.ID | None = strawberry.field(
        description="The owner that a franchisee is; null for everybody else.", default=None
    )
    department: str | None = strawberry.field(
        description="The department that an editor deposits content for.", default=None
    )


@strawberry.type
class InvitingPayload(Payload):
    """Each mutation that invites answers a type of its own that inherits from this one."""

    staff: Staff | None = strawberry.field(description="The account as it is now.", default=None)
    invitation: str | None = strawberry.field(
        description=(
            "Give it to the person alone: staffInvitationAccept takes it, once and within three "
            "days. It is not shown again; null where they have a password."
        ),
        default=None,
    )

    @classmethod
    def of(cls, invited: Invited) -> "InvitingPayload":
        """Pack an account with its invitation."""
        return cls(staff=Staff.of(invited.staff), invitation=invited.invitation)


@query("The accounts of the staff by login, closed ones too; for head office.")
async def staff(
    ports: StaffPorts,
    act: Act,
    role: Annotated[
        Role | None, strawberry.argument(description="Only those of a role; null for all.")
    ] = None,
    first: First = 20,
    after: After = None,
) -> Connection[Staff]:
    request = PageRequest(first=first, after=after)
    return connection(await keeping.accounts_of(ports, act, role, request), Staff.of)


@mutation("Open an account for one of the staff, or invite them to it; for head office.")
async def staff_open(
    ports: StaffPorts,
    act: Act,
    input: Annotated[StaffInput, strawberry.argument(description="Whom to open it for.")],
) -> InvitingPayload:
    return InvitingPayload.of(await keeping.open_account(ports, act, NewAccount(**vars(input))))


@mutation(
    "Close an account: its owner is signed out everywhere, and can't sign in; for head office.",
    staff="The closed account.",
)
async def staff_close(ports: StaffPorts, act: Act, id: AccountId) -> Staff:
    return Staff.of(await keeping.close_account(ports, act, PersonId(id)))


@mutation("Open a closed account again; its owner chooses a new password. For head office.")
async def staff_reopen(ports: StaffPorts, act: Act, id: AccountId) -> InvitingPayload:
    return InvitingPayload.of(await keeping.reopen_account(ports, act, PersonId(id)))


@mutation(
    "Take somebody's password away: they are signed out everywhere and choose another, by an "
    "invitation that replaces earlier ones. For head office."
)
async def staff_password_reset(ports: StaffPorts, act: Act, id: AccountId) -> InvitingPayload:
    return InvitingPayload.of(await keeping.reset_password(ports, act, PersonId(id)))


@mutation(
    "Take away the second factor of somebody who has lost it, and sign them out everywhere; for "
    "head office.",
    staff="The account as it is now.",
)
async def staff_second_factor_reset(ports: StaffPorts, act: Act, id: AccountId) -> Staff:
    return Staff.of(await keeping.reset_second_factor(ports, act, PersonId(id)))


QUERIES = (staff,)
MUTATIONS = (
    staff_open,
    staff_close,
    staff_reopen,
    staff_password_reset,
    staff_second_factor_reset,
)
