"""Tags of members from a file with one row for each."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.audiences.segments import MemberRules, decided
from domain.audiences.tagging import (
    ASKED_OF_TAGS,
    MOST_ON_ONE,
    require_allowed,
    whole_traits,
)
from domain.audiences.trait_ports import TraitPorts
from domain.audiences.traits import MemberTraits, PutTag, TagSource, with_tag
from domain.kernel.columns import Columns
from domain.kernel.ids import PersonId
from domain.kernel.import_reports import ImportReport
from domain.kernel.imports import HandedIn, RowsRead, take_in
from domain.kernel.moments import NEVER
from domain.kernel.ports import Ports
from domain.kernel.refusals import Forbidden, Invalid, NotFound, Refusal, TooMany
from domain.kernel.tables import Row
from domain.members.identities import Identities, IdentityId, IdentityKind, Naming
from domain.members.phones import PhoneKey, spelled
from domain.people.act import Act

COLUMNS = Columns(
    names={
        "tag": ("标签", "标签编码"),
        "member_id": ("会员ID",),
        "member_code": ("会员编号", "会员卡号"),
        "phone": ("手机号", "手机"),
        "expires_at": ("到期时间",),
    },
    ids=("tag",),
    codes=frozenset({"tag", "member_id", "member_code"}),
    parts=frozenset({"member_id", "member_code", "phone"}),
)
WRITTEN_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TagFilePorts(Ports):
    """Traits, and what names the members whose they are."""

    traits: TraitPorts
    identities: Identities
    phones: PhoneKey


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledTag:
    """A tag as a row puts it on, or as it is on."""

    code: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A row: the tag, and the member by id or by what names them."""

    row: Row
    put: FiledTag
    member_id: PersonId | None
    name: IdentityId | None


async def import_tags(ports: TagFilePorts, act: Act, handed: HandedIn) -> ImportReport:
    """Put tags on members; handed in again, it changes nothing.

    What was put on by hand or by a rule stays beside it.
    """
    act.viewer.require("tag.import")
    rules = ports.traits.book.rules()
    table = await handed.table(COLUMNS)
    parsed = await handed.parse(
        table.rows, lambda row: _read_row(ports, rules, row), key=lambda one: str(one.row.line)
    )
    rows = parsed.values
    whose: dict[str, PersonId] = {}

    async def read() -> RowsRead[str, FiledTag]:
        found = await _members_of(ports, act, rows)
        persons = sorted(set(found.values()))
        known = await whole_traits(ports.traits.traits, persons, act.at, rules)
        existing: dict[str, FiledTag] = {}
        values: dict[str, FiledTag] = {}
        errors = [*table.errors, *parsed.errors]
        codes: dict[PersonId, set[str]] = defaultdict(set)
        for line, one in rows.items():
            try:
                traits = known[_known(found, line)]
                require_allowed(rules, one.put.code, traits)
                _require_room(traits, codes[traits.id], one.put)
            except Refusal as refusal:
                errors += one.row.error(refusal)
                continue
            values[line] = one.put
            whose[line] = traits.id
            for tag in traits.tags:
                if (tag.code, tag.source) == (one.put.code, TagSource.IMPORT):
                    existing[line] = FiledTag(code=tag.code, expires_at=tag.expires_at)
        return RowsRead(existing=existing, values=values, errors=errors, warnings=table.warnings)

    async def save(changed: Mapping[str, FiledTag]) -> None:
        wanted: dict[PersonId, list[FiledTag]] = defaultdict(list)
        for line, one in changed.items():
            wanted[whose[line]].append(one)
        await _put_on(ports, act, wanted)

    return await take_in(read, save, handed)


async def _put_on(ports: TagFilePorts, act: Act, wanted: Mapping[PersonId, list[FiledTag]]) -> None:
    rules, persons = ports.traits.book.rules(), sorted(wanted)

    def rule(found: MemberTraits) -> MemberTraits:
        for one in wanted[found.id]:
            put = PutTag(
                code=one.code,
                source=TagSource.IMPORT,
                at=act.at,
                by=act.viewer.id,
                scope="brand",
                expires_at=one.expires_at,
            )
            found = with_tag(found, put)
        return decided(found, act.at, rules, ASKED_OF_TAGS)

    for start in range(0, len(persons), WRITTEN_AT_ONCE):
        await ports.traits.traits.change(persons[start : start + WRITTEN_AT_ONCE], rule)


async def _members_of(
    ports: TagFilePorts, act: Act, rows: Mapping[str, _Read]
) -> Mapping[str, PersonId]:
    """The members whom rows mean, as far as they are known; an id that was merged leads on."""
    names = list({one.name for one in rows.values() if one.name})
    held = await ports.identities.by_ids(names)
    found: dict[str, PersonId] = {}
    for line, one in rows.items():
        identity = held.get(one.name) if one.name else None
        if one.member_id:
            found[line] = one.member_id
        elif identity and identity.held:
            found[line] = identity.member_id
    accounts = await ports.traits.members.by_ids(sorted(set(found.values())))
    return {
        line: accounts[one].merged_into or one for line, one in found.items() if one in accounts
    }


def _known(found: Mapping[str, PersonId], line: str) -> PersonId:
    if line not in found:
        raise NotFound("nobody is known by this; take them in first, as by membersImport.")
    return found[line]


def _require_room(traits: MemberTraits, codes: set[str], put: FiledTag) -> None:
    codes.add(put.code)
    if len({one.code for one in traits.tags} | codes) > MOST_ON_ONE:
        raise TooMany(f"a member has {MOST_ON_ONE} tags at most.", field=["tag"])


def _read_row(ports: TagFilePorts, rules: MemberRules, row: Row) -> _Read:
    code = row.id("tag")
    tag = rules.tags.get(code)
    if tag is None:
        raise NotFound(f"there is no tag {code}; put it into the dictionary first.", field=["tag"])
    if tag.rule:
        raise Forbidden(f"{tag.name} is put on by its rule alone.", field=["tag"])
    member_id, name = row.optional("member_id"), _name(ports, row)
    if not (member_id or name):
        raise Invalid("say whose it is by member_id, member_code or phone.", field=["member_id"])
    return _Read(
        row=row,
        put=FiledTag(code=code, expires_at=row.moment("expires_at") or NEVER),
        member_id=PersonId(member_id) if member_id else None,
        name=name,
    )


def _name(ports: TagFilePorts, row: Row) -> IdentityId | None:
    if code := row.optional("member_code"):
        return Naming(kind=IdentityKind.MEMBER_CODE, value=code).id
    if phone := row.optional("phone"):
        value = ports.phones.digest(spelled(phone, field=["phone"]))
        return Naming(kind=IdentityKind.PHONE, value=value).id
    return None
