"""Whether an access token still counts, and for whom.

Its session may have ended, its account have changed, its member have been merged or parted.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from domain.kernel.refusals import Unauthenticated
from domain.people.tokens import AccessToken
from domain.people.viewer import Role, Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What an account lets its owner be just now; `viewer` is None while it is closed.

    Sessions that began in a version before `sessions_since` have ended.
    """

    viewer: Viewer | None
    version: int
    sessions_since: int = 0


class Revocations(Protocol):
    """The accounts of staff and guides and the sessions that ended, as this process has heard.

    It is asked at every request, so it is in memory, and some tenths of a second old.
    """

    def account_of(self, viewer: Viewer) -> Account | None:
        """The viewer's account; None for consumers and for an account that is not known yet."""

    def has_ended(self, session_id: str) -> bool:
        """Whether a session was ended while tokens of it may still be good."""

    def member_of(self, viewer: Viewer) -> Viewer | None:
        """The member whom a viewer's id names, if that has changed while a token may not say so."""

    def listen(self, hear: Callable[[], None]) -> None:
        """Have something called whenever an account or a session has changed."""


def require_unrevoked(revocations: Revocations, token: AccessToken) -> None:
    """Refuse a token of an ended session, or of an account that is closed or another by now.

    One that was made from a newer account than is known here is right.
    """
    if token.session_id is not None and revocations.has_ended(token.session_id):
        raise Unauthenticated("This session has ended; sign in again.")
    account = revocations.account_of(token.viewer)
    if account is None or account.version < token.version:
        return
    if account.viewer is None:
        raise Unauthenticated("This account is closed; ask head office.")
    if token.version < account.sessions_since:
        raise Unauthenticated("This session has ended; sign in again.")
    if replace(account.viewer, name=token.viewer.name) != token.viewer:
        raise Unauthenticated("This account has changed; refresh the token.")


def as_by_now(revocations: Revocations, token: AccessToken) -> AccessToken:
    """The token, of whoever its member is by now.

    Unauthenticated where it was given for two who were parted since: whose it is then is told by
    its session.
    """
    if token.viewer.role is not Role.MEMBER:
        return token
    member = revocations.member_of(token.viewer)
    if member is None:
        return token
    if not set(token.viewer.ids) <= set(member.ids):
        raise Unauthenticated("This account has changed; refresh the token.")
    return replace(token, viewer=member)
