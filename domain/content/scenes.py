"""Where a post may be used."""

from domain.kernel.choices import ClosedSet


class Scene(ClosedSet):
    """A place that content is shown in: 朋友圈, 社群, 一对一, 门店, 种草专区, 内部学习."""

    MOMENTS = "MOMENTS", "朋友圈"
    COMMUNITY = "COMMUNITY", "社群"
    ONE_TO_ONE = "ONE_TO_ONE", "一对一"
    IN_STORE = "IN_STORE", "门店"
    SEEDING_ZONE = "SEEDING_ZONE", "种草专区", "种草"
    INTERNAL = "INTERNAL", "内部学习", "内部"
