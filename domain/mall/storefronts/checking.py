"""What a layer may say, checked against the catalogue, the layers below it and the policy."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from domain.audiences.segments import MemberRules
from domain.catalogue.catalogue import Catalogue, Product, ProductId
from domain.kernel.money import yuan
from domain.kernel.refusals import Invalid, NotFound, Refusal, refuse_all
from domain.kernel.wording import Wording
from domain.mall.faces.cascade import Face, resolve
from domain.mall.faces.layers import (
    BRAND,
    Arrangement,
    LayerId,
    LayerLevel,
    ModuleChange,
    level_of,
    owner_of,
    region_layer,
)
from domain.mall.faces.modules import (
    Audience,
    Banner,
    ByHand,
    Countdown,
    CouponSlot,
    GuideCard,
    ModuleKey,
    Notice,
    ProductShelf,
    StoreCard,
    TargetKind,
)
from domain.mall.faces.policy import broken_rules, emptied_shelves
from domain.mall.faces.prices_named import names_money, wrong_price
from domain.mall.faces.shelves import prices_of, products_on
from domain.mall.reference import Reference
from domain.network.directory import Directory

MOST_PRICES_TOLD = 5

Arranged = Callable[[LayerId], Arrangement]


class NamedPictures(Protocol):
    """Uploaded pictures by the names of their files."""

    async def by_file_names(self, names: Sequence[str]) -> Mapping[str, str]:
        """The asset of the newest upload under each name; unknown names are left out."""


def check_arrangement(
    id: LayerId,
    said: Arrangement,
    view: Reference,
    arranged: Arranged,
    claims: Wording,
    members: MemberRules,
    *,
    now: datetime,
) -> None:
    """Refuse what a layer may not say, all of it at once.

    `arranged` gives what the layers below it say.
    """
    policy = view.layers.policy
    lower = layers_below(id, view.directory, arranged)
    below = resolve(lower, kept=policy.kept)
    face = resolve([*lower, (id, said)], kept=policy.kept)
    refuse_all(
        [
            *broken_rules(policy, id, said, below),
            *emptied_shelves(policy, id, below, face, view.catalogue, now=now),
            *_unknown_products(said, view.catalogue),
            *_empty_modules(said, below),
            *_unknown_members(said, face, members),
            *_claims(said, claims),
            *_other_prices(said, face, view.catalogue, now=now),
        ]
    )


def layers_below(
    id: LayerId, directory: Directory, arranged: Arranged
) -> list[tuple[LayerId, Arrangement]]:
    """What a layer lies on, the lowest first."""
    if level_of(id) is LayerLevel.BRAND:
        return []
    if level_of(id) is LayerLevel.REGION:
        directory.region(owner_of(id))
        return [(BRAND, arranged(BRAND))]
    region = region_layer(directory.store(owner_of(id)).region_id)
    return [(BRAND, arranged(BRAND)), (region, arranged(region))]


async def assets_named(
    pictures: NamedPictures, arrangements: Sequence[Arrangement]
) -> Mapping[str, str]:
    """The assets of the file names that the banners of some arrangements give."""
    names = {
        change.content.picture
        for said in arrangements
        for change in said.modules.values()
        if isinstance(change.content, Banner)
    }
    return await pictures.by_file_names(sorted(names)) if names else {}


def with_pictures(said: Arrangement, pictures: Mapping[str, str]) -> Arrangement:
    """The arrangement with assets in the place of file names."""
    modules: dict[ModuleKey, ModuleChange] = {}
    for index, (key, change) in enumerate(said.modules.items()):
        modules[key] = change
        if isinstance(change.content, Banner):
            name = change.content.picture
            asset = pictures.get(name)
            if asset is None and not name.startswith("asset_"):
                raise Invalid(
                    f"no uploaded picture is called {name!r}; upload it first.",
                    field=["modules", str(index), "content", "banner", "picture"],
                )
            modules[key] = replace(change, content=replace(change.content, picture=asset or name))
    return replace(said, modules=modules)


def _unknown_products(said: Arrangement, catalogue: Catalogue) -> Iterator[NotFound]:
    named = [
        (("featured",), said.featured or ()),
        (("hide",), tuple(said.shown)),
        (("captions",), tuple(said.captions)),
        *(
            (("modules", str(index), "content"), products_named(change))
            for index, change in enumerate(said.modules.values())
        ),
    ]
    for path, products in named:
        for product in products:
            if product not in catalogue.products:
                yield NotFound(f"there is no product {product} in the catalogue.", field=path)


def products_named(change: ModuleChange) -> tuple[ProductId, ...]:
    """The products that a module names one by one."""
    content = change.content
    if isinstance(content, ProductShelf) and isinstance(content.selection, ByHand):
        return content.selection.products
    if isinstance(content, Banner) and content.target:
        is_product = content.target.kind is TargetKind.PRODUCT
        return (ProductId(content.target.value),) if is_product else ()
    return ()


def _empty_modules(said: Arrangement, below: Face) -> Iterator[Invalid]:
    filled = {module.key for module in below.modules}
    for index, (key, change) in enumerate(said.modules.items()):
        if change.content is None and key not in filled:
            yield Invalid(
                f"no layer below fills the module {key}; give it a content.",
                field=["modules", str(index), "content"],
            )


def _unknown_members(said: Arrangement, face: Face, members: MemberRules) -> Iterator[Refusal]:
    """Levels and segments that there are not, and modules for members that only visitors see."""
    levels = {one.code for one in members.levels.levels}
    audiences = {module.key: module.audience for module in face.modules}
    for index, (key, change) in enumerate(said.modules.items()):
        if change.only_for is None:
            continue
        path = ("modules", str(index), "only_for")
        for n, level in enumerate(change.only_for.levels):
            if level not in levels:
                yield NotFound(
                    f"there is no level {level}; name one of {', '.join(sorted(levels))}.",
                    field=(*path, "levels", str(n)),
                )
        for n, segment in enumerate(change.only_for.segments):
            if segment not in members.segments:
                yield NotFound(
                    f"there is no segment {segment}; save it with segmentSave first.",
                    field=(*path, "segments", str(n)),
                )
        if change.only_for.asks and audiences.get(key) is Audience.VISITORS:
            yield Invalid(
                "visitors have no level and are in no segment, so nobody would see it; let its "
                "audience be MEMBERS.",
                field=path,
            )


def _claims(said: Arrangement, claims: Wording) -> Iterator[Invalid]:
    for index, change in enumerate(said.modules.values()):
        path = ("modules", str(index))
        yield from claims.refused(change.title or "", (*path, "title"))
        if isinstance(change.content, Banner):
            where = (*path, "content", "banner", "alt")
            yield from claims.refused(change.content.alt, where)
        if isinstance(change.content, Countdown | GuideCard | StoreCard | Notice | CouponSlot):
            yield from claims.refused(change.content.text, (*path, "content"))
    for caption in said.captions.values():
        yield from claims.refused(caption, ("captions",))


def _other_prices(
    said: Arrangement, face: Face, catalogue: Catalogue, *, now: datetime
) -> Iterator[Invalid]:
    """Texts that name another price than that of the products which they stand beside."""
    for product, caption in said.captions.items():
        beside = [found] if (found := catalogue.products.get(product)) else []
        yield from _other_price(caption, beside, catalogue, ("captions",), now=now)
    contents = {module.key: module.content for module in face.modules}
    for index, (key, change) in enumerate(said.modules.items()):
        path = ("modules", str(index))
        texts: list[tuple[str, tuple[str, ...]]] = [(change.title or "", (*path, "title"))]
        if isinstance(change.content, Banner):
            texts.append((change.content.alt, (*path, "content", "banner", "alt")))
        for text, where in texts:
            if key in contents and names_money(text):
                beside = products_on(contents[key], face, catalogue, now=now)
                yield from _other_price(text, beside, catalogue, where, now=now)


def _other_price(
    text: str,
    beside: Sequence[Product],
    catalogue: Catalogue,
    path: Sequence[str],
    *,
    now: datetime,
) -> Iterator[Invalid]:
    prices = [price for one in beside for price in prices_of(one, catalogue, now)]
    if prices and (wrong := wrong_price(text, prices)):
        names = "、".join(dict.fromkeys(yuan(price.amount) for price in prices[:MOST_PRICES_TOLD]))
        yield Invalid(
            f"“{wrong}” is not what the catalogue says ({names}); leave prices out, or plan the "
            "price with priceChangeSchedule.",
            field=path,
        )
