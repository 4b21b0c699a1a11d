"""Reminding guides of tasks: the company's app in WeCom tells them."""

from domain.guiding.task_facts import TASK_REMINDED
from domain.kernel.facts import Batch
from domain.messaging.notices import NoticePorts, tell_guides
from domain.people.act import Act

REMINDED_FACTS = frozenset({TASK_REMINDED})


async def remind_guides(ports: NoticePorts, act: Act, batch: Batch) -> None:
    """Have guides told of what they have not done; again, it changes nothing."""
    await tell_guides(
        ports,
        act,
        {
            fact.id: (fact.data["guideId"], f"任务「{fact.data['title']}」今天截止，请尽快完成。")
            for fact in batch.facts
        },
    )
