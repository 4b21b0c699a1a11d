"""Showing who one is: by a password, by WeChat, by WeCom, or as an unknown visitor."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Protocol

from domain.kernel.ids import PersonId
from domain.kernel.records import Records
from domain.kernel.refusals import TooMany, Unauthenticated, Unavailable, WrongState
from domain.people.accounts import Staff
from domain.people.act import Act
from domain.people.limits import Limit, Tallies, Tally
from domain.people.passwords import Hashing, password_matches
from domain.people.second_factors import require_code
from domain.people.sessions import SessionPorts, SignedIn, start
from domain.people.tokens import device_of, issue_access_token, issue_device_token
from domain.people.viewer import Role, Viewer

WINDOW = timedelta(minutes=15)
# A device that this login was used on before has tries of its own, whatever strangers do.
BY_DEVICE = Limit(name="sign_in_device", most=10, window=WINDOW)
# A stranger closes a login for their own address alone; many addresses together meet the last.
BY_LOGIN_AND_ADDRESS = Limit(name="sign_in_login_address", most=10, window=WINDOW)
BY_ADDRESS = Limit(name="sign_in_address", most=50, window=WINDOW)
BY_LOGIN = Limit(name="sign_in_login", most=100, window=timedelta(hours=1))
# Many consumers share one address of a mobile carrier.
VISITS = Limit(name="visits", most=300, window=timedelta(minutes=10))


@dataclass(frozen=True, slots=True, kw_only=True)
class WechatUser:
    """Who WeChat says stands behind a login code."""

    openid: str
    unionid: str | None


class WechatSignIn(Protocol):
    """WeChat's code2Session; raises Unauthenticated for a bad code, Unavailable when it is busy."""

    async def user(self, code: str) -> WechatUser:
        """Who stands behind the code that the mini-program got."""


class WechatPhones(Protocol):
    """WeChat's getPhoneNumber; raises as WechatSignIn does."""

    async def number(self, code: str) -> str:
        """The phone number that the person agreed to share, with its country's code."""


class WecomSignIn(Protocol):
    """WeCom's equivalent, for guides; raises as WechatSignIn does."""

    async def user_id(self, code: str) -> str:
        """The WeCom user id behind the code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePorts(SessionPorts):
    """The ports that signing in needs."""

    tallies: Tallies
    hashing: Hashing
    wechat: WechatSignIn
    phones: WechatPhones
    wecom: WecomSignIn
    wecom_pages: WecomSignIn
    records: Records


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffSignedIn(SignedIn):
    """What one of the staff gets to keep; `device` is for the next sign-in on the same device."""

    device: str


async def staff_sign_in(
    ports: PeoplePorts,
    act: Act,
    login: str,
    password: str,
    device: str | None = None,
    code: str | None = None,
) -> StaffSignedIn:
    """Sign in one of the staff who proves whose account it is; see `proven`."""
    login = login.strip().lower()
    known = device_of(device, login, secret=ports.secret, now=act.at)
    staff = await proven(ports, act, login, password, code, device=known)
    if staff.role in ports.second_factor_for and staff.totp is None:
        raise WrongState(
            "Your role signs in with a second factor: begin one with secondFactorEnrol, or use "
            "your brand's single sign-on.",
            field=["code"],
        )
    return await _signed_in_on(ports, act, staff, known or act.new_id("device"))


async def proven(
    ports: PeoplePorts,
    act: Act,
    login: str,
    password: str,
    code: str | None,
    *,
    device: str | None = None,
    field: str = "login",
) -> Staff:
    """Whose a name and a password are, and the code of their second factor where they have one.

    Each try is counted before it is checked, and given back where it was right. Raises TooMany
    where there were too many wrong ones, Unavailable where too many people sign in just now to
    check it. What is refused of the password is told of `field`.
    """
    counted = await _count_try(ports, act, login, device, field)
    staff = await ports.staff.by_login(login)
    hashed = staff.password_hash if staff else None
    try:
        matches = await ports.hashing.run(partial(password_matches, password, hashed))
    except Unavailable:
        await _give_back(ports.tallies, counted)
        raise
    if staff is None or not matches:
        raise Unauthenticated("This name and password do not belong together.", field=[field])
    await _give_back(ports.tallies, counted)
    if not staff.active:
        raise Unauthenticated("This account is closed; ask head office.", field=[field])
    if staff.totp is not None:
        await require_code(ports.tallies, act, staff, staff.totp, code, secret=ports.secret)
    return staff


async def guide_sign_in(
    ports: PeoplePorts, act: Act, code: str, *, in_page: bool = False
) -> SignedIn:
    """Sign in the guide whom WeCom names for a code: a mini-program's, or a page's."""
    platform = ports.wecom_pages if in_page else ports.wecom
    user_id = await platform.user_id(code)
    guide = next(iter(await ports.guides.by_wecom_users([user_id])), None)
    if guide is None or not guide.active:
        raise Unauthenticated("No guide has this WeCom account; ask head office.", field=["code"])
    return await start(ports, act, guide)


async def start_visit(ports: PeoplePorts, act: Act) -> tuple[Viewer, str]:
    """Give an anonymous visitor an id of their own, so that a cart and a touch can be theirs.

    Raises TooMany where very many come from one address.
    """
    if act.address is not None and not await ports.tallies.count(VISITS.tally(act.at, act.address)):
        raise TooMany("Very many visits begin at your address; try again in ten minutes.")
    viewer = Viewer(id=PersonId(act.new_id("visitor")), role=Role.VISITOR)
    return viewer, issue_access_token(viewer, secret=ports.secret, now=act.at)


async def _count_try(
    ports: PeoplePorts, act: Act, login: str, device: str | None, field: str
) -> tuple[Tally, ...]:
    """Count a try before it is checked; the counts that it is in, TooMany where one is full."""
    if device is not None:
        own = BY_DEVICE.tally(act.at, login, device)
        if await ports.tallies.count(own):
            return (own,)
    limited = [(BY_LOGIN.tally(act.at, login), "for this name")]
    if act.address is not None:
        # The narrowest first: what it refuses counts in none of the others.
        limited = [
            (BY_LOGIN_AND_ADDRESS.tally(act.at, login, act.address), "for this name"),
            (BY_ADDRESS.tally(act.at, act.address), "from your address"),
            *limited,
        ]
    counted: list[Tally] = []
    for tally, ours in limited:
        if not await ports.tallies.count(tally):
            await _give_back(ports.tallies, counted)
            raise TooMany(
                f"Too many failed tries {ours}; wait, or sign in on a device that you have used.",
                field=[field],
            )
        counted.append(tally)
    return tuple(counted)


async def _give_back(tallies: Tallies, counted: Iterable[Tally]) -> None:
    for tally in counted:
        await tallies.give_back(tally)


async def _signed_in_on(ports: PeoplePorts, act: Act, staff: Staff, device: str) -> StaffSignedIn:
    signed_in = await start(ports, act, staff)
    token = issue_device_token(staff.login, id=device, secret=ports.secret, now=act.at)
    return StaffSignedIn(
        viewer=signed_in.viewer,
        access_token=signed_in.access_token,
        refresh_token=signed_in.refresh_token,
        expires_at=signed_in.expires_at,
        device=token,
    )
