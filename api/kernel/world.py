"""What the API is given to work with."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from domain.kernel.ids import NewId
from domain.kernel.ports import Ports
from domain.mall.reference import ReferenceSource
from domain.people.revocations import Revocations

P = TypeVar("P", bound=Ports)


@dataclass(frozen=True, kw_only=True)
class World:
    """The ports of the domain made real, one bundle of a kind, the clock and the source of ids.

    `secret` signs access tokens; `public_url` is where the service's own addresses begin.
    """

    bundles: tuple[Ports, ...]
    reference: ReferenceSource
    revocations: Revocations
    database_answers: Callable[[], Awaitable[bool]]
    now: Callable[[], datetime]
    new_id: NewId
    secret: str
    public_url: str

    @cached_property
    def ports(self) -> Mapping[type[Ports], Any]:
        """Each bundle of ports by its type."""
        return {type(one): one for one in self.bundles}

    def bundle(self, kind: type[P]) -> P:
        """The bundle of ports of a type, for what is served outside GraphQL."""
        found: P = self.ports[kind]
        return found
