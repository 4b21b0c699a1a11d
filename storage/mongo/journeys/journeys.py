"""Journeys, who is in them, and what brings members in, in MongoDB."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from secrets import token_hex

from domain.journeys.journeys import JOURNEYS, Journey, JourneyId
from domain.journeys.ports import Sweep
from domain.journeys.runs import UNKNOWN_ACTIONS, MemberJourneys
from domain.journeys.speaking import Consenting, SpeakingRules
from domain.kernel.days import BEIJING
from domain.kernel.facts import Fact
from domain.kernel.ids import PersonId
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.members.consent import Purpose, allows, consents_of_all
from domain.people.accounts import Member
from storage.mongo.kernel.database import EARLIEST, Database, Document, UpdateOne
from storage.mongo.kernel.documents import (
    all_of,
    change_saying,
    find_by_ids,
    from_document,
    insert_new,
    replace_all,
    save_version,
    saying,
    to_document,
)
from storage.mongo.kernel.pages import page
from storage.mongo.kernel.rule_versions import MongoRuleVersions
from storage.mongo.members.profiles import MongoMemberProfiles
from storage.mongo.people.people import MongoMembers

NEWEST = [("made_at", -1), ("_id", -1)]
BY_ID = [("_id", 1)]
DAY_OF_MEMBERS = Cursors("members by a day of theirs", str)


def speaking_rules_of(database: Database) -> MongoRuleVersions[SpeakingRules]:
    """The quiet hours and caps."""
    return MongoRuleVersions(
        database, "speaking_rules", SpeakingRules(), field=["input", "expectedVersion"]
    )


class MongoJourneys:
    """See `domain.journeys.journeys.Journeys`; `active` is that one is live and has not ended."""

    def __init__(self, database: Database) -> None:
        self._journeys = database["journeys"]

    async def by_ids(self, ids: Collection[JourneyId]) -> Mapping[JourneyId, Journey]:
        """Those of these ids."""
        found = await find_by_ids(self._journeys, list(ids))
        return {one.id: one for one in all_of(Journey, found)}

    async def live(self) -> Sequence[Journey]:
        """Those in which a version is live and that have not ended."""
        return all_of(Journey, await self._journeys.find({"active": True}).to_list(None))

    async def page(self, request: PageRequest) -> Page[Journey]:
        """All, the newest first."""
        wanted: Document = {"made_at": {"$gt": EARLIEST}}
        read = partial(from_document, Journey)
        return await page(self._journeys, wanted, NEWEST, request, JOURNEYS, read)

    async def save(self, journey: Journey, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""
        active = journey.live is not None and not journey.ended
        document = {**to_document(journey), "active": active}
        await save_version(self._journeys, document, expected=expected)


class MongoMembersInJourneys:
    """See `domain.journeys.runs.MembersInJourneys`; found by `due_at`, `opened` and `unknown`."""

    def __init__(self, database: Database) -> None:
        self._members = database["journey_members"]

    async def by_ids(self, ids: Collection[PersonId]) -> Mapping[PersonId, MemberJourneys]:
        """Those of these members of whom something is known."""
        found = await find_by_ids(self._members, list(ids))
        return {one.id: one for one in map(_member, found)}

    async def due(
        self, now: datetime, most: int, *, beyond: int, until: datetime
    ) -> Sequence[MemberJourneys]:
        """Some of those who are due, the longest overdue first, `beyond` so many of them."""
        due = {"due_at": {"$gt": EARLIEST, "$lte": now}}
        found = self._members.find(due).sort("due_at").skip(beyond).limit(most)
        documents = await found.batch_size(most + 1).to_list(None)
        members = all_of(MemberJourneys, documents)
        if len(members) < len(documents):
            read = {one.id for one in members}
            strange = [one for one in documents if one["_id"] not in read]
            await self._put_off([(one["_id"], one["version"]) for one in strange], until)
        return members

    async def put_off(self, members: Sequence[MemberJourneys], until: datetime) -> None:
        """Let members be due at a moment, unless somebody else has written them meanwhile."""
        await self._put_off([(one.id, one.version) for one in members], until)

    async def _put_off(self, versions: Sequence[tuple[str, int]], until: datetime) -> None:
        later = {"$set": {"due_at": until}}
        await self._members.bulk_write(
            [UpdateOne({"_id": one, "version": version}, later) for one, version in versions],
            ordered=False,
        )

    async def save_all(
        self, members: Sequence[MemberJourneys], facts: Mapping[PersonId, Sequence[Fact]]
    ) -> frozenset[PersonId]:
        """Write members over the versions before theirs; answers whom somebody else has written."""
        said = {str(one): told for one, told in facts.items()}
        # The embedded server takes five times as long to insert one by an update.
        new = [one for one in members if one.version == 1]
        fresh = [saying(_document(one), said.get(one.id, ())) for one in new]
        lost = [one["_id"] for one in await insert_new(self._members, fresh)]
        others = [_document(one) for one in members if one.version > 1]
        lost += await self._write_over(others, said)
        return frozenset(map(PersonId, lost))

    async def _write_over(
        self, documents: Sequence[Document], said: Mapping[str, Sequence[Fact]]
    ) -> Sequence[str]:
        """Write each over the version before its own; answers those that others have written.

        Many may come for the same members, and whom somebody else has must cost them little: so
        nothing is tried but a change, and by their token they find which ones are theirs.
        """
        if not documents:
            return []
        token = token_hex(8)
        writes = [
            UpdateOne(
                {"_id": one["_id"], "version": one["version"] - 1},
                change_saying({**one, "written_by": token}, said.get(one["_id"], ())),
            )
            for one in documents
        ]
        result = await self._members.bulk_write(writes, ordered=False)
        if result.matched_count == len(writes):
            return []
        ids = [one["_id"] for one in documents]
        found = await find_by_ids(self._members, ids, {"written_by": 1})
        mine = {one["_id"] for one in found if one.get("written_by") == token}
        return [one for one in ids if one not in mine]

    async def open_in(self, journey_id: JourneyId) -> int:
        """How many members are in a journey."""
        return int(await self._members.count_documents({"opened": journey_id}))

    async def unknown_in(self, journey_id: JourneyId, request: PageRequest) -> Page[MemberJourneys]:
        """Members for whom nobody knows whether something of a journey was done, by id."""
        wanted = {"unknown": journey_id}
        return await page(self._members, wanted, BY_ID, request, UNKNOWN_ACTIONS, _member)


class MongoSweeps:
    """See `domain.journeys.ports.Sweeps`."""

    def __init__(self, database: Database) -> None:
        self._sweeps = database["journey_sweeps"]

    async def by_id(self, id: str) -> Sweep | None:
        """The one of an id."""
        found = await self._sweeps.find_one({"_id": id})
        return from_document(Sweep, found) if found else None

    async def due(self, now: datetime, most: int) -> Sequence[Sweep]:
        """Those to go on with, the longest overdue first."""
        due = {"due_at": {"$gt": EARLIEST, "$lte": now}}
        return all_of(Sweep, await self._sweeps.find(due).sort("due_at").limit(most).to_list(None))

    async def save(self, sweep: Sweep, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""
        await save_version(self._sweeps, to_document(sweep), expected=expected)


class MongoSpells:
    """See `domain.journeys.ports.Spells`; one document for each journey and member."""

    def __init__(self, database: Database) -> None:
        self._spells = database["journey_spells"]

    async def seen(
        self, journey_id: JourneyId, members: Sequence[PersonId], round: int
    ) -> Mapping[PersonId, int]:
        """Note who is in the segment in a round; answers the number of each one's spell there."""
        ids = {one: f"{journey_id}|{one}" for one in members}
        found = {one["_id"]: one for one in await find_by_ids(self._spells, list(ids.values()))}
        spells = {one: _spell(found.get(key), round) for one, key in ids.items()}
        await replace_all(
            self._spells,
            [
                {"_id": key, "member_id": one, "round": round, "spell": spells[one]}
                for one, key in ids.items()
            ],
        )
        return spells


class MongoConsentings:
    """What members allow, of whoever they were; see `domain.journeys.ports.Consentings`."""

    def __init__(self, database: Database) -> None:
        self._members = MongoMembers(database)
        self._profiles = MongoMemberProfiles(database)

    async def of(self, ids: Collection[PersonId]) -> Mapping[PersonId, Consenting]:
        """Of each, whether there is such a member and what all whom they were allow."""
        members = await self._members.by_ids(sorted(ids))
        everybody = {one for member in members.values() for one in member.ids}
        profiles = await self._profiles.by_ids(sorted(everybody))

        def allowed(member: Member) -> frozenset[Purpose]:
            said = consents_of_all(profiles[one].consents for one in member.ids if one in profiles)
            return frozenset(one for one in Purpose if allows(said, one))

        return {one: Consenting(allows=allowed(member)) for one, member in members.items()}


class MongoDaysOfMembers:
    """See `domain.journeys.ports.DaysOfMembers`."""

    def __init__(self, database: Database) -> None:
        self._profiles = database["member_profiles"]
        self._traits = database["member_traits"]

    async def with_birthday(self, day: date, request: PageRequest) -> Page[PersonId]:
        """Those whose birthday is kept on a day, by id."""
        wanted: Document = {"birthday.month": day.month, "birthday.day": day.day}
        if (day.month, day.day) == (2, 28) and _is_short(day.year):
            wanted["birthday.day"] = {"$in": [28, 29]}
        return await page(self._profiles, wanted, BY_ID, request, DAY_OF_MEMBERS, _id)

    async def whose_level_ends(self, day: date, request: PageRequest) -> Page[PersonId]:
        """Those whose level ends on a day of China's, by id."""
        begins = datetime(day.year, day.month, day.day, tzinfo=BEIJING)
        ends = datetime.fromtimestamp(begins.timestamp() + 86_400, BEIJING)
        # A level ends with the first moment after its period, which is the day after its last.
        wanted: Document = {"level_until": {"$gt": begins, "$lte": ends}}
        return await page(self._traits, wanted, BY_ID, request, DAY_OF_MEMBERS, _id)


def _document(member: MemberJourneys) -> Document:
    return {
        **to_document(member),
        "due_at": member.due_at,
        "opened": member.opened,
        "unknown": member.unknown,
    }


def _member(document: Document) -> MemberJourneys:
    return from_document(MemberJourneys, document)


def _id(document: Document) -> PersonId:
    return PersonId(document["_id"])


def _spell(known: Document | None, round: int) -> int:
    if known is None:
        return 1
    return int(known["spell"]) + (1 if known["round"] < round - 1 else 0)


def _is_short(year: int) -> bool:
    return year % 4 != 0 or (year % 100 == 0 and year % 400 != 0)
