"""Customer contact in WeCom: codes, rules, a guide's friends, in the schema."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.enums import enum
from api.kernel.operations import mutation, query
from api.kernel.packing import Packed, pack
from api.kernel.paging import After, Connection, First, connection
from api.network.stores import StoreIdArgument
from domain.contact import bonds, opening_ways, registering, rules, seeing_friends, ways, wecom
from domain.contact.bonds import FriendVerdict
from domain.contact.ports import ContactPorts
from domain.contact.registering import RegisteringPorts
from domain.contact.rules import SendPeriod
from domain.kernel.paging import PageRequest
from domain.people.accounts import GuideId
from domain.people.act import Act

enum(
    SendPeriod,
    "In which time WeCom lets a customer have so many group sends.",
    DAY="A day.",
    WEEK="A week, from Monday on.",
    MONTH="A month.",
)
enum(
    FriendVerdict,
    "What a new friend is worth.",
    VALID="They count.",
    NOT_NEW="Somebody else of the company had them first.",
    GONE="They were gone again when it was judged.",
    UNKNOWN="They are not known as a member.",
    BURST="They came among more new friends of one guide within minutes than is likely.",
    OVER_CAP="The guide had as many that day as count.",
)

GuideIdArgument = Annotated[strawberry.ID, strawberry.argument(description="The guide's id.")]


@strawberry.type(description="The first message to a new friend.")
class FriendWelcome(Packed[wecom.Welcome]):
    text: str = strawberry.field(description="What it says.")
    title: str | None = strawberry.field(description="The title of the page that goes with it.")
    url: str | None = strawberry.field(description="The page, such as one with a coupon.")


@strawberry.input(description="The first message to a new friend; a page needs title and url.")
class FriendWelcomeInput:
    text: str = strawberry.field(description="What it says; at most 4,000 bytes.")
    title: str | None = strawberry.field(
        default=None, description="The title of the page; at most 40 characters."
    )
    url: str | None = strawberry.field(
        default=None, description="The page, such as one with a coupon."
    )

    def value(self) -> wecom.Welcome:
        """Unpack it."""
        return wecom.Welcome(text=self.text, title=self.title, url=self.url)


@strawberry.type(description="A code by which customers add guides in WeCom.")
class ContactWay:
    id: strawberry.ID = strawberry.field(description="Its state, by which events name it.")
    store_id: strawberry.ID = strawberry.field(description="The store.")
    name: str | None = strawberry.field(description="Its name; null of a guide's own code.")
    guide_ids: list[strawberry.ID] = strawberry.field(description="The guides it leads to.")
    welcome: FriendWelcome | None = strawberry.field(
        description="What it welcomes with; null for the usual welcome."
    )
    qr_url: str | None = strawberry.field(description="Where its picture is.")

    @classmethod
    def of(cls, way: ways.Way) -> "ContactWay":
        """Pack a code."""
        return pack(cls, way, guide_ids=[strawberry.ID(one) for one in way.guide_ids])


@strawberry.type(description="Head office's rules of customer contact.")
class ContactRules(Packed[rules.ContactRules]):
    version: int = strawberry.field(description="Hand it back as expectedVersion.")
    valid_after_days: int = strawberry.field(description="How long a new friend has to stay.")
    cap_a_day: int = strawberry.field(description="So many a day count for one guide at most.")
    burst: int = strawberry.field(
        description="So many new friends of one guide within ten minutes count as a burst."
    )
    welcome: FriendWelcome | None = strawberry.field(description="The usual welcome, if any.")
    brand_guide_id: strawberry.ID | None = strawberry.field(
        description="The brand's own account, a guide of head office's."
    )
    sends_per: SendPeriod = strawberry.field(
        description="In which time a customer may have so many group sends."
    )
    sends_most: int | None = strawberry.field(
        description="How many; null for WeCom's usual number: 1 a day, 7 a week, or as many a "
        "month as it has days."
    )


@strawberry.input(description="Head office's rules of customer contact, all of them.")
class ContactRulesInput:
    valid_after_days: int = strawberry.field(description="0 to 90.")
    cap_a_day: int = strawberry.field(description="1 to 500.")
    burst: int = strawberry.field(description="2 to 500.")
    welcome: FriendWelcomeInput | None = strawberry.field(
        default=None, description="The usual welcome; without, none is sent."
    )
    brand_guide_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The brand's own account: a guide who takes customers where nobody else is, "
        "and is shown to visitors where nobody is free.",
    )
    sends_per: SendPeriod = strawberry.field(
        default=SendPeriod.MONTH,
        description="As WeCom's administrator has set it: in which time a customer may have so "
        "many group sends.",
    )
    sends_most: int | None = strawberry.field(
        default=None,
        description="1 to 31; null for 1 a day, 7 a week, or as many a month as it has days.",
    )

    def value(self) -> rules.ContactRules:
        """Unpack them; Invalid where a number is out of bounds."""
        return rules.ContactRules(
            valid_after_days=rules.DAYS.read(self.valid_after_days, ["validAfterDays"]),
            cap_a_day=rules.CAP.read(self.cap_a_day, ["capADay"]),
            burst=rules.BURST.read(self.burst, ["burst"]),
            welcome=self.welcome.value() if self.welcome else None,
            brand_guide_id=GuideId(self.brand_guide_id) if self.brand_guide_id else None,
            sends_per=self.sends_per,
            sends_most=(
                None
                if self.sends_most is None
                else rules.SENDS.read(self.sends_most, ["sendsMost"])
            ),
        )


@strawberry.type(description="A guide's friend in WeCom.")
class Friend(Packed[bonds.Bond]):
    external_id: strawberry.ID = strawberry.field(description="WeCom's id of the customer.")
    name: str | None = strawberry.field(description="What they call themselves there.")
    member_id: strawberry.ID | None = strawberry.field(
        description="The member they are; null while nobody knows."
    )
    added_at: datetime | None = strawberry.field(description="Since when.")
    state: strawberry.ID | None = strawberry.field(
        description="The code by which they came; null for none."
    )
    verdict: FriendVerdict | None = strawberry.field(
        description="What they are worth as a new friend; null while it is too early."
    )


@strawberry.type(description="A guide's friends in WeCom.")
class GuideFriends:
    read_at: datetime | None = strawberry.field(
        description="As of when WeCom's own list is in it; later events are in it too. Null for "
        "never yet."
    )
    friends: Connection[Friend] = strawberry.field(description="By the customer's id.")


WelcomeArgument = Annotated[
    FriendWelcomeInput | None,
    strawberry.argument(description="What it welcomes with; without, the usual welcome."),
]


@query("The codes of a store and of its guides; for the store's people.")
async def contact_ways(
    ports: ContactPorts, act: Act, store_id: StoreIdArgument
) -> list[ContactWay]:
    return [ContactWay.of(one) for one in await opening_ways.ways_of(ports, act, store_id)]


@mutation(
    "Open a code for each guide of a store who has none; theirs stay as they are.",
    ways="The codes of all of its guides.",
)
async def contact_ways_open(
    ports: ContactPorts, act: Act, store_id: StoreIdArgument
) -> list[ContactWay]:
    opened = await opening_ways.open_guide_ways(ports, act, store_id)
    return [ContactWay.of(one) for one in opened]


@mutation(
    "Open a code that leads to all guides of a store, such as one of a campaign; set again, it "
    "stays the same code, leads to who is there by then, and has this welcome.",
    way="The code.",
)
async def contact_way_set(
    ports: ContactPorts,
    act: Act,
    store_id: StoreIdArgument,
    name: Annotated[
        str, strawberry.argument(description="Its name in the store; at most 20 characters.")
    ],
    welcome: WelcomeArgument = None,
) -> ContactWay:
    said = welcome.value() if welcome else None
    return ContactWay.of(await opening_ways.set_store_way(ports, act, store_id, name, said))


@mutation("Set what a guide's own code welcomes with.", way="The code, opened if it was not yet.")
async def contact_welcome_set(
    ports: ContactPorts, act: Act, guide_id: GuideIdArgument, welcome: WelcomeArgument = None
) -> ContactWay:
    said = welcome.value() if welcome else None
    return ContactWay.of(await opening_ways.set_guide_welcome(ports, act, guide_id, said))


@query("The rules of customer contact; for head office.")
def contact_rules(ports: ContactPorts, act: Act) -> ContactRules:
    return ContactRules.of(opening_ways.rules_now(ports, act))


@mutation("Set the rules of customer contact; for head office.", rules="The rules as they are now.")
async def contact_rules_set(
    ports: ContactPorts,
    act: Act,
    input: Annotated[ContactRulesInput, strawberry.argument(description="All rules.")],
    expected_version: Annotated[
        int, strawberry.argument(description="The version that you saw; 0 for the first.")
    ],
) -> ContactRules:
    set_now = await opening_ways.set_rules(ports, act, input.value(), expected=expected_version)
    return ContactRules.of(set_now)


@query("A guide's friends in WeCom; for the guide, the store's manager and head office.")
async def guide_friends(
    ports: ContactPorts,
    act: Act,
    guide_id: GuideIdArgument,
    first: First = 20,
    after: After = None,
) -> GuideFriends:
    request = PageRequest(first=first, after=after)
    found = await seeing_friends.guide_friends(ports, act, guide_id, request)
    return GuideFriends(read_at=found.read_at, friends=connection(found.friends, Friend.of))


@mutation(
    "Make a friend in WeCom a member, in one step, by what WeCom knows of them.",
    member_id="The member; the same if they are one already.",
)
async def friend_register(
    ports: RegisteringPorts,
    act: Act,
    external_id: Annotated[
        strawberry.ID, strawberry.argument(description="WeCom's id of the customer.")
    ],
) -> strawberry.ID:
    return strawberry.ID(await registering.register_friend(ports, act, external_id))


QUERIES = (contact_ways, contact_rules, guide_friends)
MUTATIONS = (
    contact_ways_open,
    contact_way_set,
    contact_welcome_set,
    contact_rules_set,
    friend_register,
)
