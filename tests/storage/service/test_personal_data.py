"""All that is kept of a person is shown to them, and goes or loses who it was."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from bson import json_util

from domain.kernel.moments import NEVER
from domain.kernel.paging import PageRequest
from domain.mall.fulfilment.fulfilments import PartState
from domain.people.accounts import Member
from domain.service.erasing import LEASE, LOOK_AGAIN, erase_member, finish_erasures
from qianmian.wiring.content import content_ports
from qianmian.wiring.customers import erasing_ports
from qianmian.wiring.members import member_ports, telling_ports
from qianmian.wiring.people import people_ports
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.personal import PERSONAL
from storage.mongo.mall.fulfilment.fulfilments import MongoFulfilments
from storage.mongo.service.personal_data import MongoPersonalData
from tests.storage.mall.fulfilment.test_fulfilments import a_fulfilment, a_part
from tests.support.builders import NOON
from tests.support.foundations import a_foundation
from tests.support.keys import RING, a_phone_key
from tests.support.members import HEAD_OFFICE, an_act
from tests.support.selling import RECIPIENT

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("statements")]

MAY, LAN = "member_may", "member_lan"
SECRET = "只有她知道"
PAID = {"state": "PAID", "idempotency_key": "k"}


def put(document: dict[str, Any], path: str, value: Any) -> None:
    *steps, last = path.split(".")
    for step in steps:
        document = document.setdefault(step, {})
    document[last] = value


def planted(name: str, person: str) -> dict[str, Any]:
    """A document of somebody, as it is declared, with what only they know wherever it goes."""
    personal = PERSONAL[name]
    document: dict[str, Any] = {"_id": f"{name} of {person}", "version": 1}
    if name == "orders":
        document |= PAID
    for path in personal.blank:
        put(document, path, [SECRET] if isinstance(personal.blank[path], list) else SECRET)
    for field in personal.whose:
        put(document, field, f"{personal.prefix}{person}")
    if personal.goes:
        document["told"] = SECRET
    return document


async def plant(database: Database, person: str) -> None:
    for name in PERSONAL:
        if name != "fulfilments":
            await database[name].insert_one(planted(name, person))
    await database["members"].update_one({"_id": person}, {"$set": {"joined_at": NOON}})
    sold = replace(a_fulfilment(f"order of {person}", buyer_id=person), effects=())
    sold = replace(sold, payment=replace(sold.payment, refunds=(), payer=SECRET))
    sold = replace(sold, parts=(a_part(state=PartState.SHIPPED),))
    recipient = replace(RECIPIENT, name=SECRET)
    sold = replace(sold, recipient=recipient, history=(), told=0)
    await MongoFulfilments(database, RING).save(sold, expected=0)


async def of(database: Database, person: str) -> dict[str, Any]:
    """What every collection has of somebody."""
    kept = MongoPersonalData(database, a_phone_key())
    seen, after = {}, None
    while True:
        page = await kept.page([person], PageRequest(first=7, after=after))
        seen |= {one.collection: one.data for one in page.items}
        if not page.has_next:
            return seen
        after = page.cursors[-1]


async def test_every_collection_shows_and_loses_what_it_has_of_one_and_keeps_the_others(
    database: Database,
):
    for person in (MAY, LAN):
        await plant(database, person)
    before = await of(database, MAY)
    assert before.keys() == PERSONAL.keys()
    assert before["fulfilments"]["recipient"]["phone"] == RECIPIENT.phone
    others = await of(database, LAN)
    kept = MongoPersonalData(database, a_phone_key())
    for _ in range(2):
        assert await kept.erase([MAY])
    after = await of(database, MAY)
    assert after.keys() == {name for name, one in PERSONAL.items() if not one.goes}
    assert SECRET not in json_util.dumps(after, ensure_ascii=False)
    assert after["fulfilments"]["payment"]["amount"] == 59_800
    assert after["fulfilments"]["recipient"] is None
    assert await of(database, LAN) == others


async def test_what_is_under_way_keeps_where_it_goes_until_it_is_there(database: Database):
    fulfilments = MongoFulfilments(database, RING)
    asked = replace(a_fulfilment(recipient=RECIPIENT, buyer_id=MAY), effects=())
    asked = replace(asked, payment=replace(asked.payment, refunds=()))
    saved = await fulfilments.save(asked, expected=0)
    await database["orders"].insert_one({"_id": saved.id, "buyer_id": MAY, "recipient": {}, **PAID})
    kept = MongoPersonalData(database, a_phone_key())
    assert not await kept.erase([MAY])
    found = await fulfilments.by_id(saved.id)
    assert found is not None
    assert found.recipient == RECIPIENT
    arrived = replace(found, parts=(a_part(state=PartState.SHIPPED),), version=2)
    await fulfilments.save(arrived, expected=1)
    assert await kept.erase([MAY])
    found = await fulfilments.by_id(saved.id)
    assert found is not None
    assert found.recipient is None


async def test_a_document_that_has_still_something_to_say_goes_once_it_is_said(database: Database):
    saying = {"_id": MAY, "version": 1, "outbox": {"last": "f1", "facts": []}}
    await database["member_profiles"].insert_one(saying)
    kept = MongoPersonalData(database, a_phone_key())
    assert not await kept.erase([MAY])
    await database["member_profiles"].update_one({"_id": MAY}, {"$unset": {"outbox": ""}})
    assert await kept.erase([MAY])
    assert await database["member_profiles"].find_one({"_id": MAY}) is None


async def test_an_erasure_that_was_cut_short_is_finished_by_the_clock(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    base = a_foundation(database)
    members = member_ports(base, people_ports(base))
    ports = erasing_ports(base, telling_ports(base, members), content_ports(base))
    await members.people.members.join(Member(id=MAY, joined_at=NOON, openid=SECRET))
    await database["member_profiles"].insert_one({"_id": MAY, "name": SECRET, "version": 1})
    done = MongoPersonalData._erase

    async def killed(self, name, *rest):
        if name == "members":
            raise KeyboardInterrupt
        return await done(self, name, *rest)

    monkeypatch.setattr(MongoPersonalData, "_erase", killed)
    with pytest.raises(KeyboardInterrupt):
        await erase_member(ports, an_act(NOON, HEAD_OFFICE), MAY)
    monkeypatch.undo()
    assert await database["member_profiles"].find_one({"_id": MAY}) is None
    assert await database["members"].find_one({"_id": MAY})
    assert await finish_erasures(ports, an_act(NOON)) == 0
    later = NOON + LOOK_AGAIN
    assert await finish_erasures(ports, an_act(later)) == 1
    assert await database["members"].find_one({"_id": MAY}) is None
    erasure = await database["erasures"].find_one({"_id": MAY})
    assert erasure is not None
    assert (erasure["done"], erasure["due_at"]) == (True, NEVER)
    assert await finish_erasures(ports, an_act(later + LEASE + timedelta(days=2))) == 0
    again = await erase_member(ports, an_act(later, HEAD_OFFICE), MAY)
    assert again.done
