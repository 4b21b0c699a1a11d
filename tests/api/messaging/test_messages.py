"""Messages to members as the page about them shows, over HTTP."""

import pytest

from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from tests.conftest import Service
from tests.support.documents import documents_of
from tests.support.network import HEAD_OFFICE

pytestmark = pytest.mark.anyio

SHOWN = documents_of("messages.md")
SIGN_IN = 'mutation {memberSignIn(code: "sandbox:messages") {viewer {id}}}'
TEMPLATE = "wechat-template-of-bookings"
TIME = {
    "id": "test-visit",
    "name": "到店提醒",
    "purpose": "SERVICE",
    "channels": ["SUBSCRIBE_MESSAGE"],
    "text": "{store} 等你",
    "wechatTemplate": TEMPLATE,
    "fields": [{"name": "thing1", "text": "{store}"}],
}
VALUES = [{"name": "store", "value": "南京路店"}]


async def errors(service: Service, name: str, viewer: Viewer, /, **variables) -> list[str]:
    answer = await service.query(SHOWN[name], viewer, **variables)
    return [one["message"] for one in next(iter(answer.data.values()))["userErrors"]]


async def test_a_member_says_yes_is_written_to_once_and_sees_why_not_again(service: Service):
    member = (await service.query(SIGN_IN)).data["memberSignIn"]["viewer"]["id"]
    viewer = Viewer(id=PersonId(member), role=Role.MEMBER)
    set_it = await service.query(SHOWN["SetMessage"], HEAD_OFFICE, input=TIME, version=0)
    assert set_it.data["messageTemplateSet"]["template"] == {"id": "test-visit", "version": 1}
    [stale] = await errors(service, "SetMessage", HEAD_OFFICE, input=TIME, version=0)
    assert "exists already" in stale
    listed = await service.query(SHOWN["Messages"], HEAD_OFFICE)
    assert "test-visit" in [one["id"] for one in listed.data["messageTemplates"]]

    for key in ("one", "one"):  # the page tells it again after it lost the answer
        assert await errors(service, "SaidYes", viewer, templates=[TEMPLATE], key=key) == []
    [unknown] = await errors(service, "SaidYes", viewer, templates=["no-such-template"], key="two")
    assert "No message has the template" in unknown

    async def by_subscription() -> tuple[str | None, int | None]:
        asked = {"member": member, "purpose": "SERVICE", "template": TEMPLATE}
        found = await service.query(SHOWN["Reach"], viewer, **asked)
        channels = {one["channel"]: one for one in found.data["memberReach"]}
        told = channels["SUBSCRIBE_MESSAGE"]
        return told["reason"], told["left"]

    assert await by_subscription() == (None, 1)
    asked = {"member": member, "template": "test-visit", "values": VALUES}
    for _ in range(2):
        sent = await service.query(SHOWN["SendMessage"], HEAD_OFFICE, **asked, key="first")
        message = sent.data["messageSend"]["message"]
        assert (message["state"], message["text"]) == ("SENT", "南京路店 等你")
    assert await by_subscription() == ("NO_PERMIT", 0)
    refused = await service.query(SHOWN["SendMessage"], HEAD_OFFICE, **asked, key="second")
    assert refused.data["messageSend"]["message"]["passedOver"] == [
        {"channel": "SUBSCRIBE_MESSAGE", "reason": "NO_PERMIT"}
    ]
    asked["values"] = []
    [lacking] = await errors(service, "SendMessage", HEAD_OFFICE, **asked, key="third")
    assert "{store}" in lacking
    history = await service.query(SHOWN["SentTo"], viewer, member=member)
    states = [one["state"] for one in history.data["memberMessages"]["nodes"]]
    assert states == ["REFUSED", "SENT"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"id": "No Such"}, "small letters"),
        ({"purpose": "CHILD"}, "SERVICE or MARKETING"),
        ({"channels": []}, "channel once"),
        ({"wechatTemplate": None}, "needs WeChat's template"),
        ({"fields": []}, "1 to 5 fields"),
        ({"fields": [{"name": "Thing", "text": "x"}]}, "thing1"),
        ({"text": " "}, "1 to 1000"),
        ({"url": "https://example.com"}, "a title and a url"),
        ({"text": "全国第一"}, ""),
        ({"id": "booking-reminder", "text": "{sotre} 等你"}, "Nobody fills {sotre}"),
    ],
)
async def test_a_message_that_can_not_be_is_refused_by_its_field(service: Service, changes, told):
    wrong = {**TIME, "id": "test-wrong", **changes}
    found = await errors(service, "SetMessage", HEAD_OFFICE, input=wrong, version=0)
    assert len(found) == 1
    assert told in found[0]
