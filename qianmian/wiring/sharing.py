"""Share links and touches."""

import secrets
from functools import partial

from domain.content.bank import ContentPorts
from domain.people.sign_in import PeoplePorts
from domain.sharing.share_links import new_code
from domain.sharing.shareable import SharingPorts
from qianmian.foundation import Foundation
from storage.mongo.people.successions import MongoSuccessions
from storage.mongo.sharing.share_links import MongoShareLinks
from storage.mongo.sharing.touches import MongoTouches


def sharing_ports(base: Foundation, content: ContentPorts, people: PeoplePorts) -> SharingPorts:
    """Share links and whom they lead to."""
    app = base.settings.wechat
    return SharingPorts(
        links=base.made(MongoShareLinks),
        touches=base.made(MongoTouches),
        guides=people.guides,
        successions=base.made(MongoSuccessions),
        content=content,
        directory=base.reference,
        catalogue=base.reference,
        new_code=partial(new_code, secrets.choice),
        public_url=base.settings.public_url,
        app_id=app.id if app else None,
    )
