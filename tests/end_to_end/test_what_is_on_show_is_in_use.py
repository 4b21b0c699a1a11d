"""Whoever wins a race, what is on show is in use, and what was refused is not."""

import asyncio
from typing import Any

import pytest

from tests.api.media.uploading import EDITOR, uploaded
from tests.conftest import Answer, Service
from tests.support.network import (
    HEAD_OFFICE,
    a_product_row,
    a_store_row,
    as_csv,
    as_json_lines,
    counts,
    open_stores,
    take_in,
)
from tests.support.pictures import a_jpeg

pytestmark = pytest.mark.anyio

TRIES = 25

USED = "query ($id: ID!) { asset(id: $id) { usedBy { nodes { kind id fields } } } }"
ROLL_BACK = """mutation ($to: Int!, $version: Int!) {
  layerRollBack(id: "brand", toVersion: $to, expectedVersion: $version) {
    published { version said } userErrors { code field } } }"""
DELETE = """mutation ($id: ID!) { assetDelete(id: $id, expectedVersion: 1) {
  deletedId userErrors { code } } }"""
PRODUCT = '{ product(id: "10001") { pictures { id } } }'


async def three_pictures(service: Service) -> list[str]:
    pictures = [await uploaded(service, a_jpeg(seed=n), f"{n}.jpg") for n in range(3)]
    return [one["asset"]["id"] for one in pictures]


async def users(service: Service, picture: str) -> list[dict[str, Any]]:
    return (await service.query(USED, EDITOR, id=picture)).data["asset"]["usedBy"]["nodes"]


def a_layer(picture: str) -> bytes:
    banner = {"key": "top", "content": {"banner": {"picture": picture}}}
    return as_json_lines({"layer": "brand", "modules": [banner]})


async def in_use(service: Service, shown: str, pictures: list[str]) -> None:
    """The picture that is shown can't be deleted, and it is the only one that is in use."""
    assert [one for one in pictures if await users(service, one)] == [shown]
    refused = await service.query(DELETE, EDITOR, id=shown)
    assert refused.refused("assetDelete")[0]["code"] == "WRONG_STATE"


async def test_of_two_layers_published_at_once_the_winners_pictures_are_in_use(service: Service):
    pictures = await three_pictures(service)
    for picture in pictures:
        counts(await take_in(service, "layers", a_layer(picture)))
    for n in range(TRIES):

        async def roll_back(to: int, version: int = 3 + n) -> Answer:
            return await service.query(ROLL_BACK, HEAD_OFFICE, to=to, version=version)

        answers = [
            one.data["layerRollBack"] for one in await asyncio.gather(*map(roll_back, (1, 2)))
        ]
        [won] = [one["published"] for one in answers if not one["userErrors"]]
        shown = won["said"]["modules"][0]["content"]["banner"]["picture"]
        assert [one for one in pictures if await users(service, one)] == [shown]
    await in_use(service, shown, pictures)


async def test_of_two_imports_of_layers_at_once_the_winners_pictures_are_in_use(service: Service):
    pictures = await three_pictures(service)
    for _ in range(TRIES):
        answers = await asyncio.gather(
            *(take_in(service, "layers", a_layer(picture)) for picture in pictures)
        )
        assert any(not one["userErrors"] for one in answers)
        layer = (
            await service.query('{ layer(id: "brand") { published { said } } }', HEAD_OFFICE)
        ).data["layer"]
        shown = layer["published"]["said"]["modules"][0]["content"]["banner"]["picture"]
        assert [one for one in pictures if await users(service, one)] == [shown]
    await in_use(service, shown, pictures)


async def test_of_two_imports_of_a_product_at_once_the_winners_pictures_are_in_use(
    service: Service,
):
    pictures = await three_pictures(service)
    counts(await open_stores(service, a_store_row("S1")))
    for _ in range(TRIES):
        await asyncio.gather(
            *(
                take_in(service, "products", as_csv(a_product_row("10001", images=f"{n}.jpg")))
                for n in range(3)
            )
        )
        answer = await service.query(PRODUCT)
        [shown] = [one["id"] for one in answer.data["product"]["pictures"]]
        assert [one for one in pictures if await users(service, one)] == [shown]
    await in_use(service, shown, pictures)


async def test_a_layer_that_is_refused_leaves_the_pictures_on_show_in_use(service: Service):
    pictures = await three_pictures(service)
    for picture in pictures:
        counts(await take_in(service, "layers", a_layer(picture)))
    refused = await service.query(ROLL_BACK, HEAD_OFFICE, to=1, version=2)
    assert refused.refused("layerRollBack")[0]["code"] == "CONFLICT"
    await in_use(service, pictures[2], pictures)
