"""From a share link to its poster: a plate made once for everybody, a stamp set on it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from domain.kernel.files import Files
from domain.kernel.ports import Ports
from domain.kernel.records import Records
from domain.kernel.uses import Uses
from domain.kernel.work import Workers
from domain.media.ports import MediaPorts
from domain.people.accounts import Guide
from domain.people.act import Act
from domain.posters.drawing import PosterSubject, Stamp
from domain.posters.fonts import FontSet
from domain.posters.layouts import (
    Choice,
    Layout,
    Wish,
    choose,
    digest,
    gather,
    require_usable,
    require_width,
)
from domain.posters.link_codes import LinkCodes
from domain.posters.stamping import Plate, PlateRack, PosterFormat, make_plate
from domain.posters.template_reviews import PosterTemplates, TemplateId
from domain.posters.templates import DESIGN_WIDTH, Blank
from domain.posters.usable_pictures import picture, unusable
from domain.sharing.creating_links import link_of_poster
from domain.sharing.following_links import follow
from domain.sharing.share_links import ShareCode, ShareLink
from domain.sharing.shareable import Shared, SharingPorts


@dataclass(frozen=True, slots=True, kw_only=True)
class PosterOrder:
    """Which poster of a link is wanted; without a template, the first that suits."""

    code: ShareCode
    template_id: TemplateId | None = None
    number: int | None = None
    width: int = DESIGN_WIDTH
    format: PosterFormat = PosterFormat.JPEG

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
    format: PosterFormat

    @property
    def path(self) -> str:
        """Its path in the service, with its template's version and its width."""
        query = f"template={self.template_id}&version={self.number}&width={self.width}"
        return f"/posters/{self.link.code}.{self.format.extension}?{query}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PosterPorts(Ports):
    """The ports that posters need, and the plates at hand."""

    sharing: SharingPorts
    templates: PosterTemplates
    media: MediaPorts
    codes: LinkCodes
    files: Files
    uses: Uses
    records: Records
    workers: Workers
    fonts: Callable[[], FontSet]
    rack: PlateRack

    def plate(self, layout: Layout, subject: PosterSubject) -> Plate:
        """The plate of a layout; making it takes a while, so call it in a worker."""
        return self.rack.get(
            layout.fingerprint, lambda: make_plate(layout.template, subject, self.fonts())
        )


async def create_poster(ports: PosterPorts, act: Act, order: PosterOrder) -> PosterFile:
    """The poster of a link, for the brand's own people; its code tells of its template, too."""
    act.viewer.require("poster.make")
    return await poster(ports, act, order, own_link=True)


async def poster(
    ports: PosterPorts, act: Act, order: PosterOrder, *, own_link: bool = False
) -> PosterFile:
    """The poster of a link that works, from the file store or made and kept there.

    It carries the link's own code, or with `own_link` one that is for its template alone.
    """
    followed = await follow(ports.sharing, act, order.code)
    wish = Wish(
        kind=followed.link.target.kind,
        template_id=order.template_id,
        number=order.number,
        width=order.width,
    )
    choice = await choose_usable(ports, act, wish, followed.shared)
    layout, link = choice.layout, followed.link
    if own_link:
        link = await link_of_poster(ports.sharing, act, link, choice.template_id)
    texts = _own_texts(ports, followed.guide, link)
    avatar = await _usable_avatar(ports, act, followed.guide)
    own = (*texts.values(), avatar or "", ports.codes.kind)
    tag = digest(layout.fingerprint, *own, order.format)
    key = f"posters/{link.code[:2]}/{link.code}-{tag}.{order.format.extension}"
    data = await ports.files.get(key)
    if data is None:
        stamp = await _stamp(ports, act, link, texts, avatar)
        subject = await gather(ports.media, act, layout)
        data = await ports.workers.run(
            lambda: ports.plate(layout, subject).stamped(stamp, order.format)
        )
        await ports.files.put(key, data, f"image/{order.format}")
    return PosterFile(
        data=data,
        tag=tag,
        link=link,
        template_id=choice.template_id,
        number=choice.number,
        width=order.width,
        format=order.format,
    )


async def choose_usable(ports: PosterPorts, act: Act, wish: Wish, shared: Shared) -> Choice:
    """The template laid out with what is shared, all of whose pictures may be shown."""
    catalogue = ports.sharing.catalogue.catalogue()
    choice = await choose(ports.templates, wish, shared, catalogue, act.at)
    await require_usable(ports.media, act, choice.layout)
    return choice


async def stamp_of(ports: PosterPorts, act: Act, guide: Guide, link: ShareLink) -> Stamp:
    """What a guide's own layers show for a link of theirs."""
    avatar = await _usable_avatar(ports, act, guide)
    return await _stamp(ports, act, link, _own_texts(ports, guide, link), avatar)


async def _stamp(
    ports: PosterPorts, act: Act, link: ShareLink, texts: Mapping[Blank, str], avatar: str | None
) -> Stamp:
    return Stamp(
        texts=texts,
        code=await ports.codes.code_of(link.code),
        avatar=(await picture(ports.media, act, avatar)).data if avatar else None,
    )


async def _usable_avatar(ports: PosterPorts, act: Act, guide: Guide) -> str | None:
    """The guide's picture, unless it may not be shown any more."""
    if guide.avatar is None or await unusable(ports.media, act, [guide.avatar]):
        return None
    return guide.avatar


def _own_texts(ports: PosterPorts, guide: Guide, link: ShareLink) -> dict[Blank, str]:
    """What the blanks say that are each guide's own."""
    store = ports.sharing.directory.directory().store(link.store_id)
    return {Blank.GUIDE: guide.name, Blank.STORE: store.name, Blank.ADDRESS: store.address}
