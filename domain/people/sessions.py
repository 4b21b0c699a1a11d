"""Staying signed in, and signing out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from domain.kernel.ids import PersonId
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict, Unauthenticated
from domain.people.accounts import GuideId, Guides, Member, Members, Person, Staff, StaffAccounts
from domain.people.act import Act
from domain.people.tokens import (
    ACCESS_LIFETIME,
    issue_access_token,
    read_refresh_token,
    refresh_token_of,
)
from domain.people.viewer import Role, Viewer

SESSION_LIFETIME = timedelta(days=30)
# Two tabs at once, or an answer that was lost: a refresh again within this gives the same pair.
REPEAT_WITHIN = timedelta(seconds=30)
# What is ended is known for longer than any access token of it lasts, on whatever clock.
ENDED_FOR = ACCESS_LIFETIME + timedelta(minutes=5)
MOST_TRIES = 5
SEEN_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A person who stays signed in.

    `generation` is how many pairs of tokens there were, the last one made at `turned_at`. Of
    tokens nothing is kept: they can be told by their signature. `account_version` is that of the
    account when they signed in, 0 for those that have none.
    """

    id: str
    person_id: PersonId
    role: Role
    generation: int
    turned_at: datetime
    expires_at: datetime
    account_version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """What a client gets to keep; the access token expires first."""

    viewer: Viewer
    access_token: str
    refresh_token: str
    expires_at: datetime


class Sessions(Protocol):
    """Who is signed in."""

    async def add(self, session: Session) -> None:
        """Keep a new session until it expires."""

    async def by_id(self, id: str) -> Session | None:
        """One session."""

    async def turn(self, id: str, generation: int, *, at: datetime, expires_at: datetime) -> bool:
        """Go on to the next generation if it is still in this one; tell whether it was."""

    async def end(self, id: str, *, known_until: datetime) -> None:
        """Forget the session, and have every process know until a moment that it ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPorts(Ports):
    """The ports that staying signed in needs, and the secret that tokens are signed with.

    Whoever has a role of `second_factor_for` signs in with a second factor.
    """

    staff: StaffAccounts
    guides: Guides
    members: Members
    sessions: Sessions
    secret: str
    second_factor_for: frozenset[Role]

    def lacks_second_factor(self, staff: Staff) -> bool:
        """Whether somebody has none who must have one; whom a provider vouches for need none."""
        return staff.role in self.second_factor_for and not (staff.totp or staff.sso)


async def start(ports: SessionPorts, act: Act, person: Person) -> SignedIn:
    """Begin a session of a person who has shown who they are."""
    session = Session(
        id=act.new_id("session"),
        person_id=person.viewer().id,
        role=person.viewer().role,
        generation=1,
        turned_at=act.at,
        expires_at=act.at + SESSION_LIFETIME,
        account_version=_version(person),
    )
    await ports.sessions.add(session)
    await _note_seen(ports, act, person)
    return _pair(ports, person, session.id, 1, act.at)


async def refresh(ports: SessionPorts, act: Act, refresh_token: str) -> SignedIn:
    """Exchange a refresh token for a new pair; again within 30 seconds, for the same pair.

    A genuine token that was exchanged before that may be stolen: the whole session ends then. What
    we never gave ends nothing.
    """
    read = read_refresh_token(refresh_token, secret=ports.secret)
    if read is None:
        raise _ended()
    session_id, generation = read
    for _ in range(MOST_TRIES):
        session = await ports.sessions.by_id(session_id)
        if session is None or session.expires_at <= act.at:
            raise _ended()
        person = await _person(ports, session)
        again = session.generation == generation + 1
        if person is None or not (session.generation == generation or again):
            break
        if again and act.at - session.turned_at > REPEAT_WITHIN:
            break
        if again:
            return _pair(ports, person, session.id, session.generation, session.turned_at)
        expires_at = act.at + SESSION_LIFETIME
        if await ports.sessions.turn(session.id, generation, at=act.at, expires_at=expires_at):
            await _note_seen(ports, act, person)
            return _pair(ports, person, session.id, generation + 1, act.at)
    else:
        raise Conflict("This token is being refreshed elsewhere; try again in a moment.")
    await _end(ports, act, session_id)
    raise _ended()


async def sign_out(ports: SessionPorts, act: Act, refresh_token: str) -> None:
    """End the session of this refresh token; one that has ended already is no error."""
    read = read_refresh_token(refresh_token, secret=ports.secret)
    if read is not None:
        await _end(ports, act, read[0])


async def _end(ports: SessionPorts, act: Act, session_id: str) -> None:
    await ports.sessions.end(session_id, known_until=act.at + ENDED_FOR)


async def _person(ports: SessionPorts, session: Session) -> Person | None:
    """The session's person as they are today; None if they may not sign in any more.

    The session of a member who turned out to be another is the other's from then on.
    """
    person: Person | None
    if session.role is Role.MEMBER:
        return await ports.members.live(session.person_id)
    if session.role is Role.GUIDE:
        person = await ports.guides.by_id(GuideId(session.person_id))
    else:
        staff = await ports.staff.by_id(session.person_id)
        ended = staff is not None and session.account_version < staff.sessions_since
        refused = ended or (staff is not None and ports.lacks_second_factor(staff))
        person = None if refused else staff
    return person if person is not None and person.active else None


async def _note_seen(ports: SessionPorts, act: Act, person: Person) -> None:
    """Note, once a day, that a member is about."""
    if isinstance(person, Member):
        seen_at = person.seen_at
        if seen_at is None or act.at - seen_at >= SEEN_EVERY:
            await ports.members.note_seen(person.id, act.at)


def _pair(
    ports: SessionPorts, person: Person, session_id: str, generation: int, made_at: datetime
) -> SignedIn:
    """The pair of a generation, the same whoever makes it."""
    viewer = person.viewer()
    return SignedIn(
        viewer=viewer,
        access_token=issue_access_token(
            viewer,
            secret=ports.secret,
            now=made_at,
            session_id=session_id,
            version=_version(person),
        ),
        refresh_token=refresh_token_of(session_id, generation, secret=ports.secret),
        expires_at=made_at + ACCESS_LIFETIME,
    )


def _version(person: Person) -> int:
    return 0 if isinstance(person, Member) else person.version


def _ended() -> Unauthenticated:
    return Unauthenticated("This session has ended; sign in again.", field=["refreshToken"])
