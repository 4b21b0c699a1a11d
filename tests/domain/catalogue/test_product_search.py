"""Finding products, against the plain meaning of each filter."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue.catalogue import Catalogue, words_of
from domain.catalogue.product_search import (
    ProductFilter,
    ProductOrder,
    ProductSearchPorts,
    categories_on_shelf,
    find,
    suggested,
)
from domain.kernel.ids import PersonId
from domain.kernel.paging import PageRequest
from domain.kernel.refusals import Forbidden, Invalid, NotFound, Unauthenticated
from domain.kernel.text import fold
from domain.network.directory import Directory
from domain.people.act import Act
from domain.people.viewer import ANONYMOUS, Role, Viewer
from tests.support.builders import NOON, a_product, a_region, a_variant

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)
ACT = Act(viewer=ANONYMOUS, at=NOON, new_id=str)


class Stocked:
    """A region's stock and the brand's sales, as they are given."""

    def __init__(self, in_stock=(), best_sellers=()):
        self.skus, self.sold = frozenset(in_stock), list(best_sellers)

    async def in_stock(self, region_id):
        return self.skus

    async def best_sellers(self):
        return self.sold


def a_catalogue(*products):
    return Catalogue(products={product.id: product for product in products})


@dataclass
class Held:
    """One view of the stores and the catalogue that never changes."""

    known: Catalogue

    def catalogue(self):
        return self.known

    def directory(self):
        return Directory(regions={"320500": a_region()})


def searching(catalogue, stocked=None):
    held, stocked = Held(catalogue), stocked or Stocked()
    return ProductSearchPorts(catalogue=held, directory=held, stock=stocked, ranking=stocked)


async def ids(catalogue, order=ProductOrder.NEWEST, stocked=None, **wanted):
    return [p.id for p in (await found(catalogue, order, stocked, **wanted)).page.items]


async def found(catalogue, order=ProductOrder.NEWEST, stocked=None, **wanted):
    return await find(
        searching(catalogue, stocked), ACT, ProductFilter(**wanted), order, PageRequest(first=100)
    )


DOWN = a_product(
    "1",
    name="远岫 極寒羽绒服",
    category=("服装", "羽绒服"),
    attributes={"season": "冬", "gender": "男"},
    variants=(a_variant("1-M", price=239900), a_variant("1-L", price=259900)),
    on_shelf_at=NOON - 3 * DAY,
)
LIGHT = a_product(
    "2",
    name="轻暖羽绒背心",
    description="像羽绒服一样暖，折进口袋。",
    category=("服装", "羽绒服", "背心"),
    attributes={"season": "秋", "gender": "女"},
    variants=(a_variant("2-M", price=79900),),
    on_shelf_at=NOON - DAY,
)
SHELL = a_product(
    "3",
    name="Ｇale 冲锋衣",
    description="三层压胶，防水透气。",
    category=("服装", "冲锋衣"),
    attributes={"season": "秋", "gender": "男"},
    variants=(a_variant("3-M", price=99900),),
    on_shelf_at=NOON - 2 * DAY,
)
LATER = a_product("4", name="明年的羽绒服", variants=(a_variant("4-M"),), on_shelf_at=NOON + DAY)
SHOP = a_catalogue(DOWN, LIGHT, SHELL, LATER)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("羽绒", ["2", "1"]),
        ("寒羽", ["1"]),
        ("极寒", ["1"]),
        ("極寒", ["1"]),
        ("gale", ["3"]),
        ("ＧＡＬＥ 防水", ["3"]),
        ("冬 羽绒", ["1"]),
        ("口袋", ["2"]),
        ("cfy", ["3"]),
        ("3-M", ["3"]),
        ("冲锋衣 冬", []),
        ("!!", []),
        ("", ["2", "3", "1"]),
    ],
)
async def test_words_are_found_as_any_part_however_they_are_typed(words, expected):
    assert await ids(SHOP, words=words) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("goretex", ["5"]),
        ("cafe", ["5"]),
        ("%", ["5"]),
        ("𠮷", ["5"]),
        ("压胶", ["5"]),
        ("层防", []),
        ("——", []),
        ("🧥", []),
        (".*", []),
    ],
)
async def test_words_are_found_in_products_as_in_posts(words, expected):
    written = "三层，防水——压胶 100%，𠮷"
    jacket = a_product("5", name="GORE-TEX Café", description=written, on_shelf_at=NOON)
    answer = await found(a_catalogue(jacket), words=words)
    assert [one.id for one in answer.page.items] == expected
    assert sum(answer.categories.values()) == len(expected)


async def test_a_match_in_the_name_comes_before_one_elsewhere():
    assert await ids(SHOP, ProductOrder.BEST_MATCH, words="羽绒服") == ["1", "2"]
    assert await ids(SHOP, ProductOrder.NEWEST, words="羽绒服") == ["2", "1"]


async def test_a_category_holds_what_is_below_it():
    assert await ids(SHOP, category=("服装", "羽绒服")) == ["2", "1"]
    assert await ids(SHOP, category=("服装", "羽绒服", "背心")) == ["2"]
    assert await ids(SHOP, category=("羽绒服",)) == []


async def test_an_attribute_takes_any_of_its_values_and_all_attributes_are_to_fit():
    autumn_or_winter = frozenset({"秋", "冬"})
    assert await ids(SHOP, attributes={"season": autumn_or_winter}) == ["2", "3", "1"]
    for_men = {"season": autumn_or_winter, "gender": frozenset({"男"})}
    assert await ids(SHOP, attributes=for_men) == ["3", "1"]
    assert await ids(SHOP, attributes={"colour": frozenset({"红"})}) == []


async def test_a_price_range_fits_where_one_variant_does():
    assert await ids(SHOP, price_from=250000) == ["1"]
    assert await ids(SHOP, price_to=99900) == ["2", "3"]
    assert await ids(SHOP, price_from=240000, price_to=250000) == []


async def test_products_are_ordered_by_price_and_by_sales():
    assert await ids(SHOP, ProductOrder.PRICE_UP) == ["2", "3", "1"]
    assert await ids(SHOP, ProductOrder.PRICE_DOWN) == ["1", "3", "2"]
    sold = Stocked(best_sellers=["3", "gone", "1"])
    assert await ids(SHOP, ProductOrder.SALES, sold) == ["3", "1", "2"]


async def test_in_stock_means_some_variant_that_the_region_can_sell():
    stocked = Stocked(in_stock=["1-L", "4-M"])
    assert await ids(SHOP, stocked=stocked, in_stock_in="320500") == ["1"]
    assert await ids(SHOP, stocked=stocked) == ["2", "3", "1"]


async def test_a_region_that_there_is_not_is_not_found():
    with pytest.raises(NotFound):
        await ids(SHOP, in_stock_in="nowhere")


async def test_facets_count_what_each_value_would_leave():
    result = await found(SHOP, attributes={"season": frozenset({"秋"})})
    facets = {facet.name: (facet.counts, facet.chosen) for facet in result.facets}
    assert facets == {
        "gender": ({"女": 1, "男": 1}, frozenset()),
        "season": ({"秋": 2, "冬": 1}, frozenset({"秋"})),
    }
    assert result.categories == {("服装",): 2}


async def test_the_category_tree_counts_what_is_on_the_shelf():
    assert await categories_on_shelf(searching(SHOP), ACT) == {
        ("服装",): 3,
        ("服装", "冲锋衣"): 1,
        ("服装", "羽绒服"): 2,
        ("服装", "羽绒服", "背心"): 1,
    }


async def test_a_filter_too_long_to_be_meant_is_refused():
    with pytest.raises(Invalid):
        ProductFilter(words="羽" * 101)
    with pytest.raises(Invalid):
        ProductFilter(attributes={f"a{i}": frozenset("b") for i in range(11)})


async def test_a_changed_product_is_found_by_its_new_words_only():
    renamed = replace(SHELL, name="风暴衣")
    assert await ids(SHOP, words="冲锋衣") == ["3"]
    changed = replace(SHOP, products={**SHOP.products, renamed.id: renamed})
    assert await ids(changed, words="风暴") == ["3"]
    assert await ids(changed, words="gale") == []


names = st.text(alphabet="羽绒羽絨服衣ABｃ１ -·é%\u0301\u200b", min_size=1, max_size=12)


@given(names, st.data())
def test_any_part_of_a_name_folds_to_a_part_of_its_words(name, data):
    start = data.draw(st.integers(0, len(name) - 1))
    part = name[start : data.draw(st.integers(start + 1, len(name)))]
    text = words_of(a_product(name=name)).text
    assert all(term in text for term in fold(part).split())


SEASONS, GENDERS = ("春", "秋", "冬"), ("男", "女")
some_products = st.lists(
    st.builds(
        lambda season, gender, price: {"season": season, "gender": gender, "price": price},
        st.sampled_from(SEASONS),
        st.sampled_from(GENDERS),
        st.integers(1, 500),
    ),
    max_size=12,
)
some_seasons = st.frozensets(st.sampled_from(SEASONS), max_size=2)


@given(some_products, some_seasons, st.integers(1, 500))
async def test_choosing_a_value_leaves_as_many_as_its_facet_counted(rows, seasons, price_to):
    catalogue = a_catalogue(
        *(
            a_product(
                f"{i:02}",
                attributes={"season": row["season"], "gender": row["gender"]},
                variants=(a_variant(f"{i:02}-M", price=row["price"]),),
            )
            for i, row in enumerate(rows)
        )
    )
    chosen = {"season": seasons} if seasons else {}
    result = await found(catalogue, attributes=chosen, price_to=price_to)
    expected = [
        f"{i:02}"
        for i, row in enumerate(rows)
        if row["price"] <= price_to and (not seasons or row["season"] in seasons)
    ]
    assert [product.id for product in result.page.items] == expected
    for facet in result.facets:
        for value, count in facet.counts.items():
            one = {**chosen, facet.name: frozenset({value})}
            narrowed = await found(catalogue, attributes=one, price_to=price_to)
            assert narrowed.page.total == count


async def test_pages_go_on_from_where_they_were_whatever_comes_and_goes():
    request = PageRequest(first=1)
    first = await find(searching(SHOP), ACT, ProductFilter(), ProductOrder.NEWEST, request)
    [newest], [cursor] = first.page.items, first.page.cursors
    newer = replace(newest, id="0", on_shelf_at=NOON - timedelta(minutes=1))
    rest = {key: one for key, one in SHOP.products.items() if key != newest.id}
    changed = Catalogue(products={"0": newer, **rest})
    after = PageRequest(first=9, after=cursor)
    found = await find(searching(changed), ACT, ProductFilter(), ProductOrder.NEWEST, after)
    assert [one.id for one in found.page.items] == (await ids(SHOP))[1:]
    with pytest.raises(Invalid):
        await find(searching(SHOP), ACT, ProductFilter(), ProductOrder.PRICE_UP, after)


async def test_a_chosen_value_of_which_nothing_is_left_stays_to_be_seen():
    result = await found(SHOP, attributes={"season": frozenset({"夏"}), "fit": frozenset({"宽"})})
    facets = {facet.name: (dict(facet.counts), facet.chosen) for facet in result.facets}
    assert facets["fit"] == ({"宽": 0}, frozenset({"宽"}))
    assert facets["season"][0]["夏"] == 0


def priced(**prices):
    """A catalogue of products at prices."""
    return a_catalogue(
        *(
            a_product(one, variants=(a_variant(f"{one}-M", price=fen),))
            for one, fen in prices.items()
        )
    )


@pytest.mark.parametrize("order", [ProductOrder.PRICE_UP, ProductOrder.PRICE_DOWN])
@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 5), min_size=2),
    st.dictionaries(st.sampled_from("stuvwxyz"), st.integers(1, 5)),
    st.sets(st.sampled_from("abcdefgh")),
    st.integers(1, 3),
)
async def test_what_comes_and_goes_between_two_pages_doubles_and_loses_nothing_else(
    order, before, came, gone, first
):
    after = {**{one: fen for one, fen in before.items() if one not in gone}, **came}
    asked, pages = PageRequest(first=first), []
    for catalogue in [priced(**before), *[priced(**after)] * 20]:
        page = (await find(searching(catalogue), ACT, ProductFilter(), order, asked)).page
        pages += [product.id for product in page.items]
        if not page.items:
            break
        asked = PageRequest(first=first, after=page.cursors[-1])
    assert len(pages) == len(set(pages))
    assert set(before) - gone <= set(pages)
    rank = {**before, **came}
    sign = 1 if order is ProductOrder.PRICE_UP else -1
    signed = [sign * rank[one] for one in pages]
    assert signed == sorted(signed)


async def test_a_product_whose_price_changes_stands_where_it_is_sold_for_now():
    """Seen again where it comes to stand behind the page, not at all where it went before it."""
    order = ProductOrder.PRICE_UP
    shop = searching(priced(a=1, b=2, c=3, d=4))
    page = (await find(shop, ACT, ProductFilter(), order, PageRequest(first=2))).page
    assert [product.id for product in page.items] == ["a", "b"]
    after = PageRequest(first=9, after=page.cursors[-1])
    changed = searching(priced(a=9, b=2, c=1, d=4))
    rest = (await find(changed, ACT, ProductFilter(), order, after)).page
    assert [product.id for product in rest.items] == ["d", "a"]


@pytest.mark.parametrize("attributes", [{"x" * 61: {"a"}}, {"season": {"x" * 61}}])
async def test_a_name_or_value_that_no_product_can_have_is_refused(attributes):
    with pytest.raises(Invalid):
        ProductFilter(attributes=attributes)


async def test_staff_find_what_is_not_on_the_shelf_and_consumers_do_not():
    wanted = ProductFilter(off_shelf=True)
    ports, request = searching(SHOP), PageRequest()
    staff = replace(ACT, viewer=Viewer(id=PersonId("staff_1"), role=Role.EDITOR))
    hidden = await find(ports, staff, wanted, ProductOrder.NEWEST, request)
    assert [one.id for one in hidden.page.items] == [LATER.id]
    shown = await find(ports, staff, ProductFilter(), ProductOrder.NEWEST, request)
    assert LATER.id not in {one.id for one in shown.page.items}
    for viewer in (ANONYMOUS, Viewer(id=PersonId("member_1"), role=Role.MEMBER)):
        with pytest.raises((Unauthenticated, Forbidden)):
            await find(ports, replace(ACT, viewer=viewer), wanted, ProductOrder.NEWEST, request)


async def test_what_was_typed_is_gone_on_with_by_names_and_categories_on_the_shelf():
    down = a_product("1", name="极寒长款羽绒服", category=("服装", "羽绒服"))
    light = a_product("2", name="轻羽绒内胆", category=("服装", "羽绒服"))
    shell = a_product("3", name="GORE-TEX 冲锋衣", category=("服装", "冲锋衣"))
    later = a_product("4", name="羽绒裤", category=("裤装",), on_shelf_at=NOON + DAY)
    ports = searching(a_catalogue(down, light, shell, later))

    async def typed(text: str):
        return await suggested(ports, ACT, text)

    assert await typed("羽绒") == ["羽绒服", "轻羽绒内胆", "极寒长款羽绒服"]
    assert await typed("yr") == ["羽绒服"]
    assert await typed("goretex") == ["GORE-TEX 冲锋衣"]
    assert await typed("羽絨服") == ["羽绒服", "极寒长款羽绒服"]
    for nothing in ("", "  ", "🧥", "裤", "羽" * 101):
        assert not await typed(nothing), nothing
    many = a_catalogue(*(a_product(str(n), name=f"羽绒服 {n}") for n in range(30)))
    assert len(await suggested(searching(many), ACT, "羽绒服")) == 10
