"""Telling a story step by step, and stopping where it goes wrong."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from scripts.client import Client, Refused

T = TypeVar("T")
# Long enough for a machine that has much else to do.
SOON_S = 60.0


class WentWrong(Exception):
    """Something is not as the story says it should be."""


def step(title: str) -> None:
    """Begin the next part of the story."""
    print(f"\n■ {title}", flush=True)


def say(text: str) -> None:
    """Tell what happened."""
    print(f"  {text}", flush=True)


def expect(true: bool, what: str) -> None:
    """Stop the story unless this is so."""
    if not true:
        raise WentWrong(f"expected: {what}")


def soon(ask: Callable[[], T], true: Callable[[T], bool], *, within_s: float = SOON_S) -> T:
    """What is found once it is so, which mostly takes a second or two; else what was found last."""
    deadline = time.monotonic() + within_s
    while not true(found := ask()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def refused(client: Client, document: str, **variables: Any) -> str:
    """Send what has to be refused, and return the reasons given; stop the story if it is not."""
    try:
        client.run(document, **variables)
    except Refused as refusal:
        return str(refusal)
    raise WentWrong("expected: a refusal, but it was done")
