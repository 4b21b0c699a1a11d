"""The states of an asset, and when it may be shown."""

from datetime import timedelta

import pytest

from domain.kernel.refusals import Invalid, WrongState
from domain.media.asset_changes import ASSET, licensed, restored, withdrawn
from domain.media.assets import AssetState, Rights, Unusable, usable, why_unusable
from tests.storage.media.test_assets import NOON, an_asset


def test_every_state_can_be_reached_from_the_first_and_left_again():
    reached = set(ASSET.begins)
    while more := {to for state in reached for to in ASSET.next[state]} - reached:
        reached |= more
    assert reached == set(AssetState)
    assert all(ASSET.next[state] for state in AssetState)


def test_a_withdrawn_asset_may_not_be_shown_until_it_is_restored():
    gone = withdrawn(" 模特合同到期 ")(an_asset())
    assert why_unusable(gone, NOON) is Unusable.WITHDRAWN
    assert gone.withdrawn_because == "模特合同到期"
    assert restored(gone) == an_asset()


def test_a_deleted_asset_may_not_be_shown():
    assert not usable(an_asset(state=AssetState.DELETED), NOON)


def test_an_asset_may_be_shown_until_the_moment_its_rights_expire():
    asset = licensed(Rights(expires_at=NOON))(an_asset())
    assert usable(asset, NOON - timedelta(milliseconds=1))
    assert why_unusable(asset, NOON) is Unusable.EXPIRED


def test_what_a_state_does_not_allow_is_refused():
    with pytest.raises(WrongState):
        restored(an_asset())
    with pytest.raises(WrongState):
        withdrawn("y")(withdrawn("x")(an_asset()))


@pytest.mark.parametrize("because", ["", "  ", "长" * 301])
def test_a_withdrawal_needs_a_reason(because: str):
    with pytest.raises(Invalid) as refusal:
        withdrawn(because)
    assert refusal.value.field == ("because",)
