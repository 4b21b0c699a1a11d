"""The merchant's account at WeChat Pay, for all who speak with it."""

import logging

from qianmian.foundation import Foundation
from qianmian.settings import SettingsError
from storage.outside.wechat_pay_gateway import WechatPayAccount
from storage.outside.wechat_pay_signing import MerchantKey, PlatformKey, PlatformKeys

logger = logging.getLogger(__name__)


def wechat_pay_account(base: Foundation) -> WechatPayAccount | None:
    """The merchant's account at WeChat Pay, where one is configured."""
    settings = base.settings
    keys = settings.wechat_pay
    if keys is None or settings.wechat is None:
        return None
    try:
        account = WechatPayAccount(
            gateway=keys.gateway,
            app_id=settings.wechat.id,
            merchant=MerchantKey.from_pem(keys.merchant_id, keys.serial, keys.private_key),
            platform=PlatformKeys(
                [
                    *(PlatformKey.from_pem(*one) for one in keys.platform_keys.items()),
                    *map(PlatformKey.from_certificate, keys.platform_certificates),
                ]
            ),
            api_key=keys.api_key,
            notify_url=f"{settings.public_url}/pay/wechat/notice",
            shares=settings.shares_payments,
        )
    except ValueError:
        raise SettingsError(
            "WECHAT_PAY_PRIVATE_KEY_FILE and WECHAT_PAY_PUBLIC_KEY_FILE must hold RSA keys in PEM, "
            "WECHAT_PAY_PLATFORM_CERTIFICATE_FILES certificates of such keys."
        ) from None
    logger.info(
        "what WeChat Pay signs is checked with the keys %s, and the first is asked for",
        ", ".join(account.platform.ids),
    )
    return account
