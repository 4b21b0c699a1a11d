"""Files in any S3-compatible store."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from domain.kernel.files import FilesUnreachable
from domain.kernel.refusals import NotFound

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MISSING = frozenset({"404", "NoSuchKey", "NotFound", "NoSuchUpload"})
FOR_EVER = "public, max-age=31536000, immutable"
# Checksums beyond those that S3 has always had are unknown to some compatible stores.
CONFIG = Config(
    signature_version="s3v4",
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    max_pool_connections=32,
    connect_timeout=5,
    read_timeout=60,
    retries={"mode": "standard", "max_attempts": 4},
)


def s3_client(endpoint_url: str | None) -> "S3Client":
    """A client for AWS, or for the store at an address; credentials come from the usual places."""
    client: S3Client = boto3.client("s3", endpoint_url=endpoint_url, config=CONFIG)
    return client


class S3Files:
    """Keeps each key as an object of one bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    async def check(self) -> None:
        """Raise FilesUnreachable where nothing can be kept."""
        try:
            await asyncio.to_thread(self._client.head_bucket, Bucket=self._bucket)
        except (ClientError, BotoCoreError) as fault:
            raise FilesUnreachable(
                f"The bucket {self._bucket} of QIANMIAN_FILES can't be used ({fault}); "
                "create it, or correct its name, S3_ENDPOINT_URL or the credentials."
            ) from None

    async def put(self, key: str, data: bytes, content_type: str) -> None:
        """Keep the bytes durably; writing a key again changes nothing."""
        if await self.exists(key):
            return
        await asyncio.to_thread(
            self._client.put_object,
            Bucket=self._bucket,
            Key=key,
            Body=data,
            ContentType=content_type,
            CacheControl=FOR_EVER,
        )

    async def copy(self, key: str, target: str, content_type: str) -> None:
        """Keep the bytes of a key under another one too; NotFound where there is no such key."""
        if await self.exists(target):
            return
        with _naming(key):
            await asyncio.to_thread(
                self._client.copy_object,
                Bucket=self._bucket,
                Key=target,
                CopySource={"Bucket": self._bucket, "Key": key},
                MetadataDirective="REPLACE",
                ContentType=content_type,
                CacheControl=FOR_EVER,
            )

    async def keys(self) -> list[str]:
        """Every key."""
        return await asyncio.to_thread(self._keys)

    def _keys(self) -> list[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket)
        return [found["Key"] for page in pages for found in page.get("Contents", [])]

    async def get(self, key: str) -> bytes | None:
        """The bytes, or None where there is no such key."""
        return await asyncio.to_thread(self._read, key)

    async def read(self, key: str, start: int, length: int) -> bytes | None:
        """That part of the bytes, shorter at their end; None where there is no such key."""
        if length == 0:
            return b"" if await self.exists(key) else None
        return await asyncio.to_thread(self._read, key, Range=f"bytes={start}-{start + length - 1}")

    @contextlib.asynccontextmanager
    async def open(self, key: str) -> AsyncIterator[BinaryIO]:
        """The bytes as a file that can be read here and there; NotFound if there is no such key."""
        with tempfile.TemporaryFile() as file:
            with _naming(key):
                await asyncio.to_thread(self._client.download_fileobj, self._bucket, key, file)
            file.seek(0)
            yield file

    async def size(self, key: str) -> int | None:
        """How many bytes there are; None where there is no such key."""
        return await asyncio.to_thread(self._size, key)

    async def exists(self, key: str) -> bool:
        """Tell whether the key is there."""
        return await self.size(key) is not None

    async def delete(self, key: str) -> None:
        """Forget the key; one that is not there is no error."""
        await asyncio.to_thread(self._client.delete_object, Bucket=self._bucket, Key=key)

    async def delete_below(self, folder: str) -> None:
        """Forget every key that begins with a folder, such as `kind/ab/`; none is no error."""
        await asyncio.to_thread(self._delete_below, folder)

    def _delete_below(self, folder: str) -> None:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=folder
        )
        for page in pages:
            for found in page.get("Contents", []):
                self._client.delete_object(Bucket=self._bucket, Key=found["Key"])

    def _read(self, key: str, **which: Any) -> bytes | None:
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=key, **which)
        except ClientError as fault:
            if fault.response["Error"]["Code"] == "InvalidRange":
                return b""
            pass_if_missing(fault)
            return None
        return answer["Body"].read()

    def _size(self, key: str) -> int | None:
        try:
            return self._client.head_object(Bucket=self._bucket, Key=key)["ContentLength"]
        except ClientError as fault:
            pass_if_missing(fault)
            return None


def pass_if_missing(fault: ClientError) -> None:
    """Raise a store's fault, unless it is that something is not there."""
    if fault.response["Error"]["Code"] not in MISSING:
        raise fault


@contextlib.contextmanager
def _naming(key: str) -> Iterator[None]:
    """Turn a store's fault about a missing key into ours."""
    try:
        yield
    except ClientError as fault:
        pass_if_missing(fault)
        raise NotFound(f"There is no file {key}.") from None
