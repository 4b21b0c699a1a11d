"""Whose address a request comes from, through the proxies that are trusted to say so."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Proxies:
    """The networks whose X-Forwarded-For is believed."""

    trusted: tuple[Network, ...] = ()

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Proxies":
        """Read addresses and networks such as 10.0.0.0/8; ValueError where one is none."""
        return cls(tuple(ip_network(text.strip()) for text in texts))

    def client_of(self, scope: Mapping[str, Any]) -> str | None:
        """The last address on the way here that is no trusted proxy's; None where none is known."""
        peer = scope.get("client")
        found: str | None = peer[0] if peer else None
        if not self.trusted or found is None:
            return found
        forwarded = b",".join(
            value for name, value in scope["headers"] if name == b"x-forwarded-for"
        )
        for one in reversed(forwarded.decode("latin-1").split(",")):
            if not self._trusts(found):
                break
            address = one.strip()
            if not _is_address(address):
                break
            found = address
        return found

    def _trusts(self, address: str) -> bool:
        return _is_address(address) and any(
            ip_address(address) in network for network in self.trusted
        )


def counted_as(address: str | None) -> str | None:
    """The address as limits count it: one of IPv6 by its /64, which one subscriber has for all."""
    if address is None or not _is_address(address):
        return address
    found = ip_address(address)
    if not isinstance(found, IPv6Address):
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(IPv6Network((int(found) >> 64 << 64, 64)))


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


NOBODY = Proxies()
