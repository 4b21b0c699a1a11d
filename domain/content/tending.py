"""What the clock does to the calendar: it finishes what was cut short, and records what came."""

from dataclasses import replace

from domain.content.bank import ContentPorts
from domain.content.campaigns import Campaign
from domain.content.history import CLOCK, noted
from domain.content.keeping import finish
from domain.content.planning import settle
from domain.content.posts import Post
from domain.kernel.each import each
from domain.people.act import Act

# How many posts one round of recording takes up.
ROUND = 200


async def tend_calendar(ports: ContentPorts, act: Act) -> int:
    """Finish what a crash left half done, and record what time has brought; tell how much.

    Any number of processes may do this at once: what two of them try, one of them does.
    """

    async def settled(campaign: Campaign) -> None:
        await settle(ports, act, campaign)

    async def recorded(post: Post) -> None:
        await _record_time(ports, replace(act, viewer=CLOCK), post)

    done = await each(await ports.campaigns.unsettled(), settled)
    return done + await each(await ports.posts.due(act.at, ROUND), recorded)


async def _record_time(ports: ContentPorts, act: Act, post: Post) -> None:
    """Record what time has brought to a post; finish its last change first if that is not done."""
    if post.unrecorded:
        await finish(ports, act, post)
        post = replace(post, unrecorded=())
        if act.at < post.due_at():
            return
    recorded = noted(post, replace(post, version=post.version + 1), act.at)
    await ports.posts.save(recorded, expected=post.version)
    await finish(ports, act, recorded)
