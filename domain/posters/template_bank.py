"""What people do with poster templates, each step written down."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.kernel.records import Subject, record
from domain.kernel.refusals import Invalid, NotFound, Refusal, refuse_all
from domain.kernel.uses import User, UserKind, asset_use
from domain.people.viewer import CONTENT_TEAM, Role, Viewer
from domain.posters import reviews
from domain.posters.checking import check_template
from domain.posters.making import PosterPorts
from domain.posters.parsing import parse_template
from domain.posters.reviews import Design, PosterTemplate, TemplateId
from domain.posters.templates import ASSET, PictureLayer
from domain.sharing.links import ShareKind

REVIEWERS = (Role.REVIEWER, Role.HEAD_OFFICE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who does something, and when."""

    viewer: Viewer
    now: datetime
    new_id: Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTemplate:
    """What a designer hands in."""

    name: str
    kinds: frozenset[ShareKind]
    design: Design


async def create(press: PosterPorts, act: Act, new: NewTemplate) -> PosterTemplate:
    """Keep a new template as a draft."""
    act.viewer.require(*CONTENT_TEAM)
    await check_design(press, new.design, now=act.now)
    template = reviews.begin(
        TemplateId(act.new_id("template")),
        new.name,
        new.kinds,
        new.design,
        author=act.viewer.id,
        now=act.now,
    )
    await press.uses.replace([_user(template)])
    await press.templates.save(template, expected=0)
    await _record(press, act, "posterTemplateCreate", None, template)
    return template


async def revise(
    press: PosterPorts, act: Act, id: TemplateId, design: Design, *, expected: int
) -> PosterTemplate:
    """Keep a changed design as a new draft."""
    act.viewer.require(*CONTENT_TEAM)
    await check_design(press, design, now=act.now)
    template = await load(press, id)
    changed = reviews.revise(template, design, author=act.viewer.id, now=act.now)
    await press.uses.replace([_user(changed)])
    await press.templates.save(changed, expected=expected)
    await _record(press, act, "posterTemplateRevise", template, changed)
    return changed


async def submit(press: PosterPorts, act: Act, id: TemplateId, number: int) -> PosterTemplate:
    """Hand a draft in for review."""
    act.viewer.require(*CONTENT_TEAM)
    template = await load(press, id)
    return await _save(
        press, act, "posterTemplateSubmit", template, reviews.submit(template, number)
    )


async def approve(press: PosterPorts, act: Act, id: TemplateId, number: int) -> PosterTemplate:
    """Let a version out, once what it needs has been looked for again."""
    act.viewer.require(*REVIEWERS)
    template = await load(press, id)
    await check_design(press, template.numbered(number).design, now=act.now)
    approved = reviews.approve(template, number, reviewer=act.viewer.id, now=act.now)
    return await _save(press, act, "posterTemplateApprove", template, approved)


async def reject(
    press: PosterPorts, act: Act, id: TemplateId, number: int, comment: str
) -> PosterTemplate:
    """Send a version back with the reason."""
    act.viewer.require(*REVIEWERS)
    template = await load(press, id)
    rejected = reviews.reject(template, number, comment, reviewer=act.viewer.id, now=act.now)
    return await _save(press, act, "posterTemplateReject", template, rejected)


async def withdraw(press: PosterPorts, act: Act, id: TemplateId, number: int) -> PosterTemplate:
    """Take an approved version out of use, and its posters with it."""
    act.viewer.require(*REVIEWERS)
    template = await load(press, id)
    return await _save(
        press, act, "posterTemplateWithdraw", template, reviews.withdraw(template, number)
    )


async def load(press: PosterPorts, id: TemplateId) -> PosterTemplate:
    """The template of this id, or NotFound."""
    template = await press.templates.by_id(id)
    if template is None:
        raise NotFound(f"There is no template {id}; look its id up in the list of templates.")
    return template


async def check_design(press: PosterPorts, design: Design, *, now: datetime) -> None:
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


async def _save(
    press: PosterPorts, act: Act, action: str, before: PosterTemplate, after: PosterTemplate
) -> PosterTemplate:
    await press.templates.save(after, expected=before.version)
    await _record(press, act, action, before, after)
    return after


async def _record(
    press: PosterPorts, act: Act, action: str, before: PosterTemplate | None, after: PosterTemplate
) -> None:
    made = record(
        action,
        Subject(kind="posterTemplate", id=after.id),
        viewer=act.viewer,
        before=_values(before) if before else {},
        after=_values(after),
        now=act.now,
        new_id=act.new_id,
    )
    await press.records.append(made)


def _values(template: PosterTemplate) -> Mapping[str, Any]:
    """What of a template may change, as records show it."""
    states = {f"version{one.number}": one.state.value for one in template.versions}
    comments = {f"comment{one.number}": one.comment for one in template.versions if one.comment}
    return {"name": template.name, **states, **comments}


def _user(template: PosterTemplate) -> User:
    """What all versions of a template refer to."""
    uses = (
        asset_use(layer.source.removeprefix(ASSET), f"versions.{one.number}.layers.{i}.source")
        for one in template.versions
        for i, layer in enumerate(parse_template(one.design).layers)
        if isinstance(layer, PictureLayer) and layer.source.startswith(ASSET)
    )
    return User(kind=UserKind.TEMPLATE, id=template.id, label=template.name, uses=tuple(uses))
