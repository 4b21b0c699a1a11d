"""One's own account, in the schema."""

from typing import Annotated, Self

import strawberry

from api.kernel.operations import mutation
from api.kernel.packing import pack
from api.kernel.payloads import Payload
from api.people.people import Code, Login, SignInPayload
from api.people.staff import Staff
from domain.people import own_account
from domain.people.act import Act
from domain.people.second_factors import NewSecondFactor
from domain.people.sign_in import PeoplePorts

Chosen = Annotated[
    str,
    strawberry.argument(
        description=(
            "The password to be: 10 to 128 characters that can be seen, 5 of them different and "
            "not of the login."
        )
    ),
]
Current = Annotated[str, strawberry.argument(description="Your password as it is.")]
AppCode = Annotated[
    str, strawberry.argument(description="The six digits that the authenticator app shows now.")
]


@strawberry.type(description="The answer to the beginning of a second factor.")
class SecondFactorStartPayload(Payload):
    secret: str | None = strawberry.field(
        description="What the authenticator app is told; it is not shown again.", default=None
    )
    uri: str | None = strawberry.field(
        description="The same as an otpauth:// address, for a code that the app scans.",
        default=None,
    )

    @classmethod
    def of(cls, new: NewSecondFactor) -> Self:
        """Pack what is shown once."""
        return pack(cls, new)


@strawberry.type(description="The answer to the beginning of a second factor without a session.")
class SecondFactorEnrolPayload(SecondFactorStartPayload):
    pass


@mutation(
    "Choose the password of an account by an invitation, then sign in with it.",
    staff="The account; sign in with its login.",
)
async def staff_invitation_accept(
    ports: PeoplePorts,
    act: Act,
    invitation: Annotated[
        str, strawberry.argument(description="The invitation that head office gave you.")
    ],
    password: Chosen,
) -> Staff:
    return Staff.of(await own_account.accept_invitation(ports, act, invitation, password))


@mutation("Change your own password; you are signed out everywhere else.")
async def staff_password_change(
    ports: PeoplePorts, act: Act, current: Current, password: Chosen, code: Code = None
) -> SignInPayload:
    changed = await own_account.change_password(ports, act, current, password, code)
    return SignInPayload.of(changed)


@mutation("Begin to have a second factor; it counts once secondFactorConfirm shows that it works.")
async def second_factor_start(
    ports: PeoplePorts, act: Act, password: Current, code: Code = None
) -> SecondFactorStartPayload:
    new = await own_account.begin_second_factor(ports, act, password, code)
    return SecondFactorStartPayload.of(new)


@mutation(
    "Show that the authenticator app has the secret; from now on signing in takes its codes.",
    staff="Your account as it is now.",
)
async def second_factor_confirm(ports: PeoplePorts, act: Act, code: AppCode) -> Staff:
    return Staff.of(await own_account.confirm_second_factor(ports, act, code))


@mutation(
    "Begin to have a second factor where your role can't sign in without one; secondFactorStart is "
    "for those who are signed in."
)
async def second_factor_enrol(
    ports: PeoplePorts, act: Act, login: Login, password: Current
) -> SecondFactorEnrolPayload:
    new = await own_account.enrol(ports, act, login, password)
    return SecondFactorEnrolPayload.of(new)


@mutation(
    "Show that the authenticator app has the secret, then sign in with its next code.",
    staff="The account as it is now.",
)
async def second_factor_enrol_confirm(
    ports: PeoplePorts, act: Act, login: Login, password: Current, code: AppCode
) -> Staff:
    return Staff.of(await own_account.confirm_enrolment(ports, act, login, password, code))


@mutation("Sign in without a second factor again.", staff="Your account as it is now.")
async def second_factor_stop(
    ports: PeoplePorts, act: Act, password: Current, code: AppCode
) -> Staff:
    return Staff.of(await own_account.stop_second_factor(ports, act, password, code))


MUTATIONS = (
    staff_invitation_accept,
    staff_password_change,
    second_factor_start,
    second_factor_confirm,
    second_factor_enrol,
    second_factor_enrol_confirm,
    second_factor_stop,
)
