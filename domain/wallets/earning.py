"""Earning points: what orders earn follows what is said of their payment and their way.

Points are pending from the payment on. They ripen once the goods have left a store and can't come
back any more; what is paid back takes its part of them back, by the record of what was earned. So
do those of purchases in other channels, where the goods have gone with the payment.
"""

from domain.kernel.apply_once import apply_once
from domain.kernel.days import month_of
from domain.kernel.facts import Batch, Fact, FactKind
from domain.kernel.ids import PersonId
from domain.kernel.moments import BEGINNING
from domain.kernel.money import Fen, part_of
from domain.people.act import Act
from domain.wallets.movements import MovementKind, WalletMovement
from domain.wallets.points_rules import PointsRule
from domain.wallets.ports import WalletPorts
from domain.wallets.wallets import Unit, wallet_id

PAID = FactKind("payment.paid")
REFUNDED = FactKind("refund.done")
MATCHED = FactKind("purchase.matched")
EARNS = frozenset({PAID, MATCHED})
TAKES_BACK = frozenset({REFUNDED, FactKind("purchase.refunded")})
GONE = frozenset(
    {
        FactKind("fulfilment_order.shipped"),
        FactKind("fulfilment_order.handed_over"),
        MATCHED,
    }
)
EARNING_FACTS = EARNS | TAKES_BACK | GONE


async def follow_orders(ports: WalletPorts, act: Act, batch: Batch) -> None:
    """Let points follow what is paid, sent and paid back."""
    rule = ports.rules.now()
    paid = [one for one in batch.facts if one.kind in EARNS and of_a_member(one)]
    if any(one.kind == MATCHED for one in paid):
        # Of a purchase that is told or matched late; orders of before are no facts to follow.
        first = min((one.set_at for one in await ports.rules.versions()), default=BEGINNING)
        paid = [one for one in paid if one.at >= first]
    buyers = {PersonId(one.data["buyerId"]) for one in paid}
    percents = await ports.rates.percents(buyers) if buyers else {}
    earned = [_earned(one, rule, percents.get(PersonId(one.data["buyerId"]), 100)) for one in paid]
    await apply_once(ports.ledger, earned)
    later = [one for one in batch.facts if one.kind in TAKES_BACK | GONE]
    known = await ports.ledger.entries(sorted({earning_id(one.data["orderId"]) for one in later}))
    follows: list[WalletMovement] = []
    for fact in later:
        if entry := known.get(earning_id(fact.data["orderId"])):
            if fact.kind in GONE:
                follows.append(_ripening(fact, entry.movement, rule))
            if fact.kind in TAKES_BACK or (fact.kind == MATCHED and fact.data["refundedFen"]):
                follows.append(_taken_back(fact, entry.movement))
    await apply_once(ports.ledger, [one for one in follows if _matters(one)])


def earning_id(order_id: str) -> str:
    """The id of the movement by which an order earned points."""
    return f"earn:{order_id}"


def of_a_member(fact: Fact) -> bool:
    """Whether a payment is one of a member's; facts of old did not say whose it is."""
    return str(fact.data.get("buyerId", "")).startswith("member_")


def _earned(fact: Fact, rule: PointsRule, percent: int) -> WalletMovement:
    order_id = fact.data["orderId"]
    return WalletMovement(
        id=earning_id(order_id),
        target=wallet_id(Unit.POINTS, fact.data["buyerId"]),
        kind=MovementKind.EARN,
        at=fact.at,
        units=rule.earned(Fen(fact.data["paidFen"]), percent),
        about=order_id,
        month=month_of(fact.at, rule.terms.months - 1),
        rule=rule.version,
    )


def _taken_back(fact: Fact, earned: WalletMovement) -> WalletMovement:
    """The part of a refund, by cumulative rounding: all refunds take back exactly what was earned.

    The refund's own share is what all of them up to it take, less what those before it took. A
    purchase that is matched late takes back what all refunds before it do.
    """
    now = fact.data["refundedFen"] if fact.kind == MATCHED else fact.data["details"]["amountFen"]
    units = part_of(
        Fen(earned.units), fact.data["paidFen"], before=fact.data["refundedFen"] - now, count=now
    )
    return WalletMovement(
        id=f"claw_back:{fact.data['of']}",
        target=earned.target,
        kind=MovementKind.CLAW_BACK,
        at=fact.at,
        units=units,
        about=earned.about,
        month=earned.month,
        rule=earned.rule,
        reason=fact.data["reason"],
    )


def _ripening(fact: Fact, earned: WalletMovement, rule: PointsRule) -> WalletMovement:
    return WalletMovement(
        id=f"ripen:{fact.data['of']}",
        target=earned.target,
        kind=MovementKind.RIPEN,
        at=fact.at,
        about=earned.about,
        ripe_at=fact.at + rule.returnable,
        rule=rule.version,
    )


def _matters(movement: WalletMovement) -> bool:
    return movement.kind is MovementKind.RIPEN or movement.units > 0
