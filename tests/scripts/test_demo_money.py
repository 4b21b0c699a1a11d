"""What the story of money reckons with: its parts are the rule's, and its months end in time."""

from datetime import UTC, datetime, timedelta

from domain.earnings.split_rules import THOUSAND
from domain.kernel.days import month_of
from domain.mall.fulfilment.returning import RETURN_WITHIN
from scripts import demo_money
from scripts.demo_money import RULE, looked_at


def permille(name: str) -> int:
    return int(RULE.split(f"{name}Permille: ")[1].split(",")[0].split("}")[0])


def test_the_parts_are_what_the_rule_gives_and_together_the_whole():
    guide = permille("share") + permille("service")
    left = THOUSAND - guide
    seller, sender, home = (permille(one) for one in ("selling", "fulfilling", "member"))
    assert guide * 10 == demo_money.OF_GUIDE
    for part, of in (
        (seller, demo_money.OF_SELLER),
        (sender, demo_money.OF_SENDER),
        (home, demo_money.OF_HOME),
        (THOUSAND - seller - sender - home, demo_money.OF_BRAND),
    ):
        assert left * part == of * 100
    till = demo_money.TILL_FEN
    assert till * guide == demo_money.TILL_GUIDE * THOUSAND
    assert till * permille("serving") == demo_money.TILL_SERVING * THOUSAND
    others = till - demo_money.TILL_GUIDE - demo_money.TILL_SERVING
    assert others * home == demo_money.TILL_HOME * THOUSAND
    assert demo_money.LATER_FEN * home == demo_money.LATER_HOME * THOUSAND


def test_on_whatever_day_it_is_told_no_month_ends_while_it_looks():
    for hours in range(0, 4 * 366 * 24, 5):
        now = datetime(2027, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
        ripe, over, period = looked_at(now)
        assert ripe > RETURN_WITHIN
        for after in (timedelta(), timedelta(hours=23)):
            assert month_of(now + ripe + after) == period
            assert month_of(now + over + after) > period
