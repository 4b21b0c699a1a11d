"""Guides of a few stores, and what they have."""

from domain.guiding.coins import grant_coins
from domain.kernel.ids import PersonId
from domain.people.accounts import Guide, GuideId
from domain.people.act import Act
from domain.people.viewer import Role, Viewer
from domain.wallets.wallets import Unit
from qianmian.clock import new_id, now
from qianmian.foundation import Foundation
from qianmian.wiring.guiding import coin_ports
from storage.mongo.people.people import MongoGuides

OFFICE = Viewer(id=PersonId("staff_head"), role=Role.HEAD_OFFICE)


def a_guide(number: int, store: str = "S1") -> Guide:
    return Guide(
        id=GuideId(f"G{number}"),
        name=f"小林{number}",
        store_id=store,
        wecom_user_id=f"wecom_{number}",
    )


async def some_guides(base: Foundation, number: int, store: str = "S1", first: int = 1) -> None:
    guides = [a_guide(first + n, store) for n in range(number)]
    await base.made(MongoGuides).save_all(guides)


def an_act(viewer: Viewer = OFFICE, at=None) -> Act:
    return Act(viewer=viewer, at=at or now(), new_id=new_id)


def as_guide(id: str, store: str = "S1", at=None) -> Act:
    return an_act(Viewer(id=PersonId(id), role=Role.GUIDE, store_id=store), at)


async def coins_of(base: Foundation, guide_id: str) -> int:
    wallet = await coin_ports(base).wallets.wallet_of(Unit.COINS, guide_id)
    return wallet.active(now())


async def give_coins(base: Foundation, guide_id: str, coins: int, key: str = "k") -> None:
    await grant_coins(
        coin_ports(base),
        an_act(),
        guide_id,
        coins,
        reason="测试",
        idempotency_key=f"{key}-{guide_id}",
    )
