"""What this group adds to the schema."""

from api.mall.consumers.consumers import MUTATIONS, QUERIES

__all__ = ["MUTATIONS", "QUERIES"]
