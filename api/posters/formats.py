"""The picture formats of posters in the schema."""

from api.kernel.enums import enum
from domain.posters.stamping import PosterFormat

enum(
    PosterFormat,
    "The picture formats of posters.",
    JPEG="JPEG, which every client shows.",
    PNG="PNG, which loses nothing.",
    WEBP="WebP, which is smaller than JPEG.",
)

__all__ = ["PosterFormat"]
