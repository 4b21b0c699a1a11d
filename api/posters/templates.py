"""Posters and their templates in the schema."""

import base64
from datetime import datetime
from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from api.kernel.operations import field, mutation, query
from api.kernel.packing import pack
from api.kernel.paging import After, Connection, First, connection
from api.kernel.version_reviews import VersionState
from api.people.persons import Person, person, person_if_any
from api.posters.formats import PosterFormat
from api.sharing.share_links import ShareLink
from domain.kernel.paging import PageRequest
from domain.people.act import Act
from domain.posters import link_posters, template_changes, template_reviews
from domain.posters.link_posters import PosterOrder, PosterPorts
from domain.posters.previewing import preview
from domain.posters.template_changes import NewTemplate
from domain.posters.template_reviews import TemplateId
from domain.sharing.share_links import ShareKind, ShareTarget, read_reference
from domain.sharing.shareable import SharingPorts


@strawberry.type(description="One saved state of a template; it never changes.")
class PosterTemplateVersion:
    number: int = strawberry.field(description="Counts from 1.")
    design: JSON = strawberry.field(description="Canvas and layers; docs/posters.md has the form.")
    state: VersionState = strawberry.field(description="Where it stands.")
    author_id: strawberry.Private[str]
    reviewer_id: strawberry.Private[str | None]
    made_at: datetime = strawberry.field(description="When it was saved.")
    comment: str = strawberry.field(description="Why it was rejected; empty where it was not.")

    @classmethod
    def of(cls, version: template_reviews.TemplateVersion) -> "PosterTemplateVersion":
        """Pack a version."""
        return pack(cls, version, design=JSON(version.design))

    @strawberry.field(description="Who designed it.")
    def author(self) -> Person:
        return person(self.author_id)

    @strawberry.field(description="Who approved or rejected it; null before that.")
    def reviewer(self) -> Person | None:
        return person_if_any(self.reviewer_id)


@strawberry.type(description="A design that many posters are drawn from.")
class PosterTemplate:
    id: strawberry.ID = strawberry.field(description="The template's id.")
    name: str = strawberry.field(description="What designers call it.")
    kinds: list[ShareKind] = strawberry.field(description="What its posters are about.")
    version: int = strawberry.field(description="Goes up with every change; send it back as one.")
    versions: list[PosterTemplateVersion] = strawberry.field(description="The oldest first.")
    approved: PosterTemplateVersion | None = strawberry.field(
        description="The version that posters are drawn from; null before any is approved."
    )

    @classmethod
    def of(cls, template: template_reviews.PosterTemplate) -> "PosterTemplate":
        """Pack a template."""
        approved = template.approved()
        return cls(
            id=strawberry.ID(template.id),
            name=template.name,
            kinds=sorted(template.kinds),
            version=template.version,
            versions=[PosterTemplateVersion.of(one) for one in template.versions],
            approved=PosterTemplateVersion.of(approved) if approved else None,
        )


@strawberry.type(description="A poster with a guide's name and code, made and kept.")
class Poster:
    path: strawberry.Private[str]
    share_link: ShareLink = strawberry.field(description="The link whose code it carries.")
    width: int = strawberry.field(description="Its width in px.")
    format: PosterFormat = strawberry.field(description="Its picture format.")
    template_id: strawberry.ID = strawberry.field(description="The template it was drawn from.")
    template_version: int = strawberry.field(description="The version of the template.")

    @classmethod
    def of(cls, made: link_posters.PosterFile) -> "Poster":
        """Pack a poster."""
        return pack(cls, made, share_link=ShareLink.of(made.link), template_version=made.number)

    @field("Where the file is.")
    def url(self, ports: SharingPorts) -> str:
        return f"{ports.public_url}{self.path}"


@strawberry.input(description="A new template.")
class PosterTemplateCreateInput:
    name: str = strawberry.field(description="1 to 60 characters.")
    kinds: list[ShareKind] = strawberry.field(description="What its posters will be about.")
    design: JSON = strawberry.field(description="Canvas and layers; docs/posters.md has the form.")


Number = Annotated[int, strawberry.argument(description="The version's number.")]
Id = Annotated[strawberry.ID, strawberry.argument(description="The template's id.")]
Design = Annotated[
    JSON, strawberry.argument(description="Canvas and layers; docs/posters.md has the form.")
]
Width = Annotated[int, strawberry.argument(description="750 or 1080 px.")]


@query("The poster templates, by id; for the brand's own people.")
async def poster_templates(
    ports: PosterPorts, act: Act, first: First = 20, after: After = None
) -> Connection[PosterTemplate]:
    page = await template_changes.listed(ports, act, PageRequest(first=first, after=after))
    return connection(page, PosterTemplate.of)


@query("One poster template; null where there is none.")
async def poster_template(ports: PosterPorts, act: Act, id: Id) -> PosterTemplate | None:
    found = await template_changes.looked_up(ports, act, TemplateId(id))
    return PosterTemplate.of(found) if found else None


@mutation("Keep a new poster template as a draft.", template="The draft.")
async def poster_template_create(
    ports: PosterPorts,
    act: Act,
    input: Annotated[
        PosterTemplateCreateInput, strawberry.argument(description="The new template.")
    ],
) -> PosterTemplate:
    new = NewTemplate(name=input.name, kinds=frozenset(input.kinds), design=input.design)
    return PosterTemplate.of(await template_changes.create(ports, act, new))


@mutation(
    "Change a template's design; the change is a draft with a review of its own.",
    template="With its draft.",
)
async def poster_template_revise(
    ports: PosterPorts,
    act: Act,
    id: Id,
    design: Design,
    expected_version: Annotated[
        int, strawberry.argument(description="The template's version as you loaded it.")
    ],
) -> PosterTemplate:
    return PosterTemplate.of(
        await template_changes.revise(ports, act, TemplateId(id), design, expected=expected_version)
    )


@mutation("Hand a draft in for review.", template="As it is now.")
async def poster_template_submit(
    ports: PosterPorts, act: Act, id: Id, number: Number
) -> PosterTemplate:
    return PosterTemplate.of(await template_changes.submit(ports, act, TemplateId(id), number))


@mutation("Let a version out; nobody approves their own design.", template="As it is now.")
async def poster_template_approve(
    ports: PosterPorts, act: Act, id: Id, number: Number
) -> PosterTemplate:
    return PosterTemplate.of(await template_changes.approve(ports, act, TemplateId(id), number))


@mutation("Send a version back to its designer.", template="As it is now.")
async def poster_template_reject(
    ports: PosterPorts,
    act: Act,
    id: Id,
    number: Number,
    comment: Annotated[str, strawberry.argument(description="Why; 1 to 500 characters.")],
) -> PosterTemplate:
    return PosterTemplate.of(
        await template_changes.reject(ports, act, TemplateId(id), number, comment)
    )


@mutation(
    "Take an approved version out of use; its posters are gone with it.", template="As it is now."
)
async def poster_template_withdraw(
    ports: PosterPorts, act: Act, id: Id, number: Number
) -> PosterTemplate:
    return PosterTemplate.of(await template_changes.withdraw(ports, act, TemplateId(id), number))


@mutation(
    "Draw a design as a poster without saving anything.",
    image="The poster as a `data:image/jpeg;base64,…` address.",
)
async def poster_preview(
    ports: PosterPorts,
    act: Act,
    design: Design,
    kind: Annotated[ShareKind, strawberry.argument(description="What to fill it with.")],
    target_id: Annotated[strawberry.ID, strawberry.argument(description="The thing's id.")],
    width: Width = 750,
) -> str:
    image = await preview(ports, act, design, ShareTarget(kind=kind, id=target_id), width)
    return f"data:image/jpeg;base64,{base64.b64encode(image).decode()}"


@mutation("Draw the poster of a share link and keep it.", poster="The poster.")
async def poster_create(
    ports: PosterPorts,
    act: Act,
    share_code: Annotated[str, strawberry.argument(description="The share link's code.")],
    template_id: Annotated[
        strawberry.ID | None,
        strawberry.argument(description="The template; null for the first that suits."),
    ] = None,
    width: Width = 1080,
    format: Annotated[
        PosterFormat, strawberry.argument(description="The picture format.")
    ] = PosterFormat.JPEG,
) -> Poster:
    order = PosterOrder(
        code=read_reference(share_code),
        template_id=TemplateId(template_id) if template_id else None,
        width=width,
        format=format,
    )
    return Poster.of(await link_posters.create_poster(ports, act, order))


QUERIES = (poster_templates, poster_template)
MUTATIONS = (
    poster_template_create,
    poster_template_revise,
    poster_template_submit,
    poster_template_approve,
    poster_template_reject,
    poster_template_withdraw,
    poster_preview,
    poster_create,
)
