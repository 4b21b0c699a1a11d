"""Opening and closing the accounts of the staff."""

import re
from dataclasses import dataclass, replace

from domain.kernel.ids import PersonId
from domain.kernel.refusals import Conflict, Invalid, NotFound
from domain.people.accounts import Staff, StaffAccounts
from domain.people.passwords import hash_password
from domain.people.viewer import Role, Viewer

STAFF_ROLES = frozenset(
    {Role.EDITOR, Role.REVIEWER, Role.STORE_MANAGER, Role.HEAD_OFFICE, Role.FEED}
)
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """Who is to sign in with what."""

    login: str
    name: str
    role: Role
    password: str
    store_id: str | None = None
    department: str | None = None


async def open_account(accounts: StaffAccounts, wanted: NewAccount, *, id: PersonId) -> Staff:
    """Open an account, as the operator of the service may; its login must be free."""
    login = wanted.login.strip().lower()
    if not _LOGIN.fullmatch(login):
        raise Invalid("A login has 2 to 40 of a-z, 0-9, dot, hyphen, underline.", field=["login"])
    if wanted.role not in STAFF_ROLES:
        raise Invalid(f"{wanted.role} does not sign in with a password.", field=["role"])
    if (wanted.role is Role.STORE_MANAGER) != (wanted.store_id is not None):
        raise Invalid("A store manager belongs to a store, nobody else does.", field=["storeId"])
    if await accounts.by_login(login) is not None:
        raise Conflict(f"The login {login} is taken; choose another.", field=["login"])
    staff = Staff(
        id=id,
        login=login,
        name=wanted.name.strip() or login,
        role=wanted.role,
        password_hash=hash_password(wanted.password),
        store_id=wanted.store_id,
        department=wanted.department,
    )
    await accounts.save(staff)
    return staff


async def open_account_for(
    accounts: StaffAccounts, viewer: Viewer, wanted: NewAccount, *, id: PersonId
) -> Staff:
    """Open an account for somebody, as head office may."""
    viewer.require(Role.HEAD_OFFICE)
    return await open_account(accounts, wanted, id=id)


async def close_account(accounts: StaffAccounts, viewer: Viewer, id: PersonId) -> Staff:
    """Close an account: no sign-in and no refresh from now on; a token lasts 30 minutes at most."""
    viewer.require(Role.HEAD_OFFICE)
    staff = await accounts.by_id(id)
    if staff is None:
        raise NotFound(f"There is no account {id}.", field=["id"])
    if staff.id == viewer.id:
        raise Invalid("You can't close your own account; ask a colleague.", field=["id"])
    closed = replace(staff, active=False)
    await accounts.save(closed)
    return closed
