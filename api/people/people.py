"""Signing in."""

from datetime import datetime
from typing import Annotated, Self

import strawberry

from api.kernel.imports import ImportFile, ImportPayload, Mode, OnlyCheck, hand_in
from api.kernel.operations import mutation, query
from api.kernel.packing import Packed, pack
from api.kernel.payloads import Payload
from domain.kernel.import_reports import ImportMode
from domain.kernel.imports import ImportPorts
from domain.people import sessions, sign_in
from domain.people.act import Act
from domain.people.guides import GuidePorts, import_guides
from domain.people.sessions import SignedIn
from domain.people.sign_in import PeoplePorts
from domain.people.viewer import Role
from domain.people.viewer import Viewer as ViewerValue

Login = Annotated[str, strawberry.argument(description="The account's name, in any case.")]
Password = Annotated[str, strawberry.argument(description="The account's password.")]
Code = Annotated[
    str | None,
    strawberry.argument(
        description=(
            "The six digits that the authenticator app shows, for an account with a second factor; "
            "each is good once."
        )
    ),
]
LoginCode = Annotated[
    str, strawberry.argument(description="The code that the mini-program got; it works once.")
]
RefreshToken = Annotated[
    str, strawberry.argument(description="The refresh token of the newest pair.")
]
Device = Annotated[
    str | None,
    strawberry.argument(
        description="What the last staffSignIn on this device answered as device; null at first."
    ),
]


@strawberry.type(description="Who is asking.")
class Viewer(Packed[ViewerValue]):
    id: strawberry.ID = strawberry.field(description="The person's id; empty for an anonymous one.")
    role: Role = strawberry.field(description="What they are to the brand.")
    name: str = strawberry.field(description="Their name; empty where we know none.")
    store_id: strawberry.ID | None = strawberry.field(
        description="The store that they work in; null for people of no store."
    )
    region_id: strawberry.ID | None = strawberry.field(
        description="The region that they manage; null for everybody else."
    )
    owner_id: strawberry.ID | None = strawberry.field(
        description="The owner of stores that they are; null for everybody but franchisees."
    )
    department: str | None = strawberry.field(
        description="The department that they deposit content for; null for others."
    )


@strawberry.type
class SignInPayload(Payload):
    """Each way of signing in answers a type of its own that inherits from this one."""

    viewer: Viewer | None = strawberry.field(description="Who is signed in now.", default=None)
    access_token: str | None = strawberry.field(
        description="Send it as `Authorization: Bearer TOKEN`; good for 30 minutes.", default=None
    )
    refresh_token: str | None = strawberry.field(
        description=(
            "Exchange it for a new pair with sessionRefresh; again within 30 seconds, for the same "
            "pair. Later it is taken for stolen, and the session ends."
        ),
        default=None,
    )
    expires_at: datetime | None = strawberry.field(
        description="When the access token expires.", default=None
    )

    @classmethod
    def of(cls, signed_in: SignedIn) -> Self:
        """Pack the tokens."""
        return pack(cls, signed_in)


@strawberry.type(description="The answer to staffSignIn.")
class StaffSignInPayload(SignInPayload):
    device: str | None = strawberry.field(
        description=(
            "Keep it on the device for 180 days, also after signing out, and send it with the next "
            "staffSignIn: strangers who try this login can't close it for a device that has one."
        ),
        default=None,
    )


@strawberry.type(description="The answer to the start of a visit.")
class VisitStartPayload(Payload):
    viewer: Viewer | None = strawberry.field(description="The visitor, newly known.", default=None)
    access_token: str | None = strawberry.field(
        description="Send it as `Authorization: Bearer TOKEN`, so that cart and touch are kept.",
        default=None,
    )


@query("Who is asking, as the access token says.")
def viewer(act: Act) -> Viewer:
    return Viewer.of(act.viewer)


@mutation("Sign in one of the staff with a name and a password.")
async def staff_sign_in(
    ports: PeoplePorts,
    act: Act,
    login: Login,
    password: Password,
    device: Device = None,
    code: Code = None,
) -> StaffSignInPayload:
    signed_in = await sign_in.staff_sign_in(ports, act, login, password, device, code)
    return StaffSignInPayload.of(signed_in)


@mutation("Sign in a guide with the code that WeCom gave the mini-program, or a page.")
async def guide_sign_in(
    ports: PeoplePorts,
    act: Act,
    code: LoginCode,
    in_page: Annotated[
        bool,
        strawberry.argument(
            description="Whether the code came with a page that WeCom opened, such as the sidebar."
        ),
    ] = False,
) -> SignInPayload:
    return SignInPayload.of(await sign_in.guide_sign_in(ports, act, code, in_page=in_page))


@mutation("Give an anonymous visitor a token, so that a cart and a touch can be theirs.")
async def visit_start(ports: PeoplePorts, act: Act) -> VisitStartPayload:
    visitor, token = await sign_in.start_visit(ports, act)
    return VisitStartPayload(viewer=Viewer.of(visitor), access_token=token)


@mutation("Exchange a refresh token for a new pair of tokens.")
async def session_refresh(
    ports: PeoplePorts, act: Act, refresh_token: RefreshToken
) -> SignInPayload:
    return SignInPayload.of(await sessions.refresh(ports, act, refresh_token))


@mutation("End the session of a refresh token, its access tokens and sockets too.")
async def sign_out(ports: PeoplePorts, act: Act, refresh_token: RefreshToken) -> None:
    await sessions.sign_out(ports, act, refresh_token)


@mutation("Take in guides: guide_id, name, store_id, wecom_user_id, avatar.")
async def guides_import(
    ports: GuidePorts,
    imports: ImportPorts,
    act: Act,
    file: ImportFile,
    mode: Mode = ImportMode.ALL_OR_NOTHING,
    only_check: OnlyCheck = False,
) -> ImportPayload:
    handed = await hand_in(file, mode, only_check, imports)
    return ImportPayload.of(await import_guides(ports, act, handed), handed)


QUERIES = (viewer,)
MUTATIONS = (
    staff_sign_in,
    guide_sign_in,
    visit_start,
    session_refresh,
    sign_out,
    guides_import,
)
