"""What this group adds to the schema: nothing of its own, and a field of others' types."""

from typing import Any

from api.earnings import commission

ADDED = (commission.commission,)
QUERIES: tuple[Any, ...] = ()
MUTATIONS: tuple[Any, ...] = ()
