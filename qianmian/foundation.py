"""What the wiring of every group builds on: each adapter made once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeVar

import httpx2

from domain.kernel.files import Files
from domain.kernel.sealing import KeyRing
from domain.media.direct_uploads import PartReceiver, Staging
from domain.members.phones import PhoneKey, phone_key
from qianmian.clock import now
from qianmian.settings import Credentials, Settings
from storage.files.disk import DiskFiles
from storage.files.disk_staging import DiskStaging
from storage.files.s3 import S3Files, s3_client
from storage.files.s3_staging import S3Staging
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.tokens import MongoTokens
from storage.mongo.mall.reference import MongoReference
from storage.outside.in_time import InTime
from storage.outside.wechat_token import StableToken, WecomToken
from storage.threads import FewThreads, Threads

# An outside service that takes longer than this counts as not answering.
OUTSIDE_TIMEOUT_S = 5.0
# A hash takes 64 MiB and all processors for a moment, so sign-ins take turns.
HASHES_AT_ONCE = 1
HASHING_PATIENCE_S = 3.0

A = TypeVar("A")

# Reading whom this machine trusts takes longer than making all the rest of a service.
_trusted = cache(httpx2.create_ssl_context)


@dataclass(kw_only=True)
class Foundation:
    """The settings, and the connections and adapters that groups share."""

    settings: Settings
    database: Database
    _made: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)

    def made(self, kind: Callable[[Database], A]) -> A:
        """The one adapter of a kind that needs nothing but the database."""
        if kind not in self._made:
            self._made[kind] = kind(self.database)
        adapter: A = self._made[kind]
        return adapter

    def sealed(self, kind: Callable[[Database, KeyRing], A]) -> A:
        """The one adapter of a kind that seals what it keeps of people."""
        if kind not in self._made:
            self._made[kind] = kind(self.database, self.ring)
        adapter: A = self._made[kind]
        return adapter

    @cached_property
    def ring(self) -> KeyRing:
        """What seals what is kept of people."""
        return KeyRing(self.settings.personal_keys, "personal data")

    @cached_property
    def phones(self) -> PhoneKey:
        """What numbers of members are known by; usable once `adopt` has looked it up."""
        return phone_key(self.settings.secret, self.ring)

    @cached_property
    def reference(self) -> MongoReference:
        """The reference data of this process."""
        return self.made(MongoReference)

    @cached_property
    def http(self) -> httpx2.AsyncClient:
        """The way to outside services."""
        return InTime(OUTSIDE_TIMEOUT_S, verify=_trusted())

    @cached_property
    def workers(self) -> Threads:
        """Threads for what only computes."""
        return Threads()

    @cached_property
    def hashing(self) -> FewThreads:
        """A thread for passwords, which never holds up what else computes."""
        return FewThreads(HASHES_AT_ONCE, patience_s=HASHING_PATIENCE_S)

    @property
    def files(self) -> Files:
        """Where bytes are kept."""
        return self._store[0]

    @property
    def staging(self) -> Staging:
        """Where large files arrive."""
        return self._store[1]

    @property
    def receiver(self) -> PartReceiver | None:
        """Who takes the parts of large files, where the store does not do so itself."""
        return self._store[2]

    @cached_property
    def _store(self) -> tuple[Files, Staging, PartReceiver | None]:
        """A folder, or a bucket where the setting reads `s3://BUCKET`."""
        settings = self.settings
        if settings.files.startswith("s3://"):
            bucket = settings.files.removeprefix("s3://")
            client = s3_client(settings.s3_endpoint)
            return S3Files(client, bucket), S3Staging(client, bucket), None
        files = DiskFiles(Path(settings.files))
        staging = DiskStaging(files, public_url=settings.public_url, secret=settings.secret)
        return files, staging, staging

    def wechat_token(self, app: Credentials) -> StableToken:
        """WeChat's access token of an app, which all processes share."""
        if app not in self._made:
            self._made[app] = StableToken(
                self.http, app.id, app.secret, tokens=self.made(MongoTokens), now=now
            )
        token: StableToken = self._made[app]
        return token

    @cached_property
    def wecom_token(self) -> WecomToken | None:
        """WeCom's access token of the company's app; None where no company is named."""
        company = self.settings.wecom
        if company is None:
            return None
        tokens = self.made(MongoTokens)
        return WecomToken(
            self.http,
            company.id,
            company.secret,
            tokens=tokens,
            now=now,
            base_url=self.settings.wecom_gateway,
        )
