"""Mutations whose expected refusals are data."""

import inspect
from collections.abc import Iterable
from typing import Any

import strawberry
from strawberry.extensions import FieldExtension

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


class ForKnownPeople(FieldExtension):
    """Lets nobody use a mutation who carries no token, whatever else they sent."""

    def __init__(self, payload: type[Any]) -> None:
        self._payload = payload

    async def resolve_async(self, next_: Any, source: Any, info: Any, **kwargs: Any) -> Any:
        """Answer an anonymous caller with a refusal, before any argument is looked at."""
        try:
            info.context.act.viewer.require_known()
        except Refusal as refusal:
            return self._payload(user_errors=UserError.all_of(refusal))
        return await next_(source, info, **kwargs)


def guards(payload: type[Any], *, anonymous: bool) -> list[FieldExtension]:
    """What stands before a mutation: nothing where everybody may use it."""
    return [] if anonymous else [ForKnownPeople(payload)]


def may_be_left_out(parameters: Iterable[inspect.Parameter]) -> tuple[str, ...]:
    """The arguments without a default: one that a client may leave out, as it may be null, is None.

    The schema has made sure that whatever may not be null is there.
    """
    of_the_library = {"self", "root", "info"}
    return tuple(
        one.name
        for one in parameters
        if one.default is one.empty and one.name not in of_the_library
    )
