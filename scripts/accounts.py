"""Open an account for one of the staff, head office's first one before all; or let one in again.

Works on the database that the environment names, as the service does (MONGODB_URI and so on). The
password is asked for, or read from standard input where that is no terminal.

With --reset, an account that there is loses its password and its second factor and gets an
invitation, which is printed: for head office's own, which nobody else can reset.
"""

import argparse
import asyncio
import getpass
import sys

from domain.kernel.refusals import NotFound, Refusal
from domain.people.act import by_the_clock
from domain.people.staff import (
    STAFF_ROLES,
    NewAccount,
    open_account,
    reopen_account,
    reset_password,
    reset_second_factor,
)
from domain.people.viewer import Role
from qianmian.clock import new_id, now
from qianmian.opening import opened
from qianmian.settings import Settings, SettingsError
from qianmian.wiring.people import operator_ports
from scripts.bootstrap import say, stop
from storage.mongo.kernel.database import DatabaseUnreachable


def main() -> int:
    """Open one account."""
    parser = argparse.ArgumentParser(prog="scripts/accounts", description=__doc__)
    parser.add_argument("login", help="what they sign in with")
    parser.add_argument("--role", type=Role, choices=sorted(STAFF_ROLES), default=Role.HEAD_OFFICE)
    parser.add_argument("--name", default="", help="the person's name; the login if not given")
    parser.add_argument("--store", help="the store's id, for a store manager")
    parser.add_argument("--region", help="the region's id, for a region manager")
    parser.add_argument("--owner", help="the owner's id, for a franchisee")
    parser.add_argument("--department", help="the department that an editor deposits for")
    parser.add_argument("--reset", action="store_true", help="let somebody in again")
    options = parser.parse_args()
    try:
        settings = Settings.from_environment()
        if options.reset:
            print(asyncio.run(reset_on(settings, options.login)))
            return 0
        asyncio.run(open_on(settings, wanted_by(options)))
    except (Refusal, SettingsError, DatabaseUnreachable) as fault:
        stop(str(fault))
    say(f"{options.login} can sign in")
    return 0


def wanted_by(options: argparse.Namespace) -> NewAccount:
    """The account that the arguments describe."""
    return NewAccount(
        login=options.login,
        name=options.name,
        role=options.role,
        password=read_password(),
        store_id=options.store,
        region_id=options.region,
        owner_id=options.owner,
        department=options.department,
    )


def read_password() -> str:
    """Ask twice at a terminal; else take the first line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("password: ")
    if getpass.getpass("once more: ") != password:
        stop("the two differ; nothing was done.")
    return password


async def open_on(settings: Settings, wanted: NewAccount) -> None:
    """Open the account in the database of the settings."""
    async with opened(settings) as base:
        await open_account(operator_ports(base), by_the_clock(now(), new_id), wanted)


async def reset_on(settings: Settings, login: str) -> str | None:
    """Let the owner of an account in again; the invitation with which they choose a password."""
    async with opened(settings) as base:
        ports, act = operator_ports(base), by_the_clock(now(), new_id)
        staff = await ports.staff.by_login(login)
        if staff is None:
            raise NotFound(f"There is no account {login}.")
        await reset_second_factor(ports, act, staff.id)
        reset = reset_password if staff.active else reopen_account
        return (await reset(ports, act, staff.id)).invitation


if __name__ == "__main__":
    raise SystemExit(main())
