"""What a design shows of a thing: the template chosen, its texts and pictures put together."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.catalogue.catalogue import Catalogue
from domain.kernel.money import yuan
from domain.kernel.refusals import Invalid, NotFound, WrongState
from domain.kernel.version_reviews import VersionState
from domain.media.ports import MediaPorts
from domain.people.act import Act
from domain.posters.drawing import PosterSubject
from domain.posters.parsing import parse_template
from domain.posters.template_reviews import (
    Design,
    PosterTemplate,
    PosterTemplates,
    TemplateId,
)
from domain.posters.templates import ASSET, DESIGN_WIDTH, Blank, PictureLayer, Template, TextLayer
from domain.posters.usable_pictures import picture, unusable
from domain.sharing.share_links import ShareKind
from domain.sharing.shareable import Shared

WIDTHS = (750, DESIGN_WIDTH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A design at one width with what it shows, before anything is drawn.

    `pictures` are asset ids by source. `fingerprint` is the same for the same pixels.
    """

    template: Template
    texts: Mapping[Blank, str]
    pictures: Mapping[str, str]
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which template is wanted: one of its versions, its newest, or the first that suits."""

    kind: ShareKind
    template_id: TemplateId | None
    number: int | None
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The template that a poster is drawn from, laid out."""

    template_id: TemplateId
    number: int
    layout: Layout


async def choose(
    templates: PosterTemplates,
    wish: Wish,
    shared: Shared,
    catalogue: Catalogue,
    at: datetime,
) -> Choice:
    """The template that was asked for, or the first by id that can show this thing."""
    refused: WrongState | None = None
    for template in await _candidates(templates, wish):
        try:
            version = template.numbered(wish.number) if wish.number else template.approved()
            if version is None or version.state is not VersionState.APPROVED:
                raise WrongState(f"{template.name} is not approved; choose another template.")
            layout = lay_out(version.design, wish.width, shared, catalogue, at, name=template.name)
        except WrongState as fault:
            refused = refused or fault
            continue
        return Choice(template_id=template.id, number=version.number, layout=layout)
    assert refused is not None
    raise refused


def lay_out(
    design: Design,
    width: int,
    shared: Shared,
    catalogue: Catalogue,
    at: datetime,
    *,
    name: str = "This template",
) -> Layout:
    """Put together what a design shows of a thing; refused where the thing lacks it."""
    template = parse_template(design).scaled(width)
    texts = subject_texts(shared, catalogue, at)
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
    return Layout(template=template, texts=texts, pictures=pictures, fingerprint=digest(shown))


def subject_texts(shared: Shared, catalogue: Catalogue, at: datetime) -> dict[Blank, str]:
    """What the blanks say that are the same for every guide; empty where there is nothing."""
    price = ""
    if shared.product:
        price = yuan(catalogue.lowest_price(shared.product, at).amount)
    return {
        Blank.TITLE: shared.title,
        Blank.SUMMARY: shared.summary,
        Blank.PRICE: price,
        Blank.AMOUNT: price.removeprefix("¥"),
    }


async def require_usable(ports: MediaPorts, act: Act, layout: Layout) -> None:
    """Refuse a layout with a picture that may not be shown any more."""
    gone = await unusable(ports, act, sorted(set(layout.pictures.values())))
    if gone:
        raise WrongState(f"The picture {min(gone)} may not be shown any more; choose another.")


async def gather(ports: MediaPorts, act: Act, layout: Layout) -> PosterSubject:
    """Load what a layout shows."""
    loaded = {source: await picture(ports, act, one) for source, one in layout.pictures.items()}
    return PosterSubject(texts=layout.texts, pictures=loaded)


async def _candidates(templates: PosterTemplates, wish: Wish) -> Sequence[PosterTemplate]:
    kind = wish.kind.value.lower()
    if wish.template_id is None:
        found = await templates.usable_for(wish.kind)
        if not found:
            raise NotFound(f"No template is approved for posters of a {kind} yet.")
        return found
    template = await templates.by_id(wish.template_id)
    if template is None:
        raise NotFound(f"There is no template {wish.template_id}.", field=["templateId"])
    if wish.kind not in template.kinds:
        raise WrongState(f"{template.name} is not for posters of a {kind}.")
    return [template]


def require_width(width: int) -> None:
    """Refuse a width that posters do not come in."""
    if width not in WIDTHS:
        raise Invalid("Posters are 750 or 1080 px wide.", field=["width"])


def _asset_of(source: str, shared: Shared, name: str) -> str:
    if source.startswith(ASSET):
        return source.removeprefix(ASSET)
    product = shared.product.pictures[0] if shared.product and shared.product.pictures else None
    asset = (product if source == "product" else shared.cover) or shared.cover or product
    if asset is None:
        raise WrongState(f"{name} shows a picture, and this has none; choose another template.")
    return asset


def digest(*parts: str) -> str:
    """A short fingerprint of texts."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]
