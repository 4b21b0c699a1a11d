"""Who friends are, in the database, while others change what is known of them."""

from dataclasses import replace

import pytest

from domain.contact.bonds import Bond, bond_of, met
from domain.contact.matching_friends import match_added
from domain.contact.mirroring import keep_bond
from domain.contact.ports import ContactPorts
from domain.contact.wecom import Contact
from domain.kernel.facts import Batch, Fact
from qianmian.clock import now
from qianmian.wiring.contact import contact_ports
from qianmian.wiring.members import member_ports
from qianmian.wiring.people import people_ports
from storage.mongo.contact.contact import MongoBonds
from storage.mongo.kernel.database import Database
from tests.support.foundations import a_foundation
from tests.support.guiding import an_act

pytestmark = pytest.mark.anyio


class Telling:
    """WeCom, while whose answer is awaited the bond is changed by others."""

    def __init__(self, bonds: MongoBonds, bond: Bond) -> None:
        self._bonds = bonds
        self._bond = bond
        self.asked = 0

    async def contact(self, external_id: str) -> Contact:
        self.asked += 1
        if self.asked == 1:
            changed = replace(self._bond, state="code", version=self._bond.version + 1)
            await self._bonds.save(changed, expected=self._bond.version)
        return Contact(external_id=external_id, name="梅")


async def test_a_new_friend_whose_bond_is_changed_meanwhile_is_looked_up_again(
    database: Database,
):
    base = a_foundation(database)
    ports: ContactPorts = contact_ports(base, member_ports(base, people_ports(base)))
    nothing = bond_of("wm1", "xue")
    bond = await keep_bond(ports, an_act(), nothing, met(nothing, now()))
    ports = replace(ports, wecom=Telling(base.made(MongoBonds), bond))
    [document] = await database["bonds"].find({}).to_list(None)
    said = document["outbox"]["facts"]
    batch = Batch(facts=tuple(Fact(**one) for one in said), upto=1)
    # The fact is not taken as handled, so that it comes again.
    with pytest.raises(ExceptionGroup):
        await match_added(ports, an_act(), batch)
    await match_added(ports, an_act(), batch)
    kept = await ports.bonds.by_id(bond.id)
    assert kept is not None
    assert (kept.name, kept.state, kept.waits_for is not None) == ("梅", "code", True)
