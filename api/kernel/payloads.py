"""Mutations whose expected refusals are data."""

import inspect
from collections.abc import Iterable
from typing import Any

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.utils.str_converters import to_camel_case

from api.kernel.enums import enum
from domain.kernel.refusals import Refusal, RefusalCode
from domain.people.actions import RIGHTS
from domain.people.roles import ANONYMOUS_ROLE

enum(
    RefusalCode,
    "Why a request was turned down.",
    name="UserErrorCode",
    INVALID="A value can't be accepted; `field` says which.",
    NOT_FOUND="Nothing has that id, or the viewer may not know that it does.",
    UNAUTHENTICATED="Sign in first, or sign in again.",
    FORBIDDEN="The viewer is signed in, but may not do this.",
    CONFLICT="Somebody else changed it first; load it again.",
    WRONG_STATE="It is not possible in the state that the thing is in.",
    TOO_MANY="A limit was reached.",
    OUT_OF_STOCK="Fewer units are left than asked for.",
    UNAVAILABLE="Something that is needed does not answer now; try again later.",
)


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


class ByTheTable(FieldExtension):
    """Lets nobody use a field whose role may not by the table of rights, whatever else they sent.

    A mutation's payload tells them so; without one it is an error.
    """

    def __init__(self, operation: str, payload: type[Any] | None) -> None:
        self._operation = operation
        self._payload = payload

    def require(self, context: Any) -> None:
        """Refuse whoever may not."""
        context.act.viewer.require_operation(self._operation)

    def resolve(self, next_: Any, source: Any, info: Any, **kwargs: Any) -> Any:
        """Answer whoever may not with a refusal, before any argument is looked at."""
        self.require(info.context)
        return next_(source, info, **kwargs)

    async def resolve_async(self, next_: Any, source: Any, info: Any, **kwargs: Any) -> Any:
        """The same for what is awaited."""
        try:
            self.require(info.context)
        except Refusal as refusal:
            if self._payload is None:
                raise
            return self._payload(user_errors=UserError.all_of(refusal))
        return await next_(source, info, **kwargs)


def guards(name: str, payload: type[Any] | None = None) -> list[FieldExtension]:
    """What stands before a field: nothing where the table lets everybody use it."""
    operation = to_camel_case(name)
    everybody = RIGHTS.of_operation(operation).lets(ANONYMOUS_ROLE)
    return [] if everybody else [ByTheTable(operation, payload)]


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
