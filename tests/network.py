"""Builders for regions, owners, stores and the files that they come in."""

import csv
import io
from typing import Any

from domain.mall.stores import Owner, OwnerId, OwnerKind, Region, RegionId, Store, StoreId
from domain.people.viewer import PersonId, Role, Viewer
from domain.places import Datum, Position

HEAD_OFFICE = Viewer(id=PersonId("staff_head"), role=Role.HEAD_OFFICE)

# Two districts of 苏州 and one of 无锡, with their centres in GCJ-02.
GUSU = ("320508", 120.617369, 31.336435)
WUZHONG = ("320506", 120.632311, 31.262577)
LIANGXI = ("320213", 120.303108, 31.566155)


def a_store(id: str = "S1", **changes: Any) -> Store:
    fields: dict[str, Any] = {
        "id": StoreId(id),
        "name": f"店 {id}",
        "region_id": RegionId("320500"),
        "owner_id": OwnerId("brand"),
        "district": GUSU[0],
        "address": "人民路1号",
        "position": a_position(),
    }
    return Store(**{**fields, **changes})


def a_region(id: str = "320500", **changes: Any) -> Region:
    return Region(**{"id": RegionId(id), "name": "苏州市", **changes})


def an_owner(id: str = "brand", **changes: Any) -> Owner:
    fields = {"id": OwnerId(id), "name": "山屿", "kind": OwnerKind.BRAND}
    return Owner(**{**fields, **changes})


def a_position(longitude: float = GUSU[1], latitude: float = GUSU[2]) -> Position:
    return Position(longitude=longitude, latitude=latitude, datum=Datum.GCJ02)


def a_store_row(id: str = "S1", **changes: str) -> dict[str, str]:
    row = {
        "store_id": id,
        "name": f"店 {id}",
        "owner_code": "brand",
        "district": GUSU[0],
        "address": "人民路1号",
        "longitude": str(GUSU[1]),
        "latitude": str(GUSU[2]),
        "datum": "GCJ02",
        "phone": "",
        "kind": "SHOP",
        "state": "OPEN",
        "services": "PICKUP",
        "capacity_a_day": "50",
        "opening_hours": "10:00-22:00",
        "region": "",
    }
    return {**row, **changes}


def as_csv(*rows: dict[str, str]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
