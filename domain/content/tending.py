"""What the clock does to the calendar: it finishes what was cut short, and records what came."""

from dataclasses import replace

from domain.content.bank import ContentPorts
from domain.content.history import CLOCK, noted
from domain.content.keeping import finish
from domain.content.loading import load
from domain.content.planning import load_campaign, settle
from domain.kernel.each import each
from domain.people.act import Act

# How many posts one round of recording takes up.
ROUND = 200


async def tend_calendar(ports: ContentPorts, act: Act) -> int:
    """Finish what a crash left half done, and record what time has brought; tell how much.

    Any number of processes may do this at once: what two of them try, one of them does.
    """
    clock = replace(act, viewer=CLOCK)

    async def attended(id: str) -> None:
        if id in unsettled:
            await settle(ports, clock, await load_campaign(ports.campaigns, id))
        else:
            await _record_time(ports, clock, id)

    unsettled = await ports.campaigns.unsettled()
    return await each([*unsettled, *await ports.posts.due(act.at, ROUND)], attended)


async def _record_time(ports: ContentPorts, act: Act, id: str) -> None:
    """Record what time has brought to a post; what its last change left undone comes first."""
    post = await load(ports.posts, id)
    await finish(ports, act, post)
    post = replace(post, unrecorded=())
    if post.due_at() <= act.at:
        recorded = noted(post, replace(post, version=post.version + 1), act.at)
        await ports.posts.save(recorded, expected=post.version)
        await finish(ports, act, recorded)
