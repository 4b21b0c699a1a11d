"""People: staff, guides and members, and how they sign in."""

import secrets

from domain.people.accounts import Workplaces
from domain.people.guides import GuidePorts
from domain.people.keys import KeyPorts
from domain.people.reading_records import RecordPorts
from domain.people.sign_in import PeoplePorts, WechatPhones, WechatSignIn, WecomSignIn
from domain.people.single_sign_on import SignOnPorts
from domain.people.staff import StaffPorts
from domain.people.successions import SuccessionPorts
from qianmian.foundation import Foundation
from storage.advertising_claims import read_claims
from storage.lettering import PosterLettering
from storage.mongo.contact.customer_moves import MongoCustomerMoves
from storage.mongo.kernel.records import MongoRecords
from storage.mongo.media.assets import MongoAssets
from storage.mongo.people.keys import MongoKeys
from storage.mongo.people.people import MongoGuides, MongoMembers, MongoStaff
from storage.mongo.people.sessions import MongoSessions, MongoTallies
from storage.mongo.people.successions import MongoSuccessions
from storage.outside.oidc import OidcProvider
from storage.outside.sandbox import SandboxWechatPhones, SandboxWechatSignIn, SandboxWecomSignIn
from storage.outside.wechat import WechatCode2Session, WecomCode2Session, WecomPageSignIn
from storage.outside.wechat_phones import WechatPhoneNumbers


def people_ports(base: Foundation) -> PeoplePorts:
    """Sandboxes stand in for WeChat and WeCom where nothing is configured."""
    settings = base.settings
    wechat: WechatSignIn = SandboxWechatSignIn()
    phones: WechatPhones = SandboxWechatPhones()
    if settings.wechat:
        app = settings.wechat
        wechat = WechatCode2Session(base.http, app.id, app.secret)
        phones = WechatPhoneNumbers(base.wechat_token(app))
    wecom: WecomSignIn = SandboxWecomSignIn()
    wecom_pages: WecomSignIn = SandboxWecomSignIn()
    if base.wecom_token:
        wecom = WecomCode2Session(base.wecom_token)
        wecom_pages = WecomPageSignIn(base.wecom_token)
    return PeoplePorts(
        staff=base.made(MongoStaff),
        guides=base.made(MongoGuides),
        members=base.made(MongoMembers),
        sessions=base.made(MongoSessions),
        tallies=base.made(MongoTallies),
        hashing=base.hashing,
        wechat=wechat,
        phones=phones,
        wecom=wecom,
        wecom_pages=wecom_pages,
        records=base.made(MongoRecords),
        secret=settings.secret,
        second_factor_for=settings.second_factor_for,
    )


def sign_on_ports(base: Foundation, people: PeoplePorts) -> SignOnPorts:
    """Single sign-on at the brand's provider, where one is configured."""
    oidc = base.settings.oidc
    return SignOnPorts(
        people=people,
        provider=OidcProvider(base.http, oidc.issuer, oidc.client_id, oidc.secret)
        if oidc
        else None,
        redirect_uri=f"{base.settings.public_url}/desk",
        new_secret=secrets.token_urlsafe,
    )


def staff_ports(base: Foundation) -> StaffPorts:
    """The accounts of the staff."""
    return _staff_ports(base, base.reference)


def key_ports(base: Foundation) -> KeyPorts:
    """The keys of tills and channels."""
    return KeyPorts(
        keys=base.made(MongoKeys),
        workplaces=base.reference,
        records=base.made(MongoRecords),
        new_secret=secrets.token_urlsafe,
    )


class Anywhere:
    """Takes every id for a place's: the operator may open accounts before the stores."""

    def has_store(self, id: str) -> bool:
        """That there is."""
        return True

    has_region = has_owner = has_store


def operator_ports(base: Foundation) -> StaffPorts:
    """The accounts of the staff, for scripts that open the first ones."""
    return _staff_ports(base, Anywhere())


def _staff_ports(base: Foundation, workplaces: Workplaces) -> StaffPorts:
    return StaffPorts(
        staff=base.made(MongoStaff),
        workplaces=workplaces,
        hashing=base.hashing,
        records=base.made(MongoRecords),
        new_secret=secrets.token_urlsafe,
    )


def guide_ports(base: Foundation) -> GuidePorts:
    """The list of guides."""
    return GuidePorts(
        guides=base.made(MongoGuides),
        workplaces=base.reference,
        pictures=base.made(MongoAssets),
        lettering=PosterLettering(base.workers),
        wording=read_claims(),
    )


def succession_ports(base: Foundation) -> SuccessionPorts:
    """Who comes after guides who leave."""
    return SuccessionPorts(
        successions=base.made(MongoSuccessions),
        guides=base.made(MongoGuides),
        customers=base.made(MongoCustomerMoves),
    )


def record_ports(base: Foundation) -> RecordPorts:
    """The book of records."""
    return RecordPorts(records=base.made(MongoRecords))
