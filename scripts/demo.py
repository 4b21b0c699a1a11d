"""Watch the business happen over the real API, step by step.

Without --url, a service that answers on port 8000 is used; else one is started, with a brand of its
own in a temporary folder. Leaves with 1 at the first thing that is not as it should be.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from pathlib import Path

from scripts import (
    demo_booking,
    demo_brand,
    demo_contact,
    demo_content,
    demo_guiding,
    demo_insight,
    demo_journeys,
    demo_learning,
    demo_members,
    demo_money,
    demo_orders,
    demo_promotions,
    demo_storefronts,
    demo_story,
    serve,
)
from scripts.bootstrap import say, stop
from scripts.client import Client, Refused, Unreachable
from scripts.embedded import free_port
from scripts.telling import WentWrong

Tell = Callable[..., Coroutine[None, None, None]]

STORIES: dict[str, tuple[Tell, str]] = {
    "story": (demo_story.tell, "from an upload to a parcel from the right shop"),
    "orders": (demo_orders.tell, "pickup, split, reject, return, expiry"),
    "content": (demo_content.tell, "a post's whole life in the content bank"),
    "contact": (demo_contact.tell, "a scan in WeCom, a leaver's customers, a burst of friends"),
    "booking": (demo_booking.tell, "twenty who want one advisor at the same time"),
    "guiding": (
        demo_guiding.tell,
        "tasks, coins, the board of guides, reminders, a contest over midnight",
    ),
    "insight": (demo_insight.tell, "a door, a test, a day's board beside a recount"),
    "journeys": (demo_journeys.tell, "a chain cut, killed, edited; a week made twice"),
    "learning": (demo_learning.tell, "a lesson, an exam, a retake, and what a pass opens"),
    "money": (demo_money.tell, "who has what of an order, to the payout, and of a refund after it"),
    "members": (demo_members.tell, "one member by five ways, and who sees her"),
    "promotions": (demo_promotions.tell, "offers, part returns, coupons at tills, referrals"),
    "storefronts": (demo_storefronts.tell, "thousand stores, thousand faces"),
}
# Those that start a service of their own, whatever is running.
ALONE = frozenset({demo_contact.tell, demo_journeys.tell})
# Those that have more processes of the service started, where one is started for them.
SEVERAL = frozenset({demo_promotions.tell, demo_money.tell})
# Those that have time pass for the whole service, which is therefore their own, of a small brand.
HURRIED = frozenset({demo_money.tell})
SMALL = 12
NEARBY = "http://127.0.0.1:8000"


def main() -> int:
    """Tell one story."""
    parser = argparse.ArgumentParser(
        prog="scripts/demo",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="stories:\n"
        + "\n".join(f"  {name:<12} {what}" for name, (_, what) in STORIES.items()),
    )
    parser.add_argument("story", nargs="?", choices=STORIES, default="story", help="which one")
    parser.add_argument("--url", help=f"a running service (else {NEARBY}, else a new one)")
    options = parser.parse_args()
    tell, _ = STORIES[options.story]
    started = time.monotonic()
    try:
        told(tell, options.url)
    except (WentWrong, Refused, Unreachable) as fault:
        sys.stdout.flush()
        print(f"\nThe story went wrong: {fault}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(f"\nAll as it should be, in {time.monotonic() - started:.0f} seconds.")
    return 0


def told(tell: Tell, url: str | None) -> None:
    """Tell the story on a running service, or on one started for it."""
    if tell in ALONE:
        asyncio.run(tell(""))
        return
    if url is None and tell not in HURRIED and answers(NEARBY):
        url = NEARBY
    if url is not None:
        asyncio.run(tell(url))
        return
    say("starting a service for the story")
    # So that an unpaid order can be seen to expire.
    os.environ.setdefault("QIANMIAN_PAY_WITHIN_S", "20")
    with tempfile.TemporaryDirectory(prefix="qianmian-demo-") as folder:
        try:
            with serve.serving(Path(folder) / "data", free_port()) as (started, _, another):
                demo_brand.load(started, SMALL if tell in HURRIED else serve.DEFAULT_STORES, say)
                asyncio.run(tell(started, another) if tell in SEVERAL else tell(started))
        except serve.FAILURES as fault:
            stop(str(fault))


def answers(url: str) -> bool:
    """Whether a service is ready at the address."""
    try:
        return Client(url).get("/ready").status_code == 200
    except Unreachable:
        return False


if __name__ == "__main__":
    raise SystemExit(main())
