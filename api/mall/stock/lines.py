"""Lines of units, as they are ordered and sent."""

import strawberry


@strawberry.input(description="So many units of one SKU.")
class OrderLineInput:
    sku: strawberry.ID = strawberry.field(description="The SKU's code.")
    quantity: int = strawberry.field(description="How many, 1 to 999.")
