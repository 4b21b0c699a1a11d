"""Posters and the codes on them, one by one and in batches."""

import asyncio
import secrets
from functools import partial

from domain.media.asset_bank import MediaPorts
from domain.posters.bank_pictures import BankPictures
from domain.posters.bulk import BatchPorts, work
from domain.posters.making import PlateRack, PosterPorts
from domain.posters.scanning import Codes, ShareUrlCodes
from domain.sharing.links import new_code
from domain.sharing.sharing import SharingPorts
from qianmian.clock import Job, now
from qianmian.foundation import Foundation
from storage.fonts import bundled
from storage.mongo.posters.poster_batches import MongoPosterBatches
from storage.mongo.posters.posters import MongoPosterTemplates
from storage.outside.mini_program_codes import MiniProgramCodes
from storage.processes import StampingProcesses

# How soon after its order a batch of posters is begun.
POSTERS_EVERY_S = 1.0


def poster_ports(base: Foundation, sharing: SharingPorts, media: MediaPorts) -> PosterPorts:
    """Templates and the posters made of them."""
    return PosterPorts(
        sharing=sharing,
        templates=base.made(MongoPosterTemplates),
        pictures=BankPictures(media),
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
    return BatchPorts(press=posters, batches=base.made(MongoPosterBatches), stampers=stampers)


def poster_jobs(batches: BatchPorts) -> tuple[Job, ...]:
    """What the clock does to posters."""
    code = partial(new_code, secrets.choice)
    return (
        Job(
            name="stamping of batches",
            work=lambda _: work(batches, clock=now, new_code=code),
            every_s=POSTERS_EVERY_S,
        ),
    )


def _codes(base: Foundation) -> Codes:
    """Mini-program codes where the app's credentials are set, else QR codes of the share URL."""
    app = base.settings.wechat
    if app is None:
        return ShareUrlCodes(base.settings.public_url)
    return MiniProgramCodes(base.http, base.wechat_token(app), base.files, pause=asyncio.sleep)
