"""Members of other channels, over HTTP."""

from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from tests.api.members.test_staff import CONFLICTS, PHONE, SET_PHONE, somebody
from tests.conftest import Service
from tests.support.content import HEAD_OFFICE

FEED = Viewer(id=PersonId("till"), role=Role.FEED)
SEND = """mutation ($channel: String!, $members: [MemberFeedInput!]!) {
  membersFeed(channel: $channel, members: $members) {
    members { id memberId isNew disputed refusal } userErrors { code } } }"""
SPELLINGS = ["13800138000", "+86 138 0013 8000", "0086-138-0013-8000", "１３８００１３８０００"]


async def sent(service: Service, channel: str, *members, viewer: Viewer = FEED):
    answer = await service.query(SEND, viewer, channel=channel, members=list(members))
    return answer.data["membersFeed"]["members"]


async def test_one_person_of_four_channels_is_one_member_however_often_they_are_sent(
    service: Service,
):
    for again in (False, True):
        fed = [
            (await sent(service, f"SHOP{n}", {"id": "7", "phone": said, "name": "梅"}))[0]
            for n, said in enumerate(SPELLINGS)
        ]
        assert len({one["memberId"] for one in fed}) == 1
        assert [one["isNew"] for one in fed] == [not again, False, False, False]
    may = await somebody(service, "may")
    assert not (await service.query(SET_PHONE, may, code=PHONE)).data["memberPhoneSet"][
        "userErrors"
    ]
    [after] = await sent(service, "SHOP1", {"id": "7", "phone": "13800138000"})
    assert after["memberId"] == may.id


async def test_two_members_of_one_channel_with_one_number_are_two_and_people_are_asked(
    service: Service,
):
    for _ in range(2):
        one, other = await sent(
            service,
            "TILL",
            {"id": "1", "phone": "13800138000", "memberCode": "A1"},
            {"id": "2", "phone": "13800138000", "memberCode": "A2"},
        )
        assert one["memberId"] != other["memberId"]
        assert (one["disputed"], other["disputed"]) == (False, True)
    found = (await service.query(CONFLICTS, HEAD_OFFICE)).data["memberConflicts"]
    assert [one["kind"] for one in found["nodes"]] == ["SAME_PERSON"]


async def test_a_bad_one_costs_itself_and_strangers_may_send_nothing(service: Service):
    bad, good = await sent(
        service, "TILL", {"id": "1", "phone": "1.3800138E+10"}, {"id": "2", "phone": "13800138000"}
    )
    assert bad["memberId"] is None
    assert "13800138000" in bad["refusal"]
    assert good["isNew"]
    may = await somebody(service, "may")
    assert await sent(service, "TILL", {"id": "3"}, viewer=may) is None
