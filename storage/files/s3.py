"""Files in any S3-compatible store."""

import asyncio
from typing import Any

import boto3
from botocore.exceptions import ClientError

MISSING = frozenset({"404", "NoSuchKey", "NotFound"})


class S3Files:
    """Keeps each key as an object of one bucket; boto3 finds credentials in its usual places."""

    def __init__(self, bucket: str, *, endpoint_url: str | None = None) -> None:
        self._bucket = bucket
        self._client: Any = boto3.client("s3", endpoint_url=endpoint_url)

    async def put(self, key: str, data: bytes, content_type: str) -> None:
        """Keep the bytes durably; writing a key again changes nothing."""
        await asyncio.to_thread(
            self._client.put_object,
            Bucket=self._bucket,
            Key=key,
            Body=data,
            ContentType=content_type,
            CacheControl="public, max-age=31536000, immutable",
        )

    async def get(self, key: str) -> bytes | None:
        """The bytes, or None where there is no such key."""
        return await asyncio.to_thread(self._read, key)

    async def read(self, key: str, start: int, length: int) -> bytes | None:
        """That part of the bytes, shorter at their end; None where there is no such key."""
        if length == 0:
            return b"" if await self.exists(key) else None
        return await asyncio.to_thread(self._read, key, Range=f"bytes={start}-{start + length - 1}")

    async def size(self, key: str) -> int | None:
        """How many bytes there are; None where there is no such key."""
        return await asyncio.to_thread(self._size, key)

    async def exists(self, key: str) -> bool:
        """Tell whether the key is there."""
        return await self.size(key) is not None

    async def delete(self, key: str) -> None:
        """Forget the key; one that is not there is no error."""
        await asyncio.to_thread(self._client.delete_object, Bucket=self._bucket, Key=key)

    def _read(self, key: str, **which: str) -> bytes | None:
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=key, **which)
        except ClientError as fault:
            code = fault.response["Error"]["Code"]
            if code == "InvalidRange":
                return b""
            if code in MISSING:
                return None
            raise
        found: bytes = answer["Body"].read()
        return found

    def _size(self, key: str) -> int | None:
        try:
            answer = self._client.head_object(Bucket=self._bucket, Key=key)
        except ClientError as fault:
            if fault.response["Error"]["Code"] in MISSING:
                return None
            raise
        return int(answer["ContentLength"])
