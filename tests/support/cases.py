"""Many cases of one test where each would need a service of its own."""

import inspect
from collections.abc import Awaitable, Callable, Iterable
from functools import wraps
from typing import Any

Test = Callable[..., Awaitable[None]]


def one_after_the_other(names: str, cases: Iterable[Any]) -> Callable[[Test], Test]:
    """As `pytest.mark.parametrize`, but all cases have the same fixtures.

    To make a service anew takes longer than most cases do. Only for a test of which a case leaves
    nothing that the next one minds. Where one fails, it is named.
    """
    arguments = [name.strip() for name in names.split(",")]
    all_cases = list(cases)
    assert all_cases, "no case, nothing shown"

    def parted(test: Test) -> Test:
        signature = inspect.signature(test)

        @wraps(test)
        async def each(**fixtures: Any) -> None:
            for case in all_cases:
                values = case if len(arguments) > 1 else (case,)
                try:
                    await test(**fixtures, **dict(zip(arguments, values, strict=True)))
                except BaseException as fault:
                    fault.add_note(f"in the case {case!r:.300}")
                    raise

        kept = [one for name, one in signature.parameters.items() if name not in arguments]
        each.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]
        return each

    return parted
