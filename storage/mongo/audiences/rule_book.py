"""Levels, the dictionary of tags and the segments, in memory by the stream of changes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from domain.audiences.levels import LevelRules
from domain.audiences.segment_rules import Rule, RuleKind
from domain.audiences.segments import MemberRules, Segment, Tag
from storage.mongo.kernel.database import Database, Document
from storage.mongo.kernel.documents import all_of, converter, replace_all, save_version, to_document
from storage.mongo.kernel.rule_versions import MongoRuleVersions

LEVELS, TAGS, SEGMENTS = "level_rules", "tags", "segments"


def _written(rule: Rule) -> Document:
    """A rule as a document; it is made of rules, which its own fields can only name."""
    return {
        "kind": rule.kind,
        "parts": [_written(part) for part in rule.parts],
        "values": list(rule.values),
        "low": rule.low,
        "high": rule.high,
    }


def _read(document: Document, _: Any = None) -> Rule:
    return Rule(
        kind=RuleKind(document["kind"]),
        parts=tuple(_read(part) for part in document["parts"]),
        values=tuple(document["values"]),
        low=document["low"],
        high=document["high"],
    )


converter.register_unstructure_hook(Rule, _written)
converter.register_structure_hook(Rule, _read)


class MongoMemberRuleBook:
    """See `domain.audiences.trait_ports.MemberRuleBook`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rules = MemberRules()
        self._levels = MongoRuleVersions(database, LEVELS, LevelRules(), field=["expectedVersion"])

    def rules(self) -> MemberRules:
        """All of them, as known in this process."""
        return self._rules

    async def add_levels(self, rules: LevelRules) -> None:
        """Write a version of the levels down; Conflict where it is not the next one."""
        await self._levels.add(rules)
        self._rules = replace(self._rules, levels=self._levels.now())

    async def save_tags(self, tags: Sequence[Tag]) -> None:
        """Write tags over whatever has their codes."""
        await replace_all(self._database[TAGS], [to_document(one, key="code") for one in tags])
        await self.replaced(TAGS)

    async def tags_built(self, tags: Sequence[Tag]) -> None:
        """Note that these versions of tags have been decided for everybody."""
        for one in tags:
            await self._database[TAGS].update_one(
                {"_id": one.code, "version": one.version}, {"$set": {"built": one.version}}
            )
        await self.replaced(TAGS)

    async def save_segment(self, segment: Segment, *, expected: int) -> None:
        """Write a segment over the expected version, 0 for none; else Conflict."""
        await save_version(self._database[SEGMENTS], to_document(segment), expected=expected)
        await self.replaced(SEGMENTS)

    async def built(self, segment: Segment) -> None:
        """Note that a version of a segment holds for everybody by now."""
        await self._database[SEGMENTS].update_one(
            {"_id": segment.id, "version": segment.version}, {"$set": {"built": segment.built}}
        )
        await self.replaced(SEGMENTS)

    @property
    def fields(self) -> Mapping[str, Collection[str]]:
        """Whose changes matter; it reads the documents itself."""
        return dict.fromkeys((LEVELS, TAGS, SEGMENTS), ())

    async def opened(self) -> None:
        """Load everything."""
        for collection in self.fields:
            await self.replaced(collection)

    async def replaced(self, collection: str) -> None:
        """Read a whole collection, all of which are small."""
        if collection == LEVELS:
            await self._levels.replaced(LEVELS)
            self._rules = replace(self._rules, levels=self._levels.now())
            return
        found = await self._database[collection].find({}).to_list(None)
        if collection == TAGS:
            tags = all_of(Tag, found, key="code")
            self._rules = replace(self._rules, tags={one.code: one for one in tags})
        else:
            segments = all_of(Segment, found)
            self._rules = replace(self._rules, segments={one.id: one for one in segments})

    async def changed(self, collection: str, changed: Collection[Any]) -> None:
        """Read again what has changed."""
        await self.replaced(collection)

    def in_step(self) -> None:
        """Nobody waits for this."""
