"""Queries, mutations and fields as resolvers are written: what they need stands in their signature.

A resolver is a function that unpacks its arguments, calls one use case and packs what it answers:

    @mutation("Send goods to another store.", transfer="The transfer as it is now.")
    async def stock_transfer_send(
        ports: TransferPorts, act: Act, input: StockTransferInput
    ) -> StockTransfer:
        return StockTransfer.of(await send(ports, act, input.value()))

A parameter whose type is a bundle of ports, `Act` or `Load` is handed over by the request's
context; every other one is an argument of the schema.
"""

import contextlib
import functools
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from typing import Any, TypeVar, cast

import strawberry
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

from api.kernel.context import Context, Info, Load, require_good
from api.kernel.hints import PUBLIC
from api.kernel.payloads import Payload, UserError, guards, may_be_left_out
from domain.kernel.ports import Ports
from domain.kernel.refusals import Refusal
from domain.people.act import Act

Resolver = Callable[..., Any]
Gift = Callable[[Context], Any]
S = TypeVar("S")
T = TypeVar("T")


def query(description: str, *, public: bool = False) -> Callable[[Resolver], StrawberryField]:
    """Make a field of the query type; what is public depends on the question and moment alone."""

    def decorate(resolver: Resolver) -> Any:
        options: dict[str, Any] = {"metadata": PUBLIC} if public else {}
        return field(description, **options, extensions=guards(resolver.__name__))(resolver)

    return decorate


def field(description: str, **options: Any) -> Callable[[Resolver], Any]:
    """Make a field of a resolver, or of a method of a type."""
    return lambda resolver: strawberry.field(_given(resolver), description=description, **options)


def added_to(kind: Any, description: str) -> Callable[[Resolver], Resolver]:
    """Make a field of a type that another group has made, which knows nothing of this one."""

    def add(resolver: Resolver) -> Resolver:
        added = strawberry.field(_given(resolver), description=description)
        added.origin = kind
        kind.__strawberry_definition__.fields.append(added)
        return resolver

    return add


def subscription(description: str) -> Callable[[Resolver], Any]:
    """Make a subscription of a resolver that answers again and again.

    It ends with its token, so that nobody follows longer than they may.
    """

    def decorate(resolver: Resolver) -> Any:
        given = _given(resolver)
        operation = to_camel_case(resolver.__name__)

        async def answers(*args: Any, info: Info, **kwargs: Any) -> AsyncIterator[Any]:
            context = info.context
            context.act.viewer.require_operation(operation)
            async with contextlib.aclosing(given(*args, info=info, **kwargs)) as found:
                async for answer in found:
                    require_good(context.world, context.token)
                    yield answer

        wrapped: Any = functools.update_wrapper(answers, given)
        del wrapped.__wrapped__
        return strawberry.subscription(wrapped, description=description)

    return decorate


async def packed(
    answers: AsyncGenerator[S, None], pack: Callable[[S], T]
) -> AsyncGenerator[T, None]:
    """Pack each thing that a use case tells, as it comes."""
    async with contextlib.aclosing(answers) as found:
        async for one in found:
            yield pack(one)


def mutation(description: str, **result: str) -> Callable[[Resolver], StrawberryField]:
    """Make a mutation of a resolver; a refusal becomes the userErrors of its payload.

    It is for those whom the table of rights lets do it: nobody else is told anything of what they
    sent.

    `result` names what the payload holds beside them, with its description; None of it is a
    mutation that answers nothing else. A resolver that answers a Payload of its own names none; one
    that several share gets a type of its own for each of them.
    """

    def decorate(resolver: Resolver) -> Any:
        answers = resolver.__annotations__["return"]
        own = isinstance(answers, type) and issubclass(answers, Payload)
        payload = _payload(resolver.__name__, answers, result, base=answers if own else Payload)

        def pack(answer: Any) -> Any:
            held = vars(answer) if own else dict.fromkeys(result, answer)
            return answer if type(answer) is payload else payload(**held)

        async def answer_or_refuse(*args: Any, **kwargs: Any) -> Any:
            try:
                return pack(await resolver(*args, **kwargs))
            except Refusal as refusal:
                return payload(user_errors=UserError.all_of(refusal))

        answer: Any = functools.update_wrapper(answer_or_refuse, resolver)
        answer.__annotations__ = {**resolver.__annotations__, "return": payload}
        answer.__signature__ = inspect.signature(resolver).replace(return_annotation=payload)
        return strawberry.mutation(
            _given(answer),
            description=description,
            extensions=guards(resolver.__name__, payload),
        )

    return decorate


def _payload(name: str, answers: Any, result: Mapping[str, str], *, base: type[Any]) -> type[Any]:
    """The payload of a mutation: what it answers, null where it was turned down."""
    called = to_camel_case(name)
    kind_name = f"{called[0].upper()}{called[1:]}Payload"
    if base.__name__ == kind_name:
        return base
    members: dict[str, Any] = {
        each: strawberry.field(description=says, default=None) for each, says in result.items()
    }
    members["__annotations__"] = dict.fromkeys(result, answers | None if result else None)
    kind = type(kind_name, (base,), members)
    return strawberry.type(kind, description=f"The answer to {called}.")


def _given(resolver: Resolver) -> Resolver:
    """The resolver with what the context gives it already in place."""
    signature = inspect.signature(resolver)
    gifts = {
        name: gift
        for name, one in signature.parameters.items()
        if (gift := _gift(one.annotation)) is not None
    }
    kept = [one for name, one in signature.parameters.items() if name not in gifts]
    absent = dict.fromkeys(may_be_left_out(kept))
    if not gifts and not absent:
        return resolver
    asks_itself = "info" in signature.parameters

    def given(*args: Any, info: Info, **kwargs: Any) -> Any:
        context = info.context
        gifted = {name: gift(context) for name, gift in gifts.items()}
        if asks_itself:
            gifted["info"] = info
        return resolver(*args, **gifted, **{**absent, **kwargs})

    async def awaited(*args: Any, info: Info, **kwargs: Any) -> Any:
        async with info.context.world.heart.waiting(info.context.until):
            return await given(*args, info=info, **kwargs)

    inner = awaited if inspect.iscoroutinefunction(resolver) else given
    wrapped: Any = functools.update_wrapper(inner, resolver)
    del wrapped.__wrapped__
    kept = [one for one in kept if one.name != "info"]
    asks = inspect.Parameter("info", inspect.Parameter.KEYWORD_ONLY, annotation=Info)
    wrapped.__signature__ = signature.replace(parameters=[*kept, asks])
    wrapped.__annotations__ = {
        **{name: kind for name, kind in resolver.__annotations__.items() if name not in gifts},
        "info": Info,
    }
    return cast("Resolver", wrapped)


def _gift(kind: Any) -> Gift | None:
    """How the context gives a parameter of a type; None for an argument of the schema."""
    if kind is Act:
        return lambda context: context.act
    if kind is Load:
        return lambda context: context.load
    if isinstance(kind, type) and issubclass(kind, Ports):
        return lambda context: context.world.ports[kind]
    return None
