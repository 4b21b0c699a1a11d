"""The picture formats of posters in the schema."""

import strawberry

from domain.posters.stamping import Format

strawberry.enum(Format, name="PosterFormat", description="The picture formats of posters.")

__all__ = ["Format"]
