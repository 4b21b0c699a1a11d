"""Who is asking, and what they may touch."""

from dataclasses import dataclass, field
from typing import Unpack

from domain.kernel.ids import PersonId
from domain.kernel.refusals import Forbidden, Unauthenticated
from domain.people.actions import RIGHTS
from domain.people.rights import Right
from domain.people.roles import ANONYMOUS_ROLE, CONSUMERS, CONTENT_TEAM, Role
from domain.people.scopes import NOWHERE, About, Scope, StorePlaces

__all__ = ["ANONYMOUS", "CONSUMERS", "CONTENT_TEAM", "Role", "Viewer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """The person behind a request, with the scope that their access token carries.

    An anonymous visitor has an empty id until they are given a visitor's token. `places` tells
    which stores are in a region manager's region and which are a franchisee's. Who asks with a key
    may do the `actions` that it is for, with what is its store's, owner's or `channel`'s where it
    is bounded so, beside what anybody may. A member is also whoever was merged into them: `also`.
    """

    id: PersonId
    role: Role
    name: str = ""
    store_id: str | None = None
    region_id: str | None = None
    owner_id: str | None = None
    department: str | None = None
    channel: str | None = None
    actions: frozenset[str] | None = None
    also: tuple[PersonId, ...] = ()
    places: StorePlaces = field(default=NOWHERE, compare=False, repr=False)

    @property
    def ids(self) -> tuple[PersonId, ...]:
        """All ids that are theirs, the one by which they act first."""
        return self.id, *self.also

    def may(self, action: str, **about: Unpack[About]) -> bool:
        """Whether the table lets them do something, with what they say it is about.

        About nothing, whether they may do it with anything at all.
        """
        return self._may(RIGHTS[action], about)

    def require(self, action: str, **about: Unpack[About]) -> None:
        """Refuse whoever may not."""
        self._require(RIGHTS[action], about)

    def require_operation(self, operation: str) -> None:
        """Refuse whoever may not use a field of the API at all."""
        self._require(RIGHTS.of_operation(operation), {})

    def _may(self, right: Right, about: About) -> bool:
        scopes = self._scopes(right)
        return bool(scopes) and (not about or any(self._reaches(one, about) for one in scopes))

    def _require(self, right: Right, about: About) -> None:
        if self._may(right, about):
            return
        if self._scopes(right):
            raise Forbidden(self._elsewhere(about))
        if self.actions is not None:
            raise Forbidden(f"This key is not for {right.action}; ask head office for one that is.")
        if not self.id:
            visit = ", or start a visit to get a visitor's token" * right.lets(Role.VISITOR)
            raise Unauthenticated(f"Sign in first{visit}.")
        if not right.reach:
            raise Forbidden(f"Nobody may do {right.action}: add it to domain/people/actions.py.")
        wanted = " or ".join(role.value.lower().replace("_", " ") for role in right.roles)
        raise Forbidden(f"Only {wanted} may do this; sign in as one.")

    def _scopes(self, right: Right) -> frozenset[Scope]:
        """How far something goes for them."""
        scopes = right.scopes(self._asker)
        if self.actions is None or right.lets(ANONYMOUS_ROLE):
            return scopes
        if right.action not in self.actions:
            return frozenset()
        bounded = any((self.store_id, self.owner_id, self.channel))
        return scopes - {Scope.ALL} if bounded else scopes & {Scope.ALL}

    @property
    def _asker(self) -> str:
        return self.role if self.id else ANONYMOUS_ROLE

    def _reaches(self, scope: Scope, about: About) -> bool:
        """Whether something is within a scope of theirs."""
        store = about.get("store")
        match scope:
            case Scope.OWN:
                return bool(self.id) and about.get("person") in self.ids
            case Scope.BONDED:
                return bool(self.id) and about.get("guide") == self.id
            case Scope.STORE:
                return store is not None and store == self.store_id
            case Scope.REGION:
                place = self.places.place_of(store) if store else None
                region = place.region_id if place else about.get("region")
                return region is not None and region == self.region_id
            case Scope.OWNER:
                place = self.places.place_of(store) if store else None
                owner = place.owner_id if place else about.get("owner")
                return owner is not None and owner == self.owner_id
            case Scope.CHANNEL:
                return self.channel is not None and about.get("channel") == self.channel
            case Scope.DEPARTMENT:
                department = about.get("department")
                known = self.department is None or department is None
                return known or str(department).upper() == str(self.department).upper()
            case Scope.ALL:
                return True

    def _elsewhere(self, about: About) -> str:
        """Why something is out of their scope."""
        store = about.get("store")
        if self.channel is not None:
            return f"This key is for the channel {self.channel} alone."
        if store is None:
            return "This is not yours; ask whose it is, or head office."
        if self.owner_id is not None:
            return f"Store {store} is none of yours, of owner {self.owner_id}."
        if self.region_id is not None and self.store_id is None:
            return f"Store {store} is not in your region {self.region_id}."
        return f"You belong to store {self.store_id}, not to {store}."


ANONYMOUS = Viewer(id=PersonId(""), role=Role.VISITOR)
