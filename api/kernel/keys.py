"""The key of a request that a client may send again."""

from typing import Annotated

import strawberry

IdempotencyKey = Annotated[
    str,
    strawberry.argument(
        description="A text of your own for this request, such as a UUID. Sent again with the same "
        "key, it is done once."
    ),
]
