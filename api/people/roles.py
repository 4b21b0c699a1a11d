"""What somebody is to the brand, in the schema."""

import strawberry

from domain.people.viewer import Role

strawberry.enum(Role, description="What somebody is to the brand.")

__all__ = ["Role"]
