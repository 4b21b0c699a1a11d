"""Opening an account for one of the staff."""

import re

from domain.people.accounts import Staff, StaffAccounts
from domain.people.passwords import hash_password
from domain.people.viewer import PersonId, Role
from domain.refusals import Conflict, Invalid

STAFF_ROLES = frozenset(
    {Role.EDITOR, Role.REVIEWER, Role.STORE_MANAGER, Role.HEAD_OFFICE, Role.FEED}
)
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")


async def open_account(
    accounts: StaffAccounts,
    *,
    id: PersonId,
    login: str,
    name: str,
    role: Role,
    password: str,
    store_id: str | None = None,
    department: str | None = None,
) -> Staff:
    """Open an account; a store manager needs a store, a login must be free."""
    login = login.strip().lower()
    if not _LOGIN.fullmatch(login):
        raise Invalid("A login has 2 to 40 of a-z, 0-9, dot, hyphen, underline.", field=["login"])
    if role not in STAFF_ROLES:
        raise Invalid(f"{role} does not sign in with a password.", field=["role"])
    if (role is Role.STORE_MANAGER) != (store_id is not None):
        raise Invalid("A store manager belongs to a store, nobody else does.", field=["storeId"])
    if await accounts.by_login(login) is not None:
        raise Conflict(f"The login {login} is taken; choose another.", field=["login"])
    staff = Staff(
        id=id,
        login=login,
        name=name,
        role=role,
        password_hash=hash_password(password),
        store_id=store_id,
        department=department,
    )
    await accounts.save(staff)
    return staff
