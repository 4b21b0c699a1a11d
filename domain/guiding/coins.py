"""Coins: what guides earn by their work, kept in wallets as members' points are."""

from dataclasses import dataclass

from domain.guiding.guiding_rules import GuidingRule, GuidingTerms, checked_terms
from domain.kernel.paging import Page, PageRequest
from domain.kernel.ports import Ports
from domain.kernel.refusals import NotFound
from domain.kernel.rule_versions import RuleVersions
from domain.people.accounts import Guide, GuideId, Guides
from domain.people.act import Act
from domain.wallets.keeping import WantedGrant, grant
from domain.wallets.movements import WalletMovement
from domain.wallets.ports import WalletPorts
from domain.wallets.wallets import Unit, Wallet, wallet_id


@dataclass(frozen=True, slots=True, kw_only=True)
class CoinPorts(Ports):
    """The wallets, whose they are, and how long coins last."""

    wallets: WalletPorts
    guides: Guides
    rules: RuleVersions[GuidingRule]


async def own_coins(ports: CoinPorts, act: Act) -> Wallet:
    """The viewer's wallet of coins."""
    act.viewer.require("coins.have")
    return await ports.wallets.wallet_of(Unit.COINS, act.viewer.id)


async def own_coin_entries(
    ports: CoinPorts, act: Act, request: PageRequest
) -> Page[WalletMovement]:
    """What came into the viewer's wallet and went out of it, the newest first."""
    act.viewer.require("coins.have")
    return await _entries(ports, act.viewer.id, request)


async def coins_of_guide(ports: CoinPorts, act: Act, guide_id: str) -> Wallet:
    """A guide's wallet, for whoever looks after their store."""
    await _seen(ports, act, guide_id)
    return await ports.wallets.wallet_of(Unit.COINS, guide_id)


async def coin_entries_of_guide(
    ports: CoinPorts, act: Act, guide_id: str, request: PageRequest
) -> Page[WalletMovement]:
    """What came into a guide's wallet and went out of it, for whoever looks after their store."""
    await _seen(ports, act, guide_id)
    return await _entries(ports, guide_id, request)


async def grant_coins(
    ports: CoinPorts, act: Act, guide_id: str, coins: int, *, reason: str, idempotency_key: str
) -> WalletMovement:
    """Give a guide coins, or take some back below 0; the same key again is the same entry."""
    act.viewer.require("coins.grant")
    guide = await _guide(ports, guide_id)
    rule = ports.rules.now()
    wanted = WantedGrant(
        unit=Unit.COINS,
        holder_id=guide.id,
        units=coins,
        reason=reason,
        months=rule.terms.coin_months,
        rule=rule.version,
    )
    return await grant(ports.wallets, act, wanted, idempotency_key=idempotency_key)


def guiding_rules(ports: CoinPorts, act: Act) -> GuidingRule:
    """The terms that hold now."""
    act.viewer.require("guiding_rules.see")
    return ports.rules.now()


async def set_guiding_rules(
    ports: CoinPorts, act: Act, terms: GuidingTerms, *, expected: int
) -> GuidingRule:
    """Let other terms hold from now on; coins that are there lapse when they would have."""
    act.viewer.require("guiding_rules.set")
    rule = GuidingRule(
        version=expected + 1, terms=checked_terms(terms), set_at=act.at, set_by=act.viewer.id
    )
    await ports.rules.add(rule)
    return rule


async def _entries(ports: CoinPorts, guide_id: str, request: PageRequest) -> Page[WalletMovement]:
    wallet = wallet_id(Unit.COINS, guide_id)
    return await ports.wallets.wallets.entries_of(wallet, request)


async def _seen(ports: CoinPorts, act: Act, guide_id: str) -> None:
    act.viewer.require("coins.see")
    guide = await _guide(ports, guide_id)
    act.viewer.require("coins.see", store=guide.store_id)


async def _guide(ports: CoinPorts, guide_id: str) -> Guide:
    guide = await ports.guides.by_id(GuideId(guide_id))
    if guide is None:
        raise NotFound(f"There is no guide {guide_id}.", field=["guideId"])
    return guide
