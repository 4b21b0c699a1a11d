"""People: staff, guides and members, and how they sign in."""

from domain.people.sign_in import PeoplePorts, WechatPhones, WechatSignIn, WecomSignIn
from qianmian.foundation import Foundation
from storage.mongo.people.people import MongoGuides, MongoMembers, MongoSessions, MongoStaff
from storage.outside.sandbox import SandboxWechatPhones, SandboxWechatSignIn, SandboxWecomSignIn
from storage.outside.wechat import WechatCode2Session, WecomCode2Session
from storage.outside.wechat_phones import WechatPhoneNumbers


def people_ports(base: Foundation) -> PeoplePorts:
    """Sandboxes stand in for WeChat and WeCom where nothing is configured."""
    settings = base.settings
    wechat: WechatSignIn = SandboxWechatSignIn()
    phones: WechatPhones = SandboxWechatPhones()
    if settings.wechat:
        app = settings.wechat
        wechat = WechatCode2Session(base.http, app.id, app.secret)
        phones = WechatPhoneNumbers(base.http, base.wechat_token(app))
    wecom: WecomSignIn = SandboxWecomSignIn()
    if settings.wecom:
        wecom = WecomCode2Session(base.http, settings.wecom.id, settings.wecom.secret)
    return PeoplePorts(
        staff=base.made(MongoStaff),
        guides=base.made(MongoGuides),
        members=base.made(MongoMembers),
        sessions=base.made(MongoSessions),
        wechat=wechat,
        phones=phones,
        wecom=wecom,
        secret=settings.secret,
    )
