"""Mutations whose expected refusals are data."""

import functools
from collections.abc import Awaitable, Callable
from typing import Any

import strawberry

from domain.kernel.refusals import Refusal, RefusalCode

strawberry.enum(RefusalCode, name="UserErrorCode", description="Why a request was turned down.")


@strawberry.type(description="One thing to put right before the request can succeed.")
class UserError:
    code: RefusalCode = strawberry.field(description="The kind of refusal, for a program.")
    field: list[str] = strawberry.field(
        description="Path of the input that it is about; empty where it is about the whole request."
    )
    message: str = strawberry.field(description="What is wrong and what to do, for a person.")

    @classmethod
    def all_of(cls, refusal: Refusal) -> "list[UserError]":
        """Pack a refusal, each of its parts by itself."""
        return [
            cls(code=part.code, field=list(part.field), message=part.message)
            for part in refusal.parts()
        ]


@strawberry.type(description="What every mutation's payload has.")
class Payload:
    user_errors: list[UserError] = strawberry.field(
        description="Why nothing was done; empty where it was.", default_factory=list
    )


def mutation(description: str) -> Callable[[Callable[..., Awaitable[Any]]], Any]:
    """Make a mutation of a resolver that returns a payload; a refusal becomes its userErrors.

    The payload named as the return type must have a default for each field.
    """

    def decorate(resolver: Callable[..., Awaitable[Any]]) -> Any:
        payload = resolver.__annotations__["return"]

        @functools.wraps(resolver)
        async def answer(*args: Any, **kwargs: Any) -> Any:
            try:
                return await resolver(*args, **kwargs)
            except Refusal as refusal:
                return payload(user_errors=UserError.all_of(refusal))

        return strawberry.mutation(answer, description=description)

    return decorate
