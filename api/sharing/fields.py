"""What this group adds to the schema."""

from api.sharing.share_links import MUTATIONS, QUERIES

__all__ = ["MUTATIONS", "QUERIES"]
