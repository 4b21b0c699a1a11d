"""From a share link to its poster: a plate made once for everybody, a stamp set on it."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from domain.kernel.files import Files
from domain.kernel.ports import Ports
from domain.kernel.records import Records
from domain.kernel.uses import Uses
from domain.kernel.work import Workers
from domain.network.stores import StoreId
from domain.people.accounts import Guide
from domain.posters.drawing import Stamp, Subject
from domain.posters.fonts import FontSet
from domain.posters.layouts import (
    Layout,
    Pictures,
    Wish,
    choose,
    digest,
    gather,
    require_usable,
    require_width,
)
from domain.posters.reviews import PosterTemplates, TemplateId
from domain.posters.scanning import Codes
from domain.posters.stamping import Format, Plate, make_plate
from domain.posters.templates import DESIGN_WIDTH, Blank
from domain.sharing.links import ShareCode, ShareLink
from domain.sharing.sharing import SharingPorts, follow

KEPT_PLATES = 8
"""Plates held in memory; one takes some 10 MB."""


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
        self._lock = Lock()

    def get(self, fingerprint: str, make: Callable[[], Plate]) -> Plate:
        """The plate of a fingerprint, made if it is not there; several threads may ask."""
        with self._lock:
            plate = self._plates.get(fingerprint)
        plate = plate or make()
        with self._lock:
            self._plates[fingerprint] = plate
            self._plates.move_to_end(fingerprint)
            while len(self._plates) > KEPT_PLATES:
                self._plates.popitem(last=False)
        return plate


@dataclass(frozen=True, slots=True, kw_only=True)
class PosterPorts(Ports):
    """The ports that posters need, and the plates at hand."""

    sharing: SharingPorts
    templates: PosterTemplates
    pictures: Pictures
    codes: Codes
    files: Files
    uses: Uses
    records: Records
    workers: Workers
    fonts: Callable[[], FontSet]
    rack: PlateRack

    def plate(self, layout: Layout, subject: Subject) -> Plate:
        """The plate of a layout; making it takes a while, so call it in a worker."""
        return self.rack.get(
            layout.fingerprint, lambda: make_plate(layout.template, subject, self.fonts())
        )


async def poster(press: PosterPorts, order: PosterOrder, *, now: datetime) -> PosterFile:
    """The poster of a link that works, from the file store or made and kept there."""
    followed = await follow(press.sharing, order.code, now=now)
    wish = Wish(
        kind=followed.link.target.kind,
        template_id=order.template_id,
        number=order.number,
        width=order.width,
    )
    reference = press.sharing.reference.now()
    choice = await choose(press.templates, wish, followed.shared, reference, now=now)
    layout = choice.layout
    await require_usable(press.pictures, layout, now=now)
    guide = followed.guide
    texts = own_texts(press, guide, followed.link.store_id)
    avatar = await usable_avatar(press, guide, now=now)
    own = (*texts.values(), avatar or "", press.codes.kind)
    tag = digest(layout.fingerprint, *own, order.format)
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
        template_id=choice.template_id,
        number=choice.number,
        width=order.width,
        format=order.format,
    )


async def stamp_for(
    press: PosterPorts, link: ShareLink, texts: Mapping[Blank, str], avatar: str | None
) -> Stamp:
    """What one guide's own layers show; the avatar is an asset that may be shown."""
    return Stamp(
        texts=texts,
        code=await press.codes.code_of(link.code),
        avatar=(await press.pictures.picture(avatar)).data if avatar else None,
    )


async def usable_avatar(press: PosterPorts, guide: Guide, *, now: datetime) -> str | None:
    """The guide's picture, unless it may not be shown any more."""
    if guide.avatar is None or await press.pictures.unusable([guide.avatar], now):
        return None
    return guide.avatar


def own_texts(press: PosterPorts, guide: Guide, store_id: StoreId) -> dict[Blank, str]:
    """What the blanks say that are each guide's own."""
    store = press.sharing.reference.now().store(store_id)
    return {Blank.GUIDE: guide.name, Blank.STORE: store.name, Blank.ADDRESS: store.address}
