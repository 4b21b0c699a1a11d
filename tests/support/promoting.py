"""Offers as head office makes them, over HTTP."""

from datetime import timedelta
from typing import Any

from qianmian import composition
from tests.conftest import Service
from tests.support.content import HEAD_OFFICE, REVIEWER
from tests.support.waiting import comes_to

EVERY_KIND = ["GOODS", "ORDER", "GOODS_COUPON", "ORDER_COUPON", "SHIPPING_COUPON"]
CREATE = """mutation($input: OfferInput!) { offerCreate(input: $input) {
  offer { id version versions { number state } } userErrors { code field message } } }"""
SUBMIT = """mutation($id: ID!, $n: Int!) { offerSubmit(id: $id, number: $n) {
  offer { version } userErrors { code message } } }"""
APPROVE = """mutation($id: ID!, $n: Int!) { offerApprove(id: $id, number: $n) {
  offer { version versions { state holdsFrom } } userErrors { code message } } }"""
LET_OUT = "query($id: ID!) { offer(id: $id) { letOut } }"
FEES = """mutation($zones: [ShippingZoneInput!]!, $version: Int!) {
  shippingFeesSet(zones: $zones, expectedVersion: $version) {
    shippingFees { version zones { prefixes fee { fen } freeFrom { fen } } }
    userErrors { code field message } } }"""


def an_offer_input(effect: dict[str, Any], **changes: Any) -> dict[str, Any]:
    now = composition.now()
    return {
        "name": "双十一",
        "effect": effect,
        "beginsAt": (now - timedelta(days=1)).isoformat(),
        "endsAt": (now + timedelta(days=1)).isoformat(),
        "combinesWith": EVERY_KIND,
        **changes,
    }


def from_amount(fen: int, **gives: Any) -> dict[str, Any]:
    return {"tiers": {"by": "AMOUNT", "tiers": [{"at": fen, "gives": gives}]}}


async def drafted(service: Service, effect: dict[str, Any], **changes: Any) -> str:
    wanted = an_offer_input(effect, **changes)
    made = (await service.query(CREATE, HEAD_OFFICE, input=wanted)).data["offerCreate"]
    assert made["userErrors"] == []
    return made["offer"]["id"]


async def let_out(service: Service, *ids: str, number: int = 1) -> None:
    """Hand offers in, approve them as somebody else, and wait until they hold."""
    for offer in ids:
        for step, viewer in ((SUBMIT, HEAD_OFFICE), (APPROVE, REVIEWER)):
            [(_, done)] = (await service.query(step, viewer, id=offer, n=number)).data.items()
            assert done["userErrors"] == []

    async def all_out() -> set[int | None]:
        asked = [await service.query(LET_OUT, HEAD_OFFICE, id=offer) for offer in ids]
        return {one.data["offer"]["letOut"] for one in asked}

    await comes_to({number}, all_out)
