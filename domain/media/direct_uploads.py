"""Large files, sent straight to where they are kept: started, put in parts, completed.

The service hands out links; the client puts one part of the file to each of them, in any order, and
again where one failed. On completion the parts become one file, which passes the same gate as any
other before there is an asset. Until then nothing of it can be seen, and an upload that is aborted,
refused or forgotten leaves nothing behind.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from domain.kernel.each import each
from domain.kernel.ids import PersonId
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict, Forbidden, Invalid, NotFound, TooMany, WrongState
from domain.media.asset_deposit import Deposited, Particulars, deposit, require_words
from domain.media.assets import AssetId
from domain.media.gate import MAX_VIDEO_BYTES
from domain.media.links import Signature, require_signed
from domain.media.looking_up import load_asset, near_duplicates
from domain.media.ports import MediaPorts
from domain.people.act import Act

# S3 takes no part below 5 MiB but the last.
PART_BYTES = 8 * 1024 * 1024
LIFETIME = timedelta(hours=24)
LINK_LIFETIME = timedelta(hours=1)
# A completion that has taken longer than this was cut short, and may be tried again.
COMPLETION_TIME = timedelta(minutes=10)
MOST_OPEN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectUpload:
    """A file on its way; `token` is what its store knows it by, `asset_id` what became of it.

    Whoever completes or ends it claims it first; nobody else can before `claimable_at`.
    """

    id: str
    token: str
    sender_id: PersonId
    told: Particulars
    bytes: int
    expires_at: datetime
    claimable_at: datetime
    asset_id: AssetId | None = None

    def key(self) -> str:
        """Where the whole file waits for the gate."""
        return f"incoming/{self.id}"

    def part_sizes(self) -> dict[int, int]:
        """How many bytes each part has, by its number from 1."""
        starts = range(0, self.bytes, PART_BYTES)
        return {
            number: min(PART_BYTES, self.bytes - start)
            for number, start in enumerate(starts, start=1)
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a file, where to put it, and whether it has arrived."""

    number: int
    bytes: int
    link: str
    arrived: bool


class Staging(Protocol):
    """Where parts arrive, beside the files that are kept."""

    async def begin(self, key: str) -> str:
        """Make ready for the parts of a key; the token is given back with everything else."""

    async def part_link(
        self, key: str, token: str, number: int, size: int, *, lifetime: timedelta, now: datetime
    ) -> str:
        """A link that takes this one part by PUT, once or again, for a while."""

    async def arrived(self, key: str, token: str) -> Mapping[int, int]:
        """The size of each part that is there."""

    async def assemble(self, key: str, token: str) -> None:
        """Make one file of the parts, under the key in Files."""

    async def discard(self, key: str, token: str) -> None:
        """Forget the parts and the file; nothing of either is no error."""


class PartReceiver(Protocol):
    """Takes parts that are put to this service, where the store can't take them itself."""

    async def receive(self, key: str, number: int, size: int, body: AsyncIterator[bytes]) -> None:
        """Take a part as it comes; Invalid, and nothing kept, if it is not of its size.

        NotFound where the upload has ended meanwhile.
        """


class DirectUploads(Protocol):
    """The uploads under way."""

    async def add(self, upload: DirectUpload) -> None:
        """Keep a new upload."""

    async def by_id(self, id: str) -> DirectUpload | None:
        """One upload."""

    async def count_open(self, sender_id: PersonId) -> int:
        """How many a person has begun and not completed."""

    async def claim(self, id: str, *, now: datetime, until: datetime) -> bool:
        """Take an upload for oneself until a moment; False where somebody else has it."""

    async def release(self, id: str, *, now: datetime) -> None:
        """Let an upload be claimed by others again."""

    async def finish(self, id: str, asset_id: AssetId) -> None:
        """Note what asset an upload became."""

    async def expired(self, now: datetime) -> Sequence[DirectUpload]:
        """The uploads whose time is over."""

    async def remove(self, id: str) -> None:
        """Forget an upload."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadPorts(Ports):
    """The ports that direct uploads need."""

    media: MediaPorts
    staging: Staging
    uploads: DirectUploads
    receiver: PartReceiver | None


async def start(ports: UploadPorts, act: Act, told: Particulars, size: int) -> DirectUpload:
    """Begin the upload of a file of so many bytes; it must be completed within a day."""
    act.viewer.require("asset.upload_directly")
    if not 0 < size <= MAX_VIDEO_BYTES:
        raise Invalid(f"A file has 1 to {MAX_VIDEO_BYTES} bytes.", field=["bytes"])
    require_words(ports.media, act, told)
    if await ports.uploads.count_open(act.viewer.id) >= MOST_OPEN:
        raise TooMany(f"{MOST_OPEN} uploads are under way; complete or abort one of them.")
    upload = DirectUpload(
        id=act.new_id("upload"),
        token="",
        sender_id=act.viewer.id,
        told=told,
        bytes=size,
        expires_at=act.at + LIFETIME,
        claimable_at=act.at,
    )
    upload = replace(upload, token=await ports.staging.begin(upload.key()))
    await ports.uploads.add(upload)
    return upload


async def find(ports: UploadPorts, act: Act, id: str) -> DirectUpload | None:
    """The viewer's own upload of this id, while its time lasts."""
    act.viewer.require("asset.upload_directly")
    upload = await ports.uploads.by_id(id)
    if upload is None or upload.sender_id != act.viewer.id or upload.expires_at <= act.at:
        return None
    return upload


async def parts(ports: UploadPorts, act: Act, upload: DirectUpload) -> list[Part]:
    """Every part of an upload with a fresh link, good for an hour."""
    if upload.asset_id is not None:
        return []
    key, token = upload.key(), upload.token
    there = await ports.staging.arrived(key, token)
    return [
        Part(
            number=number,
            bytes=size,
            arrived=there.get(number) == size,
            link=await ports.staging.part_link(
                key, token, number, size, lifetime=LINK_LIFETIME, now=act.at
            ),
        )
        for number, size in upload.part_sizes().items()
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class PutPart:
    """A part that is put to a path of this service, as its link had it."""

    path: str
    number: int
    size: int | None
    signature: Signature | None


async def receive_part(
    ports: UploadPorts, act: Act, part: PutPart, body: AsyncIterator[bytes]
) -> None:
    """Take a part that is put to a link of ours."""
    if ports.receiver is None or part.signature is None or part.size is None:
        raise Forbidden("Put the part to the link that you were given.")
    signed = f"PUT {part.path} {part.size}"
    require_signed(ports.media.secret, signed, part.signature, now=act.at)
    key = part.path.strip("/").rpartition("/")[0]
    await ports.receiver.receive(key, part.number, part.size, body)


async def complete(ports: UploadPorts, act: Act, id: str) -> Deposited:
    """Make an asset of an upload whose parts are all there; once more, and it is the same asset.

    A file that the gate refuses is gone, a missing part can be put and completion tried again.
    """
    upload = await _own(ports, act, id)
    if upload.asset_id is not None:
        return await _as_it_was(ports.media, act, upload.asset_id)
    await _require_parts(ports, upload)
    await _claim(ports, act, upload)
    try:
        deposited = await _take_in(ports, act, upload)
    except Invalid:
        await _forget(ports, upload)
        raise
    except BaseException:
        await ports.uploads.release(id, now=act.at)
        raise
    await ports.uploads.finish(id, deposited.asset.id)
    await ports.staging.discard(upload.key(), upload.token)
    return deposited


async def abort(ports: UploadPorts, act: Act, id: str) -> None:
    """End an upload; nothing of it is kept."""
    upload = await _own(ports, act, id)
    if upload.asset_id is not None:
        raise WrongState("This upload is complete; delete the asset instead.", field=["id"])
    await _claim(ports, act, upload)
    await _forget(ports, upload)


async def forget_expired(ports: UploadPorts, act: Act) -> int:
    """Forget the uploads whose time is over, with all that had arrived; tell how many."""

    async def forget(upload: DirectUpload) -> None:
        await _claim(ports, act, upload)
        await _forget(ports, upload)

    return await each(await ports.uploads.expired(act.at), forget)


async def _own(ports: UploadPorts, act: Act, id: str) -> DirectUpload:
    upload = await find(ports, act, id)
    if upload is None:
        raise NotFound(f"You have no upload {id}; start a new one.", field=["id"])
    return upload


async def _claim(ports: UploadPorts, act: Act, upload: DirectUpload) -> None:
    until = act.at + COMPLETION_TIME
    if not await ports.uploads.claim(upload.id, now=act.at, until=until):
        raise Conflict("This upload is just being completed; ask again in a moment.")


async def _as_it_was(ports: MediaPorts, act: Act, id: AssetId) -> Deposited:
    asset = await load_asset(ports.assets, id)
    near = await near_duplicates(ports, act, asset)
    return Deposited(asset=asset, known=True, near_duplicates=near)


async def _require_parts(ports: UploadPorts, upload: DirectUpload) -> None:
    """Refuse an upload of which parts are missing, unless they are one file already."""
    there = await ports.staging.arrived(upload.key(), upload.token)
    missing = [
        str(number) for number, size in upload.part_sizes().items() if there.get(number) != size
    ]
    if missing and not await ports.media.files.exists(upload.key()):
        raise WrongState(
            f"Not all has arrived: put part {', '.join(missing)} again, then complete it.",
            field=["id"],
        )


async def _take_in(ports: UploadPorts, act: Act, upload: DirectUpload) -> Deposited:
    files, key = ports.media.files, upload.key()

    async def keep(target: str, content_type: str) -> None:
        await files.copy(key, target, content_type)

    if not await files.exists(key):
        await ports.staging.assemble(key, upload.token)
    async with files.open(key) as file:
        return await deposit(ports.media, act, file, keep, upload.told)


async def _forget(ports: UploadPorts, upload: DirectUpload) -> None:
    await ports.staging.discard(upload.key(), upload.token)
    await ports.uploads.remove(upload.id)
