"""The picture formats of posters in the schema."""

import strawberry

from domain.posters.stamping import PosterFormat

strawberry.enum(PosterFormat, description="The picture formats of posters.")

__all__ = ["PosterFormat"]
