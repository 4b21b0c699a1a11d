"""Opening, closing and reopening the accounts of the staff, as head office does."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from domain.kernel.ids import PersonId
from domain.kernel.paging import Page, PageRequest
from domain.kernel.ports import Ports
from domain.kernel.records import Records, Subject
from domain.kernel.refusals import Conflict, Invalid, NotFound, WrongState
from domain.people.accounts import Staff, StaffAccounts, Workplaces, signed_out
from domain.people.act import Act
from domain.people.invitations import invited
from domain.people.passwords import Hashing, hash_password, require_good_password
from domain.people.viewer import CONSUMERS, Role

STAFF_ROLES = frozenset(Role) - CONSUMERS - {Role.GUIDE}
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """Who is to sign in with what; whoever has no password yet is invited to choose one."""

    login: str
    name: str
    role: Role
    password: str | None = None
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
class Invited:
    """An account, and the invitation with which its owner chooses a password, shown this once."""

    staff: Staff
    invitation: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffPorts(Ports):
    """The accounts of the staff, where they can work, and what was done with them.

    `new_secret` makes texts of 43 characters that nobody guesses.
    """

    staff: StaffAccounts
    workplaces: Workplaces
    hashing: Hashing
    records: Records
    new_secret: Callable[[], str]


async def accounts_of(
    ports: StaffPorts, act: Act, role: Role | None, request: PageRequest
) -> Page[Staff]:
    """The accounts, or those of a role, by login; closed ones too."""
    act.viewer.require("staff.keep")
    return await ports.staff.page(role, request)


async def open_account(ports: StaffPorts, act: Act, wanted: NewAccount) -> Invited:
    """Open an account for somebody, as head office may; its login must be free."""
    act.viewer.require("staff.keep")
    login = wanted.login.strip().lower()
    if not _LOGIN.fullmatch(login):
        raise Invalid("A login has 2 to 40 of a-z, 0-9, dot, hyphen, underline.", field=["login"])
    if wanted.role not in STAFF_ROLES:
        raise Invalid(f"{wanted.role} does not sign in with a password.", field=["role"])
    wanted.check_place(ports.workplaces)
    if wanted.password is not None:
        require_good_password(wanted.password, login)
    if await ports.staff.by_login(login) is not None:
        raise Conflict(f"The login {login} is taken; choose another.", field=["login"])
    staff = Staff(
        id=PersonId(act.new_id("staff")),
        login=login,
        name=wanted.name.strip() or login,
        role=wanted.role,
        password_hash=None,
        store_id=wanted.store_id,
        region_id=wanted.region_id,
        owner_id=wanted.owner_id,
        department=wanted.department,
        version=0,
    )
    if wanted.password is None:
        return await _kept_invited(ports, act, "staffOpen", staff)
    hashing = partial(hash_password, wanted.password)
    opened = replace(staff, password_hash=await ports.hashing.run(hashing), version=1)
    await keep_account(ports, act, "staffOpen", staff, opened)
    return Invited(staff=opened, invitation=None)


async def close_account(ports: StaffPorts, act: Act, id: PersonId) -> Staff:
    """Close an account: no sign-in and no refresh any more, and within seconds no token of it."""
    staff = await somebody_else(ports, act, id)
    closed = signed_out(replace(staff, active=False, invitation=None))
    await keep_account(ports, act, "staffClose", staff, closed)
    return closed


async def reopen_account(ports: StaffPorts, act: Act, id: PersonId) -> Invited:
    """Open a closed account again; its owner chooses a new password, by an invitation."""
    staff = await somebody_else(ports, act, id)
    if staff.active:
        raise WrongState(f"The account of {staff.login} is open.", field=["id"])
    return await _kept_invited(ports, act, "staffReopen", staff)


async def reset_password(ports: StaffPorts, act: Act, id: PersonId) -> Invited:
    """Take somebody's password away and end their sessions; they choose another by an invitation.

    An earlier invitation counts no more.
    """
    staff = await somebody_else(ports, act, id)
    if not staff.active:
        raise WrongState(f"The account of {staff.login} is closed; reopen it.", field=["id"])
    return await _kept_invited(ports, act, "staffPasswordReset", staff)


async def reset_second_factor(ports: StaffPorts, act: Act, id: PersonId) -> Staff:
    """Take away the second factor of somebody who has lost it, and end their sessions."""
    staff = await somebody_else(ports, act, id)
    without = signed_out(replace(staff, totp=None, totp_asked=None))
    await keep_account(ports, act, "staffSecondFactorReset", staff, without)
    return without


async def somebody_else(ports: StaffPorts, act: Act, id: PersonId) -> Staff:
    """An account that head office may change, which its own is not."""
    act.viewer.require("staff.keep")
    staff = await ports.staff.by_id(id)
    if staff is None:
        raise NotFound(f"There is no account {id}.", field=["id"])
    if staff.id == act.viewer.id:
        raise Invalid("You can't do this to your own account; ask a colleague.", field=["id"])
    return staff


async def _kept_invited(ports: StaffPorts, act: Act, action: str, before: Staff) -> Invited:
    after, code = invited(before, ports.new_secret(), act.at)
    await keep_account(ports, act, action, before, after)
    return Invited(staff=after, invitation=code)


async def keep_account(
    ports: StaffPorts, act: Act, action: str, before: Staff, after: Staff
) -> None:
    """Write an account over the version before, and record what was done to it."""
    await ports.staff.save(after, expected=before.version)
    subject = Subject(kind="staff", id=after.id)
    known = _values(before) if before.version else {}
    record = act.record(action, subject, before=known, after=_values(after))
    await ports.records.append(record)


def _values(staff: Staff) -> dict[str, object]:
    """What the book of records tells of an account: nothing by which anybody gets in."""
    return {
        "login": staff.login,
        "role": staff.role.value,
        "active": staff.active,
        "password": staff.password_hash is not None,
        "second_factor": staff.totp is not None,
        "single_sign_on": staff.sso,
    }
