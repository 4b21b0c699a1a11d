"""Share links and touches."""

from domain.content.bank import ContentPorts
from domain.people.sign_in import PeoplePorts
from domain.sharing.approved import BankPosts
from domain.sharing.sharing import SharingPorts
from qianmian.foundation import Foundation
from storage.mongo.sharing.sharing import MongoShareLinks, MongoTouches


def sharing_ports(base: Foundation, content: ContentPorts, people: PeoplePorts) -> SharingPorts:
    """Share links and whom they lead to."""
    return SharingPorts(
        links=base.made(MongoShareLinks),
        touches=base.made(MongoTouches),
        guides=people.guides,
        posts=BankPosts(content),
        campaigns=content.campaigns,
        reference=base.reference,
    )
