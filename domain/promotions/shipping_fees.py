"""What the way to the buyer costs: by destination, and free from an amount on."""

from dataclasses import dataclass

from domain.kernel.money import Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """Division codes by their beginnings, such as 65 for 新疆, and what is asked for them.

    `free_from` is what the goods must cost after offers and coupons, before points.
    """

    prefixes: tuple[str, ...]
    fee: Fen
    free_from: Fen | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingFees:
    """One version of the zones; of those that fit, the one with the longest beginning counts."""

    version: int
    zones: tuple[Zone, ...] = ()

    def zone(self, district: str) -> Zone | None:
        """The zone of a district; None where nothing is asked."""
        fitting = [
            (len(prefix), zone)
            for zone in self.zones
            for prefix in zone.prefixes
            if district.startswith(prefix)
        ]
        return max(fitting, key=lambda one: one[0])[1] if fitting else None


def shipping_fee(zone: Zone | None, goods: Fen) -> Fen:
    """What is asked for goods that cost so much in one parcel or many."""
    if zone is None or (zone.free_from is not None and goods >= zone.free_from):
        return Fen(0)
    return zone.fee
