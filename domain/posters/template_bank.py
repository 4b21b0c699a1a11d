"""What people do with poster templates."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from domain.people.viewer import CONTENT_TEAM, Role, Viewer
from domain.posters import reviews
from domain.posters.checking import check_template
from domain.posters.links import ShareKind
from domain.posters.making import PosterPress
from domain.posters.parsing import parse_template
from domain.posters.reviews import Design, PosterTemplate, TemplateId
from domain.posters.templates import ASSET, PictureLayer
from domain.refusals import Invalid, NotFound, Refusal, refuse_all
from domain.uses import User, UserKind, asset_use

NewId = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTemplate:
    """What a designer hands in."""

    name: str
    kinds: frozenset[ShareKind]
    design: Design


async def create(
    press: PosterPress, viewer: Viewer, new: NewTemplate, *, now: datetime, new_id: NewId
) -> PosterTemplate:
    """Keep a new template as a draft."""
    viewer.require(*CONTENT_TEAM)
    await check_design(press, new.design, now=now)
    template = reviews.begin(
        TemplateId(new_id("template")),
        new.name,
        new.kinds,
        new.design,
        author=viewer.id,
        now=now,
    )
    await press.uses.replace([_user(template)])
    await press.templates.save(template, expected=0)
    return template


async def revise(
    press: PosterPress,
    viewer: Viewer,
    id: TemplateId,
    design: Design,
    *,
    expected: int,
    now: datetime,
) -> PosterTemplate:
    """Keep a changed design as a new draft."""
    viewer.require(*CONTENT_TEAM)
    await check_design(press, design, now=now)
    template = await load(press, id)
    changed = reviews.revise(template, design, author=viewer.id, now=now)
    await press.uses.replace([_user(changed)])
    await press.templates.save(changed, expected=expected)
    return changed


async def submit(press: PosterPress, viewer: Viewer, id: TemplateId, number: int) -> PosterTemplate:
    """Hand a draft in for review."""
    viewer.require(*CONTENT_TEAM)
    return await _saved(press, await load(press, id), lambda found: reviews.submit(found, number))


async def approve(
    press: PosterPress, viewer: Viewer, id: TemplateId, number: int, *, now: datetime
) -> PosterTemplate:
    """Let a version out, once what it needs has been looked for again."""
    viewer.require(Role.REVIEWER, Role.HEAD_OFFICE)
    template = await load(press, id)
    await check_design(press, template.numbered(number).design, now=now)
    return await _saved(
        press, template, lambda found: reviews.approve(found, number, reviewer=viewer.id, now=now)
    )


async def reject(
    press: PosterPress,
    viewer: Viewer,
    id: TemplateId,
    number: int,
    comment: str,
    *,
    now: datetime,
) -> PosterTemplate:
    """Send a version back with the reason."""
    viewer.require(Role.REVIEWER, Role.HEAD_OFFICE)
    return await _saved(
        press,
        await load(press, id),
        lambda found: reviews.reject(found, number, comment, reviewer=viewer.id, now=now),
    )


async def withdraw(
    press: PosterPress, viewer: Viewer, id: TemplateId, number: int
) -> PosterTemplate:
    """Take an approved version out of use, and its posters with it."""
    viewer.require(Role.REVIEWER, Role.HEAD_OFFICE)
    return await _saved(press, await load(press, id), lambda found: reviews.withdraw(found, number))


async def load(press: PosterPress, id: TemplateId) -> PosterTemplate:
    """The template of this id, or NotFound."""
    template = await press.templates.by_id(id)
    if template is None:
        raise NotFound(f"There is no template {id}; look its id up in the list of templates.")
    return template


async def check_design(press: PosterPress, design: Design, *, now: datetime) -> None:
    """Refuse a design that can't be read or would make bad posters."""
    try:
        template = parse_template(design)
        wanted = template.asset_ids()
        unusable = await press.pictures.unusable(wanted, now)
        fonts = await press.workers.run(press.fonts)
        check_template(template, fonts, assets=set(wanted) - unusable)
    except Refusal as refusal:
        refuse_all(
            Invalid(part.message, field=["input", "design", *part.field])
            for part in refusal.parts()
        )


def _user(template: PosterTemplate) -> User:
    """What all versions of a template refer to."""
    uses = (
        asset_use(layer.source.removeprefix(ASSET), f"versions.{one.number}.layers.{i}.source")
        for one in template.versions
        for i, layer in enumerate(parse_template(one.design).layers)
        if isinstance(layer, PictureLayer) and layer.source.startswith(ASSET)
    )
    return User(kind=UserKind.TEMPLATE, id=template.id, label=template.name, uses=tuple(uses))


async def _saved(
    press: PosterPress,
    template: PosterTemplate,
    change: Callable[[PosterTemplate], PosterTemplate],
) -> PosterTemplate:
    changed = change(template)
    await press.templates.save(changed, expected=template.version)
    return changed
