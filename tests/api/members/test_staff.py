"""What head office decides of members, over HTTP."""

from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from tests.conftest import Service
from tests.support.content import HEAD_OFFICE

ERRORS = "userErrors { code field message }"
SIGN_IN = """mutation ($code: String!) { memberSignIn(code: $code) {
  viewer { id } userErrors { code } } }"""
SET_PHONE = f"""mutation ($code: String!) {{ memberPhoneSet(phoneCode: $code) {{
  phone {ERRORS} }} }}"""
CONFLICTS = """{ memberConflicts { totalCount nodes { id kind holder { id phone }
  claimant { id phone } } } }"""
SETTLE = f"""mutation ($id: ID!, $settlement: ConflictSettlement!) {{
  memberConflictSettle(id: $id, settlement: $settlement, reason: "来电核实") {{
    conflict {{ state decision }} {ERRORS} }} }}"""
MERGE = f"""mutation ($loser: ID!, $survivor: ID!) {{
  memberMerge(loserId: $loser, survivorId: $survivor, reason: "同一人") {{
    merge {{ id state evidence }} {ERRORS} }} }}"""
UNMERGE = f"""mutation ($id: ID!) {{ memberUnmerge(id: $id, reason: "误合并") {{
  merge {{ state }} {ERRORS} }} }}"""
MEMBER = "query ($id: ID!) { member(id: $id) { id ids phone identities { kind } } }"
MERGES = "query ($id: ID!) { memberMerges(id: $id) { nodes { id state loser survivor } } }"
PHONE = "sandbox:13800138000"


async def somebody(service: Service, name: str) -> Viewer:
    answer = await service.query(SIGN_IN, None, code=f"sandbox:{name}")
    member_id = answer.data["memberSignIn"]["viewer"]["id"]
    return Viewer(id=PersonId(member_id), role=Role.MEMBER)


async def disputed(service: Service) -> tuple[Viewer, Viewer, str]:
    may, lan = await somebody(service, "may"), await somebody(service, "lan")
    assert not (await service.query(SET_PHONE, may, code=PHONE)).data["memberPhoneSet"][
        "userErrors"
    ]
    for _ in range(2):
        refused = (await service.query(SET_PHONE, lan, code=PHONE)).refused("memberPhoneSet")
        assert refused[0]["code"] == "CONFLICT"
    found = (await service.query(CONFLICTS, HEAD_OFFICE)).data["memberConflicts"]
    assert found["totalCount"] == 1
    [conflict] = found["nodes"]
    assert conflict["holder"] == {"id": may.id, "phone": "138****8000"}
    assert conflict["claimant"] == {"id": lan.id, "phone": None}
    return may, lan, conflict["id"]


async def test_a_number_that_two_prove_goes_where_staff_say(service: Service):
    may, lan, conflict = await disputed(service)
    settle = {"id": conflict, "settlement": "RELEASE"}
    settled = (await service.query(SETTLE, HEAD_OFFICE, **settle)).data["memberConflictSettle"]
    assert settled["conflict"] == {"state": "SETTLED", "decision": "RELEASE"}
    again = await service.query(SETTLE, HEAD_OFFICE, **settle)
    assert again.refused("memberConflictSettle")[0]["code"] == "WRONG_STATE"
    of_lan = (await service.query(MEMBER, HEAD_OFFICE, id=lan.id)).data["member"]
    assert of_lan["phone"] == "138****8000"
    [merge] = (await service.query(MERGES, HEAD_OFFICE, id=may.id)).data["memberMerges"]["nodes"]
    undone = await service.query(UNMERGE, HEAD_OFFICE, id=merge["id"])
    assert undone.data["memberUnmerge"]["merge"]["state"] == "UNDONE"
    of_may = (await service.query(MEMBER, HEAD_OFFICE, id=may.id)).data["member"]
    assert of_may["phone"] == "138****8000"


async def test_a_holder_gives_their_number_up_and_the_claimant_gets_it(service: Service):
    may, lan, _ = await disputed(service)
    given = await service.query(f"mutation {{ memberNumberGiveUp {{ hadOne {ERRORS} }} }}", may)
    assert given.data["memberNumberGiveUp"] == {"hadOne": True, "userErrors": []}
    got = (await service.query(SET_PHONE, lan, code=PHONE)).data["memberPhoneSet"]
    assert got["userErrors"] == []
    left = (await service.query(CONFLICTS, HEAD_OFFICE)).data["memberConflicts"]
    assert left["totalCount"] == 0


async def test_both_ids_lead_to_the_survivor_until_the_merge_is_undone(service: Service):
    may, lan, _ = await disputed(service)
    pair = {"loser": lan.id, "survivor": may.id}
    made = (await service.query(MERGE, HEAD_OFFICE, **pair)).data["memberMerge"]["merge"]
    assert (made["state"], made["evidence"]) == ("DONE", "STAFF")
    refused = (await service.query(MERGE, HEAD_OFFICE, **pair)).refused("memberMerge")
    assert refused[0]["code"] == "NOT_FOUND"
    assert (await somebody(service, "lan")).id == may.id
    for viewer in (may, lan):
        one = (await service.query(MEMBER, HEAD_OFFICE, id=viewer.id)).data["member"]
        assert one["ids"] == [may.id, lan.id]
    undone = (await service.query(UNMERGE, HEAD_OFFICE, id=made["id"])).data["memberUnmerge"]
    assert undone["merge"]["state"] == "UNDONE"
    assert (await somebody(service, "lan")).id == lan.id
    again = await service.query(UNMERGE, HEAD_OFFICE, id=made["id"])
    assert again.refused("memberUnmerge")[0]["code"] == "WRONG_STATE"


async def test_nobody_else_sees_or_decides(service: Service):
    may, lan, conflict = await disputed(service)
    guide = Viewer(id=PersonId("G1"), role=Role.GUIDE, store_id="S1")
    for viewer in (may, guide):
        assert (await service.query(MEMBER, viewer, id=lan.id)).errors
        assert (await service.query(CONFLICTS, viewer)).errors
        settle = await service.query(SETTLE, viewer, id=conflict, settlement="KEEP")
        assert settle.refused("memberConflictSettle")[0]["code"] == "FORBIDDEN"
        merge = await service.query(MERGE, viewer, loser=lan.id, survivor=may.id)
        assert merge.refused("memberMerge")[0]["code"] == "FORBIDDEN"


FIND = """query ($phone: String, $code: String) { memberFind(phone: $phone, memberCode: $code) {
  id phone } }"""


async def test_a_member_is_found_by_number_however_it_is_spelt(service: Service):
    may = await somebody(service, "may")
    assert not (await service.query(SET_PHONE, may, code=PHONE)).data["memberPhoneSet"][
        "userErrors"
    ]
    for spelling in ("13800138000", "+86 138-0013-8000"):
        answer = await service.query(FIND, HEAD_OFFICE, phone=spelling)
        assert answer.data["memberFind"] == {"id": may.id, "phone": "138****8000"}
    assert (await service.query(FIND, HEAD_OFFICE, phone="13900139000")).data["memberFind"] is None
    assert (await service.query(FIND, HEAD_OFFICE, code="nobody's")).data["memberFind"] is None
    for wrong in ({}, {"phone": "13800138000", "code": "A1"}):
        [error] = (await service.query(FIND, HEAD_OFFICE, **wrong)).body["errors"]
        assert error["extensions"]["code"] == "INVALID"
