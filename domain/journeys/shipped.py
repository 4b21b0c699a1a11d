"""Journeys that come with the service, as templates: what each needs to be named is filled in."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from domain.journeys.happenings import ONLINE, TILL, FactMatch
from domain.journeys.journeys import JourneyEntry, JourneyEntryKind, JourneyPlan, ReEntry
from domain.journeys.steps import JourneyStep, StepKind
from domain.kernel.facts import FactKind
from domain.kernel.refusals import Invalid
from domain.members.consent import Purpose
from domain.promotions.offers import OfferId

HOUR, DAY = 3_600, 86_400
TEN = 10 * 60
PLACED, PAID, EXPIRED = (FactKind(f"order.{one}") for one in ("placed", "paid", "expired"))
BOUGHT, VISITED = FactKind("purchase.matched"), FactKind("link.touched")
# Who may not have the coupon is told nothing of it.
WITHOUT = JourneyStep(key="without", kind=StepKind.STOP)


class JourneyTemplate(StrEnum):
    """What a template is for."""

    UNPAID_ORDER = "UNPAID_ORDER"
    AFTER_PURCHASE = "AFTER_PURCHASE"
    THREE_MESSAGES = "THREE_MESSAGES"
    BIRTHDAY = "BIRTHDAY"
    CARD_ENDS = "CARD_ENDS"
    RETURN_GIFT = "RETURN_GIFT"
    STORE_TO_ONLINE = "STORE_TO_ONLINE"
    RELATED_CATEGORY = "RELATED_CATEGORY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """What fills a template: messages in their order, the coupon, and categories of products."""

    messages: tuple[str, ...] = ()
    offer_id: OfferId | None = None
    category: str | None = None
    related: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedJourney:
    """A template: what it is called, what it needs, and how it is filled."""

    key: JourneyTemplate
    name: str
    messages: int
    coupon: bool
    categories: int
    plan: Callable[[Filling], JourneyPlan]


def filled_plan(key: JourneyTemplate, filling: Filling) -> JourneyPlan:
    """A template's plan; Invalid where something that it needs is missing."""
    shipped = SHIPPED[key]
    at = ["filling"]
    if len(filling.messages) != shipped.messages:
        raise Invalid(f"Name {shipped.messages} messages.", field=[*at, "messageIds"])
    if shipped.coupon and filling.offer_id is None:
        raise Invalid("Name the coupon's offer.", field=[*at, "offerId"])
    if shipped.categories > 0 and not filling.category:
        raise Invalid("Name the category.", field=[*at, "category"])
    if shipped.categories > 1 and not filling.related:
        raise Invalid("Name the related category.", field=[*at, "related"])
    return shipped.plan(filling)


def _unpaid(filling: Filling) -> JourneyPlan:
    return JourneyPlan(
        entry=_by(PLACED, again=ReEntry.REPLACE),
        goals=(FactMatch(kind=PAID, same=True),),
        steps=(
            JourneyStep(
                key="lapses",
                kind=StepKind.WAIT_FACT,
                fact=FactMatch(kind=EXPIRED, same=True),
                seconds=2 * DAY,
                then="morning",
            ),
            _clock("morning", "remind", days=1),
            _message("remind", filling.messages[0], "ask", purpose=Purpose.SERVICE),
            _todo("ask", "您好，昨天看中的那件还在，需要我帮您留一件吗？"),
        ),
    )


def _after_purchase(filling: Filling) -> JourneyPlan:
    return JourneyPlan(
        entry=_by(PAID, f"category:{filling.category}", again=ReEntry.REPLACE),
        steps=(
            _wait("worn", 3 * DAY, "morning"),
            _clock("morning", "care"),
            _message("care", filling.messages[0], "weeks", purpose=Purpose.SERVICE),
            _wait("weeks", 14 * DAY, "ask"),
            _todo("ask", "您好，买的那件穿着还习惯吗？洗护上有什么可以帮您的？"),
        ),
    )


def _three(filling: Filling) -> JourneyPlan:
    one, two, three = filling.messages
    return JourneyPlan(
        entry=_by(VISITED, again=ReEntry.AGAIN, again_days=30),
        goals=(FactMatch(kind=PAID), FactMatch(kind=BOUGHT)),
        steps=(
            _message("first", one, "wait1", useful_s=HOUR),
            _wait("wait1", 2 * HOUR, "second"),
            _message("second", two, "wait2", useful_s=HOUR),
            _wait("wait2", 2 * HOUR, "third"),
            _message("third", three, useful_s=HOUR),
        ),
    )


def _birthday(filling: Filling) -> JourneyPlan:
    entry = JourneyEntry(
        kind=JourneyEntryKind.BIRTHDAY, days_before=3, again=ReEntry.AGAIN, again_days=300
    )
    return JourneyPlan(
        entry=entry,
        steps=(
            _coupon("gift", filling, "morning"),
            _clock("morning", "greet"),
            _message("greet", filling.messages[0], useful_s=3 * DAY),
            WITHOUT,
        ),
    )


def _card_ends(filling: Filling) -> JourneyPlan:
    entry = JourneyEntry(
        kind=JourneyEntryKind.CARD_END, days_before=30, again=ReEntry.AGAIN, again_days=60
    )
    return JourneyPlan(
        entry=entry,
        steps=(
            _clock("morning", "tell"),
            _message("tell", filling.messages[0], "weeks", purpose=Purpose.SERVICE),
            _wait("weeks", 14 * DAY, "ask"),
            _todo("ask", "您好，您的会员等级快到期了，再来一次就能保住，我帮您看看？"),
        ),
    )


def _return_gift(filling: Filling) -> JourneyPlan:
    return JourneyPlan(
        entry=_by(FactKind("friend.valid")),
        goals=(FactMatch(kind=BOUGHT, labels=(TILL,)),),
        steps=(
            _coupon("gift", filling, "tell"),
            _message("tell", filling.messages[0], "fortnight"),
            _wait("fortnight", 14 * DAY, "ask"),
            _todo("ask", "您好，给您留的到店礼快到期了，什么时候方便来店里坐坐？"),
            WITHOUT,
        ),
    )


def _store_to_online(filling: Filling) -> JourneyPlan:
    return JourneyPlan(
        entry=_by(BOUGHT, TILL, again=ReEntry.AGAIN, again_days=30),
        goals=(FactMatch(kind=PAID, labels=(ONLINE,)),),
        steps=(
            _coupon("coupon", filling, "morning"),
            _clock("morning", "tell", days=1),
            _message("tell", filling.messages[0]),
            WITHOUT,
        ),
    )


def _related(filling: Filling) -> JourneyPlan:
    return JourneyPlan(
        entry=_by(PAID, f"category:{filling.category}", again=ReEntry.AGAIN, again_days=30),
        goals=(FactMatch(kind=PAID, labels=(f"category:{filling.related}",)),),
        steps=(
            _wait("week", 7 * DAY, "morning"),
            _clock("morning", "tell"),
            _message("tell", filling.messages[0]),
        ),
    )


def _by(
    kind: FactKind, *labels: str, again: ReEntry = ReEntry.ONCE, again_days: int = 0
) -> JourneyEntry:
    return JourneyEntry(
        kind=JourneyEntryKind.FACT,
        fact=FactMatch(kind=kind, labels=labels),
        again=again,
        again_days=again_days,
    )


def _wait(key: str, seconds: int, then: str) -> JourneyStep:
    return JourneyStep(key=key, kind=StepKind.WAIT, seconds=seconds, then=then)


def _clock(key: str, then: str, *, days: int = 0) -> JourneyStep:
    return JourneyStep(key=key, kind=StepKind.WAIT_CLOCK, minute=TEN, days=days, then=then)


def _message(
    key: str,
    template: str,
    then: str | None = None,
    *,
    purpose: Purpose = Purpose.MARKETING,
    useful_s: int = DAY,
) -> JourneyStep:
    return JourneyStep(
        key=key,
        kind=StepKind.MESSAGE,
        template=template,
        purpose=purpose,
        useful_s=useful_s,
        then=then,
    )


def _todo(key: str, text: str) -> JourneyStep:
    return JourneyStep(key=key, kind=StepKind.TODO, text=text, purpose=Purpose.SERVICE)


def _coupon(key: str, filling: Filling, then: str) -> JourneyStep:
    return JourneyStep(
        key=key,
        kind=StepKind.COUPON,
        offer_id=filling.offer_id,
        then=then,
        otherwise=WITHOUT.key,
    )


def _shipped(
    key: JourneyTemplate,
    name: str,
    plan: Callable[[Filling], JourneyPlan],
    *,
    messages: int = 1,
    coupon: bool = False,
    categories: int = 0,
) -> ShippedJourney:
    return ShippedJourney(
        key=key, name=name, plan=plan, messages=messages, coupon=coupon, categories=categories
    )


SHIPPED = {
    one.key: one
    for one in (
        _shipped(JourneyTemplate.UNPAID_ORDER, "未付款订单", _unpaid),
        _shipped(JourneyTemplate.AFTER_PURCHASE, "购后关怀", _after_purchase, categories=1),
        _shipped(JourneyTemplate.THREE_MESSAGES, "两小时一条，买了就停", _three, messages=3),
        _shipped(JourneyTemplate.BIRTHDAY, "生日礼", _birthday, coupon=True),
        _shipped(JourneyTemplate.CARD_ENDS, "会员等级到期", _card_ends),
        _shipped(JourneyTemplate.RETURN_GIFT, "回店礼", _return_gift, coupon=True),
        _shipped(
            JourneyTemplate.STORE_TO_ONLINE, "到店买过送线上券", _store_to_online, coupon=True
        ),
        _shipped(JourneyTemplate.RELATED_CATEGORY, "线上买过荐相关品类", _related, categories=2),
    )
}
