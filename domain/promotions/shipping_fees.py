"""What the way to the buyer costs: by destination and weight, and free from an amount on."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from domain.kernel.money import Fen
from domain.kernel.refusals import Invalid, Refusal, refuse_all
from domain.kernel.within import Within

FEES_ID = "shipping_fees"
MOST_ZONES = 100
# ¥1,000 for an order's way is a slip of the keys.
MOST_FEE = 100_000
_FEE = Within(0, MOST_FEE)
_GRAMS = Within(0, 1_000_000)
_STEP = Within(100, 1_000_000)
_PREFIX = re.compile(r"[0-9]{0,6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heavier:
    """What is asked beyond so many grams: a fee for each step that is begun."""

    beyond_g: int
    step_g: int
    fee: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """Division codes of GB/T 2260 by their beginnings, such as 65 for 新疆; "" is everywhere.

    `free_from` is what the goods must cost after offers and coupons, before points.
    """

    prefixes: tuple[str, ...]
    fee: Fen
    free_from: Fen | None = None
    heavier: Heavier | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingFees:
    """One version of the zones; of those that fit, the one with the longest beginning counts."""

    id: str = FEES_ID
    version: int = 0
    zones: tuple[Zone, ...] = ()

    def __post_init__(self) -> None:
        """Refuse zones that mean nothing, or of which two are meant."""
        refuse_all(_faults(self.zones))

    def zone(self, district: str) -> Zone | None:
        """The zone of a district; None where nothing is asked."""
        fitting = [
            (len(prefix), zone)
            for zone in self.zones
            for prefix in zone.prefixes
            if district.startswith(prefix)
        ]
        return max(fitting, key=lambda one: one[0])[1] if fitting else None


def shipping_fee(zone: Zone | None, goods: Fen, weight_g: int = 0) -> Fen:
    """What is asked for goods that cost and weigh so much, in one parcel or many."""
    if zone is None or (zone.free_from is not None and goods >= zone.free_from):
        return Fen(0)
    if zone.heavier is None:
        return zone.fee
    steps = -(-max(0, weight_g - zone.heavier.beyond_g) // zone.heavier.step_g)
    return Fen(min(MOST_FEE, zone.fee + steps * zone.heavier.fee))


def _faults(zones: tuple[Zone, ...]) -> Iterator[Refusal]:
    if len(zones) > MOST_ZONES:
        yield Invalid(f"Give at most {MOST_ZONES} zones.", field=["zones"])
    seen: set[str] = set()
    for i, zone in enumerate(zones):
        path = ["zones", str(i)]
        _FEE.read(zone.fee, [*path, "feeFen"])
        if heavier := zone.heavier:
            _GRAMS.read(heavier.beyond_g, [*path, "heavier", "beyondG"])
            _STEP.read(heavier.step_g, [*path, "heavier", "stepG"])
            _FEE.read(heavier.fee, [*path, "heavier", "feeFen"])
        for prefix in zone.prefixes:
            if not _PREFIX.fullmatch(prefix):
                yield Invalid(f"{prefix} is no beginning of a division code.", field=path)
            if prefix in seen:
                yield Invalid(f"{prefix or 'Everywhere'} is in an earlier zone too.", field=path)
            seen.add(prefix)
