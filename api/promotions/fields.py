"""What this group adds to the schema."""

from api.promotions import (
    coupons,
    gift_packs,
    offers,
    referrals,
    shown_offers,
    store_passes,
    take_up,
    till_coupons,
)

QUERIES = (
    *offers.QUERIES,
    *coupons.QUERIES,
    *shown_offers.QUERIES,
    *referrals.QUERIES,
    *take_up.QUERIES,
    *gift_packs.QUERIES,
    *store_passes.QUERIES,
)
MUTATIONS = (
    *offers.MUTATIONS,
    *coupons.MUTATIONS,
    *till_coupons.MUTATIONS,
    *store_passes.MUTATIONS,
    *referrals.MUTATIONS,
    *gift_packs.MUTATIONS,
)
