"""Money in the schema."""

import strawberry

from domain.kernel.money import Fen, yuan


@strawberry.type(description="An amount of Chinese yuan.")
class Money:
    fen: int = strawberry.field(description="The amount in fen; 100 fen are 1 yuan.")

    @classmethod
    def of(cls, fen: int) -> "Money":
        """Pack an amount."""
        return cls(fen=fen)

    @strawberry.field(description="The amount as people read it, such as ¥1,299.")
    def text(self) -> str:
        return yuan(Fen(self.fen))
