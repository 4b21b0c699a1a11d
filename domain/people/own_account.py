"""What one does with one's own account: choose a password, change it, have a second factor."""

from dataclasses import replace
from functools import partial

from domain.kernel.records import Subject
from domain.kernel.refusals import Forbidden, NotFound, WrongState
from domain.kernel.versions import risen
from domain.people.accounts import Staff, signed_out
from domain.people.act import Act
from domain.people.invitations import account_invited, require_invited
from domain.people.passwords import hash_password, require_good_password
from domain.people.second_factors import (
    NewSecondFactor,
    new_second_factor,
    require_code,
    seal_of,
)
from domain.people.sessions import SignedIn, start
from domain.people.sign_in import PeoplePorts, proven

RIGHT = "account.keep_own"


async def accept_invitation(ports: PeoplePorts, act: Act, invitation: str, password: str) -> Staff:
    """Choose a password by an invitation, which is good for that once; then sign in with it."""
    found = await ports.staff.by_id(account_invited(invitation))
    staff = require_invited(found, invitation, act.at)
    after = await _with_password(ports, staff, password)
    await _keep(ports, act, "staffInvitationAccept", staff, after)
    return after


async def change_password(
    ports: PeoplePorts, act: Act, current: str, new: str, code: str | None
) -> SignedIn:
    """Change one's own password; all sessions end, and a new one begins here."""
    staff = await _proven(ports, act, current, code, field="current")
    after = await _with_password(ports, staff, new)
    await _keep(ports, act, "staffPasswordChange", staff, after)
    return await start(ports, act, after)


async def begin_second_factor(
    ports: PeoplePorts, act: Act, password: str, code: str | None
) -> NewSecondFactor:
    """Make the secret of a second factor, which is shown this once; it counts once it is confirmed.

    Who has one already proves it by its code, and keeps it until then.
    """
    return await _begun(ports, act, "secondFactorStart", await _proven(ports, act, password, code))


async def confirm_second_factor(ports: PeoplePorts, act: Act, code: str) -> Staff:
    """Show by a code that the app has the secret; from now on signing in takes codes of it."""
    return await _confirmed(ports, act, "secondFactorConfirm", await _own(ports, act), code)


async def enrol(ports: PeoplePorts, act: Act, login: str, password: str) -> NewSecondFactor:
    """Begin to have a second factor without being signed in: some roles can't be without one."""
    staff = await _without_one(ports, act, login, password)
    return await _begun(ports, act, "secondFactorEnrol", staff)


async def confirm_enrolment(
    ports: PeoplePorts, act: Act, login: str, password: str, code: str
) -> Staff:
    """Show by a code that the app has the secret; then sign in with the next."""
    staff = await _without_one(ports, act, login, password)
    return await _confirmed(ports, act, "secondFactorEnrolConfirm", staff, code)


async def stop_second_factor(ports: PeoplePorts, act: Act, password: str, code: str) -> Staff:
    """Sign in without a second factor again."""
    staff = await _proven(ports, act, password, code)
    if staff.role in ports.second_factor_for:
        raise Forbidden("Your role signs in with a second factor; begin another in its place.")
    after = risen(replace(staff, totp=None, totp_asked=None))
    await _keep(ports, act, "secondFactorStop", staff, after)
    return after


async def _without_one(ports: PeoplePorts, act: Act, login: str, password: str) -> Staff:
    """The account of whoever knows its password, which has no second factor yet."""
    staff = await proven(ports, act, login.strip().lower(), password, None)
    if staff.totp is not None:
        raise WrongState("This account has a second factor; sign in with it.")
    return staff


async def _begun(ports: PeoplePorts, act: Act, action: str, staff: Staff) -> NewSecondFactor:
    new = new_second_factor(staff)
    sealed = seal_of(ports.secret).close(new.secret, staff.id)
    await _keep(ports, act, action, staff, risen(replace(staff, totp_asked=sealed)))
    return new


async def _confirmed(ports: PeoplePorts, act: Act, action: str, staff: Staff, code: str) -> Staff:
    if staff.totp_asked is None:
        raise WrongState("Nothing waits to be confirmed; begin a second factor first.")
    await require_code(ports.tallies, act, staff, staff.totp_asked, code, secret=ports.secret)
    after = risen(replace(staff, totp=staff.totp_asked, totp_asked=None))
    await _keep(ports, act, action, staff, after)
    return after


async def _own(ports: PeoplePorts, act: Act) -> Staff:
    act.viewer.require(RIGHT, person=act.viewer.id)
    staff = await ports.staff.by_id(act.viewer.id)
    if staff is None:
        raise NotFound("You have no account with a password here.")
    return staff


async def _proven(
    ports: PeoplePorts, act: Act, password: str, code: str | None, *, field: str = "password"
) -> Staff:
    """One's own account, for whoever proves anew that it is theirs: a token may be stolen."""
    own = await _own(ports, act)
    return await proven(ports, act, own.login, password, code, field=field)


async def _with_password(ports: PeoplePorts, staff: Staff, password: str) -> Staff:
    """The account with another password, and without the sessions that it had."""
    require_good_password(password, staff.login)
    hashed = await ports.hashing.run(partial(hash_password, password))
    return signed_out(replace(staff, password_hash=hashed, invitation=None))


async def _keep(ports: PeoplePorts, act: Act, action: str, before: Staff, after: Staff) -> None:
    await ports.staff.save(after, expected=before.version)
    # By an invitation nobody is signed in yet: it was the account's owner all the same.
    by = replace(act, viewer=after.viewer())
    subject = Subject(kind="staff", id=after.id)
    await ports.records.append(by.record(action, subject, before={}, after={}))
