"""Assets, and large files on their way to them."""

from domain.content.following import PostsOnShow
from domain.media.asset_changes import finish_deletions
from domain.media.direct_uploads import UploadPorts, forget_expired
from domain.media.ports import MediaPorts
from qianmian.clock import Job
from qianmian.foundation import Foundation
from storage.advertising_claims import read_claims
from storage.mongo.content.posts import MongoPosts
from storage.mongo.kernel.records import MongoRecords
from storage.mongo.kernel.uses import MongoUses
from storage.mongo.media.assets import MongoAssets
from storage.mongo.media.direct_uploads import MongoDirectUploads

TIDY_EVERY_S = 60.0


def media_ports(base: Foundation) -> MediaPorts:
    """The assets."""
    return MediaPorts(
        assets=base.made(MongoAssets),
        displays=PostsOnShow(base.made(MongoPosts)),
        files=base.files,
        uses=base.made(MongoUses),
        records=base.made(MongoRecords),
        workers=base.workers,
        wording=read_claims(),
        public_url=base.settings.public_url,
        secret=base.settings.secret,
    )


def upload_ports(base: Foundation, media: MediaPorts) -> UploadPorts:
    """Large files in parts; a bucket takes them itself, for a folder this service does."""
    return UploadPorts(
        media=media,
        staging=base.staging,
        uploads=base.made(MongoDirectUploads),
        receiver=base.receiver,
    )


def media_jobs(uploads: UploadPorts) -> tuple[Job, ...]:
    """What the clock does to assets."""
    return (
        Job(
            name="finishing deletions of assets",
            work=lambda act: finish_deletions(uploads.media, act),
            every_s=TIDY_EVERY_S,
        ),
        Job(
            name="forgetting uploads whose time is over",
            work=lambda act: forget_expired(uploads, act),
            every_s=TIDY_EVERY_S,
        ),
    )
