"""A design looked at before it is saved."""

from domain.content.scenes import Scene
from domain.people.act import Act
from domain.posters.codes import QrCode
from domain.posters.drawing import Stamp
from domain.posters.layouts import gather, lay_out, require_usable, require_width
from domain.posters.link_posters import PosterPorts
from domain.posters.stamping import make_plate
from domain.posters.template_changes import check_design
from domain.posters.template_reviews import Design
from domain.posters.templates import Blank
from domain.sharing.share_links import CODE_ALPHABET, CODE_LENGTH, ShareCode, ShareTarget, share_url
from domain.sharing.shareable import behind

SAMPLE_TEXTS = {
    Blank.GUIDE: "林小雨",
    Blank.STORE: "苏州观前街旗舰店",
    Blank.ADDRESS: "江苏省苏州市姑苏区观前街 128 号",
}
# A share URL of this length; the name can't resolve, so nobody follows a preview.
SAMPLE_CODE = QrCode(
    text=share_url("https://preview.invalid", ShareCode(CODE_ALPHABET[0] * CODE_LENGTH))
)


async def preview(
    ports: PosterPorts, act: Act, design: Design, target: ShareTarget, width: int
) -> bytes:
    """A design drawn as JPEG with a real thing's title, price and pictures; nothing is kept."""
    act.viewer.require("poster_template.write")
    require_width(width)
    await check_design(ports, act, design)
    shared = await behind(ports.sharing, act, target, Scene.MOMENTS)
    layout = lay_out(design, width, shared, ports.sharing.catalogue.catalogue(), act.at)
    await require_usable(ports.media, act, layout)
    subject = await gather(ports.media, act, layout)
    stamp = Stamp(texts=SAMPLE_TEXTS, code=SAMPLE_CODE)
    return await ports.workers.run(
        lambda: make_plate(layout.template, subject, ports.fonts()).stamped(stamp)
    )
