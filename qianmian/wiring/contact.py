"""Customer contact in WeCom."""

from functools import partial

from domain.contact.friend_figures import PAID_FACTS, note_buyers
from domain.contact.handing_over import HandOverPorts, go_on_with_hand_overs
from domain.contact.inbox import InboxPorts
from domain.contact.inviting import InvitingPorts
from domain.contact.judging import judge_friends
from domain.contact.matching_friends import ADDED_FACTS, NAMED_FACTS, match_added, match_named
from domain.contact.mirroring import (
    HEARD_FACTS,
    LISTED_EVERY,
    list_guides,
    mirror_events,
    read_due_list,
)
from domain.contact.mirroring_groups import (
    GROUPS_LISTED_EVERY,
    GroupPorts,
    list_groups,
    note_groups,
    read_groups,
)
from domain.contact.ports import ContactPorts
from domain.contact.registering import RegisteringPorts
from domain.contact.sidebar import ChatPicturePorts
from domain.contact.welcoming import welcome_friends
from domain.kernel.facts import Follower
from domain.members.merging import MemberPorts
from domain.posters.link_posters import PosterPorts
from qianmian.clock import Job, now
from qianmian.foundation import Foundation
from qianmian.reacting import follower
from qianmian.wiring.audiences import trait_ports
from qianmian.wiring.members import SANDBOX, telling_ports
from storage.mongo.contact.contact import (
    MongoBonds,
    MongoFriendLists,
    MongoInbox,
    MongoWays,
    contact_rules_of,
)
from storage.mongo.contact.customer_moves import MongoCustomerMoves
from storage.mongo.contact.friend_days import MongoFriendDays, MongoStoreBuyers
from storage.mongo.contact.groups import MongoCustomerGroups, MongoGroupWays
from storage.mongo.contact.invitations import MongoInvitations
from storage.mongo.contact.traces import MongoTraces
from storage.mongo.kernel.records import MongoRecords
from storage.mongo.people.people import MongoGuides
from storage.mongo.people.sessions import MongoTallies
from storage.mongo.sharing.touches import MongoTouches
from storage.outside.wecom import NotConnected, WecomContact
from storage.outside.wecom_callbacks import NoCallbacks, WecomCallbacks

# One list at a time in each process: 50 calls for a list of 5,000, of 10,000 a minute.
READ_EVERY_S = 1.0
JUDGE_EVERY_S = 2.0
HAND_OVER_EVERY_S = 2.0


def inbox_ports(base: Foundation) -> InboxPorts:
    """What hears WeCom."""
    settings = base.settings
    keys = settings.wecom_callback
    callbacks: WecomCallbacks | NoCallbacks = NoCallbacks()
    if keys and settings.wecom:
        callbacks = WecomCallbacks(settings.wecom.id, keys.id, keys.secret)
    return InboxPorts(callbacks=callbacks, inbox=base.made(MongoInbox))


def contact_ports(base: Foundation, members: MemberPorts) -> ContactPorts:
    """Customer contact."""
    company = base.settings.wecom
    return ContactPorts(
        wecom=WecomContact(base.wecom_token or NotConnected()),
        inbox=base.made(MongoInbox),
        bonds=base.made(MongoBonds),
        lists=base.made(MongoFriendLists),
        tallies=base.made(MongoTallies),
        days=base.made(MongoFriendDays),
        buyers=base.made(MongoStoreBuyers),
        traces=base.made(MongoTraces),
        visited=base.made(MongoInvitations),
        ways=base.made(MongoWays),
        rules=base.made(contact_rules_of),
        members=members,
        guides=base.made(MongoGuides),
        directory=base.reference,
        touches=base.made(MongoTouches),
        records=base.made(MongoRecords),
        company=company.id if company else SANDBOX,
        agent_id=base.settings.wecom_agent,
        clock=now,
    )


def chat_picture_ports(base: Foundation, posters: PosterPorts) -> ChatPicturePorts:
    """Posters into chats."""
    return ChatPicturePorts(wecom=WecomContact(base.wecom_token or NotConnected()), posters=posters)


def hand_over_ports(base: Foundation, members: MemberPorts) -> HandOverPorts:
    """Handing over."""
    return HandOverPorts(
        contact=contact_ports(base, members),
        moves=base.made(MongoCustomerMoves),
        groups=base.made(MongoCustomerGroups),
    )


def group_ports(base: Foundation, members: MemberPorts) -> GroupPorts:
    """Customer groups."""
    return GroupPorts(
        contact=contact_ports(base, members),
        groups=base.made(MongoCustomerGroups),
        ways=base.made(MongoGroupWays),
        traits=trait_ports(base),
    )


def inviting_ports(base: Foundation, members: MemberPorts) -> InvitingPorts:
    """Giving visitors guides' codes and links."""
    return InvitingPorts(
        contact=contact_ports(base, members),
        invitations=base.made(MongoInvitations),
        touches=base.made(MongoTouches),
    )


def registering_ports(base: Foundation, members: MemberPorts) -> RegisteringPorts:
    """Making friends members."""
    return RegisteringPorts(
        contact=contact_ports(base, members), members=telling_ports(base, members)
    )


def contact_followers(ports: ContactPorts, groups: GroupPorts) -> tuple[Follower, ...]:
    """What follows from what WeCom tells."""
    return (
        follower("groups in WeCom", HEARD_FACTS, note_groups, groups),
        follower("friends in WeCom", HEARD_FACTS, mirror_events, ports),
        follower("welcomes", HEARD_FACTS, welcome_friends, ports),
        follower("who friends are", ADDED_FACTS, match_added, ports),
        follower("who paid in stores", PAID_FACTS, note_buyers, ports),
        follower("friends who are named", NAMED_FACTS, match_named, ports),
    )


def contact_jobs(hand_over: HandOverPorts, groups: GroupPorts) -> tuple[Job, ...]:
    """What the clock does for customer contact, where a company is named."""
    ports = hand_over.contact
    if ports.company == SANDBOX:
        return ()
    return (
        Job(name="reading of friends", work=partial(read_due_list, ports), every_s=READ_EVERY_S),
        Job(
            name="listing of guides",
            work=partial(list_guides, ports),
            every_s=LISTED_EVERY.total_seconds(),
        ),
        Job(name="reading of groups", work=partial(read_groups, groups), every_s=READ_EVERY_S),
        Job(
            name="listing of groups",
            work=partial(list_groups, groups),
            every_s=GROUPS_LISTED_EVERY.total_seconds(),
        ),
        Job(name="judging of friends", work=partial(judge_friends, ports), every_s=JUDGE_EVERY_S),
        Job(
            name="handing over of customers",
            work=partial(go_on_with_hand_overs, hand_over),
            every_s=HAND_OVER_EVERY_S,
        ),
    )
