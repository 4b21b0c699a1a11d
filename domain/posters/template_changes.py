"""What people do with poster templates, each step written down."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from domain.content.reviews.writers import Written, writers
from domain.kernel.ids import PersonId
from domain.kernel.paging import Page, PageRequest
from domain.kernel.records import Subject
from domain.kernel.refusals import Forbidden, Invalid, NotFound, Refusal, refuse_all
from domain.kernel.uses import Use, User, UserKind, asset_use, saving
from domain.people.act import Act
from domain.posters import template_reviews
from domain.posters.checking import check_template
from domain.posters.link_posters import PosterPorts
from domain.posters.parsing import parse_template
from domain.posters.template_reviews import Design, PosterTemplate, TemplateId
from domain.posters.templates import ASSET, PictureLayer, TextLayer, literal_parts
from domain.posters.usable_pictures import picture, unusable
from domain.sharing.share_links import ShareKind


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTemplate:
    """What a designer hands in."""

    name: str
    kinds: frozenset[ShareKind]
    design: Design


async def listed(ports: PosterPorts, act: Act, request: PageRequest) -> Page[PosterTemplate]:
    """The templates in the order of their ids."""
    act.viewer.require("poster.make")
    return await ports.templates.page(request)


async def looked_up(ports: PosterPorts, act: Act, id: TemplateId) -> PosterTemplate | None:
    """One template; None where there is none."""
    act.viewer.require("poster.make")
    return await ports.templates.by_id(id)


async def create(ports: PosterPorts, act: Act, new: NewTemplate) -> PosterTemplate:
    """Keep a new template as a draft."""
    act.viewer.require("poster_template.write")
    await check_design(ports, act, new.design)
    template = template_reviews.begin(
        TemplateId(act.new_id("template")), new.name, new.kinds, new.design, act.cause()
    )
    await _save_design(ports, template, expected=0)
    return await _recorded(ports, act, "posterTemplateCreate", None, template)


async def revise(
    ports: PosterPorts, act: Act, id: TemplateId, design: Design, *, expected: int
) -> PosterTemplate:
    """Keep a changed design as a new draft."""
    act.viewer.require("poster_template.write")
    await check_design(ports, act, design)
    template = await _load(ports, id)
    changed = template_reviews.revise(template, design, act.cause())
    await _save_design(ports, changed, expected=expected)
    return await _recorded(ports, act, "posterTemplateRevise", template, changed)


async def submit(ports: PosterPorts, act: Act, id: TemplateId, number: int) -> PosterTemplate:
    """Hand a draft in for review."""
    act.viewer.require("poster_template.write")
    return await _step(
        ports,
        act,
        "posterTemplateSubmit",
        id,
        lambda one: template_reviews.submit(one, number, act.cause()),
    )


async def approve(ports: PosterPorts, act: Act, id: TemplateId, number: int) -> PosterTemplate:
    """Let a version out, once what it needs has been looked for again."""
    act.viewer.require("poster_template.review")
    template = await _load(ports, id)
    await check_design(ports, act, template.numbered(number).design)
    if act.viewer.id in _writers(template, number):
        raise Forbidden("Some of its words are yours; ask somebody who wrote none of it.")
    return await _step(
        ports,
        act,
        "posterTemplateApprove",
        id,
        lambda one: template_reviews.approve(one, number, act.cause()),
    )


async def reject(
    ports: PosterPorts, act: Act, id: TemplateId, number: int, comment: str
) -> PosterTemplate:
    """Send a version back with the reason."""
    act.viewer.require("poster_template.review")
    return await _step(
        ports,
        act,
        "posterTemplateReject",
        id,
        lambda one: template_reviews.reject(one, number, act.cause(comment)),
    )


async def withdraw(ports: PosterPorts, act: Act, id: TemplateId, number: int) -> PosterTemplate:
    """Take an approved version out of use, and its posters with it."""
    act.viewer.require("poster_template.review")
    return await _step(
        ports, act, "posterTemplateWithdraw", id, lambda one: template_reviews.withdraw(one, number)
    )


async def check_design(ports: PosterPorts, act: Act, design: Design) -> None:
    """Refuse a design that can't be read or would make bad posters."""
    try:
        template = parse_template(design)
        wanted = template.asset_ids()
        fonts = await ports.workers.run(ports.fonts)
        usable = sorted(set(wanted) - await unusable(ports.media, act, wanted))
        pictures = {f"{ASSET}{one}": await picture(ports.media, act, one) for one in usable}
        claims = ports.sharing.content.claims
        await ports.workers.run(
            lambda: check_template(template, fonts, pictures=pictures, claims=claims)
        )
    except Refusal as refusal:
        refuse_all(
            Invalid(part.message, field=["input", "design", *part.field])
            for part in refusal.parts()
        )


def _writers(template: PosterTemplate, number: int) -> frozenset[PersonId]:
    """Those whose words a version has."""
    history = [
        Written(person_id=one.author_id, texts=_texts(one.design))
        for one in template.versions[:number]
    ]
    return writers(history[-1].texts, history)


def _texts(design: Design) -> tuple[str, ...]:
    layers = parse_template(design).layers
    return tuple("\n".join(literal_parts(one.text)) for one in layers if isinstance(one, TextLayer))


async def _load(ports: PosterPorts, id: TemplateId) -> PosterTemplate:
    template = await ports.templates.by_id(id)
    if template is None:
        raise NotFound(f"There is no template {id}; look its id up in the list of templates.")
    return template


async def _step(
    ports: PosterPorts,
    act: Act,
    action: str,
    id: TemplateId,
    rule: Callable[[PosterTemplate], PosterTemplate],
) -> PosterTemplate:
    """Take a step in the review of a version."""
    before = await _load(ports, id)
    after = rule(before)
    await ports.templates.save(after, expected=before.version)
    return await _recorded(ports, act, action, before, after)


async def _save_design(ports: PosterPorts, template: PosterTemplate, *, expected: int) -> None:
    """Save a template whose pictures are known to be in use before it is."""
    async with saving(ports.uses, [_user(template)]):
        await ports.templates.save(template, expected=expected)


async def _recorded(
    ports: PosterPorts,
    act: Act,
    action: str,
    before: PosterTemplate | None,
    after: PosterTemplate,
) -> PosterTemplate:
    subject = Subject(kind="posterTemplate", id=after.id)
    values = _values(before) if before else {}
    await ports.records.append(act.record(action, subject, before=values, after=_values(after)))
    return after


def _values(template: PosterTemplate) -> Mapping[str, Any]:
    """What of a template may change, as records show it."""
    states = {f"version{one.number}": one.state.value for one in template.versions}
    comments = {f"comment{one.number}": one.comment for one in template.versions if one.comment}
    return {"name": template.name, **states, **comments}


def _user(template: PosterTemplate) -> User:
    """What all versions of a template refer to."""
    return User(
        kind=UserKind.TEMPLATE,
        id=template.id,
        label=template.name,
        uses=tuple(_uses(template)),
        version=template.version,
    )


def _uses(template: PosterTemplate) -> Iterator[Use]:
    for one in template.versions:
        for i, layer in enumerate(parse_template(one.design).layers):
            if isinstance(layer, PictureLayer) and layer.source.startswith(ASSET):
                asset_id = layer.source.removeprefix(ASSET)
                yield asset_use(asset_id, f"versions.{one.number}.layers.{i}.source")
