"""Where a post may be used."""

from enum import StrEnum


class Scene(StrEnum):
    """A place that content is shown in: 朋友圈, 社群, 一对一, 门店, 种草专区."""

    MOMENTS = "MOMENTS"
    COMMUNITY = "COMMUNITY"
    ONE_TO_ONE = "ONE_TO_ONE"
    IN_STORE = "IN_STORE"
    SEEDING_ZONE = "SEEDING_ZONE"
