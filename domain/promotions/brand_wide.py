"""The offers on goods that hold in every store for everybody: what a list without a store shows."""

from datetime import datetime

from domain.catalogue.catalogue import Channel, Product, Sku
from domain.kernel.money import Fen
from domain.promotions.offer_versions import Promotions
from domain.promotions.offering import PromotionSource
from domain.promotions.offers import Offer, OfferKind
from domain.promotions.shown_offers import ShownOffers


class BrandWidePrices:
    """What single pieces cost by those offers; see `domain.catalogue.offered_prices`.

    The offers of the last moment that was asked for are remembered: an answer has one moment.
    """

    def __init__(self, source: PromotionSource) -> None:
        self._source = source
        self._last: tuple[Promotions, datetime, ShownOffers] | None = None

    def piece(self, product: Product, sku: Sku, price: Fen, at: datetime) -> Fen:
        """What one piece costs at a moment whose price in the catalogue is this."""
        return self._shown(at).price(product, sku, price).price

    def _shown(self, at: datetime) -> ShownOffers:
        promotions, last = self._source.promotions(), self._last
        if last is not None and last[0] is promotions and last[1] == at:
            return last[2]
        holding = [one for one in promotions.rules_at(at) if _brand_wide(one, at)]
        shown = ShownOffers(sorted(holding, key=lambda one: one.id))
        self._last = (promotions, at, shown)
        return shown


def _brand_wide(offer: Offer, at: datetime) -> bool:
    whom = offer.eligibility
    narrow = whom.regions or whom.stores or whom.levels or whom.segments
    online = not whom.channels or Channel.MINI_PROGRAM in whom.channels
    holds = offer.kind is OfferKind.GOODS and offer.window.holds(at)
    return holds and online and not narrow
