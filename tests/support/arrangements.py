"""Every arrangement that a layer can have, small enough to be looked at."""

from hypothesis import strategies as st

from domain.mall.faces.layers import Arrangement, ModuleChange
from domain.mall.faces.modules import (
    Audience,
    Banner,
    BestSellers,
    ByCategory,
    ByHand,
    ByRule,
    ContentShelf,
    Countdown,
    CouponSlot,
    GuideCard,
    Notice,
    OnlyFor,
    ProductShelf,
    SalesScope,
    StoreCard,
    Target,
    TargetKind,
    Window,
)
from tests.support.builders import NOON

# As people write them: what can be seen, without blanks round it.
texts = st.text(st.characters(categories=["L", "N", "P", "S"]), max_size=3)
keys = st.sampled_from(["hero", "shelf", "notice", "store"])
products = st.sampled_from(["10001", "10002", "10.03"])
some_products = st.lists(products, unique=True).map(tuple)
categories = st.sampled_from([(), ("服装",), ("服装", "羽绒服")])
selections = st.one_of(
    st.builds(ByHand, products=some_products),
    st.builds(ByCategory, category=categories),
    st.builds(
        ByRule,
        attributes=st.dictionaries(st.sampled_from(["season", "scene"]), texts),
        category=categories,
        price_from=st.none() | st.integers(0, 10),
        price_to=st.none() | st.integers(0, 10),
        newer_than_days=st.none() | st.integers(1, 9),
    ),
    st.builds(BestSellers, scope=st.sampled_from(SalesScope)),
)
targets = st.none() | st.builds(Target, kind=st.sampled_from(TargetKind), value=texts)
contents = st.one_of(
    st.builds(Banner, picture=texts, alt=texts, target=targets),
    st.builds(ProductShelf, selection=selections, most=st.integers(1, 50)),
    st.builds(ContentShelf, posts=st.lists(texts).map(tuple), category=categories),
    st.builds(Countdown, ends_at=st.just(NOON), text=texts),
    st.builds(GuideCard, text=texts),
    st.builds(StoreCard, text=texts),
    st.builds(Notice, text=texts),
    st.builds(CouponSlot, coupon=texts, text=texts),
)
changes = st.builds(
    ModuleChange,
    content=st.none() | contents,
    title=st.none() | texts,
    position=st.none() | st.integers(0, 3),
    hidden=st.none() | st.booleans(),
    audience=st.none() | st.sampled_from(Audience),
    window=st.none() | st.sampled_from([Window(starts_at=NOON), Window()]),
    only_for=st.none()
    | st.sampled_from([OnlyFor(), OnlyFor(levels=("gold",)), OnlyFor(segments=("s1", "s2"))]),
)
arrangements = st.builds(
    Arrangement,
    modules=st.dictionaries(keys, changes),
    featured=st.none() | some_products,
    shown=st.dictionaries(products, st.booleans()),
    captions=st.dictionaries(products, texts),
)
