"""Whose friend came by a link that was given to who had come by the guide's before."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.contact.bonds import bond_of
from domain.contact.inviting import InvitationId, VisitorInvitation
from domain.kernel.ids import PersonId
from domain.people.accounts import GuideId
from storage.mongo.contact.invitations import MongoInvitations
from storage.mongo.kernel.database import Database

pytestmark = pytest.mark.anyio

ADDED = datetime(2026, 11, 28, 4, tzinfo=UTC)
GUIDE, FRIEND = GuideId("G1"), bond_of("wm1", "xue").id


def given(visited: datetime | None) -> VisitorInvitation:
    person = PersonId("visitor_a")
    return VisitorInvitation(
        id=InvitationId("v1"), person_id=person, guide_id=GUIDE, at=ADDED, visited=visited
    )


async def test_who_comes_by_a_guides_link_only_after_they_are_friends_was_not_brought_by_it(
    database: Database,
):
    found = MongoInvitations(database)
    await found.put(given(None))
    assert not await found.brought("v1", FRIEND, GUIDE, ADDED)
    # They open the guide's link, and ask for the link to the chat again.
    await found.put(given(ADDED + timedelta(minutes=1)))
    assert not await found.brought("v1", FRIEND, GUIDE, ADDED)


async def test_who_had_come_before_stays_so_whatever_they_open_later(database: Database):
    found = MongoInvitations(database)
    for visited in (ADDED - timedelta(days=1), ADDED + timedelta(days=1), None):
        await found.put(given(visited))
    assert [await found.brought("v1", FRIEND, GUIDE, ADDED) for _ in range(2)] == [True, True]
