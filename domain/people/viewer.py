"""Who is asking, and what they may touch."""

from dataclasses import dataclass
from enum import StrEnum

from domain.kernel.ids import PersonId
from domain.kernel.refusals import Forbidden, Unauthenticated


class Role(StrEnum):
    """What somebody is to the brand."""

    VISITOR = "VISITOR"
    MEMBER = "MEMBER"
    GUIDE = "GUIDE"
    EDITOR = "EDITOR"
    REVIEWER = "REVIEWER"
    STORE_MANAGER = "STORE_MANAGER"
    HEAD_OFFICE = "HEAD_OFFICE"
    FEED = "FEED"


CONSUMERS = frozenset({Role.VISITOR, Role.MEMBER})
CONTENT_TEAM = frozenset({Role.EDITOR, Role.REVIEWER, Role.HEAD_OFFICE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """The person behind a request, with the scope that their access token carries.

    An anonymous visitor has an empty id until they are given a visitor's token.
    """

    id: PersonId
    role: Role
    name: str = ""
    store_id: str | None = None
    region_id: str | None = None
    department: str | None = None

    def require(self, *roles: Role) -> None:
        """Refuse everybody who has none of these roles."""
        if self.role in roles:
            return
        if not self.id:
            raise Unauthenticated("Sign in first.")
        wanted = " or ".join(role.value.lower().replace("_", " ") for role in roles)
        raise Forbidden(f"Only {wanted} may do this; sign in as one.")

    def require_known(self) -> None:
        """Refuse a visitor who carries no token at all."""
        if not self.id:
            raise Unauthenticated("Sign in first, or start a visit to get a visitor's token.")

    def require_store(self, store_id: str) -> None:
        """Refuse everybody but head office and the store's own people."""
        if self.role is Role.HEAD_OFFICE:
            return
        self.require(Role.STORE_MANAGER, Role.GUIDE)
        if self.store_id != store_id:
            raise Forbidden(f"You belong to store {self.store_id}, not to {store_id}.")


ANONYMOUS = Viewer(id=PersonId(""), role=Role.VISITOR)
