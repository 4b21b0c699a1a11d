"""Members who are there by no other way than that a test says so."""

from domain.kernel.ids import PersonId
from domain.people.accounts import Member
from qianmian.clock import now
from storage.mongo.kernel.database import Database
from storage.mongo.people.people import MongoMembers


async def joined(database: Database, *ids: str) -> None:
    """Have members of these ids."""
    for one in ids:
        await MongoMembers(database).join(Member(id=PersonId(one), joined_at=now()))
