"""Ports that end the process that uses them."""


class Crash(BaseException):
    """The process ended here, whatever it would have caught."""


class Crashing:
    """A port whose method ends the process, before or after it has done its work."""

    def __init__(self, port, method: str, *, after: bool) -> None:
        self._port, self._method, self._after = port, method, after

    def __getattr__(self, name: str):
        if name != self._method:
            return getattr(self._port, name)

        async def crash(*args, **kwargs):
            if self._after:
                await getattr(self._port, name)(*args, **kwargs)
            raise Crash

        return crash


class WithLedger:
    """Pools with another ledger, such as one that crashes."""

    def __init__(self, pools, ledger) -> None:
        self._pools, self.ledger = pools, ledger

    def __getattr__(self, name: str):
        return getattr(self._pools, name)


def crashing_ledger(pools, method: str, *, after: bool) -> WithLedger:
    """Pools whose ledger ends the process at a step of applying once."""
    return WithLedger(pools, Crashing(pools.ledger, method, after=after))
