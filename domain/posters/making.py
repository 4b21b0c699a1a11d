"""From a share link to its poster: what it shows is gathered, a plate made once, a stamp set."""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.files import Files
from domain.mall.reference import Reference
from domain.mall.stores import StoreId
from domain.money import yuan
from domain.people.accounts import Guide
from domain.posters.drawing import Picture, Stamp, Subject
from domain.posters.fonts import FontSet
from domain.posters.links import ShareCode, ShareKind, ShareLink
from domain.posters.parsing import parse_template
from domain.posters.reviews import (
    Design,
    PosterTemplate,
    PosterTemplates,
    TemplateId,
    TemplateState,
)
from domain.posters.scanning import Codes
from domain.posters.sharing import Shared, Sharing, follow
from domain.posters.stamping import Format, Plate, make_plate
from domain.posters.templates import (
    ASSET,
    DESIGN_WIDTH,
    Blank,
    PictureLayer,
    Template,
    TextLayer,
)
from domain.refusals import Invalid, NotFound, WrongState
from domain.uses import Uses
from domain.work import Workers

WIDTHS = (750, DESIGN_WIDTH)
KEPT_PLATES = 8
"""Plates held in memory; one takes some 10 MB."""


class Pictures(Protocol):
    """The pictures of the content bank."""

    async def unusable(self, asset_ids: Sequence[str], now: datetime) -> set[str]:
        """Those of the ids that are no pictures, or may not be shown at this moment."""

    async def picture(self, asset_id: str) -> Picture:
        """A picture, upright and not larger than a poster; NotFound where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PosterOrder:
    """Which poster of a link is wanted; without a template, the first that suits."""

    code: ShareCode
    template_id: TemplateId | None = None
    number: int | None = None
    width: int = DESIGN_WIDTH
    format: Format = Format.JPEG

    def __post_init__(self) -> None:
        """Refuse a width that posters do not come in."""
        require_width(self.width)


@dataclass(frozen=True, slots=True, kw_only=True)
class PosterFile:
    """A finished poster; the tag is the same as long as its pixels are."""

    data: bytes
    tag: str
    link: ShareLink
    template_id: TemplateId
    number: int
    width: int
    format: Format


class PlateRack:
    """The plates last used, so that the next guide's poster only has to be stamped."""

    def __init__(self) -> None:
        self._plates: OrderedDict[str, Plate] = OrderedDict()

    def get(self, fingerprint: str, make: Callable[[], Plate]) -> Plate:
        """The plate of a fingerprint, made if it is not there."""
        plate = self._plates.get(fingerprint) or make()
        self._plates[fingerprint] = plate
        self._plates.move_to_end(fingerprint)
        while len(self._plates) > KEPT_PLATES:
            self._plates.popitem(last=False)
        return plate


@dataclass(frozen=True, slots=True, kw_only=True)
class PosterPress:
    """The ports that posters need, and the plates at hand."""

    sharing: Sharing
    templates: PosterTemplates
    pictures: Pictures
    codes: Codes
    files: Files
    uses: Uses
    workers: Workers
    fonts: Callable[[], FontSet]
    rack: PlateRack

    def plate(self, layout: "Layout", subject: Subject) -> Plate:
        """The plate of a layout; making it takes a while, so call it in a worker."""
        return self.rack.get(
            layout.fingerprint, lambda: make_plate(layout.template, subject, self.fonts())
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A design at one width with what it shows, before anything is drawn.

    `pictures` are asset ids by source. `fingerprint` is the same for the same pixels.
    """

    template: Template
    texts: Mapping[Blank, str]
    pictures: Mapping[str, str]
    fingerprint: str


async def poster(press: PosterPress, order: PosterOrder, *, now: datetime) -> PosterFile:
    """The poster of a link that works, from the file store or made and kept there."""
    followed = await follow(press.sharing, order.code, now=now)
    template = await template_for(press, order.template_id, followed.link.target.kind)
    version = template.numbered(order.number) if order.number else template.approved()
    if version is None or version.state is not TemplateState.APPROVED:
        raise WrongState(f"{template.name} is not approved; choose another template.")
    reference = press.sharing.reference.now()
    layout = lay_out(
        version.design, order.width, followed.shared, reference, now=now, name=template.name
    )
    await require_usable(press.pictures, layout, now=now)
    guide = followed.guide
    texts = own_texts(press, guide, followed.link.store_id)
    avatar = await usable_avatar(press, guide, now=now)
    own = (*texts.values(), avatar or "", press.codes.kind)
    tag = _digest(layout.fingerprint, *own, order.format)
    key = f"posters/{order.code[:2]}/{order.code}-{tag}.{order.format.extension}"
    data = await press.files.get(key)
    if data is None:
        stamp = await stamp_for(press, followed.link, texts, avatar)
        subject = await gather(press.pictures, layout)
        data = await press.workers.run(
            lambda: press.plate(layout, subject).stamped(stamp, order.format)
        )
        await press.files.put(key, data, f"image/{order.format}")
    return PosterFile(
        data=data,
        tag=tag,
        link=followed.link,
        template_id=template.id,
        number=version.number,
        width=order.width,
        format=order.format,
    )


def require_width(width: int) -> None:
    """Refuse a width that posters do not come in."""
    if width not in WIDTHS:
        raise Invalid("Posters are 750 or 1080 px wide.", field=["width"])


def lay_out(
    design: Design,
    width: int,
    shared: Shared,
    reference: Reference,
    *,
    now: datetime,
    name: str = "This template",
) -> Layout:
    """Put together what a design shows of a thing; refused where the thing lacks it."""
    template = parse_template(design).scaled(width)
    texts = subject_texts(shared, reference, now=now)
    pictures = {}
    for layer in template.layers:
        if isinstance(layer, TextLayer):
            lacking = [blank for blank in layer.blanks if texts.get(blank) == ""]
            if {Blank.PRICE, Blank.AMOUNT}.intersection(lacking):
                raise WrongState(f"{name} shows a price, and this has none; choose another.")
        if isinstance(layer, PictureLayer):
            pictures[layer.source] = _asset_of(layer.source, shared, name)
    content = [[blank, text] for blank, text in sorted(texts.items())]
    shown = json.dumps([design, width, content, sorted(pictures.items())], sort_keys=True)
    return Layout(template=template, texts=texts, pictures=pictures, fingerprint=_digest(shown))


def subject_texts(shared: Shared, reference: Reference, *, now: datetime) -> dict[Blank, str]:
    """What the blanks say that are the same for every guide; empty where there is nothing."""
    price = ""
    if shared.product:
        price = yuan(reference.catalogue.lowest_price(shared.product, now).amount)
    return {
        Blank.TITLE: shared.title,
        Blank.SUMMARY: shared.summary,
        Blank.PRICE: price,
        Blank.AMOUNT: price.removeprefix("¥"),
    }


async def require_usable(pictures: Pictures, layout: Layout, *, now: datetime) -> None:
    """Refuse a layout with a picture that may not be shown any more."""
    unusable = await pictures.unusable(sorted(set(layout.pictures.values())), now)
    if unusable:
        raise WrongState(f"The picture {min(unusable)} may not be shown any more; choose another.")


async def gather(pictures: Pictures, layout: Layout) -> Subject:
    """Load what a layout shows."""
    loaded = {source: await pictures.picture(one) for source, one in layout.pictures.items()}
    return Subject(texts=layout.texts, pictures=loaded)


async def template_for(
    press: PosterPress, id: TemplateId | None, kind: ShareKind
) -> PosterTemplate:
    """The template of an id, or without one the first that suits."""
    if id is None:
        template = await press.templates.usable_for(kind)
        if template is None:
            raise NotFound(f"No template is approved for posters of a {kind.value.lower()} yet.")
        return template
    template = await press.templates.by_id(id)
    if template is None:
        raise NotFound(f"There is no template {id}.", field=["templateId"])
    if kind not in template.kinds:
        raise WrongState(f"{template.name} is not for posters of a {kind.value.lower()}.")
    return template


async def stamp_for(
    press: PosterPress, link: ShareLink, texts: Mapping[Blank, str], avatar: str | None
) -> Stamp:
    """What one guide's own layers show; the avatar is an asset that may be shown."""
    return Stamp(
        texts=texts,
        code=await press.codes.code_of(link.code),
        avatar=(await press.pictures.picture(avatar)).data if avatar else None,
    )


async def usable_avatar(press: PosterPress, guide: Guide, *, now: datetime) -> str | None:
    """The guide's picture, unless it may not be shown any more."""
    if guide.avatar is None or await press.pictures.unusable([guide.avatar], now):
        return None
    return guide.avatar


def own_texts(press: PosterPress, guide: Guide, store_id: StoreId) -> dict[Blank, str]:
    """What the blanks say that are each guide's own."""
    store = press.sharing.reference.now().store(store_id)
    return {Blank.GUIDE: guide.name, Blank.STORE: store.name, Blank.ADDRESS: store.address}


def _asset_of(source: str, shared: Shared, name: str) -> str:
    if source.startswith(ASSET):
        return source.removeprefix(ASSET)
    product = shared.product.pictures[0] if shared.product and shared.product.pictures else None
    asset = (product if source == "product" else shared.cover) or shared.cover or product
    if asset is None:
        raise WrongState(f"{name} shows a picture, and this has none; choose another template.")
    return asset


def _digest(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]
