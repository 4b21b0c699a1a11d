"""Messages to members on a test's database, with carriers that are played."""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime

from domain.kernel.ids import PersonId
from domain.kernel.refusals import Unavailable
from domain.members.consent import Consent, Purpose
from domain.members.identities import IdentityKind, Naming, Proof, taken
from domain.members.profiles import MemberProfile
from domain.messaging.carriers import Carried, CarryAnswer
from domain.messaging.channels import MessageAllowance, MessageChannel, permit_id
from domain.messaging.ports import MessagingPorts
from domain.messaging.sends import SendId
from domain.messaging.templates import (
    MessageContent,
    MessageTemplate,
    MessageTemplateId,
    SubscribeForm,
)
from domain.people.accounts import Member
from qianmian.clock import now
from qianmian.wiring.members import member_ports
from qianmian.wiring.messaging import messaging_ports
from qianmian.wiring.people import people_ports
from storage.mongo.kernel.database import Database
from tests.support.foundations import a_foundation

MEI = PersonId("member_mei")
OPENID = "openid-mei"
WECHAT_TEMPLATE = "wechat-template-1"
ALL = tuple(MessageChannel)


class PlayedCarrier:
    """A platform that says what it is told to say, and counts what it was handed."""

    def __init__(self) -> None:
        self.handed: dict[str, int] = defaultdict(int)
        self.texts: list[str] = []
        self.answers: list[CarryAnswer | None] = []
        self.found: CarryAnswer | None = None

    async def carry(self, id: SendId, to: str, content: MessageContent) -> CarryAnswer:
        self.handed[id] += 1
        self.texts.append(content.text)
        answer = self.answers.pop(0) if self.answers else CarryAnswer(carried=Carried.SENT)
        if answer is None:
            raise Unavailable("no answer came")
        return answer

    async def look_up(self, id: SendId) -> CarryAnswer | None:
        return self.found


class Played:
    """A messaging room whose carriers are played, with one member."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.base = base = a_foundation(database)
        self.subscribe, self.sms = PlayedCarrier(), PlayedCarrier()
        ports = messaging_ports(base, member_ports(base, people_ports(base)))
        self.ports: MessagingPorts = replace(
            ports,
            carriers={
                MessageChannel.SUBSCRIBE_MESSAGE: self.subscribe,
                MessageChannel.SMS: self.sms,
            },
        )

    async def join(self, member_id: PersonId = MEI, openid: str | None = OPENID) -> None:
        people = self.ports.members.members.people.members
        await people.join(Member(id=member_id, joined_at=now(), openid=openid))

    async def has_number(self, number: str = "+8613800000001") -> None:
        phones = self.ports.members.members.phones
        naming = Naming(kind=IdentityKind.PHONE, value=number, sealed=phones.seal(number))
        identity = taken(None, naming, MEI, Proof.WECHAT, now())
        await self.ports.members.members.identities.save(identity, expected=0)

    async def consents(self, purpose: Purpose, given: bool) -> None:
        before = (await self.ports.members.profiles.by_ids([MEI])).get(MEI)
        before = before or MemberProfile(id=MEI)
        said = Consent(purpose=purpose, given=given, at=now(), place="test")
        consents = {**before.consents, purpose: said}
        after = replace(before, consents=consents, version=before.version + 1)
        await self.ports.members.profiles.save(after, expected=before.version)

    async def permits(self, count: int, openid: str = OPENID) -> None:
        permit = MessageAllowance(id=permit_id(openid, WECHAT_TEMPLATE), left=1, member_id=MEI)
        for number in range(count):
            await self.ports.allowances.give(permit, f"prompt-{number}", 100)

    async def template(
        self,
        *channels: MessageChannel,
        id: str = "hello",
        purpose: Purpose = Purpose.SERVICE,
        text: str = "{store} 见",
    ) -> None:
        form = SubscribeForm(wechat_template=WECHAT_TEMPLATE, fields={"thing1": "{store}"})
        template = MessageTemplate(
            id=MessageTemplateId(id),
            name="你好",
            purpose=purpose,
            channels=channels or ALL,
            content=MessageContent(text=text, form=form),
            version=1,
        )
        await self.ports.templates.save(template, expected=0)

    async def left(self) -> int:
        [found] = await self.ports.allowances.by_ids([permit_id(OPENID, WECHAT_TEMPLATE)])
        return found.left

    async def all_are_due(self, at: datetime | None = None) -> None:
        """What waits is due."""
        await self.database["messages"].update_many(
            {"due_at": {"$type": "date"}}, {"$set": {"due_at": at or now()}}
        )
