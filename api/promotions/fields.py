"""What this group adds to the schema."""

from api.promotions import coupons, offers, referrals, shown_offers, take_up, till_coupons

QUERIES = (
    *offers.QUERIES,
    *coupons.QUERIES,
    *shown_offers.QUERIES,
    *referrals.QUERIES,
    *take_up.QUERIES,
)
MUTATIONS = (
    *offers.MUTATIONS,
    *coupons.MUTATIONS,
    *till_coupons.MUTATIONS,
    *referrals.MUTATIONS,
)
