"""Ports that end the process that uses them, or let it sleep for a while."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator


class Crash(BaseException):
    """The process ended here, whatever it would have caught."""


class Crashing:
    """A port whose method ends the process, before or after it has done its work.

    So many calls before that do their work and nothing else.
    """

    def __init__(self, port, method: str, *, after: bool, spared: int = 0) -> None:
        self._port, self._method, self._after, self._spared = port, method, after, spared

    def __getattr__(self, name: str):
        if name != self._method:
            return getattr(self._port, name)

        async def crash(*args, **kwargs):
            if self._spared:
                self._spared -= 1
                return await getattr(self._port, name)(*args, **kwargs)
            if self._after:
                await getattr(self._port, name)(*args, **kwargs)
            raise Crash

        return crash


class Sleeping:
    """A port whose method sleeps before it does its work, until it is woken."""

    def __init__(self, port, method: str) -> None:
        self._port, self._method = port, method
        self.asleep, self.woken = asyncio.Event(), asyncio.Event()

    def __getattr__(self, name: str):
        if name != self._method:
            return getattr(self._port, name)

        async def sleep(*args, **kwargs):
            self.asleep.set()
            await self.woken.wait()
            return await getattr(self._port, name)(*args, **kwargs)

        return sleep


class WithLedger:
    """Pools with another ledger, such as one that crashes."""

    def __init__(self, pools, ledger) -> None:
        self._pools, self.ledger = pools, ledger

    def __getattr__(self, name: str):
        return getattr(self._pools, name)


def crashing_ledger(pools, method: str, *, after: bool, spared: int = 0) -> WithLedger:
    """Pools whose ledger ends the process at a step of applying once."""
    return WithLedger(pools, Crashing(pools.ledger, method, after=after, spared=spared))


async def while_one_sleeps(pools, method: str, ask: Callable[..., Awaitable[object]]) -> None:
    """Ask once with pools whose ledger sleeps before a step, once more meanwhile, then wake it."""
    ledger = Sleeping(pools.ledger, method)
    first = asyncio.ensure_future(ask(WithLedger(pools, ledger)))
    sleeps = asyncio.ensure_future(ledger.asleep.wait())
    await asyncio.wait([first, sleeps], return_when=asyncio.FIRST_COMPLETED)
    sleeps.cancel()
    await ask(pools)
    ledger.woken.set()
    await first


class KilledError(Exception):
    """The process ended here."""


class Mortal:
    """Ends the process at one of the moments before and after each call of its ports.

    `moments` is how many it lives through; once it has died, its ports work again, or if it is
    `gone` do nothing any more, whoever of its tasks still asks.
    """

    def __init__(self, moments: int, *, gone: bool = False) -> None:
        self._left, self._gone = moments, gone

    def port(self, port):
        """A port as this process has it."""
        mortal = self

        class Dying:
            def __getattr__(self, name: str):
                method = getattr(port, name)

                async def call(*args, **kwargs):
                    mortal._pass()
                    done = await method(*args, **kwargs)
                    mortal._pass()
                    return done

                return call

        return Dying()

    def _pass(self) -> None:
        self._left -= 1
        if self._left == 0 or (self._gone and self._left < 0):
            raise KilledError


@contextlib.contextmanager
def dying() -> Iterator[None]:
    """Work in which a process may die; whatever else goes wrong in it is a fault."""
    try:
        yield
    except* KilledError:
        pass


def a_life(moments: int) -> Mortal:
    """The life of a process that ends after so many moments, or with 0 not at all."""
    return Mortal(moments or 10**9, gone=True)
