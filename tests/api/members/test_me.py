"""What a member sees, tells and allows, over HTTP."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from domain.kernel.ids import PersonId
from domain.kernel.refusals import Forbidden
from domain.members.consent import Purpose
from domain.members.merges import Evidence
from domain.members.merging import merge, undo
from domain.members.profiles import Child
from domain.members.telling import consent, tell
from domain.people.viewer import Role, Viewer
from qianmian.clock import new_id, now
from qianmian.wiring.members import member_ports, telling_ports
from qianmian.wiring.people import people_ports
from storage.mongo.kernel.database import Database
from storage.mongo.members.profiles import MongoMemberProfiles
from tests.conftest import Service
from tests.support.foundations import a_foundation
from tests.support.joining import joined
from tests.support.members import HEAD_OFFICE, an_act
from tests.support.waiting import comes_to

ERRORS = "userErrors { code field message }"
SIGN_IN = """mutation ($code: String!) { memberSignIn(code: $code) {
  viewer { id } accessToken userErrors { code } } }"""
KNOWN = """{ me { id phone memberCode name birthday { month day year } children { year month }
  consents { purpose given place } identities { kind proof } version } }"""
TELL = f"""mutation ($input: MemberProfileInput!) {{ memberProfileSet(input: $input) {{
  me {{ name birthday {{ month day }} children {{ year }} version }} {ERRORS} }} }}"""
SAY = """mutation ($purpose: Purpose!) {{ memberConsent{what}(purpose: $purpose, place: "设置") {{
  me {{ consents {{ purpose given }} children {{ year }} }} userErrors {{ code }} }} }}"""


async def somebody(service: Service, name: str) -> Viewer:
    answer = await service.query(SIGN_IN, None, code=f"sandbox:{name}")
    member_id = answer.data["memberSignIn"]["viewer"]["id"]
    return Viewer(id=PersonId(member_id), role=Role.MEMBER)


async def test_a_member_tells_allows_and_withdraws(service: Service):
    may = await somebody(service, "may")
    told = {"name": "梅", "birthday": {"month": 2, "day": 29}, "children": []}
    answer = (await service.query(TELL, may, input=told)).data["memberProfileSet"]
    assert answer["me"] == {
        "name": "梅",
        "birthday": {"month": 2, "day": 29},
        "children": [],
        "version": 1,
    }
    told["children"] = [{"year": 2020, "month": 3}]
    assert (await service.query(TELL, may, input=told)).refused("memberProfileSet")[0][
        "code"
    ] == "FORBIDDEN"
    for _ in range(2):
        given = await service.query(SAY.format(what="Give"), may, purpose="CHILD")
        assert given.data["memberConsentGive"]["me"]["consents"] == [
            {"purpose": "CHILD", "given": True}
        ]
    assert not (await service.query(TELL, may, input=told)).data["memberProfileSet"]["userErrors"]
    gone = await service.query(SAY.format(what="Withdraw"), may, purpose="CHILD")
    assert gone.data["memberConsentWithdraw"]["me"] == {
        "consents": [{"purpose": "CHILD", "given": False}],
        "children": [],
    }
    known = (await service.query(KNOWN, may)).data["me"]
    assert known["name"] == "梅"
    assert {one["kind"] for one in known["identities"]} == {"OPENID", "UNIONID"}
    stranger = Viewer(id=PersonId("visitor_1"), role=Role.VISITOR)
    assert (await service.query(KNOWN, stranger)).errors
    assert (await service.query(KNOWN)).errors


async def test_a_merge_fills_blanks_and_undone_each_has_what_they_told(
    service: Service, database: Database
):
    may, lan = await somebody(service, "may"), await somebody(service, "lan")
    await service.query(TELL, may, input={"name": "梅"})
    await service.query(TELL, lan, input={"birthday": {"month": 5, "day": 1}})
    await service.query(SAY.format(what="Give"), may, purpose="MARKETING")
    await service.query(SAY.format(what="Withdraw"), lan, purpose="MARKETING")
    base = a_foundation(database)
    ports = member_ports(base, people_ports(base))
    act = type(an_act(now()))(viewer=HEAD_OFFICE, at=now(), new_id=new_id)
    made = await merge(ports, act, lan.id, may.id, Evidence.STAFF)

    async def shown(viewer: Viewer) -> dict[str, Any]:
        known = (await service.query(KNOWN, viewer)).data["me"]
        birthday = known["birthday"] and known["birthday"]["month"]
        given = [one["given"] for one in known["consents"]]
        return {
            "id": known["id"],
            "tells": (known["name"], birthday),
            "given": given,
            "names": len(known["identities"]),
        }

    # A service hears of who was moved from the stream of changes: soon, not at once.
    one = {"id": may.id, "tells": ("梅", 5), "given": [False], "names": 4}
    for viewer in (may, lan):
        await comes_to(one, partial(shown, viewer))
    await undo(ports, act, made.id)
    for viewer, tells, given in ((lan, (None, 5), False), (may, ("梅", None), True)):
        apart = {"id": viewer.id, "tells": tells, "given": [given], "names": 2}
        await comes_to(apart, partial(shown, viewer))


async def test_no_child_is_kept_of_who_withdraws_consent_at_the_same_time(database: Database):
    base = a_foundation(database)
    people = people_ports(base)
    ports = telling_ports(base, member_ports(base, people))
    may = Viewer(id=PersonId("member_may"), role=Role.MEMBER)
    await joined(database, may.id)
    act = an_act(now(), may)
    say = partial(consent, ports, act, Purpose.CHILD, place="设置")
    await say(given=True)
    child, read = Child(year=2020, month=3), 0

    class Profiles(MongoMemberProfiles):
        async def by_ids(self, ids):
            nonlocal read
            found = await super().by_ids(ids)
            read += 1
            if read == 1:
                await say(given=False)
            return found

    slow = replace(ports, profiles=Profiles(database))
    with pytest.raises(Forbidden):
        await tell(slow, act, name=None, birthday=None, children=[child])
    assert (await ports.profiles.by_ids([may.id]))[may.id].children == ()
