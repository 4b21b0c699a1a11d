"""What an operator sets, read from the environment and checked at start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

SHORTEST_SECRET = 32


class Mode(StrEnum):
    """The demo may use sandboxes for outside services; production may not."""

    DEMO = "demo"
    PRODUCTION = "production"


class SettingsError(Exception):
    """The environment asks for something impossible; the message names the variable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """An app's id and its secret at an outside platform."""

    id: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that differs from one installation to the next."""

    mode: Mode
    mongodb_uri: str
    mongodb_database: str
    secret: str
    public_url: str
    files: str
    s3_endpoint: str | None
    wechat: Credentials | None
    wecom: Credentials | None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read and check every variable; SettingsError says what is wrong with which."""
        settings = cls(
            mode=_mode(environment),
            mongodb_uri=_needed(environment, "MONGODB_URI"),
            mongodb_database=environment.get("MONGODB_DATABASE", "qianmian"),
            secret=_needed(environment, "QIANMIAN_SECRET"),
            public_url=environment.get("QIANMIAN_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/"),
            files=environment.get("QIANMIAN_FILES", str(Path(".data") / "files")),
            s3_endpoint=environment.get("S3_ENDPOINT_URL"),
            wechat=_credentials(environment, "WECHAT_APP_ID", "WECHAT_APP_SECRET"),
            wecom=_credentials(environment, "WECOM_CORP_ID", "WECOM_SECRET"),
        )
        settings.check()
        return settings

    def check(self) -> None:
        """Refuse settings that can't work or are not safe."""
        if len(self.secret) < SHORTEST_SECRET:
            raise SettingsError(f"QIANMIAN_SECRET must have at least {SHORTEST_SECRET} characters.")
        if urlsplit(self.public_url).scheme not in {"http", "https"}:
            raise SettingsError("QIANMIAN_PUBLIC_URL must start with https:// (or http://).")
        if self.mode is not Mode.PRODUCTION:
            return
        if not self.public_url.startswith("https://"):
            raise SettingsError("QIANMIAN_PUBLIC_URL must start with https:// in production.")
        for name, found in (("WECHAT_APP_ID", self.wechat), ("WECOM_CORP_ID", self.wecom)):
            if found is None:
                raise SettingsError(f"{name} and its secret are needed in production.")


def _mode(environment: Mapping[str, str]) -> Mode:
    found = environment.get("QIANMIAN_MODE", Mode.PRODUCTION.value)
    try:
        return Mode(found)
    except ValueError:
        raise SettingsError("QIANMIAN_MODE must be demo or production.") from None


def _needed(environment: Mapping[str, str], name: str) -> str:
    found = environment.get(name)
    if not found:
        raise SettingsError(f"{name} is not set; the README's table says what it is.")
    return found


def _credentials(environment: Mapping[str, str], id: str, secret: str) -> Credentials | None:
    found = environment.get(id), environment.get(secret)
    if all(found):
        return Credentials(id=environment[id], secret=environment[secret])
    if any(found):
        raise SettingsError(f"{id} and {secret} go together; set both or neither.")
    return None
