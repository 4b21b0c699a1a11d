"""What each movement does to a wallet, and what holds after any of them in any order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.kernel.days import month_ends, month_of
from domain.kernel.moments import NEVER
from domain.wallets.lots import Portion, section, total
from domain.wallets.movements import MovementKind, applied
from domain.wallets.wallets import NO_EFFECT, Wallet, contents
from tests.support.purses import DAY, NOON, PURSE, after, moves

K = MovementKind


def at_beijing(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC) - timedelta(hours=8)


def test_a_month_is_beijings_and_a_lot_lapses_as_it_ends():
    assert month_of(at_beijing(2026, 12, 31, 23, 59)) == "2026-12"
    assert month_of(at_beijing(2027, 1, 1)) == "2027-01"
    assert month_of(at_beijing(2026, 1, 1), 11) == "2026-12"
    assert month_ends("2026-12") == at_beijing(2027, 1, 1)


def test_only_what_was_not_spent_expires_and_what_comes_back_later_has_a_month_of_grace():
    wallet = after(
        moves(K.GRANT, 100, at=at_beijing(2026, 1, 1)),
        moves(K.GRANT, 50, at=at_beijing(2026, 6, 1)),
        moves(K.SPEND, 80, at=at_beijing(2026, 7, 1)),
    )
    assert wallet.lots == (Portion(key="2026-12", units=20), Portion(key="2027-05", units=50))
    # The clock says what can be spent, whether the job has run or not.
    end = at_beijing(2027, 1, 1)
    assert wallet.active(end - timedelta(milliseconds=1)) == 70
    assert wallet.active(end) == 50
    expired = after(moves(K.EXPIRE, at=end + 3 * DAY), wallet=wallet)
    assert expired.active(end) == 50
    assert applied(expired, moves(K.EXPIRE, at=end + 4 * DAY)) is None
    fifth = at_beijing(2027, 1, 5)
    back = after(moves(K.GIVE_BACK, at=fifth, shares=(Portion(key="2026-12", units=40),)))
    assert back.lots == (Portion(key="2027-02", units=40),)
    assert month_ends("2027-02") - fifth >= 30 * DAY


def test_earned_spent_and_returned_leaves_a_debt_that_is_repaid_first():
    wallet = after(
        moves(K.EARN, 1_000, "o1"),
        moves(K.RIPEN, about="o1", ripe_at=NOON),
        moves(K.MATURE, about="o1"),
        moves(K.SPEND, 300),
        moves(K.CLAW_BACK, 1_000, "o1"),
    )
    assert wallet.active(NOON) == -300
    assert applied(wallet, moves(K.SPEND, 1)) is None
    assert applied(wallet, moves(K.HOLD, 1, "o3")) is None
    shares = (Portion(key="2026-12", units=300),)
    assert after(moves(K.GIVE_BACK, shares=shares), wallet=wallet).active(NOON) == 0
    richer = after(moves(K.GRANT, 500), wallet=wallet)
    assert (richer.debt, richer.active(NOON)) == (0, 200)


def test_ten_rounds_of_buying_and_returning_leave_nothing():
    wallet = Wallet(id=PURSE)
    for n in range(10):
        order = f"o{n}"
        steps = [moves(K.EARN, 999, order), moves(K.RIPEN, about=order, ripe_at=NOON + DAY)]
        if n % 2:
            steps.append(moves(K.MATURE, about=order, at=NOON + DAY))
        wallet = after(*steps, moves(K.CLAW_BACK, 999, order), wallet=wallet)
    assert contents(wallet) == NO_EFFECT


def test_what_is_pending_ripens_no_sooner_than_the_last_word_says():
    wallet = after(
        moves(K.EARN, 10, "o1"),
        moves(K.RIPEN, about="o1", ripe_at=NOON + 9 * DAY),
        moves(K.RIPEN, about="o1", ripe_at=NOON + 5 * DAY),
    )
    assert applied(wallet, moves(K.MATURE, about="o1", at=NOON + 8 * DAY)) is None
    assert after(moves(K.MATURE, about="o1", at=NOON + 9 * DAY), wallet=wallet).active(NOON) == 10
    unsaid = after(moves(K.EARN, 10, "o1"))
    assert unsaid.due_at == NEVER


def test_a_claw_back_takes_its_own_lot_first():
    first, second = moves(K.GRANT, 30, month="2026-03"), moves(K.GRANT, 30, month="2026-06")
    wallet = after(first, second, moves(K.CLAW_BACK, 40, month="2026-06"))
    assert wallet.lots == (Portion(key="2026-03", units=20),)


@given(st.data())
def test_parts_given_back_are_together_what_was_taken(data):
    taken = [Portion(key=f"2026-{n:02d}", units=data.draw(st.integers(1, 50))) for n in range(1, 5)]
    left, before, parts = total(taken), 0, []
    while left:
        units = data.draw(st.integers(1, left))
        parts += section(taken, before, units)
        before, left = before + units, left - units
    assert sum(one.units for one in parts) == total(taken)
    for share in taken:
        assert sum(one.units for one in parts if one.key == share.key) == share.units


KINDS = st.sampled_from(sorted(MovementKind))


@settings(max_examples=300)
@given(
    st.lists(
        st.tuples(KINDS, st.integers(1, 60), st.integers(0, 3), st.integers(0, 400)), max_size=40
    )
)
def test_a_wallet_is_the_sum_of_its_entries_and_no_lot_is_ever_below_nothing(steps):
    wallet, sum_of_all, net, now = Wallet(id=PURSE), NO_EFFECT, 0, NOON
    signs = {K.EARN: 1, K.GRANT: 1, K.CLAW_BACK: -1, K.SPEND: -1}
    for n, (kind, units, number, days) in enumerate(steps):
        now += timedelta(days=days / 10)
        about = f"o{number}"
        if kind is K.EARN and wallet.pending_of(about):
            continue
        shares = (Portion(key=month_of(now), units=units),) if kind is K.GIVE_BACK else ()
        one = moves(kind, units, about, now, id=f"m{n}", shares=shares, ripe_at=now + units * DAY)
        if kind is K.RIPEN and number == 0:
            one = replace(one, ripe_at=now)
        held = wallet.units_held
        could = wallet.active(now)
        if (result := applied(wallet, one)) is None:
            assert kind not in (K.EARN, K.GRANT, K.CLAW_BACK, K.GIVE_BACK, K.RIPEN)
            continue
        wallet, done = result
        sum_of_all = sum_of_all.plus(done.effect)
        if kind in signs:
            assert done.effect.net == signs[kind] * units
        elif kind is K.GIVE_BACK:
            assert done.effect.net == units
        elif kind in (K.RIPEN, K.MATURE, K.HOLD, K.RELEASE):
            assert done.effect.net == 0
        elif kind is K.USE:
            assert done.effect.net == wallet.units_held - held
        if kind in (K.SPEND, K.HOLD):
            assert units <= could
        net += done.effect.net
        assert contents(wallet) == sum_of_all
        assert net == sum_of_all.net
        assert all(lot.units > 0 for lot in wallet.lots)
        assert all(one.units > 0 for one in wallet.pending)
        assert wallet.debt == 0 or not wallet.lots
