"""Members of a channel, or of the brand's own system, from a file with one row each."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from domain.kernel.columns import Columns
from domain.kernel.facts import Fact
from domain.kernel.ids import PersonId
from domain.kernel.import_reports import ImportReport
from domain.kernel.imports import HandedIn, RowsRead, take_in
from domain.kernel.moments import CLOCK_SKEW
from domain.kernel.ports import Ports
from domain.kernel.refusals import Invalid, NotFound, Refusal
from domain.kernel.tables import Row
from domain.kernel.versions import risen
from domain.members import member_facts, profile_facts
from domain.members.conflicts import ConflictKind, conflict_id
from domain.members.feeding import (
    LONGEST_VALUE,
    SaidMember,
    names_of,
    noted,
    read_channel,
    take_in_member,
)
from domain.members.identities import (
    SINGLE,
    Identity,
    IdentityId,
    IdentityKind,
    Naming,
    Proof,
    require_unblocked,
    taken,
)
from domain.members.profiles import Birthday, MemberProfile, checked_birthday
from domain.members.telling import TellingPorts
from domain.network.directory import DirectorySource
from domain.network.stores import StoreId
from domain.people.accounts import Member
from domain.people.act import Act

COLUMNS = Columns(
    names={
        "channel": ("渠道",),
        "channel_member_id": ("渠道会员号", "买家编号"),
        "phone": ("手机号", "手机"),
        "member_code": ("会员编号", "会员卡号"),
        "unionid": ("微信unionid",),
        "name": ("姓名", "会员姓名"),
        "birthday": ("生日",),
        "joined_at": ("入会时间",),
        "store_id": ("门店编号", "入会门店"),
    },
    ids=("channel", "channel_member_id"),
    codes=frozenset({"store_id", "channel_member_id", "member_code"}),
)
_BIRTHDAY = re.compile(r"(?:([0-9]{4})-)?([0-9]{1,2})-([0-9]{1,2})")
WRITTEN_AT_ONCE = 1_000
Facts = dict[str, Sequence[Fact]]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberFilePorts(Ports):
    """Members, and the stores in which they may have joined."""

    telling: TellingPorts
    directory: DirectorySource


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledMember:
    """What a row says of a member, or what is known of who it means."""

    known_by: tuple[IdentityKind, ...]
    name: str | None
    birthday: Birthday | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A row, what it says, and what names whom it means."""

    row: Row
    channel: str
    said: SaidMember
    names: tuple[Naming, ...]


@dataclass(slots=True)
class _Known:
    """What is known of whom the rows of a file name; some ids lead to others."""

    held: Mapping[IdentityId, Identity]
    persons: Mapping[PersonId, PersonId]
    kinds: Mapping[PersonId, set[IdentityKind]]
    profiles: Mapping[PersonId, MemberProfile]


async def import_members(ports: MemberFilePorts, act: Act, handed: HandedIn) -> ImportReport:
    """Take in members as a feed does; handed in again, it changes nothing.

    Rows that have a name in common with an earlier one, or with somebody who is known, are looked
    at one by one; all others are new and are written many at a time.
    """
    act.viewer.require("member.feed")
    table = await handed.table(COLUMNS)
    read_row = partial(_read_row, ports, act)
    parsed = await handed.parse(table.rows, read_row, key=lambda one: str(one.row.line))
    rows = parsed.values
    like = _lines_alike(rows.values())
    new: set[str] = set()

    async def read() -> RowsRead[str, FiledMember]:
        known = await _look_up(ports, act, rows.values())
        existing: dict[str, FiledMember] = {}
        values: dict[str, FiledMember] = {}
        errors = [*table.errors, *parsed.errors]
        for line, one in rows.items():
            try:
                before, after = await _beside(ports, one, known, like.get(line))
            except Refusal as refusal:
                errors += one.row.error(refusal)
                continue
            values[line] = after
            if before is not None:
                existing[line] = before
        new.clear()
        new.update(values.keys() - existing.keys())
        remarks = [
            rows[line].row.remark(kind.lower(), f"is the same as in line {first}.")
            for line, (first, kind) in like.items()
        ]
        return RowsRead(
            existing=existing,
            values=values,
            errors=errors,
            warnings=[*table.warnings, *remarks],
        )

    async def save(changed: Mapping[str, FiledMember]) -> None:
        begun = [rows[line] for line in changed if line in new]
        left = [rows[line] for line in changed if line not in new]
        for start in range(0, len(begun), WRITTEN_AT_ONCE):
            left += await _write_new(ports, act, begun[start : start + WRITTEN_AT_ONCE])
        for one in left:
            await take_in_member(ports.telling, act, one.channel, one.said)

    return await take_in(read, save, handed)


async def _look_up(ports: MemberFilePorts, act: Act, rows: Collection[_Read]) -> _Known:
    """All that is known of whom rows name, whatever their number, in few questions."""
    members = ports.telling.members
    wanted = list({name.id for one in rows for name in one.names})
    found = await members.identities.by_ids(wanted)
    for_whom = sorted({one.member_id for one in found.values() if one.held})
    accounts = await members.people.members.by_ids(for_whom)
    persons = {key: one.merged_into or key for key, one in accounts.items()}
    theirs = await members.identities.of_members(_lacking(rows, found, persons))
    kinds: dict[PersonId, set[IdentityKind]] = {}
    for one in theirs:
        kinds.setdefault(persons.get(one.member_id, one.member_id), set()).add(one.kind)
    profiles = await ports.telling.profiles.by_ids(sorted(set(persons.values())))
    return _Known(held=found, persons=persons, kinds=kinds, profiles=profiles)


def _lacking(
    rows: Collection[_Read],
    found: Mapping[IdentityId, Identity],
    persons: Mapping[PersonId, PersonId],
) -> Sequence[PersonId]:
    """The members, by each of their ids, whom a row gives a name that nobody has."""
    ids: set[PersonId] = set()
    for one in rows:
        held = [found[name.id] for name in one.names if name.id in found]
        if len(held) < len(one.names):
            ids.update(identity.member_id for identity in held if identity.member_id in persons)
    return sorted({*ids, *(persons[one] for one in ids)})


async def _beside(
    ports: MemberFilePorts, one: _Read, known: _Known, like: tuple[int, IdentityKind] | None
) -> tuple[FiledMember | None, FiledMember]:
    """What is known of whom a row means, None for somebody new, and what it wants to be known."""
    said, kinds = one.said, tuple(name.kind for name in one.names)
    wanted = FiledMember(known_by=kinds, name=said.name, birthday=said.birthday)
    found = [known.held[name.id] for name in one.names if name.id in known.held]
    for identity in found:
        require_unblocked(identity)
    held = [identity for identity in found if identity.held]
    if not held:
        # Whoever an earlier row brings is known once that is written.
        alike = FiledMember(known_by=(like[1],), name=None, birthday=None) if like else None
        return alike, wanted
    persons = {known.persons.get(identity.member_id) for identity in held}
    [person, *others] = persons
    if others or person is None:
        asked = await _asked(ports, held, persons)
        unsure = FiledMember(known_by=(), name=None, birthday=None)
        return wanted if asked else unsure, wanted
    # Of what a member has but one of, another one is left alone.
    single = SINGLE & known.kinds.get(person, set())
    ids = {identity.id for identity in held}
    theirs = tuple(name.kind for name in one.names if name.id in ids or name.kind in single)
    profile = known.profiles.get(person) or MemberProfile(id=person)
    after = noted(profile, said)
    before = FiledMember(known_by=theirs, name=profile.name, birthday=profile.birthday)
    return before, FiledMember(known_by=kinds, name=after.name, birthday=after.birthday)


async def _asked(
    ports: MemberFilePorts, held: Sequence[Identity], persons: Collection[PersonId | None]
) -> bool:
    """Whether people are asked already if the members whom a row names are one."""
    pair = [one for one in persons if one]
    if len(pair) < len(persons):
        return False
    conflicts = ports.telling.members.conflicts
    for identity in held:
        asked = conflict_id(ConflictKind.SAME_PERSON, identity.id, *pair)
        if await conflicts.by_id(asked) is not None:
            return True
    return False


async def _write_new(ports: MemberFilePorts, act: Act, rows: Sequence[_Read]) -> list[_Read]:
    """Write rows that nobody is known of; answer those whose names somebody has claimed since."""
    telling = ports.telling
    begun = [(PersonId(act.new_id("member")), one) for one in rows]
    claims = {
        member_id: [taken(None, name, member_id, Proof.FEED, act.at) for name in one.names]
        for member_id, one in begun
    }
    identities = [identity for some in claims.values() for identity in some]
    lost = await telling.members.identities.claim_new(identities)
    new = [
        (member_id, one)
        for member_id, one in begun
        if not any(name.id in lost for name in one.names)
    ]
    joined = [_joining(member_id, one, act) for member_id, one in new]
    # Said where it costs one document, not one each: each that waits in a document is an entry of
    # an index more, which is what writing them takes most of its time for.
    said: Facts = {one.id: member_facts.joined_as(one, claims[one.id]) for one in joined}
    await telling.members.people.members.join_all(joined, said)
    bare = [(MemberProfile(id=member_id), one.said) for member_id, one in new]
    changes = [(before, noted(before, one)) for before, one in bare]
    profiles = [(before, risen(after)) for before, after in changes if after != before]
    told: Facts = {one.id: profile_facts.of_change(before, one, act.at) for before, one in profiles}
    await telling.profiles.add_new([one for _, one in profiles], told)
    written = {one.row.line for _, one in new}
    return [one for one in rows if one.row.line not in written]


def _joining(member_id: PersonId, one: _Read, act: Act) -> Member:
    return Member(
        id=member_id,
        joined_at=one.said.joined_at or act.at,
        channel=one.channel,
        store_id=one.said.store_id,
    )


def _lines_alike(rows: Collection[_Read]) -> dict[str, tuple[int, IdentityKind]]:
    """Of rows that have a name in common with an earlier one, its line, and which name it is."""
    first: dict[IdentityId, int] = {}
    alike: dict[str, tuple[int, IdentityKind]] = {}
    for one in rows:
        for name in one.names:
            earlier = first.setdefault(name.id, one.row.line)
            if earlier != one.row.line:
                alike.setdefault(str(one.row.line), (earlier, name.kind))
    return alike


def _read_row(ports: MemberFilePorts, act: Act, row: Row) -> _Read:
    channel = read_channel(row.text("channel"), ["channel"])
    act.viewer.require("member.feed", channel=channel)
    store_id = row.optional("store_id")
    if store_id and StoreId(store_id) not in ports.directory.directory().stores:
        raise NotFound(f"there is no store {store_id}; look its id up.", field=["store_id"])
    joined_at = row.moment("joined_at")
    if joined_at and joined_at > act.at + CLOCK_SKEW:
        raise Invalid("this is still to come.", field=["joined_at"])
    said = SaidMember(
        id=row.id("channel_member_id", most=LONGEST_VALUE),
        phone=row.optional("phone"),
        member_code=row.optional("member_code"),
        unionid=row.optional("unionid"),
        name=row.optional("name"),
        birthday=_birthday(row, act),
        store_id=store_id,
        joined_at=joined_at,
    )
    # Its name is checked as a feed's is.
    noted(MemberProfile(id=PersonId("")), said)
    names = names_of(ports.telling.members, channel, said)
    return _Read(row=row, channel=channel, said=said, names=tuple(names))


def _birthday(row: Row, act: Act) -> Birthday | None:
    text = row.optional("birthday")
    if text is None:
        return None
    found = _BIRTHDAY.fullmatch(text.strip())
    if found is None:
        raise Invalid("write a day such as 1990-02-28, or 02-28.", field=["birthday"])
    year, month, day = found.groups()
    said = Birthday(year=int(year) if year else None, month=int(month), day=int(day))
    return checked_birthday(said, act.at, ["birthday"])
