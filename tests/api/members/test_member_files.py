"""Files of members and of their tags: each member once, whoever is told how often."""

import pytest

from domain.kernel.ids import PersonId
from domain.members.identities import IdentityKind, Naming, Proof, taken
from qianmian.clock import now
from storage.mongo.kernel.database import Database
from storage.mongo.members.identities import MongoIdentities
from tests.api.members.test_feeds import CONFLICTS, FEED, sent
from tests.api.members.test_purchases import a_purchase, counted, told
from tests.conftest import Service
from tests.support.content import HEAD_OFFICE
from tests.support.documents import documents_of
from tests.support.fulfilling import open_stores_with_stock
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

LEVELS = documents_of("levels.md")
IMPORT = """mutation ($file: Upload!, $mode: ImportMode!, $check: Boolean!) {
  done: %s(file: $file, mode: $mode, onlyCheck: $check) {
    report { rows created changed unchanged errors { line column message }
      warnings { line column message } }
    userErrors { code message } } }"""
HEADER = "渠道,渠道会员号,手机号,会员编号,姓名,生日,入会时间,门店编号\n"
FILE = (
    HEADER
    + """CRM,1,13800138000,D1,林梅,02-29,2026-01-05T10:00:00+08:00,S1
ERP,2,+86 138 0013 8000,,梅,,,
CRM,3,１３８００１３８００１,,兰,1990-02-28,,
CRM,4,1.3800138E+10,,坏,,,
CRM,5,,,店,,,NOWHERE
CRM,6,,,日,1990-02-30,,
"""
)


async def handed_in(
    service: Service,
    text: str,
    operation="membersImport",
    viewer=FEED,
    mode="GOOD_ROWS",
    check=False,
):
    file = ("m.csv", text.encode(), "text/csv")
    answer = await service.upload(IMPORT % operation, file, viewer, mode=mode, check=check)
    return answer.data["done"]["report"]


async def everybody(database: Database):
    return await database["members"].count_documents({})


async def test_a_file_of_members_is_taken_in_once_and_says_which_rows_are_one_person(
    service: Service, database: Database
):
    await open_stores_with_stock(service)
    await told(service, a_purchase(memberCode="D1"))
    for mode, check in (("GOOD_ROWS", True), ("ALL_OR_NOTHING", False)):
        report = await handed_in(service, FILE, mode=mode, check=check)
        assert await everybody(database) == 0
        assert {one["line"] for one in report["errors"]} == {5, 6, 7}
    assert [one["column"] for one in report["errors"]] == ["phone", "store_id", "birthday"]
    first = await handed_in(service, FILE)
    assert (first["rows"], first["created"], first["changed"]) == (6, 2, 1)
    assert [(one["line"], one["message"]) for one in first["warnings"]] == [
        (3, "is the same as in line 2.")
    ]
    again = await handed_in(service, FILE)
    assert (again["created"], again["changed"], again["unchanged"]) == (0, 0, 3)
    assert await everybody(database) == 2
    [mei] = await sent(service, "ERP", {"id": "2"})
    [same] = await sent(service, "CRM", {"id": "1"})
    assert mei["memberId"] == same["memberId"]
    # What waited for the code is hers, and so is what she told of herself.
    await comes_to((100_000, 1), lambda: _spent(database, mei["memberId"]))
    profile = await database["member_profiles"].find_one({"_id": mei["memberId"]})
    assert profile is not None
    member = await database["members"].find_one({"_id": mei["memberId"]})
    assert (member["store_id"], member["channel"]) == ("S1", "CRM")


async def _spent(database: Database, member: str):
    return (await counted(database, member))[:2]


async def test_whom_a_file_that_was_cut_short_has_named_already_joins_with_all_that_is_theirs(
    service: Service, database: Database
):
    await open_stores_with_stock(service)
    await told(service, a_purchase(memberCode="D7"))
    named = [
        Naming(kind=IdentityKind.MEMBER_CODE, value="D7"),
        Naming(kind=IdentityKind.CHANNEL, scope="CRM", value="7"),
    ]
    claims = [taken(None, one, PersonId("member_7"), Proof.FEED, now()) for one in named]
    assert not await MongoIdentities(database).claim_new(claims)
    report = await handed_in(service, HEADER + "CRM,7,,D7,,,,\n")
    assert (report["rows"], report["errors"]) == (1, [])
    await comes_to((100_000, 1), lambda: _spent(database, "member_7"))
    assert await everybody(database) == 1


async def test_a_row_that_names_two_members_is_asked_about_once(
    service: Service, database: Database
):
    await sent(service, "TILL", {"id": "1", "phone": "13800138000", "memberCode": "A1"})
    both = HEADER + "TILL,2,13800138000,A2,二,,,\n"
    assert (await handed_in(service, both))["changed"] == 1
    assert (await handed_in(service, both))["unchanged"] == 1
    found = (await service.query(CONFLICTS, HEAD_OFFICE)).data["memberConflicts"]
    assert found["totalCount"] == 1
    assert await everybody(database) == 2


async def test_a_file_of_tags_puts_each_on_once_beside_those_of_others(service: Service):
    await service.query(LEVELS["Define"], HEAD_OFFICE)
    [mei] = await sent(service, "TILL", {"id": "1", "phone": "13800138000", "memberCode": "A1"})
    await service.query(LEVELS["PutOn"], HEAD_OFFICE, member=mei["memberId"])
    text = f"""标签,会员ID,会员编号,手机号,到期时间
outdoor,,A1,,
outdoor,{mei["memberId"]},,,
outdoor,,,13900139000,
nothing,,A1,,
loyal,,A1,,
outdoor,,,,
"""
    file = {"operation": "memberTagsImport", "viewer": HEAD_OFFICE}
    for counts in ((2, 0), (0, 2)):
        report = await handed_in(service, text, **file)
        assert (report["created"], report["unchanged"]) == counts
        assert sorted(one["line"] for one in report["errors"]) == [4, 5, 6, 7]
    found = await service.query(LEVELS["OfMember"], HEAD_OFFICE, member=mei["memberId"])
    assert [one["code"] for one in found.data["memberTraits"]["tags"]] == ["outdoor", "outdoor"]
