"""Working off batches: each step takes one part, so that a restart loses at most that."""

import contextlib
from dataclasses import replace

from domain.kernel.each import each
from domain.kernel.refusals import Conflict, NotFound, Refusal, Unavailable
from domain.people.accounts import Guide
from domain.people.act import Act
from domain.posters.batch_orders import BatchPorts, layout_now, why_not
from domain.posters.batches import (
    MAX_TRIES,
    REST,
    BatchPart,
    BatchState,
    MadePoster,
    PosterBatch,
    archive,
    archives_folder,
)
from domain.posters.layouts import gather
from domain.posters.link_posters import stamp_of
from domain.posters.stamping import PosterFormat, UnreadableCode
from domain.sharing.creating_links import create_links
from domain.sharing.share_links import ShareLink


async def work_off(ports: BatchPorts, act: Act) -> None:
    """Work off parts until none is left to take.

    One that breaks rests a while and holds up no other; what broke is raised at the end. One that
    waits for an outside service rests as often as it has to.
    """
    broken: list[Exception] = []
    while (part := await ports.batches.take(ports.clock())) is not None:
        free_at = ports.clock()
        try:
            await _work_on(ports, replace(act, at=free_at), part)
        except Unavailable:
            # Somebody outside is busy or asleep: that is no fault of the part's, and no try.
            await ports.batches.give_back(part, ports.clock() + REST, tried=False)
        except Exception as fault:
            fault.add_note(f"in part {part.number} of {part.batch_id}")
            broken.append(fault)
            await ports.batches.give_back(part, ports.clock() + REST)
        except BaseException:  # this process is asked to stop: let others go on at once
            await ports.batches.give_back(part, ports.clock())
            raise
    if broken:
        raise ExceptionGroup("parts of poster batches that could not be made", broken)


async def _work_on(ports: BatchPorts, act: Act, part: BatchPart) -> None:
    batch = await ports.batches.by_id(part.batch_id)
    if batch is None:
        if part.tries <= MAX_TRIES:
            raise NotFound(f"There is no batch {part.batch_id}.")
        await ports.batches.close(part)
    elif batch.state is not BatchState.RUNNING:
        await ports.batches.drop(batch.id)
        await _forget_if_cleared(ports, batch)
    elif part.done or await _done(ports, act, batch, part):
        if all(one.done for one in await ports.batches.parts(batch.id)):
            await _end(ports, batch, BatchState.DONE)
        await ports.batches.close(part)


async def _done(ports: BatchPorts, act: Act, batch: PosterBatch, part: BatchPart) -> bool:
    """Make a part's posters and write them down; the batch is given up where that can't be."""
    why = f"Part {part.number} broke {MAX_TRIES} times; see the log."
    try:
        if part.tries <= MAX_TRIES:
            made, packed = await _made(ports, act, batch, part)
            await ports.press.files.put(part.archive_key, packed, "application/zip")
            finished = await ports.batches.finish(part, made)
            # Who clears a batch marks it before its files go: who writes one later sees the mark.
            await _forget_if_cleared(ports, await ports.batches.by_id(batch.id) or batch)
            return finished
    except Unavailable:
        raise
    except UnreadableCode as fault:
        why = str(fault)
    except Refusal as refusal:
        with contextlib.suppress(Conflict):
            await _clear(ports, batch, str(refusal))
        return False
    await _end(ports, batch, BatchState.FAILED, why)
    await ports.batches.drop(batch.id)
    return False


async def clear_archives(ports: BatchPorts, act: Act) -> int:
    """Stop the batches whose posters may go out no more, and delete their archives; tell how many.

    Their addresses lead to nothing before that already.
    """
    outdated = [
        (batch, why)
        for batch in await ports.batches.kept()
        if (why := await why_not(ports, act, batch)) is not None
    ]
    return await each(outdated, lambda one: _clear(ports, *one))


async def _clear(ports: BatchPorts, batch: PosterBatch, why: str) -> None:
    """Stop a batch and delete its archives; Conflict where somebody else has changed it."""
    cleared = batch.without_archives(why)
    await ports.batches.save(cleared, expected=batch.version)
    await ports.batches.drop(batch.id)
    await _forget_if_cleared(ports, cleared)


async def _forget_if_cleared(ports: BatchPorts, batch: PosterBatch) -> None:
    if batch.cleared:
        await ports.press.files.delete_below(archives_folder(batch.id))


async def _end(ports: BatchPorts, batch: PosterBatch, state: BatchState, why: str = "") -> None:
    """Write down how a batch ended, unless somebody else has."""
    try:
        await ports.batches.save(batch.moved(state, why), expected=batch.version)
    except Conflict:
        return


async def _made(
    ports: BatchPorts, act: Act, batch: PosterBatch, part: BatchPart
) -> tuple[tuple[MadePoster, ...], bytes]:
    """The posters of a part and their archive."""
    press, link = ports.press, batch.link
    found = await press.sharing.guides.by_ids(list(part.guide_ids))
    guides = [one for one in map(found.get, part.guide_ids) if one and one.active]
    links = await create_links(
        press.sharing, act, guides, replace(link, template_id=batch.template_id)
    )
    layout = await layout_now(ports, act, batch)
    pairs = list(zip(guides, links, strict=True))
    stamps = [await stamp_of(press, act, guide, own) for guide, own in pairs]
    subject = await gather(press.media, act, layout)
    posters = await ports.stampers.stamp(layout, subject, stamps, batch.format)
    fonts = await press.workers.run(press.fonts)
    shown = layout.template.blanks()
    made = tuple(
        replace(
            _named(guide, own, batch.format),
            lacking=fonts.lacking("".join(t for b, t in stamp.texts.items() if b in shown)),
        )
        for (guide, own), stamp in zip(pairs, stamps, strict=True)
    )
    named = list(zip([one.name for one in made], posters, strict=True))
    return made, await press.workers.run(lambda: archive(named))


def _named(guide: Guide, link: ShareLink, form: PosterFormat) -> MadePoster:
    name = f"{guide.store_id}/{guide.id}-{link.code}.{form.extension}"
    return MadePoster(guide_id=guide.id, code=link.code, name=name)
