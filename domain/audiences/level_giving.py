"""Levels that are given: head office lets a member have one until a day, whatever they spend."""

from dataclasses import replace
from datetime import timedelta

from domain.audiences.joining import hand_on
from domain.audiences.segment_rules import RuleKind
from domain.audiences.segments import decided
from domain.audiences.tagging import known_traits, leads_to, require_member
from domain.audiences.trait_ports import TraitPorts
from domain.audiences.traits import GivenLevel, MemberTraits, as_one
from domain.kernel.ids import PersonId
from domain.kernel.lines import read_line
from domain.kernel.records import Subject
from domain.kernel.refusals import NotFound
from domain.kernel.within import Within
from domain.people.act import Act

DAYS = Within(0, 3_650)
LONGEST_REASON = 200


async def give_level(
    ports: TraitPorts, act: Act, member_id: str, code: str, *, days: int, reason: str
) -> MemberTraits:
    """Give a member a level for so many days, in place of one that was given; 0 takes it back.

    One that they have reached stays theirs, and counts where it is the higher one.
    """
    act.viewer.require("level.give")
    rules = ports.book.rules()
    if all(one.code != code for one in rules.levels.levels):
        raise NotFound(f"There is no level {code}; look at levelRules.", field=["level"])
    DAYS.read(days, ["days"])
    why = read_line(reason, most=LONGEST_REASON, least=1, field=["reason"])
    await require_member(ports, act, member_id)
    person = await leads_to(ports.traits, PersonId(member_id))
    until = act.at + timedelta(days=days)
    given = GivenLevel(level=code, until=until, at=act.at, by=act.viewer.id, reason=why)

    def with_it(one: MemberTraits) -> MemberTraits:
        after = replace(one, given=given if days and one.id == person else None)
        return decided(after, act.at, rules, frozenset({RuleKind.LEVEL}), since=one)

    # It may be one that was given to another member, who was merged into this one.
    before = (await ports.traits.by_ids([person])).get(person, MemberTraits(id=person))
    others = [one.member_id for one in before.brought]
    await ports.traits.change([person, *others], with_it)
    await hand_on(ports, act, others)
    after = await known_traits(ports, act, person)
    had = as_one(before, rules.levels).given
    subject = Subject(kind="member", id=person)
    await ports.records.append(
        act.record("memberLevelGive", subject, before=_told(had), after=_told(after.given, why))
    )
    return after


def _told(given: GivenLevel | None, reason: str = "") -> dict[str, str | None]:
    """A level that is given as records have it; where one is taken back, only why."""
    return {
        "level": given.level if given else None,
        "until": given.until.isoformat() if given else None,
        "reason": given.reason if given else reason,
    }
