"""What follows from tasks that are done: what they pay their guides, and the counts of stores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from domain.guiding.coins import CoinPorts
from domain.guiding.measuring import with_certificates
from domain.guiding.task_facts import TASK_DONE, TASK_FELL
from domain.guiding.tasks import TaskId, Tasks
from domain.kernel.apply_once import Ledger, Posting, apply_all, finish_open
from domain.kernel.days import month_of
from domain.kernel.facts import Batch, Fact
from domain.kernel.ports import Ports
from domain.learning.certificates import CertificatePorts
from domain.network.stores import StoreId
from domain.people.accounts import GuideId
from domain.people.act import Act
from domain.people.roles import Role
from domain.promotions.claiming import CouponPorts, give_by_rule, take_back_by_rule
from domain.promotions.offers import ClaimWay, OfferId
from domain.wallets.movements import MovementKind, WalletMovement
from domain.wallets.wallets import NO_EFFECT, Unit, wallet_id

OUTCOMES = frozenset({TASK_DONE, TASK_FELL})
ASKED, DONE = "asked", "done"
# The occurrence under which it stands of how many a task is asked, which is the same each time.
ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreCount:
    """Of how many guides of a store a task is asked, or how many have done an occurrence."""

    store_id: StoreId
    asked: int = 0
    done: int = 0


class TaskCounts(Protocol):
    """The counts of stores."""

    async def of(self, task_id: str, occurrence: str) -> Sequence[StoreCount]:
        """Those of an occurrence, and of how many it is asked; one round trip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRewardPorts(Ports):
    """The coins and coupons, and the counts of who has done what."""

    coins: CoinPorts
    coupons: CouponPorts
    counts: Ledger[Posting]
    tasks: Tasks
    certificates: CertificatePorts


@dataclass(frozen=True, slots=True)
class _Share:
    """What one guide has of what was done, or fell."""

    fact: Fact
    guide_id: GuideId

    @property
    def given(self) -> str:
        """The id of what is given now, or of what was when it was done, the version before."""
        data = self.fact.data
        alone = f"task:{data['assignmentId']}:{data['version'] - (self.fact.kind == TASK_FELL)}"
        return alone if data["guideId"] else f"{alone}:{self.guide_id}"


async def reward_tasks(ports: TaskRewardPorts, act: Act, batch: Batch) -> None:
    """Pay for what is done, take that back where it fell, and count both by store.

    What a store did together is paid to each of its guides of whom it was asked, and who holds the
    certificate that it needs.
    """
    shares = [share for fact in batch.facts for share in await _shares(ports, act, fact)]
    done = [_paid(ports, one) for one in shares if one.fact.kind == TASK_DONE]
    await apply_all(ports.coins.wallets.ledger, [one for one in done if one.units])
    fell = [one for one in shares if one.fact.kind == TASK_FELL]
    entries = await ports.coins.wallets.ledger.entries([one.given for one in fell])
    await apply_all(
        ports.coins.wallets.ledger,
        [
            _taken_back(one.fact, entries[one.given].movement)
            for one in fell
            if one.given in entries
        ],
    )
    for share in shares:
        await _coupon_follows(ports, act, share)
    await apply_all(ports.counts, [_counted(one) for one in batch.facts])


async def _shares(ports: TaskRewardPorts, act: Act, fact: Fact) -> list[_Share]:
    if guide_id := fact.data["guideId"]:
        return [_Share(fact, GuideId(guide_id))]
    task_id, store = TaskId(fact.data["taskId"]), StoreId(fact.data["storeId"])
    doers = await ports.tasks.doers_of_store(task_id, store)
    if fact.kind == TASK_DONE:  # what was given is taken back though a certificate has lapsed
        tasks = await ports.tasks.by_ids([task_id])
        doers = await with_certificates(ports.certificates, act, tasks, doers)
        doers = [one for one in doers if one.passed_to is None or fact.at < one.ends_at]
    return [_Share(fact, one.guide_id) for one in doers if one.role == Role.GUIDE]


async def _coupon_follows(ports: TaskRewardPorts, act: Act, share: _Share) -> None:
    """Give a guide the coupon of what they have done, as the member that they are, or take it back.

    Whom the brand does not know as a member, or who may not have one, has none.
    """
    fact, source = share.fact, share.given
    if not (named := fact.data.get("coupon")):
        return
    offer, done = OfferId(named), fact.kind == TASK_DONE
    guides = await ports.coins.guides.by_ids([share.guide_id])
    for member in (one.member_id for one in guides.values() if one.member_id):
        if done:
            await give_by_rule(
                ports.coupons,
                act,
                offer,
                member,
                way=ClaimWay.TASK,
                source=source,
                since=fact.at,
            )
        else:
            await take_back_by_rule(ports.coupons, act, offer, member, source)


async def finish_task_counts(ports: TaskRewardPorts, act: Act) -> None:
    """Finish the counts that a crash has cut short."""
    await finish_open(ports.counts, act.at)


def asked_of(task_id: str, part: str, stores: Mapping[str, int], act: Act) -> list[Posting]:
    """How many guides of each store a part of a task asks."""
    return [
        _count(f"{part}|{store}", task_id, ALL, store, act.at, {ASKED: guides})
        for store, guides in stores.items()
    ]


def _counted(fact: Fact) -> Posting:
    data = fact.data
    change = {DONE: 1 if fact.kind == TASK_DONE else -1}
    return _count(fact.id, data["taskId"], data["occurrence"], data["storeId"], fact.at, change)


def _count(
    id: str, task_id: str, occurrence: str, store: str, at: datetime, add: Mapping[str, int]
) -> Posting:
    return Posting(
        id=id,
        target=f"{task_id}|{occurrence}|{store}",
        at=at,
        add=add,
        put={"list": f"{task_id}|{occurrence}", "store_id": store},
    )


def _paid(ports: TaskRewardPorts, share: _Share) -> WalletMovement:
    rule, fact = ports.coins.rules.now(), share.fact
    return WalletMovement(
        id=share.given,
        target=wallet_id(Unit.COINS, share.guide_id),
        kind=MovementKind.GRANT,
        at=fact.at,
        units=fact.data["coins"],
        about=fact.data["taskId"],
        month=month_of(fact.at, rule.terms.coin_months - 1),
        rule=rule.version,
        reason="task",
    )


def _taken_back(fact: Fact, given: WalletMovement) -> WalletMovement:
    return replace(
        given,
        id=f"back:{given.id}",
        kind=MovementKind.CLAW_BACK,
        at=fact.at,
        reason=fact.data["reason"] or "task",
        effect=NO_EFFECT,
    )
