"""What posts there are, and whose they can be."""

from enum import StrEnum

from domain.kernel.choices import ClosedSet


class PostKind(StrEnum):
    """Material is for guides, a brand note for the seeding zone, a buyer show a consumer's own.

    An adaptation is a store's own version of one of the others.
    """

    MATERIAL = "MATERIAL"
    BRAND_NOTE = "BRAND_NOTE"
    BUYER_SHOW = "BUYER_SHOW"
    ADAPTATION = "ADAPTATION"


class Department(ClosedSet):
    """Who in the brand deposited it."""

    BRAND = "BRAND", "品牌", "品牌部"
    COMMUNITY = "COMMUNITY", "社群", "社群部"
    ECOMMERCE = "ECOMMERCE", "电商", "电商部"
