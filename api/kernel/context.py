"""What a resolver is given of the request that it serves."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, TypeVar, cast

import strawberry
from strawberry.dataloader import DataLoader

from api.kernel.world import World
from domain.kernel.ports import Ports
from domain.kernel.refusals import Unauthenticated
from domain.people.act import Act
from domain.people.keys import KeyPorts, is_key, token_of_key
from domain.people.revocations import as_by_now, require_unrevoked
from domain.people.tokens import AccessToken, read_access_token, require_unexpired
from domain.people.viewer import ANONYMOUS, Viewer

P = TypeVar("P", bound=Ports)
K = TypeVar("K")
V = TypeVar("V")


class Load:
    """Loads things that many resolvers of one request want by their keys, all of them together.

    It takes a use case that answers many keys at once: `await load(assets_shown, asset_id)`.
    """

    def __init__(self, ports: Mapping[type[Ports], Any], act: Act) -> None:
        self._ports = ports
        self._act = act
        self._loaders: dict[Any, DataLoader[Any, Any]] = {}

    async def __call__(
        self, use_case: Callable[[P, Act, Sequence[K]], Awaitable[Mapping[K, V]]], key: K
    ) -> V | None:
        """What the use case answers for a key; None where it has nothing of it."""
        found: V | None = await self._loader(use_case).load(key)
        return found

    async def many(
        self,
        use_case: Callable[[P, Act, Sequence[K]], Awaitable[Mapping[K, V]]],
        keys: Sequence[K],
    ) -> Mapping[K, V]:
        """What the use case answers for some keys; without those that it has nothing of."""
        found = await self._loader(use_case).load_many(list(keys))
        return {key: one for key, one in zip(keys, found, strict=True) if one is not None}

    def _loader(
        self, use_case: Callable[[P, Act, Sequence[K]], Awaitable[Mapping[K, V]]]
    ) -> DataLoader[K, V | None]:
        if use_case not in self._loaders:
            ports = self._ports[_ports_of(use_case)]

            async def together(keys: list[K]) -> list[V | None]:
                found = await use_case(ports, self._act, keys)
                return [found.get(one) for one in keys]

            self._loaders[use_case] = DataLoader(load_fn=together)
        loader: DataLoader[K, V | None] = self._loaders[use_case]
        return loader


@cache
def _ports_of(use_case: Any) -> type[Ports]:
    """The bundle that a use case takes first."""
    first = next(iter(inspect.signature(use_case, eval_str=True).parameters.values()))
    kind: type[Ports] = first.annotation
    return kind


class _Unknown:
    """Stands where a viewer would; whatever is asked of it fails."""

    def __getattribute__(self, name: str) -> Any:
        raise LookupError("what is the same for everybody can't know who asks")


_UNKNOWN = cast("Viewer", _Unknown())


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One request: who asks and when, by which token, and the ports to answer from.

    What waits for the database ends `until` a moment of the loop's clock.
    """

    world: World
    act: Act
    token: AccessToken | None
    request_id: str
    load: Load
    until: float

    @property
    def viewer(self) -> Viewer:
        """Who asks."""
        return self.act.viewer

    @property
    def now(self) -> datetime:
        """When."""
        return self.act.at

    def again(self) -> "Context":
        """The same request with nothing loaded yet."""
        return replace(self, load=Load(self.world.ports, self.act))

    def without_viewer(self) -> "Context":
        """The same request for resolvers that can't know who asks."""
        act = Act(viewer=_UNKNOWN, at=self.act.at, new_id=self.act.new_id)
        return replace(self, act=act, token=None, load=Load(self.world.ports, act))


def context_of(
    world: World, token: AccessToken | None, request_id: str, address: str | None
) -> Context:
    """The context of one operation, with a moment and loaders of its own."""
    act = _act(world, token, address)
    return Context(
        world=world,
        act=act,
        token=token,
        request_id=request_id,
        load=Load(world.ports, act),
        until=asyncio.get_running_loop().time() + world.operation_s,
    )


def act_of(world: World, authorization: str | None = None) -> Act:
    """What a request outside GraphQL does, for whoever its Authorization header names."""
    return _act(world, token_of(world, authorization))


def _act(world: World, token: AccessToken | None, address: str | None = None) -> Act:
    viewer = replace(token.viewer, places=world.places) if token else ANONYMOUS
    return Act(viewer=viewer, at=world.now(), new_id=world.new_id, address=address)


Info = strawberry.Info[Context, None]


def token_of(world: World, authorization: str | None) -> AccessToken | None:
    """Read the token of an Authorization header; None for an anonymous asker.

    Raises Unauthenticated for one that does not count, or not any more.
    """
    if not authorization:
        return None
    scheme, _, text = authorization.partition(" ")
    if scheme.lower() != "bearer" or not text:
        raise Unauthenticated("Send the access token as `Authorization: Bearer TOKEN`.")
    token = read_access_token(text.strip(), secret=world.secret, now=world.now())
    require_unrevoked(world.revocations, token)
    return as_by_now(world.revocations, token)


async def asker_of(world: World, authorization: str | None) -> AccessToken | None:
    """Who sends an Authorization header with a request: a token as `token_of` has it, or a key.

    Raises Unavailable where the database, which is asked for each key, does not answer.
    """
    scheme, _, text = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not is_key(text.strip()):
        return token_of(world, authorization)
    async with world.heart.waiting():
        return await token_of_key(world.bundle(KeyPorts).keys, text.strip(), world.now())


def require_good(world: World, token: AccessToken | None) -> None:
    """Refuse a token, read before, that has expired or ended meanwhile."""
    if token is not None:
        require_unexpired(token, world.now())
        require_unrevoked(world.revocations, token)
        if as_by_now(world.revocations, token).viewer != token.viewer:
            raise Unauthenticated("This account has changed; refresh the token.")
