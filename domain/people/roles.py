"""What somebody is to the brand."""

from enum import StrEnum


class Role(StrEnum):
    """What somebody is to the brand."""

    VISITOR = "VISITOR"
    MEMBER = "MEMBER"
    GUIDE = "GUIDE"
    EDITOR = "EDITOR"
    REVIEWER = "REVIEWER"
    TRAINER = "TRAINER"
    STORE_MANAGER = "STORE_MANAGER"
    REGION_MANAGER = "REGION_MANAGER"
    FRANCHISEE = "FRANCHISEE"
    FINANCE = "FINANCE"
    HEAD_OFFICE = "HEAD_OFFICE"
    FEED = "FEED"


CONSUMERS = frozenset({Role.VISITOR, Role.MEMBER})
CONTENT_TEAM = frozenset({Role.EDITOR, Role.REVIEWER, Role.HEAD_OFFICE})

# Somebody who carries no token at all, as the table of rights names them.
ANONYMOUS_ROLE = "ANONYMOUS"
