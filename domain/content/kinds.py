"""What posts there are, and whose they can be."""

from enum import StrEnum


class PostKind(StrEnum):
    """Material is for guides, a brand note for the seeding zone, a buyer show a consumer's own.

    An adaptation is a store's own version of one of the others.
    """

    MATERIAL = "MATERIAL"
    BRAND_NOTE = "BRAND_NOTE"
    BUYER_SHOW = "BUYER_SHOW"
    ADAPTATION = "ADAPTATION"


class Department(StrEnum):
    """Who in the brand deposited it."""

    BRAND = "BRAND"
    COMMUNITY = "COMMUNITY"
    ECOMMERCE = "ECOMMERCE"
