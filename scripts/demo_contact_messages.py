"""What goes to a customer group, and what to one member by her guide's hand; see demo_contact."""

import secrets
from collections.abc import Callable
from typing import Any

from scripts.client import Client
from scripts.telling import expect, say, soon, step
from scripts.wecom_stub import WecomStub

WITHIN_S = 900.0
GROUP = "wr-winter"

END = "userErrors { code field message }"
GROUPS = """query($store: ID!) { customerGroups(storeId: $store) { nodes {
  id name guideId customers } } }"""
ASK = f"""mutation($input: ErrandsInput!, $key: String!) {{
  errandsAsk(input: $input, idempotencyKey: $key) {{ errands {{ id url }} {END} }} }}"""
REGISTER = f"""mutation($code: String!) {{ groupRegister(code: $code, quantity: 2) {{ {END} }} }}"""
ERRANDS = """query($store: ID!) { errands(storeId: $store) { nodes {
  state sent registrations { quantity } } } }"""
SET = f"""mutation($input: MessageTemplateInput!) {{
  messageTemplateSet(input: $input, expectedVersion: 0) {{ {END} }} }}"""
REACH = """query($member: ID!) { memberReach(memberId: $member, purpose: MARKETING) {
  channel reason left } }"""
CONSENT = f"""mutation {{ memberConsentGive(purpose: MARKETING, place: "demo") {{ {END} }} }}"""
SEND = f"""mutation($member: ID!, $key: String!) {{ messageSend(memberId: $member,
  templateId: "new-arrivals", values: [{{ name: "what", value: "羽绒服" }}],
  idempotencyKey: $key) {{ message {{ state }} {END} }} }}"""
SENT = """query($member: ID!) { memberMessages(memberId: $member) { nodes {
  text state channel passedOver { channel reason } } } }"""
ARRIVALS = {
    "id": "new-arrivals",
    "name": "上新",
    "purpose": "MARKETING",
    "channels": ["OFFICIAL_ACCOUNT", "GUIDE"],
    "text": "{what}上新了，来看看",
}
Due = Callable[[str, dict[str, Any]], None]


def group_served(
    office: Client, mei: Client, stub: WecomStub, told: Callable[[], None], store: str, due: Due
) -> None:
    """A guide's group gets the day's offer with a link of its own, and a member registers."""
    step("5  A customer group gets what its guide sends")
    told()
    [group] = soon(
        lambda: office.run(GROUPS, store=store)["customerGroups"]["nodes"],
        lambda some: bool(some) and some[0]["customers"] == 1,
        within_s=WITHIN_S,
    )
    say(f"WeCom told of 「{group['name']}」; read, it is {group['guideId']}'s, with 1 customer")
    wanted = {
        "storeId": store,
        "kind": "GROUPS",
        "text": "今天上新，接龙预订",
        "title": "看看新品",
        "targetKind": "STOREFRONT",
        "targetId": store,
    }
    [errand] = office.run(ASK, input=wanted, key=secrets.token_hex(8))["errandsAsk"]["errands"]
    asked = soon(lambda: list(stub.hands.asked.values()), bool, within_s=WITHIN_S)
    expect(asked[0].links == (errand["url"],), "the link is the guide's and the group's own")
    say(f"{asked[0].user} is asked in WeCom to send 「{asked[0].text}」 with {errand['url'][-12:]}")
    mei.run(REGISTER, code=errand["url"].rsplit("/", 1)[1])
    stub.hands.confirm(asked[0].user)

    def later() -> dict[str, Any]:
        due("errands", {"state": "ASKED"})
        found: dict[str, Any] = office.run(ERRANDS, store=store)["errands"]["nodes"][0]
        return found

    done = soon(later, lambda one: one["state"] == "DONE", within_s=WITHIN_S)
    expect((done["sent"], done["registrations"][0]["quantity"]) == (1, 2), "it went to the group")
    say("she confirms; it went to the group, and a member of it wants 2")


def member_written_to(office: Client, mei: Client, member: str, stub: WecomStub, due: Due) -> None:
    """A member is written to by her guide's hand, once she allows it."""
    step("6  A message to one member, by her consent and by what reaches her")
    office.run(SET, input=ARRIVALS)
    refused = office.run(SEND, member=member, key="first")["messageSend"]["message"]
    expect(refused["state"] == "REFUSED", "nothing goes without consent")
    [said] = office.run(SENT, member=member)["memberMessages"]["nodes"]
    say(f"{refused['state']}: {_told(said['passedOver'])}")
    mei.run(CONSENT)
    say(f"she allows it; now: {_told(office.run(REACH, member=member)['memberReach'])}")
    for _ in range(3):
        planned = office.run(SEND, member=member, key="second")["messageSend"]["message"]
    expect(planned["state"] == "PLANNED", "her guide is to send it")
    before = len(stub.hands.asked)

    def gathered() -> int:
        due("messages", {"state": "PLANNED"})
        return len(stub.hands.asked) - before

    soon(gathered, bool, within_s=WITHIN_S)
    asked = list(stub.hands.asked.values())[before:]
    expect(len(asked) == 1, "sent three times under one key, it is asked for once")
    stub.hands.confirm(asked[0].user)

    def later() -> dict[str, Any]:
        due("errands", {"state": "ASKED"})
        found: dict[str, Any] = office.run(SENT, member=member)["memberMessages"]["nodes"][0]
        return found

    done = soon(later, lambda one: one["state"] == "SENT", within_s=WITHIN_S)
    say(f"{done['state']} by {done['channel']}: 「{done['text']}」, asked for once for one key")


def _told(channels: list[dict[str, Any]]) -> str:
    return ", ".join(f"{one['channel']} {one['reason'] or one.get('left')}" for one in channels)
