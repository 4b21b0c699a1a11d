"""What of an answer is the same for everybody until the catalogue or its offers change.

A type of the schema may say what it is a **card** of, as `Product` and `Variant` do, by a method
`card(now)`: a value of the catalogue that it shows, or None where it shows it as of another moment.
All of it that needs no waiting and no variable is then completed once for one selection, one
catalogue with its offers and the time between two of their flips, and copied from then on
(`api.kernel.plans`).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from api.kernel.context import Context

# A field of a card takes some 200 bytes, what it holds included: 50 MB.
MOST_FIELDS = 250_000


class Card(NamedTuple):
    """What is known of a value for one selection, and the steps to what is not.

    `fields` has every field in its order, empty where a step fills it anew.
    """

    of: Any
    fields: Mapping[str, Any]
    live: Sequence[Any]


class Deck:
    """The cards of one catalogue and its offers between two of their flips."""

    def __init__(self, made_from: tuple[Any, Any], until: datetime | None) -> None:
        self.made_from = made_from
        self.until = until
        self.full = False
        self._cards: dict[tuple[Any, int], Card] = {}
        self._fields = 0

    def is_of(self, catalogue: object, promotions: object) -> bool:
        """Whether it was made from these, and not from others that came before."""
        return self.made_from[0] is catalogue and self.made_from[1] is promotions

    def find(self, selection: object, of: object) -> Card | None:
        """The card of a value for a selection."""
        # A card holds its value, so that no other one has the same identity.
        return self._cards.get((selection, id(of)))

    def keep(self, selection: object, card: Card) -> None:
        """Keep a card for whoever comes next."""
        self._cards[selection, id(card.of)] = card
        self._fields += len(card.fields)
        self.full = self._fields > MOST_FIELDS


class Cards:
    """The deck of now; another takes its place when catalogue or offers change or it is full."""

    def __init__(self) -> None:
        self._deck: Deck | None = None

    def deck(self, context: Context) -> Deck:
        """The cards that are good for a request."""
        reference = context.world.reference.now()
        made_from = (reference.catalogue, reference.promotions)
        until = reference.next_flip(context.now)
        deck = self._deck
        if deck is None or deck.full or deck.until != until or not deck.is_of(*made_from):
            deck = self._deck = Deck(made_from, until)
        return deck
