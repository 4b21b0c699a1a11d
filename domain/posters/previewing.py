"""A design looked at before it is saved."""

from datetime import datetime

from domain.content.scenes import Scene
from domain.people.viewer import CONTENT_TEAM, Viewer
from domain.posters.codes import QrCode
from domain.posters.drawing import Stamp
from domain.posters.layouts import gather, lay_out, require_usable, require_width
from domain.posters.making import PosterPorts
from domain.posters.reviews import Design
from domain.posters.stamping import make_plate
from domain.posters.template_bank import check_design
from domain.posters.templates import Blank
from domain.sharing.links import CODE_ALPHABET, CODE_LENGTH, ShareCode, ShareTarget, share_url
from domain.sharing.sharing import behind

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
    press: PosterPorts,
    viewer: Viewer,
    design: Design,
    target: ShareTarget,
    *,
    width: int,
    now: datetime,
) -> bytes:
    """A design drawn as JPEG with a real thing's title, price and pictures; nothing is kept."""
    viewer.require(*CONTENT_TEAM)
    require_width(width)
    await check_design(press, design, now=now)
    shared = await behind(press.sharing, target, Scene.MOMENTS, now=now)
    layout = lay_out(design, width, shared, press.sharing.reference.now(), now=now)
    await require_usable(press.pictures, layout, now=now)
    subject = await gather(press.pictures, layout)
    stamp = Stamp(texts=SAMPLE_TEXTS, code=SAMPLE_CODE)
    return await press.workers.run(
        lambda: make_plate(layout.template, subject, press.fonts()).stamped(stamp)
    )
