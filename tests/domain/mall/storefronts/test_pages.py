"""The one number and the one price that all storefronts of a region tell."""

from collections.abc import Collection
from dataclasses import replace

import anyio
from hypothesis import given
from hypothesis import strategies as st

from domain.audiences.segments import MemberRules
from domain.audiences.trait_ports import TraitPorts
from domain.audiences.traits import MemberTraits
from domain.mall.faces.layers import BRAND, Arrangement, Layer
from domain.mall.faces.published import Layers
from domain.mall.reference import Reference
from domain.mall.storefronts.pages import StorefrontPorts, shown_page
from domain.network.directory import Directory
from domain.people.act import by_the_clock
from domain.people.viewer import Role, Viewer
from tests.support.arrangements import arrangements
from tests.support.builders import NOON, a_store
from tests.support.downs import CATALOGUE, SOLD
from tests.support.selling import FixedReference, new_id


class OneStock:
    """A number for each SKU of each region, as the pools have it."""

    async def available(self, region_id: str, skus: Collection[str]) -> dict[str, int]:
        return {sku: len(region_id) + len(sku) for sku in skus}


class NothingSold:
    async def of(self, store_id: str, region_id: str):
        return SOLD


class NobodyKnown:
    async def by_ids(self, ids: Collection[str]) -> dict[str, MemberTraits]:
        return {one: MemberTraits(id=one) for one in ids}


class NoRules:
    def rules(self) -> MemberRules:
        return MemberRules()


def published(id: str, said: Arrangement) -> Layer:
    return Layer(id=id, version=1, arrangement=said, published_at=NOON, published_by="staff_1")


@given(st.tuples(arrangements, arrangements, arrangements), st.sampled_from(Role))
def test_all_storefronts_of_a_region_tell_one_number_and_one_price(said, role):
    ids = (BRAND, "store:S1", "store:S2")
    layers = {one: published(one, says) for one, says in zip(ids, said, strict=True)}
    stores = {store.id: store for store in (a_store("S1"), a_store("S2"))}
    view = Reference(
        directory=Directory(stores=stores), catalogue=CATALOGUE, layers=Layers(layers=layers)
    )
    ports = StorefrontPorts(
        reference=FixedReference(view),
        layers=None,
        stock=OneStock(),
        best_selling=NothingSold(),
        traits=TraitPorts(
            traits=NobodyKnown(),
            book=NoRules(),
            audiences=None,
            customers=None,
            merges=None,
            members=None,
            records=None,
        ),
        touches=None,
        credit_window=None,
        guides=None,
    )
    act = replace(by_the_clock(NOON, new_id), viewer=Viewer(id="somebody", role=role))

    async def both():
        return [await shown_page(ports, act, store) for store in stores.values()]

    one, other = anyio.run(both)
    for sku in one.available.keys() & other.available.keys():
        assert one.available[sku] == other.available[sku]
    for page in (one, other):
        for item in (item for items in page.shelves.values() for item in items):
            assert item.product == CATALOGUE.products[item.product.id]
            assert all(variant.sku in page.available for variant in item.product.variants)
