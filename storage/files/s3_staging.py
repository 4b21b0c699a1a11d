"""Parts of large files, put straight to an S3-compatible store through links that it checks."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from storage.files.s3 import pass_if_missing

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import PartTypeDef


class S3Staging:
    """Keeps a key's parts as one multipart upload of the bucket; its id is the token."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    async def begin(self, key: str) -> str:
        """Make ready for the parts of a key; the token is given back with everything else."""
        answer = await asyncio.to_thread(
            self._client.create_multipart_upload, Bucket=self._bucket, Key=key
        )
        return answer["UploadId"]

    async def part_link(
        self, key: str, token: str, number: int, size: int, *, lifetime: timedelta, now: datetime
    ) -> str:
        """A link that takes this one part by PUT, once or again, for a while from now on."""
        return self._client.generate_presigned_url(
            "upload_part",
            Params={
                "Bucket": self._bucket,
                "Key": key,
                "UploadId": token,
                "PartNumber": number,
                "ContentLength": size,
            },
            ExpiresIn=int(lifetime.total_seconds()),
        )

    async def arrived(self, key: str, token: str) -> Mapping[int, int]:
        """The size of each part that is there."""
        parts = await asyncio.to_thread(self._parts, key, token)
        return {part["PartNumber"]: part["Size"] for part in parts}

    async def assemble(self, key: str, token: str) -> None:
        """Make one file of the parts, under the key in Files."""
        await asyncio.to_thread(self._assemble, key, token)

    async def discard(self, key: str, token: str) -> None:
        """Forget the parts and the file; nothing of either is no error."""
        await asyncio.to_thread(self._discard, key, token)

    def _parts(self, key: str, token: str) -> "list[PartTypeDef]":
        pages = self._client.get_paginator("list_parts").paginate(
            Bucket=self._bucket, Key=key, UploadId=token
        )
        try:
            return [part for page in pages for part in page.get("Parts", [])]
        except ClientError as fault:
            pass_if_missing(fault)
            return []

    def _assemble(self, key: str, token: str) -> None:
        parts = self._parts(key, token)
        self._client.complete_multipart_upload(
            Bucket=self._bucket,
            Key=key,
            UploadId=token,
            MultipartUpload={
                "Parts": [
                    {"PartNumber": part["PartNumber"], "ETag": part["ETag"]} for part in parts
                ]
            },
        )

    def _discard(self, key: str, token: str) -> None:
        try:
            self._client.abort_multipart_upload(Bucket=self._bucket, Key=key, UploadId=token)
        except ClientError as fault:
            pass_if_missing(fault)
        self._client.delete_object(Bucket=self._bucket, Key=key)
