"""What the API is given to work with."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol, TypeVar

from api.kernel.registered import Registered
from domain.kernel.ids import NewId
from domain.kernel.ports import Ports
from domain.mall.reference import ReferenceSource
from domain.people.revocations import Revocations
from domain.people.scopes import StorePlaces

P = TypeVar("P", bound=Ports)


class Heart(Protocol):
    """Knows whether the database answers."""

    @property
    def answers(self) -> bool:
        """Whether it has been heard of lately."""

    @property
    def commits(self) -> bool:
        """Whether a majority of it has lately acknowledged a write."""

    @property
    def clocks(self) -> bool:
        """Whether its clock and this machine's agree."""

    @property
    def reads(self) -> bool:
        """Whether this process can read all that is kept."""

    def staleness_s(self) -> float:
        """How old at most what this process has heard of is; infinite before it has heard."""

    def waiting(
        self, until: float | None = None
    ) -> AbstractAsyncContextManager[Callable[[], None]]:
        """Wait for it for the length of a block; Unavailable where it does not answer.

        What is in memory is answered all the same. Whoever has got from it what they need says so
        by the call that they are given. The block ends `until` a moment of the loop's clock.
        """


@dataclass(frozen=True, kw_only=True)
class World:
    """The ports of the domain made real, one bundle of a kind, the clock and the source of ids.

    `secret` signs access tokens; `public_url` is where the service's own addresses begin. An
    operation has `operation_s` seconds in all. Where operations are `registered`, no others are
    run; without `introspection` nobody is told the schema.
    """

    bundles: tuple[Ports, ...]
    reference: ReferenceSource
    places: StorePlaces
    revocations: Revocations
    heart: Heart
    now: Callable[[], datetime]
    new_id: NewId
    secret: str
    public_url: str
    operation_s: int
    registered: Registered | None
    introspection: bool

    @cached_property
    def ports(self) -> Mapping[type[Ports], Any]:
        """Each bundle of ports by its type."""
        return {type(one): one for one in self.bundles}

    def bundle(self, kind: type[P]) -> P:
        """The bundle of ports of a type, for what is served outside GraphQL."""
        found: P = self.ports[kind]
        return found
