"""How much members earn where nobody knows better."""

from collections.abc import Collection, Mapping

from domain.kernel.ids import PersonId


class UsualRates:
    """Everybody earns at the usual rate; see `domain.wallets.ports.PointRates`."""

    async def percents(self, member_ids: Collection[PersonId]) -> Mapping[PersonId, int]:
        """Nobody's differs."""
        return {}
