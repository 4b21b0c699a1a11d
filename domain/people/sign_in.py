"""Signing in, staying signed in, signing out."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from domain.kernel.ids import PersonId
from domain.kernel.ports import Ports
from domain.kernel.refusals import NotFound, TooMany, Unauthenticated
from domain.people.accounts import GuideId, Guides, Member, Members, Person, StaffAccounts
from domain.people.act import Act
from domain.people.passwords import password_matches
from domain.people.tokens import ACCESS_LIFETIME, issue_access_token
from domain.people.viewer import Role, Viewer

SESSION_LIFETIME = timedelta(days=30)
ATTEMPT_WINDOW = timedelta(minutes=15)
MAX_ATTEMPTS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A person who stays signed in; of the refresh token only the SHA-256 is kept."""

    id: str
    person_id: PersonId
    role: Role
    token_hash: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """What a client gets to keep; the access token expires first."""

    viewer: Viewer
    access_token: str
    refresh_token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WechatUser:
    """Who WeChat says stands behind a login code."""

    openid: str
    unionid: str | None


class Sessions(Protocol):
    """Who is signed in."""

    async def add(self, session: Session) -> None:
        """Keep a new session until it expires."""

    async def by_id(self, id: str) -> Session | None:
        """One session."""

    async def rotate(self, id: str, old_hash: str, new_hash: str, expires_at: datetime) -> bool:
        """Exchange the token if it is still the old one; tell whether it was."""

    async def end(self, id: str) -> None:
        """Forget the session."""

    async def count_attempt(self, login: str, expires_at: datetime) -> int:
        """Count one more failed try for a login and tell how many there are in the window."""

    async def attempts(self, login: str, now: datetime) -> int:
        """The failed tries for a login that still count."""


class WechatSignIn(Protocol):
    """WeChat's code2Session; raises Unauthenticated for a bad code, Unavailable when it is busy."""

    async def user(self, code: str) -> WechatUser:
        """Who stands behind the code that the mini-program got."""


class WechatPhones(Protocol):
    """WeChat's getPhoneNumber; raises as WechatSignIn does."""

    async def number(self, code: str) -> str:
        """The phone number that the person agreed to share, without a country code."""


class WecomSignIn(Protocol):
    """WeCom's equivalent, for guides; raises as WechatSignIn does."""

    async def user_id(self, code: str) -> str:
        """The WeCom user id behind the code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePorts(Ports):
    """The ports that signing in needs, and the secret that tokens are signed with."""

    staff: StaffAccounts
    guides: Guides
    members: Members
    sessions: Sessions
    wechat: WechatSignIn
    phones: WechatPhones
    wecom: WecomSignIn
    secret: str


async def staff_sign_in(ports: PeoplePorts, act: Act, login: str, password: str) -> SignedIn:
    """Check a name and a password; ten failures within 15 minutes close the login for a while."""
    login = login.strip().lower()
    if await ports.sessions.attempts(login, act.at) >= MAX_ATTEMPTS:
        raise TooMany("Too many failed tries; wait 15 minutes.", field=["login"])
    staff = await ports.staff.by_login(login)
    if not password_matches(password, staff.password_hash if staff else None) or staff is None:
        await ports.sessions.count_attempt(login, act.at + ATTEMPT_WINDOW)
        raise Unauthenticated("This name and password do not belong together.", field=["login"])
    if not staff.active:
        raise Unauthenticated("This account is closed; ask head office.", field=["login"])
    return await _start(ports, act, staff)


async def guide_sign_in(ports: PeoplePorts, act: Act, code: str) -> SignedIn:
    """Sign in the guide whom WeCom names for this code."""
    user_id = await ports.wecom.user_id(code)
    guide = next(iter(await ports.guides.by_wecom_users([user_id])), None)
    if guide is None or not guide.active:
        raise Unauthenticated("No guide has this WeCom account; ask head office.", field=["code"])
    return await _start(ports, act, guide)


async def member_sign_in(ports: PeoplePorts, act: Act, code: str) -> SignedIn:
    """Sign in the consumer whom WeChat names for this code; the first time, they join.

    Somebody who joined through another of the brand's apps is known by their unionid.
    """
    user = await ports.wechat.user(code)
    member = await ports.members.by_openid(user.openid)
    if member is None and user.unionid:
        member = await ports.members.by_unionid(user.unionid)
    if member is None:
        member = await ports.members.join(
            Member(
                id=PersonId(act.new_id("member")),
                openid=user.openid,
                unionid=user.unionid,
                joined_at=act.at,
            )
        )
    return await _start(ports, act, member)


async def phone_sign_in(ports: PeoplePorts, act: Act, code: str) -> SignedIn:
    """Sign in the member who has the phone number that WeChat tells for this code."""
    member = await ports.members.by_phone(await ports.phones.number(code))
    if member is None:
        raise NotFound(
            "No member has this number; sign in with memberSignIn, then set it.",
            field=["phoneCode"],
        )
    return await _start(ports, act, member)


async def set_phone(ports: PeoplePorts, act: Act, code: str) -> str:
    """Note the phone number that WeChat tells for this code as the member's; the number."""
    act.viewer.require(Role.MEMBER)
    number = await ports.phones.number(code)
    await ports.members.set_phone(act.viewer.id, number)
    return number


async def start_visit(ports: PeoplePorts, act: Act) -> tuple[Viewer, str]:
    """Give an anonymous visitor an id of their own, so that a cart and a touch can be theirs."""
    viewer = Viewer(id=PersonId(act.new_id("visitor")), role=Role.VISITOR)
    return viewer, issue_access_token(viewer, secret=ports.secret, now=act.at)


async def refresh(ports: PeoplePorts, act: Act, refresh_token: str) -> SignedIn:
    """Exchange a refresh token for a new pair.

    A token that was exchanged before may be stolen: the whole session ends then.
    """
    session_id, _, secret = refresh_token.partition(".")
    session = await ports.sessions.by_id(session_id)
    if session is None or session.expires_at <= act.at:
        raise Unauthenticated("This session has ended; sign in again.", field=["refreshToken"])
    person = await _person(ports, session)
    fresh = secrets.token_urlsafe(32)
    expires_at = act.at + SESSION_LIFETIME
    kept = person is not None and await ports.sessions.rotate(
        session.id, _digest(secret), _digest(fresh), expires_at
    )
    if person is None or not kept:
        await ports.sessions.end(session.id)
        raise Unauthenticated("This session has ended; sign in again.", field=["refreshToken"])
    return _signed_in(ports, person.viewer(), session.id, fresh, act.at)


async def sign_out(ports: PeoplePorts, act: Act, refresh_token: str) -> None:
    """End the session of this refresh token; one that has ended already is no error."""
    session_id, _, secret = refresh_token.partition(".")
    session = await ports.sessions.by_id(session_id)
    if session is not None and session.token_hash == _digest(secret):
        await ports.sessions.end(session.id)


async def _person(ports: PeoplePorts, session: Session) -> Person | None:
    """The session's person as they are today; None if they may not sign in any more."""
    person: Person | None
    if session.role is Role.MEMBER:
        return await ports.members.by_id(session.person_id)
    if session.role is Role.GUIDE:
        person = await ports.guides.by_id(GuideId(session.person_id))
    else:
        person = await ports.staff.by_id(session.person_id)
    return person if person is not None and person.active else None


async def _start(ports: PeoplePorts, act: Act, person: Person) -> SignedIn:
    token = secrets.token_urlsafe(32)
    viewer = person.viewer()
    session = Session(
        id=act.new_id("session"),
        person_id=viewer.id,
        role=viewer.role,
        token_hash=_digest(token),
        expires_at=act.at + SESSION_LIFETIME,
    )
    await ports.sessions.add(session)
    return _signed_in(ports, viewer, session.id, token, act.at)


def _signed_in(
    ports: PeoplePorts, viewer: Viewer, session_id: str, token: str, now: datetime
) -> SignedIn:
    return SignedIn(
        viewer=viewer,
        access_token=issue_access_token(viewer, secret=ports.secret, now=now),
        refresh_token=f"{session_id}.{token}",
        expires_at=now + ACCESS_LIFETIME,
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
