"""Signing in."""

from datetime import datetime
from typing import Annotated, Self

import strawberry

from api.kernel.context import Info
from api.kernel.imports import ImportFile, ImportPayload, Mode, read_upload
from api.kernel.payloads import Payload, mutation
from domain.kernel.ids import PersonId
from domain.kernel.tables import ImportMode
from domain.mall.consumers.merging import recognise
from domain.people import accounts, sign_in
from domain.people.guides import import_guides
from domain.people.staff import NewAccount, close_account, open_account_for
from domain.people.viewer import Role
from domain.people.viewer import Viewer as ViewerValue

Login = Annotated[str, strawberry.argument(description="The account's name, in any case.")]
Password = Annotated[str, strawberry.argument(description="The account's password.")]
LoginCode = Annotated[
    str, strawberry.argument(description="The code that the mini-program got; it works once.")
]
RefreshToken = Annotated[
    str, strawberry.argument(description="The refresh token of the newest pair.")
]


@strawberry.type(description="Who is asking.")
class Viewer:
    id: strawberry.ID = strawberry.field(description="The person's id; empty for an anonymous one.")
    role: Role = strawberry.field(description="What they are to the brand.")
    name: str = strawberry.field(description="Their name; empty where we know none.")
    store_id: strawberry.ID | None = strawberry.field(
        description="The store that they work in; null for people of no store."
    )
    department: str | None = strawberry.field(
        description="The department that they deposit content for; null for others."
    )

    @classmethod
    def of(cls, viewer: ViewerValue) -> "Viewer":
        """Pack a viewer."""
        return cls(
            id=strawberry.ID(viewer.id),
            role=viewer.role,
            name=viewer.name,
            store_id=strawberry.ID(viewer.store_id) if viewer.store_id else None,
            department=viewer.department,
        )


@strawberry.type
class SignInPayload(Payload):
    """Each way of signing in has a payload of its own that inherits from this one."""

    viewer: Viewer | None = strawberry.field(description="Who is signed in now.", default=None)
    access_token: str | None = strawberry.field(
        description="Send it as `Authorization: Bearer TOKEN`; good for 30 minutes.", default=None
    )
    refresh_token: str | None = strawberry.field(
        description="Exchange it once for a new pair with sessionRefresh.", default=None
    )
    expires_at: datetime | None = strawberry.field(
        description="When the access token expires.", default=None
    )

    @classmethod
    def of(cls, signed_in: sign_in.SignedIn) -> Self:
        """Pack the tokens."""
        return cls(
            viewer=Viewer.of(signed_in.viewer),
            access_token=signed_in.access_token,
            refresh_token=signed_in.refresh_token,
            expires_at=signed_in.expires_at,
        )


@strawberry.type(description="The answer to a sign-in of staff.")
class StaffSignInPayload(SignInPayload):
    pass


@strawberry.type(description="The answer to a sign-in of a guide.")
class GuideSignInPayload(SignInPayload):
    pass


@strawberry.type(description="The answer to a sign-in of a consumer.")
class MemberSignInPayload(SignInPayload):
    pass


@strawberry.type(description="The answer to a refresh of a session.")
class SessionRefreshPayload(SignInPayload):
    pass


@strawberry.type(description="The answer to the start of a visit.")
class VisitStartPayload(Payload):
    viewer: Viewer | None = strawberry.field(description="The visitor, newly known.", default=None)
    access_token: str | None = strawberry.field(
        description="Send it as `Authorization: Bearer TOKEN`, so that cart and touch are kept.",
        default=None,
    )


@strawberry.type(description="The answer to a sign-out.")
class SignOutPayload(Payload):
    pass


@strawberry.type(description="Somebody who signs in with a name and a password.")
class Staff:
    id: strawberry.ID = strawberry.field(description="The person's id.")
    login: str = strawberry.field(description="What they sign in with.")
    name: str = strawberry.field(description="Their name.")
    role: Role = strawberry.field(description="What they may do.")
    active: bool = strawberry.field(description="Whether they may sign in.")

    @classmethod
    def of(cls, staff: accounts.Staff) -> "Staff":
        """Pack an account."""
        return cls(
            id=strawberry.ID(staff.id),
            login=staff.login,
            name=staff.name,
            role=staff.role,
            active=staff.active,
        )


@strawberry.input(description="An account to open.")
class StaffInput:
    login: str = strawberry.field(description="2 to 40 of a-z, 0-9, dot, hyphen and underline.")
    name: str = strawberry.field(description="The person's name.")
    role: Role = strawberry.field(description="What they may do.")
    password: str = strawberry.field(description="At least 10 characters.")
    store_id: strawberry.ID | None = strawberry.field(
        description="The store of a store manager; null for everybody else.", default=None
    )
    department: str | None = strawberry.field(
        description="The department that an editor deposits content for.", default=None
    )


@strawberry.type(description="The answer to the opening of an account.")
class StaffOpenPayload(Payload):
    staff: Staff | None = strawberry.field(description="The new account.", default=None)


@strawberry.type(description="The answer to the closing of an account.")
class StaffClosePayload(Payload):
    staff: Staff | None = strawberry.field(description="The closed account.", default=None)


@strawberry.type(description="The answer to an import of guides.")
class GuidesImportPayload(ImportPayload):
    pass


@strawberry.type
class PeopleQuery:
    @strawberry.field(description="Who is asking, as the access token says.")
    def viewer(self, info: Info) -> Viewer:
        return Viewer.of(info.context.viewer)


@strawberry.type
class PeopleMutation:
    @mutation("Sign in one of the staff with a name and a password.")
    async def staff_sign_in(
        self, info: Info, login: Login, password: Password
    ) -> StaffSignInPayload:
        context = info.context
        people = context.world.people
        return StaffSignInPayload.of(
            await sign_in.staff_sign_in(
                people, login, password, now=context.now, new_id=context.world.new_id
            )
        )

    @mutation("Sign in a guide with the code that WeCom gave the mini-program.")
    async def guide_sign_in(self, info: Info, code: LoginCode) -> GuideSignInPayload:
        context = info.context
        return GuideSignInPayload.of(
            await sign_in.guide_sign_in(
                context.world.people, code, now=context.now, new_id=context.world.new_id
            )
        )

    @mutation(
        "Sign in a consumer with the code that wx.login gave; the first time, they join. Sent with "
        "a visitor's token, all that the visitor did is the member's from here on."
    )
    async def member_sign_in(self, info: Info, code: LoginCode) -> MemberSignInPayload:
        context = info.context
        signed_in = await sign_in.member_sign_in(
            context.world.people, code, now=context.now, new_id=context.world.new_id
        )
        await recognise(context.world.consumer_desk, context.viewer, signed_in.viewer)
        return MemberSignInPayload.of(signed_in)

    @mutation("Give an anonymous visitor a token, so that a cart and a touch can be theirs.")
    async def visit_start(self, info: Info) -> VisitStartPayload:
        context = info.context
        viewer, token = sign_in.start_visit(
            secret=context.world.people.secret, now=context.now, new_id=context.world.new_id
        )
        return VisitStartPayload(viewer=Viewer.of(viewer), access_token=token)

    @mutation("Exchange a refresh token for a new pair of tokens.")
    async def session_refresh(
        self, info: Info, refresh_token: RefreshToken
    ) -> SessionRefreshPayload:
        context = info.context
        return SessionRefreshPayload.of(
            await sign_in.refresh(context.world.people, refresh_token, now=context.now)
        )

    @mutation("Open an account for one of the staff; for head office.")
    async def staff_open(
        self,
        info: Info,
        input: Annotated[StaffInput, strawberry.argument(description="Whom to open it for.")],
    ) -> StaffOpenPayload:
        world = info.context.world
        if input.store_id is not None:
            world.reference.now().store(input.store_id)
        staff = await open_account_for(
            world.people.staff,
            info.context.viewer,
            NewAccount(**vars(input)),
            id=PersonId(world.new_id("staff")),
        )
        return StaffOpenPayload(staff=Staff.of(staff))

    @mutation("Close an account: its owner can't sign in any more; for head office.")
    async def staff_close(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The account's id.")],
    ) -> StaffClosePayload:
        context = info.context
        closed = await close_account(context.world.people.staff, context.viewer, PersonId(id))
        return StaffClosePayload(staff=Staff.of(closed))

    @mutation("Take in guides: guide_id, name, store_id, wecom_user_id, avatar.")
    async def guides_import(
        self, info: Info, file: ImportFile, mode: Mode = ImportMode.ALL_OR_NOTHING
    ) -> GuidesImportPayload:
        context = info.context
        name, data = await read_upload(file)
        report = await import_guides(
            context.world.people.guides,
            context.viewer,
            name,
            data,
            mode=mode,
            store_ids=context.world.reference.now().stores.keys(),
            pictures=context.world.assets.assets,
        )
        return GuidesImportPayload.of(report, mode)

    @mutation("End the session of a refresh token.")
    async def sign_out(self, info: Info, refresh_token: RefreshToken) -> SignOutPayload:
        await sign_in.sign_out(info.context.world.people, refresh_token)
        return SignOutPayload()
