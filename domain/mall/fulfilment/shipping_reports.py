"""What WeChat is told of an order's parcels: until it knows, it keeps the merchant's money."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingReport:
    """What WeChat is to be told next; however often it is sent, it is the same.

    `parts` are the ids of the fulfilment orders in it; `split` says that the order goes in several
    parcels, `last` that nothing follows. `next_at` is when it is sent, None once people have to
    look at it, and `said` what WeChat had against it. `carrier_code` was given by people.
    """

    parts: tuple[str, ...]
    split: bool
    last: bool
    at: datetime
    next_at: datetime | None
    failures: int = 0
    said: str = ""
    carrier_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingReports:
    """What WeChat knows of an order: its parts by their ids, and whether those are all."""

    told: tuple[str, ...] = ()
    ended: bool = False
    due: ShippingReport | None = None


NOTHING_TOLD = ShippingReports()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A parcel as WeChat shows it to its buyer; of a pickup, only what is in it."""

    content: str
    carrier: str = ""
    number: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """A report with all that WeChat asks for; `at` tells a repeat from an update."""

    transaction_id: str
    payer: str
    parcels: tuple[Parcel, ...]
    pickup: bool
    split: bool
    last: bool
    at: datetime
    carrier_code: str = ""


class ShipmentReporter(Protocol):
    """WeChat's management of shipping."""

    async def report(self, shipment: Shipment) -> None:
        """Tell of a shipment; one that WeChat knows already is no error.

        Raises Unavailable where it may do later, Invalid where it never will as it is; either has
        WeChat's words.
        """
