"""Posters and the codes on them, one by one and in batches."""

import asyncio
from functools import partial

from domain.media.ports import MediaPorts
from domain.posters.batch_orders import BatchPorts
from domain.posters.batch_work import clear_archives, work_off
from domain.posters.link_codes import LinkCodes, ShareUrlCodes
from domain.posters.link_posters import PosterPorts
from domain.posters.stamping import PlateRack
from domain.sharing.shareable import SharingPorts
from qianmian.clock import Job, now
from qianmian.foundation import Foundation
from qianmian.wiring.audiences import trait_ports
from storage.fonts import bundled
from storage.mongo.posters.poster_batches import MongoPosterBatches
from storage.mongo.posters.poster_templates import MongoPosterTemplates
from storage.outside.mini_program_codes import MiniProgramCodes
from storage.processes import StampingProcesses

# How soon after its order a batch of posters is begun.
POSTERS_EVERY_S = 1.0
# How soon the archives of what was withdrawn are deleted; nobody gets them from that moment on.
CLEAR_EVERY_S = 30.0


def poster_ports(base: Foundation, sharing: SharingPorts, media: MediaPorts) -> PosterPorts:
    """Templates and the posters made of them."""
    return PosterPorts(
        sharing=sharing,
        templates=base.made(MongoPosterTemplates),
        media=media,
        codes=_codes(base),
        files=base.files,
        uses=media.uses,
        records=media.records,
        workers=base.workers,
        fonts=bundled,
        rack=PlateRack(),
    )


def batch_ports(base: Foundation, posters: PosterPorts, stampers: StampingProcesses) -> BatchPorts:
    """Posters for many guides at once."""
    return BatchPorts(
        press=posters,
        batches=base.made(MongoPosterBatches),
        stampers=stampers,
        traits=trait_ports(base),
        clock=now,
        secret=base.settings.secret,
    )


def poster_jobs(batches: BatchPorts) -> tuple[Job, ...]:
    """What the clock does to posters."""
    return (
        Job(
            name="stamping of batches",
            work=partial(work_off, batches),
            every_s=POSTERS_EVERY_S,
        ),
        Job(
            name="clearing of batches that may go out no more",
            work=partial(clear_archives, batches),
            every_s=CLEAR_EVERY_S,
        ),
    )


def _codes(base: Foundation) -> LinkCodes:
    """Mini-program codes where the app's credentials are set, else QR codes of the share URL."""
    app = base.settings.wechat
    if app is None:
        return ShareUrlCodes(base.settings.public_url)
    return MiniProgramCodes(base.http, base.wechat_token(app), base.files, pause=asyncio.sleep)
