"""Opening and closing the accounts of the staff."""

import re
from dataclasses import dataclass, replace
from functools import partial

from domain.kernel.ids import PersonId
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict, Invalid, NotFound
from domain.people.accounts import Staff, StaffAccounts, Workplaces
from domain.people.act import Act
from domain.people.passwords import Hashing, hash_password, require_good_password
from domain.people.viewer import CONSUMERS, Role

STAFF_ROLES = frozenset(Role) - CONSUMERS - {Role.GUIDE}
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """Who is to sign in with what."""

    login: str
    name: str
    role: Role
    password: str
    store_id: str | None = None
    region_id: str | None = None
    owner_id: str | None = None
    department: str | None = None

    def check_place(self, workplaces: Workplaces) -> None:
        """Refuse a role without its place, a place that nobody has, and one too many."""
        places = (
            (Role.STORE_MANAGER, "store", self.store_id, workplaces.has_store),
            (Role.REGION_MANAGER, "region", self.region_id, workplaces.has_region),
            (Role.FRANCHISEE, "owner", self.owner_id, workplaces.has_owner),
        )
        for role, what, place, exists in places:
            field = [f"{what}Id"]
            if (self.role is role) != (place is not None):
                who = role.value.lower().replace("_", " ")
                raise Invalid(f"A {who} has a {what}, nobody else does.", field=field)
            if place is not None and not exists(place):
                raise NotFound(f"There is no {what} {place}; look its id up.", field=field)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffPorts(Ports):
    """The accounts of the staff, and where they can work."""

    staff: StaffAccounts
    workplaces: Workplaces
    hashing: Hashing


async def open_account(ports: StaffPorts, act: Act, wanted: NewAccount) -> Staff:
    """Open an account for somebody, as head office may; its login must be free."""
    act.viewer.require("staff.keep")
    login = wanted.login.strip().lower()
    if not _LOGIN.fullmatch(login):
        raise Invalid("A login has 2 to 40 of a-z, 0-9, dot, hyphen, underline.", field=["login"])
    if wanted.role not in STAFF_ROLES:
        raise Invalid(f"{wanted.role} does not sign in with a password.", field=["role"])
    wanted.check_place(ports.workplaces)
    require_good_password(wanted.password, login)
    if await ports.staff.by_login(login) is not None:
        raise Conflict(f"The login {login} is taken; choose another.", field=["login"])
    staff = Staff(
        id=PersonId(act.new_id("staff")),
        login=login,
        name=wanted.name.strip() or login,
        role=wanted.role,
        password_hash=await ports.hashing.run(partial(hash_password, wanted.password)),
        store_id=wanted.store_id,
        region_id=wanted.region_id,
        owner_id=wanted.owner_id,
        department=wanted.department,
    )
    await ports.staff.save(staff, expected=0)
    return staff


async def close_account(ports: StaffPorts, act: Act, id: PersonId) -> Staff:
    """Close an account: no sign-in and no refresh any more, and within seconds no token of it."""
    act.viewer.require("staff.keep")
    staff = await ports.staff.by_id(id)
    if staff is None:
        raise NotFound(f"There is no account {id}.", field=["id"])
    if staff.id == act.viewer.id:
        raise Invalid("You can't close your own account; ask a colleague.", field=["id"])
    closed = replace(staff, active=False, version=staff.version + 1)
    await ports.staff.save(closed, expected=staff.version)
    return closed
