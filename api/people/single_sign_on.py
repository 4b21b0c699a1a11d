"""Single sign-on of the staff, in the schema."""

from typing import Annotated

import strawberry

from api.kernel.operations import mutation
from api.kernel.packing import pack
from api.kernel.payloads import Payload
from api.people.people import SignInPayload
from api.people.staff import AccountId, Staff
from domain.kernel.ids import PersonId
from domain.people import single_sign_on
from domain.people.act import Act
from domain.people.single_sign_on import SignOnPorts, SignOnStarted
from domain.people.staff import StaffPorts


@strawberry.type(description="The answer to the beginning of a single sign-on.")
class StaffSignOnStartPayload(Payload):
    url: str | None = strawberry.field(
        description="Where the browser goes; it comes back to the desk with code and state.",
        default=None,
    )
    attempt: str | None = strawberry.field(
        description="Keep it in this tab and send it with staffSignOnFinish, within ten minutes.",
        default=None,
    )

    @classmethod
    def of(cls, started: SignOnStarted) -> "StaffSignOnStartPayload":
        """Pack a beginning."""
        return pack(cls, started)


@mutation("Begin to sign in at the brand's own provider, by OpenID Connect.")
async def staff_sign_on_start(ports: SignOnPorts, act: Act) -> StaffSignOnStartPayload:
    return StaffSignOnStartPayload.of(await single_sign_on.begin_sign_on(ports, act))


@mutation("Sign in with what the provider sent the browser back with.")
async def staff_sign_on_finish(
    ports: SignOnPorts,
    act: Act,
    attempt: Annotated[str, strawberry.argument(description="That of staffSignOnStart.")],
    state: Annotated[str, strawberry.argument(description="The state that came back.")],
    code: Annotated[str, strawberry.argument(description="The code that came back.")],
) -> SignInPayload:
    signed_in = await single_sign_on.finish_sign_on(
        ports, act, attempt=attempt, state=state, code=code
    )
    return SignInPayload.of(signed_in)


@mutation(
    "Say which account of the provider is somebody's, by the provider's own id of them; their "
    "sessions end.",
    staff="The account as it is now.",
)
async def staff_sign_on_bind(
    ports: StaffPorts,
    act: Act,
    id: AccountId,
    subject: Annotated[
        str | None,
        strawberry.argument(description="Their `sub` there; null to take it away."),
    ] = None,
) -> Staff:
    return Staff.of(await single_sign_on.bind_account(ports, act, PersonId(id), subject))


MUTATIONS = (staff_sign_on_start, staff_sign_on_finish, staff_sign_on_bind)
