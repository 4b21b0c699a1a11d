"""A small brand, taken in through the public imports."""

import csv
import io
import json
from typing import Any

from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from tests.conftest import Service

HEAD_OFFICE = Viewer(id=PersonId("staff_head"), role=Role.HEAD_OFFICE)

# Two districts of 苏州 and one of 无锡, with their centres in GCJ-02.
GUSU = ("320508", 120.617369, 31.336435)
WUZHONG = ("320506", 120.632311, 31.262577)
LIANGXI = ("320213", 120.303108, 31.566155)


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


def as_json_lines(*lines: dict[str, Any]) -> bytes:
    return "\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode()


def a_product_row(code: str = "10001", **changes: str) -> dict[str, str]:
    row = {
        "product_code": code,
        "name": f"羽绒服 {code}",
        "subtitle": "",
        "category": "服装/羽绒服",
        "description": "八百蓬白鹅绒。",
        "care": "",
        "attributes": "season=冬",
        "channels": "mini_program",
        "images": "",
        "option1_name": "尺码",
        "option1_value": "M",
        "option2_name": "",
        "option2_value": "",
        "sku": f"{code}-M",
        "barcode": "",
        "price_fen": "99900",
        "compare_at_fen": "",
        "on_shelf_at": "2026-01-01T00:00:00Z",
        "off_shelf_at": "",
    }
    return {**row, **changes}


OWNERS = as_csv({"owner_code": "brand", "name": "山屿", "kind": "brand"})


async def take_in(
    service: Service,
    what: str,
    data: bytes,
    viewer: Viewer = HEAD_OFFICE,
    *,
    mode: str = "ALL_OR_NOTHING",
    ending: str | None = None,
) -> dict[str, Any]:
    """Hand in a file of owners, stores, products or layers; its payload, good or bad."""
    text = f"""mutation ($file: Upload!, $mode: ImportMode!) {{
      {what}Import(file: $file, mode: $mode) {{
        report {{ rows created changed unchanged errors {{ line column message }} }}
        userErrors {{ code field message }} }} }}"""
    ending = ending or ("jsonl" if what == "layers" else "csv")
    file = (f"{what}.{ending}", data, "text/plain")
    answer = await service.upload(text, file, viewer, mode=mode)
    payload: dict[str, Any] = answer.data[f"{what}Import"]
    return payload


def counts(payload: dict[str, Any]) -> tuple[int, int, int]:
    """Created, changed, unchanged; nothing may be wrong."""
    assert payload["userErrors"] == [], payload
    report = payload["report"]
    return report["created"], report["changed"], report["unchanged"]


async def open_stores(
    service: Service, *rows: dict[str, str], mode: str = "ALL_OR_NOTHING"
) -> dict[str, Any]:
    counts(await take_in(service, "owners", OWNERS))
    return await take_in(service, "stores", as_csv(*rows), mode=mode)
