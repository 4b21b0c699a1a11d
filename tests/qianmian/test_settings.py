"""What an operator sets is checked at start."""

from unittest.mock import MagicMock

import pytest

from qianmian.foundation import Foundation
from qianmian.settings import Mode, Settings, SettingsError
from qianmian.wiring.fulfilment import fulfilment_followers, reporting_jobs

DEMO = {
    "QIANMIAN_MODE": "demo",
    "MONGODB_URI": "mongodb://127.0.0.1:1/",
    "QIANMIAN_SECRET": "x" * 32,
    "QIANMIAN_PERSONAL_KEYS": f"b:{'y' * 32},a:{'z' * 32}",
}
PRODUCTION = {
    **DEMO,
    "QIANMIAN_MODE": "production",
    "QIANMIAN_PUBLIC_URL": "https://mall.example",
    "WECHAT_APP_ID": "wx1",
    "WECHAT_APP_SECRET": "s",
    "WECOM_CORP_ID": "ww1",
    "WECOM_SECRET": "s",
    "WECHAT_PAY_MERCHANT_ID": "1900000109",
    "WECHAT_PAY_CERTIFICATE_SERIAL": "5157F09EFDC096DE15EBE81A47057A72",
    "WECHAT_PAY_PRIVATE_KEY_FILE": __file__,
    "WECHAT_PAY_API_V3_KEY": "k" * 32,
    "WECHAT_PAY_PUBLIC_KEY_ID": "PUB_KEY_ID_1",
    "WECHAT_PAY_PUBLIC_KEY_FILE": __file__,
}
PLATFORM = ("WECHAT_PAY_PUBLIC_KEY_ID", "WECHAT_PAY_PUBLIC_KEY_FILE")
CERTIFIED = "WECHAT_PAY_PLATFORM_CERTIFICATE_FILES"
MERCHANT = [name for name in PRODUCTION if name.startswith("WECHAT_PAY_")]


def without(environment, *names):
    return {name: value for name, value in environment.items() if name not in names}


def test_a_demo_needs_a_database_and_its_secrets_only():
    settings = Settings.from_environment(DEMO)
    assert settings.mode is Mode.DEMO
    assert settings.wechat is None
    assert list(settings.personal_keys) == ["b", "a"]


def test_production_is_what_an_environment_means_that_does_not_say():
    with pytest.raises(SettingsError, match="QIANMIAN_PUBLIC_URL"):
        Settings.from_environment(without(DEMO, "QIANMIAN_MODE"))


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        (without(DEMO, "MONGODB_URI"), "MONGODB_URI"),
        (without(DEMO, "QIANMIAN_SECRET"), "QIANMIAN_SECRET"),
        ({**DEMO, "QIANMIAN_SECRET": "short"}, "QIANMIAN_SECRET"),
        (without(DEMO, "QIANMIAN_PERSONAL_KEYS"), "QIANMIAN_PERSONAL_KEYS"),
        (without(PRODUCTION, "QIANMIAN_PERSONAL_KEYS"), "QIANMIAN_PERSONAL_KEYS"),
        ({**DEMO, "QIANMIAN_PERSONAL_KEYS": "a:short"}, "QIANMIAN_PERSONAL_KEYS"),
        ({**DEMO, "QIANMIAN_PERSONAL_KEYS": "y" * 40}, "QIANMIAN_PERSONAL_KEYS"),
        ({**DEMO, "QIANMIAN_PERSONAL_KEYS": f"a.b:{'y' * 32}"}, "QIANMIAN_PERSONAL_KEYS"),
        (
            {**DEMO, "QIANMIAN_PERSONAL_KEYS": f"a:{'y' * 32},a:{'z' * 32}"},
            "QIANMIAN_PERSONAL_KEYS",
        ),
        ({**DEMO, "QIANMIAN_SECOND_FACTOR_FOR": "BOSS"}, "QIANMIAN_SECOND_FACTOR_FOR"),
        ({**DEMO, "QIANMIAN_SECOND_FACTOR_FOR": "MEMBER"}, "QIANMIAN_SECOND_FACTOR_FOR"),
        ({**DEMO, "QIANMIAN_OIDC_ISSUER": "https://id.example"}, "QIANMIAN_OIDC_CLIENT_SECRET"),
        ({**DEMO, "QIANMIAN_MODE": "staging"}, "QIANMIAN_MODE"),
        ({**DEMO, "QIANMIAN_PUBLIC_URL": "ftp://x"}, "QIANMIAN_PUBLIC_URL"),
        ({**DEMO, "QIANMIAN_CORS_ORIGINS": "*"}, "QIANMIAN_CORS_ORIGINS"),
        ({**DEMO, "QIANMIAN_CORS_ORIGINS": "https://a.example/"}, "QIANMIAN_CORS_ORIGINS"),
        ({**DEMO, "QIANMIAN_CORS_ORIGINS": "a.example"}, "QIANMIAN_CORS_ORIGINS"),
        ({**DEMO, "QIANMIAN_TRUSTED_PROXIES": "proxy"}, "QIANMIAN_TRUSTED_PROXIES"),
        ({**DEMO, "QIANMIAN_ADDRESS_LIMITS": "no"}, "QIANMIAN_ADDRESS_LIMITS"),
        ({**DEMO, "WECHAT_APP_ID": "wx1"}, "WECHAT_APP_SECRET"),
        ({**PRODUCTION, "QIANMIAN_PUBLIC_URL": "http://mall.example"}, "QIANMIAN_PUBLIC_URL"),
        (without(PRODUCTION, "WECHAT_APP_ID", "WECHAT_APP_SECRET"), "WECHAT_APP_ID"),
        (without(PRODUCTION, "WECOM_CORP_ID", "WECOM_SECRET"), "WECOM_CORP_ID"),
        (without(PRODUCTION, *MERCHANT), "WECHAT_PAY_MERCHANT_ID"),
        *((without(PRODUCTION, name), name) for name in MERCHANT),
        ({**PRODUCTION, "WECHAT_PAY_API_V3_KEY": "short"}, "WECHAT_PAY_API_V3_KEY"),
        (without(PRODUCTION, *PLATFORM), CERTIFIED),
        ({**PRODUCTION, "WECHAT_SHIPPING_REPORTS": "no"}, "WECHAT_SHIPPING_REPORTS"),
        ({**PRODUCTION, "WECHAT_PAY_PROFIT_SHARING": "yes"}, "WECHAT_PAY_PROFIT_SHARING"),
        ({**PRODUCTION, PLATFORM[0]: "PUB_KEY_ID_1,PUB_KEY_ID_2"}, "one for one"),
        ({**PRODUCTION, CERTIFIED: f"{__file__},/no/file"}, CERTIFIED),
        (
            {**PRODUCTION, "WECHAT_PAY_PRIVATE_KEY_FILE": "/no/file"},
            "WECHAT_PAY_PRIVATE_KEY_FILE",
        ),
        (
            {**without(PRODUCTION, "WECHAT_APP_ID", "WECHAT_APP_SECRET"), "QIANMIAN_MODE": "demo"},
            "WECHAT_APP_ID",
        ),
    ],
)
def test_what_is_missing_or_wrong_is_named_and_no_value_is_shown(environment, named):
    with pytest.raises(SettingsError, match=named) as refusal:
        Settings.from_environment(environment)
    assert "short" not in str(refusal.value)


def test_the_platforms_keys_are_its_public_keys_its_certificates_or_both():
    both = Settings.from_environment({**PRODUCTION, CERTIFIED: f"{__file__}, {__file__}"})
    assert (len(both.wechat_pay.platform_keys), len(both.wechat_pay.platform_certificates)) == (
        1,
        2,
    )
    old = Settings.from_environment({**without(PRODUCTION, *PLATFORM), CERTIFIED: __file__})
    assert (len(old.wechat_pay.platform_keys), len(old.wechat_pay.platform_certificates)) == (0, 1)


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        (PRODUCTION, True),
        ({**PRODUCTION, "WECHAT_SHIPPING_REPORTS": "off"}, False),
        (without(PRODUCTION, *MERCHANT, "QIANMIAN_MODE") | {"QIANMIAN_MODE": "demo"}, False),
    ],
)
def test_wechat_is_told_of_shipments_where_it_takes_payments_unless_that_is_off(environment, told):
    settings = Settings.from_environment(environment)
    base = Foundation(settings=settings, database=MagicMock())
    assert [one.name for one in fulfilment_followers(base)] == ["shipping reports"] * told
    assert len(reporting_jobs(base)) == told


def test_production_with_all_that_it_needs_may_start():
    assert Settings.from_environment(PRODUCTION).mode is Mode.PRODUCTION


def test_sites_and_proxies_are_nobody_s_unless_named():
    settings = Settings.from_environment(DEMO)
    assert (settings.cors_origins, settings.trusted_proxies) == ((), ())
    assert settings.address_limits
    named = {
        "QIANMIAN_CORS_ORIGINS": "https://a.example, http://localhost:3000",
        "QIANMIAN_TRUSTED_PROXIES": "10.0.0.0/8, ::1,",
        "QIANMIAN_ADDRESS_LIMITS": "off",
    }
    settings = Settings.from_environment({**DEMO, **named})
    assert settings.cors_origins == ("https://a.example", "http://localhost:3000")
    assert settings.trusted_proxies == ("10.0.0.0/8", "::1")
    assert not settings.address_limits


def test_settings_that_are_shown_show_no_secret(tmp_path):
    key = tmp_path / "key"
    key.write_text("a private key")
    secret = {
        "MONGODB_URI": "mongodb://somebody:theirpassword@127.0.0.1/",
        "QIANMIAN_SECRET": "the secret that signs tokens and links",
        "QIANMIAN_PERSONAL_KEYS": "a:the key that seals what is personal",
        "QIANMIAN_METRICS_TOKEN": "the token of whoever reads the metrics",
        "WECHAT_APP_SECRET": "the mini-program's",
        "WECOM_SECRET": "the company's",
        "WECHAT_PAY_API_V3_KEY": "the key of its notifications, 32.",
    }
    secret["WECHAT_PAY_API_V3_KEY"] = secret["WECHAT_PAY_API_V3_KEY"][:32]
    settings = Settings.from_environment(
        {**PRODUCTION, **secret, "WECHAT_PAY_PRIVATE_KEY_FILE": str(key)}
    )
    shown = f"{settings} {settings!r} {Foundation(settings=settings, database=MagicMock())!r}"
    for one in (*secret.values(), "theirpassword", "seals what", "a private key"):
        assert one not in shown
