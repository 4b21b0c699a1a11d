"""What this group adds to the schema."""

from api.promotions import (
    coupons,
    gift_packs,
    offers,
    referrals,
    shown_offers,
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
)
MUTATIONS = (
    *offers.MUTATIONS,
    *coupons.MUTATIONS,
    *till_coupons.MUTATIONS,
    *referrals.MUTATIONS,
    *gift_packs.MUTATIONS,
)
