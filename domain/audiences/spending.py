"""What members spend follows what is said of payments; their level and segments follow that."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from domain.audiences.joining import hand_on
from domain.audiences.segment_rules import RuleKind
from domain.audiences.segments import MemberRules, decided
from domain.audiences.tagging import whole_traits
from domain.audiences.trait_ports import MemberRuleBook, TraitPorts, Traits
from domain.audiences.traits import MemberTraits, with_payment, with_refund
from domain.kernel.facts import Batch, Fact, FactKind
from domain.kernel.ids import PersonId
from domain.kernel.money import Fen
from domain.people.act import Act

# Of purchases in other channels, from when it is known whose they are.
PAID = frozenset({FactKind("payment.paid"), FactKind("purchase.matched")})
SPENDING_FACTS = PAID | {FactKind("refund.done"), FactKind("purchase.refunded")}
ASKED_OF_SPENDING = frozenset(
    {RuleKind.LEVEL, RuleKind.SPENT, RuleKind.ORDERS, RuleKind.DAYS_SINCE_PAID}
)
MOST_AT_ONCE = 200


async def follow_spending(ports: TraitPorts, act: Act, batch: Batch) -> None:
    """Let what members spent follow what they pay and what is paid back to them."""
    concerned: dict[str, list[Fact]] = {}
    for fact in batch.facts:
        if str(fact.data.get("buyerId", "")).startswith("member_"):
            concerned.setdefault(fact.data["buyerId"], []).append(fact)
    rules = ports.book.rules()

    def rule(found: MemberTraits | None, facts: Sequence[Fact]) -> MemberTraits:
        traits = before = found or MemberTraits(id=PersonId(facts[0].data["buyerId"]))
        for fact in facts:
            traits = _after(traits, fact, rules, act.at)
        return decided(traits, act.at, rules, ASKED_OF_SPENDING, since=before)

    if concerned:
        await ports.traits.fold(batch, concerned, rule)
        await hand_on(ports, act, [PersonId(one) for one in concerned])


async def tend_traits(ports: TraitPorts, act: Act) -> int:
    """Decide what time alone has changed; late or twice, it comes to the same."""
    due = await ports.traits.due(act.at, MOST_AT_ONCE)
    if due:
        rules = ports.book.rules()
        await ports.traits.change(due, lambda one: decided(one, act.at, rules))
    return len(due)


class RatesOfLevels:
    """How much more members earn by their level; see `domain.wallets.ports.PointRates`."""

    def __init__(self, traits: Traits, book: MemberRuleBook, now: Callable[[], datetime]) -> None:
        self._traits = traits
        self._book = book
        self._now = now

    async def percents(self, member_ids: Collection[PersonId]) -> Mapping[PersonId, int]:
        """The percent of the usual rate of those for whom it is not 100."""
        rules = self._book.rules()
        levels = rules.levels
        if all(one.points_percent == 100 for one in levels.levels):
            return {}
        found = await whole_traits(self._traits, member_ids, self._now(), rules)
        known = {one: levels.level(whole.level).points_percent for one, whole in found.items()}
        return {one: percent for one, percent in known.items() if percent != 100}


def _after(traits: MemberTraits, fact: Fact, rules: MemberRules, now: datetime) -> MemberTraits:
    data = fact.data
    paid_at = datetime.fromisoformat(data["paidAt"])
    whole = data["refundedFen"] == data["paidFen"]
    if fact.kind not in PAID:
        amount = Fen(data["details"]["amountFen"])
        return with_refund(traits, amount, paid_at=paid_at, whole=whole, now=now)
    paid, back = Fen(data["paidFen"]), Fen(data["refundedFen"])
    # What came back before it was known who bought never counted for a level.
    net = Fen(paid - back)
    traits = with_payment(traits, net, paid_at=paid_at, rules=rules.levels, now=now)
    return with_refund(traits, Fen(0), paid_at=paid_at, whole=True, now=now) if whole else traits
