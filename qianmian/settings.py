"""What an operator sets, read from the environment and checked at start."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

from domain.mall.orders.order import PAY_WITHIN
from domain.people.roles import Role
from domain.people.staff import STAFF_ROLES

SHORTEST_SECRET = 32
API_KEY_BYTES = 32
DRAIN_S = 3
MOST_DRAIN_S = 5
# Longer than the largest import takes; what takes longer still holds up others by then.
OPERATION_S = 120
MOST_OPERATION_S = 600
# The platform has a second one for when this is in trouble: https://api2.mch.weixin.qq.com.
WECHAT_PAY_GATEWAY = "https://api.mch.weixin.qq.com"
WECOM_GATEWAY = "https://qyapi.weixin.qq.com"
# The EncodingAESKey that WeCom's console shows: 32 bytes in base 64 without the sign at its end.
CALLBACK_KEY_CHARACTERS = 43
PUBLIC_KEY_IDS = "WECHAT_PAY_PUBLIC_KEY_ID"
PUBLIC_KEY_FILES = "WECHAT_PAY_PUBLIC_KEY_FILE"
PERSONAL_KEYS = "QIANMIAN_PERSONAL_KEYS"
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,20}")
CERTIFICATE_FILES = "WECHAT_PAY_PLATFORM_CERTIFICATE_FILES"


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
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Oidc:
    """The brand's provider of single sign-on, and what this service is to it."""

    issuer: str
    client_id: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WechatPayKeys:
    """A merchant's account at WeChat Pay; the keys are in PEM, the API v3 key has 32 bytes.

    `platform_keys` are the platform's public keys by their ids; they, its certificates or both.
    """

    merchant_id: str
    serial: str
    private_key: bytes = field(repr=False)
    api_key: bytes = field(repr=False)
    platform_keys: Mapping[str, bytes] = field(repr=False)
    platform_certificates: tuple[bytes, ...] = field(repr=False)
    gateway: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that differs from one installation to the next."""

    mode: Mode
    mongodb_uri: str = field(repr=False)
    mongodb_database: str
    secret: str = field(repr=False)
    personal_keys: Mapping[str, str] = field(repr=False)
    public_url: str
    files: str
    s3_endpoint: str | None
    wechat: Credentials | None
    wecom: Credentials | None
    wechat_pay: WechatPayKeys | None
    official: Credentials | None = None
    official_callback: Credentials | None = None
    wecom_callback: Credentials | None = None
    wecom_agent: str | None = None
    wecom_gateway: str = WECOM_GATEWAY
    reports_shipping: bool = True
    shares_payments: bool = False
    pay_within: timedelta = PAY_WITHIN
    cors_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    address_limits: bool = True
    drain_s: int = DRAIN_S
    operation_s: int = OPERATION_S
    metrics_token: str | None = field(default=None, repr=False)
    introspection: bool = True
    operations: Path | None = None
    demo_people: tuple[Mapping[str, str], ...] = ()
    second_factor_for: frozenset[Role] = frozenset()
    oidc: Oidc | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read and check every variable; SettingsError says what is wrong with which."""
        settings = cls(
            mode=_mode(environment),
            mongodb_uri=_needed(environment, "MONGODB_URI"),
            mongodb_database=environment.get("MONGODB_DATABASE", "qianmian"),
            secret=_needed(environment, "QIANMIAN_SECRET"),
            personal_keys=_personal_keys(environment),
            public_url=environment.get("QIANMIAN_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/"),
            files=environment.get("QIANMIAN_FILES", str(Path(".data") / "files")),
            s3_endpoint=environment.get("S3_ENDPOINT_URL"),
            wechat=_credentials(environment, "WECHAT_APP_ID", "WECHAT_APP_SECRET"),
            wecom=_credentials(environment, "WECOM_CORP_ID", "WECOM_SECRET"),
            wechat_pay=_wechat_pay(environment),
            official=_credentials(
                environment, "WECHAT_OFFICIAL_APP_ID", "WECHAT_OFFICIAL_APP_SECRET"
            ),
            official_callback=_callback(
                environment, "WECHAT_OFFICIAL_CALLBACK_TOKEN", "WECHAT_OFFICIAL_CALLBACK_KEY"
            ),
            wecom_callback=_callback(environment, "WECOM_CALLBACK_TOKEN", "WECOM_CALLBACK_KEY"),
            wecom_agent=environment.get("WECOM_AGENT_ID"),
            wecom_gateway=environment.get("WECOM_GATEWAY", WECOM_GATEWAY).rstrip("/"),
            reports_shipping=_on(environment, "WECHAT_SHIPPING_REPORTS", otherwise="on"),
            shares_payments=_on(environment, "WECHAT_PAY_PROFIT_SHARING", otherwise="off"),
            pay_within=_pay_within(environment),
            cors_origins=_cors_origins(environment),
            trusted_proxies=_trusted_proxies(environment),
            address_limits=_address_limits(environment),
            drain_s=_drain_s(environment),
            operation_s=_operation_s(environment),
            metrics_token=environment.get("QIANMIAN_METRICS_TOKEN"),
            introspection=_introspection(environment),
            operations=_operations(environment),
            demo_people=_demo_people(environment),
            second_factor_for=_second_factor_for(environment),
            oidc=_oidc(environment),
        )
        settings.check()
        return settings

    @property
    def bucket_origin(self) -> str | None:
        """Where browsers put parts of large files; None where the service takes them itself."""
        if not self.files.startswith("s3://"):
            return None
        return self.s3_endpoint or "https://*.amazonaws.com"

    def check(self) -> None:
        """Refuse settings that can't work or are not safe."""
        if len(self.secret) < SHORTEST_SECRET:
            raise SettingsError(f"QIANMIAN_SECRET must have at least {SHORTEST_SECRET} characters.")
        if self.metrics_token is not None and len(self.metrics_token) < SHORTEST_SECRET:
            raise SettingsError(
                f"QIANMIAN_METRICS_TOKEN must have at least {SHORTEST_SECRET} characters."
            )
        if urlsplit(self.public_url).scheme not in {"http", "https"}:
            raise SettingsError("QIANMIAN_PUBLIC_URL must start with https:// (or http://).")
        if self.wecom_callback and not self.wecom:
            raise SettingsError("WECOM_CORP_ID is needed with WECOM_CALLBACK_TOKEN.")
        if self.official_callback and not self.official:
            raise SettingsError(
                "WECHAT_OFFICIAL_APP_ID is needed with WECHAT_OFFICIAL_CALLBACK_TOKEN."
            )
        if self.wechat_pay and not self.wechat:
            raise SettingsError("WECHAT_APP_ID is needed with WECHAT_PAY_MERCHANT_ID.")
        if self.mode is not Mode.PRODUCTION:
            return
        if self.demo_people:
            raise SettingsError("QIANMIAN_DEMO_PEOPLE lets anybody in; it is for the demo alone.")
        if not self.public_url.startswith("https://"):
            raise SettingsError("QIANMIAN_PUBLIC_URL must start with https:// in production.")
        if self.oidc and not self.oidc.issuer.startswith("https://"):
            raise SettingsError("QIANMIAN_OIDC_ISSUER must start with https:// in production.")
        needed = {
            "WECHAT_APP_ID": self.wechat,
            "WECOM_CORP_ID": self.wecom,
            "WECHAT_PAY_MERCHANT_ID": self.wechat_pay,
        }
        for name, found in needed.items():
            if found is None:
                raise SettingsError(
                    f"{name} and what goes with it are needed in production; "
                    "sandboxes are for the demo alone."
                )


def _mode(environment: Mapping[str, str]) -> Mode:
    found = environment.get("QIANMIAN_MODE", Mode.PRODUCTION.value)
    try:
        return Mode(found)
    except ValueError:
        raise SettingsError("QIANMIAN_MODE must be demo or production.") from None


def _personal_keys(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Secrets by their ids, in the order in which they are written: the first seals."""
    _needed(environment, PERSONAL_KEYS)
    pairs = [one.partition(":") for one in _list(environment, PERSONAL_KEYS)]
    keys = {name: secret for name, _, secret in pairs}
    good = all(
        _KEY_ID.fullmatch(name) and len(secret) >= SHORTEST_SECRET for name, secret in keys.items()
    )
    if not keys or not good or len(keys) < len(pairs):
        raise SettingsError(
            f"{PERSONAL_KEYS} is ID:SECRET for each key with commas between, the newest first; ids "
            f"are different, secrets have at least {SHORTEST_SECRET} characters."
        )
    return keys


def _second_factor_for(environment: Mapping[str, str]) -> frozenset[Role]:
    name = "QIANMIAN_SECOND_FACTOR_FOR"
    try:
        found = frozenset(Role(one) for one in _list(environment, name))
    except ValueError:
        raise SettingsError(f"{name} takes roles such as HEAD_OFFICE,FINANCE.") from None
    if found - STAFF_ROLES:
        raise SettingsError(f"{name} is for roles that sign in with a password.")
    return found


def _oidc(environment: Mapping[str, str]) -> Oidc | None:
    names = ("QIANMIAN_OIDC_ISSUER", "QIANMIAN_OIDC_CLIENT_ID", "QIANMIAN_OIDC_CLIENT_SECRET")
    found = [environment.get(name) for name in names]
    if not any(found):
        return None
    if not all(found):
        raise SettingsError(f"{', '.join(names)} go together; set all or none.")
    issuer, client_id, secret = (environment[name] for name in names)
    return Oidc(issuer=issuer, client_id=client_id, secret=secret)


def _on(environment: Mapping[str, str], name: str, *, otherwise: str) -> bool:
    found = environment.get(name, otherwise)
    if found not in {"on", "off"}:
        raise SettingsError(f"{name} must be on or off.")
    return found == "on"


def _pay_within(environment: Mapping[str, str]) -> timedelta:
    found = environment.get("QIANMIAN_PAY_WITHIN_S")
    if found is None:
        return PAY_WITHIN
    if not found.isdecimal() or int(found) < 1:
        raise SettingsError("QIANMIAN_PAY_WITHIN_S must be a whole number of seconds.")
    return timedelta(seconds=int(found))


def _cors_origins(environment: Mapping[str, str]) -> tuple[str, ...]:
    name = "QIANMIAN_CORS_ORIGINS"
    origins = _list(environment, name)
    for origin in origins:
        parts = urlsplit(origin)
        if origin != f"{parts.scheme}://{parts.netloc}" or parts.scheme not in {"http", "https"}:
            raise SettingsError(f"{name} takes origins such as https://admin.example.com.")
    return origins


def _trusted_proxies(environment: Mapping[str, str]) -> tuple[str, ...]:
    name = "QIANMIAN_TRUSTED_PROXIES"
    networks = _list(environment, name)
    try:
        for network in networks:
            ip_network(network)
    except ValueError:
        raise SettingsError(f"{name} takes addresses and networks such as 10.0.0.0/8.") from None
    return networks


def _address_limits(environment: Mapping[str, str]) -> bool:
    found = environment.get("QIANMIAN_ADDRESS_LIMITS", "on")
    if found not in {"on", "off"}:
        raise SettingsError("QIANMIAN_ADDRESS_LIMITS must be on or off.")
    return found == "on"


def _introspection(environment: Mapping[str, str]) -> bool:
    """Whether the schema is told; if nobody says so, in the demo alone."""
    told = "on" if _mode(environment) is Mode.DEMO else "off"
    found = environment.get("QIANMIAN_INTROSPECTION", told)
    if found not in {"on", "off"}:
        raise SettingsError("QIANMIAN_INTROSPECTION must be on or off.")
    return found == "on"


def _operations(environment: Mapping[str, str]) -> Path | None:
    found = environment.get("QIANMIAN_OPERATIONS")
    if found is None:
        return None
    if not Path(found).is_dir():
        raise SettingsError("QIANMIAN_OPERATIONS names a folder that can't be read.")
    return Path(found)


def _drain_s(environment: Mapping[str, str]) -> int:
    found = environment.get("QIANMIAN_DRAIN_S", str(DRAIN_S))
    if not found.isdecimal() or int(found) > MOST_DRAIN_S:
        raise SettingsError(f"QIANMIAN_DRAIN_S must be a whole number from 0 to {MOST_DRAIN_S}.")
    return int(found)


def _operation_s(environment: Mapping[str, str]) -> int:
    found = environment.get("QIANMIAN_OPERATION_S", str(OPERATION_S))
    if not found.isdecimal() or not 1 <= int(found) <= MOST_OPERATION_S:
        most = MOST_OPERATION_S
        raise SettingsError(f"QIANMIAN_OPERATION_S must be a whole number from 1 to {most}.")
    return int(found)


def _demo_people(environment: Mapping[str, str]) -> tuple[Mapping[str, str], ...]:
    """Whom the desk offers to sign in as by one click; a JSON list of objects of texts."""
    name = "QIANMIAN_DEMO_PEOPLE"
    try:
        found = json.loads(environment.get(name, "[]"))
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(_is_person(one) for one in found):
        raise SettingsError(f"{name} is a JSON list of objects with name, role and login or code.")
    return tuple(found)


def _is_person(found: object) -> bool:
    return (
        isinstance(found, dict)
        and all(isinstance(value, str) for value in found.values())
        and {"name", "role"} <= found.keys()
        and bool({"login", "code"} & found.keys())
    )


def _list(environment: Mapping[str, str], name: str) -> tuple[str, ...]:
    """The parts of a variable that lists things with commas between them."""
    return tuple(part for one in environment.get(name, "").split(",") if (part := one.strip()))


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


def _callback(environment: Mapping[str, str], token: str, key: str) -> Credentials | None:
    """The token that signs what WeCom or WeChat tells, and the key that opens it."""
    found = _credentials(environment, token, key)
    if found and len(found.secret) != CALLBACK_KEY_CHARACTERS:
        raise SettingsError(f"{key} must have {CALLBACK_KEY_CHARACTERS} characters.")
    return found


def _wechat_pay(environment: Mapping[str, str]) -> WechatPayKeys | None:
    names = {
        "merchant_id": "WECHAT_PAY_MERCHANT_ID",
        "serial": "WECHAT_PAY_CERTIFICATE_SERIAL",
        "private_key": "WECHAT_PAY_PRIVATE_KEY_FILE",
        "api_key": "WECHAT_PAY_API_V3_KEY",
    }
    found = {field: environment.get(name) for field, name in names.items()}
    ids, files = _list(environment, PUBLIC_KEY_IDS), _list(environment, PUBLIC_KEY_FILES)
    certificates = _list(environment, CERTIFICATE_FILES)
    if not (any(found.values()) or ids or files or certificates):
        return None
    for part, name in names.items():
        if not found[part]:
            raise SettingsError(f"{name} is needed to take payments with WeChat Pay.")
    if len(ids) != len(files):
        raise SettingsError(f"{PUBLIC_KEY_IDS} and {PUBLIC_KEY_FILES} go together, one for one.")
    if not (ids or certificates):
        raise SettingsError(
            f"{PUBLIC_KEY_FILES} with {PUBLIC_KEY_IDS}, or {CERTIFICATE_FILES}, is needed to check "
            "what WeChat Pay signs."
        )
    api_key = environment[names["api_key"]].encode()
    if len(api_key) != API_KEY_BYTES:
        raise SettingsError(f"{names['api_key']} must have {API_KEY_BYTES} characters.")
    return WechatPayKeys(
        merchant_id=environment[names["merchant_id"]],
        serial=environment[names["serial"]],
        private_key=_file(names["private_key"], environment[names["private_key"]]),
        api_key=api_key,
        platform_keys={
            key_id: _file(PUBLIC_KEY_FILES, file) for key_id, file in zip(ids, files, strict=True)
        },
        platform_certificates=tuple(_file(CERTIFICATE_FILES, file) for file in certificates),
        gateway=environment.get("WECHAT_PAY_GATEWAY", WECHAT_PAY_GATEWAY).rstrip("/"),
    )


def _file(name: str, path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        raise SettingsError(f"{name} names a file that can't be read.") from None
