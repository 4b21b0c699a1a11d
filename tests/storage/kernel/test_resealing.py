"""What is kept of people is sealed, and sealed anew when keys are replaced."""

import json
from dataclasses import asdict

import pytest
from bson import json_util

from domain.kernel.sealing import KeyMissing, KeyRing, Seal
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.resealing import Resealing, reseal
from storage.mongo.mall.consumers.consumers import MongoConsumers
from storage.mongo.mall.orders.orders import MongoOrders
from storage.mongo.members.lookup_key import lookup_key
from tests.conftest import Service
from tests.support.keys import PERSONAL
from tests.support.selling import BUYER, COAT, RECIPIENT, SmallMall, a_reference, stores_in_a_row

OLD = KeyRing({"old": "o" * 32}, "personal data")
BOTH = KeyRing({"new": "n" * 32, "old": "o" * 32}, "personal data")
NEW = KeyRing({"new": "n" * 32}, "personal data")
OLDER = Seal("s" * 32, "sealed phones")


def resealing(ring: KeyRing) -> Resealing:
    return Resealing(ring=ring, older=OLDER)


async def all_text(database: Database) -> str:
    """Every document of every collection, as text."""
    names = await database.list_collection_names()
    return "".join([json_util.dumps(await database[one].find({}).to_list(None)) for one in names])


ADDRESS = """mutation Keep($phone: String!) {
  addressAdd(
    input: {name: "林冬梅", phone: $phone, district: "310101", detail: "白玉兰路77号"}
  ) { consumer { addresses { id name phone detail } } userErrors { code message } }
}"""


async def test_an_address_is_sealed_and_read_back(service: Service, database: Database):
    member = BUYER
    done = (await service.query(ADDRESS, member, phone="13912345678")).data["addressAdd"]
    assert not done["userErrors"], done
    [kept] = done["consumer"]["addresses"]
    assert (kept["name"], kept["phone"]) == ("林冬梅", "13912345678")
    text = await all_text(database)
    for secret in ("13912345678", "林冬梅", "白玉兰路77号", json.dumps("林冬梅")[1:-1]):
        assert secret not in text
    consumers = MongoConsumers(database, KeyRing(PERSONAL, "personal data"))
    found = await consumers.by_id(member.id)
    assert found is not None
    assert found.addresses[0].phone == "13912345678"


async def test_orders_are_sealed_anew_and_then_need_the_new_key_alone(database: Database):
    mall = SmallMall(database, a_reference(stores_in_a_row(1)))
    await mall.stock(S1={COAT: 5})
    order = await mall.buy({COAT: 1}, key="plain")
    plain = asdict(order.recipient)
    await database["orders"].update_one({"_id": order.id}, {"$set": {"recipient": plain}})
    assert await MongoOrders(database, OLD).by_id(order.id) == order
    both = resealing(BOTH)
    assert (await reseal(database, both))["orders"] == 1
    assert RECIPIENT.phone not in await all_text(database)
    assert await MongoOrders(database, NEW).by_id(order.id) == order
    with pytest.raises(KeyMissing):
        await MongoOrders(database, OLD).by_id(order.id)
    assert (await reseal(database, both))["orders"] == 0


async def test_a_lookup_key_outlives_the_key_that_seals_it(database: Database):
    key = await lookup_key(database, OLD, b"older")
    assert key != b"older"
    assert await lookup_key(database, OLD, b"older") == key
    with pytest.raises(KeyMissing):
        await lookup_key(database, NEW, b"older")
    await reseal(database, resealing(BOTH))
    assert await lookup_key(database, NEW, b"older") == key


async def test_members_who_have_numbers_are_found_by_what_they_were_found_by(database: Database):
    sealed = OLDER.close("+8613800138000")
    await database["member_identities"].insert_one(
        {"_id": "phone::x", "member_id": "m1", "sealed": sealed}
    )
    assert await lookup_key(database, OLD, b"older") == b"older"
    assert (await reseal(database, resealing(BOTH)))["member_identities"] == 1
    [kept] = await database["member_identities"].find({}).to_list(None)
    assert NEW.open(kept["sealed"]) == "+8613800138000"
    assert (await reseal(database, resealing(BOTH)))["member_identities"] == 0
