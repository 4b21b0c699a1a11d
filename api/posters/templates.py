"""Posters and their templates in the schema."""

import base64
from datetime import datetime
from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from api.kernel.context import Info
from api.kernel.paging import After, Connection, First, connection
from api.kernel.payloads import Payload, mutation
from api.posters.files import poster_path
from api.posters.formats import Format
from api.sharing.share import ShareLink
from domain.kernel.paging import PageRequest
from domain.people.viewer import CONTENT_TEAM, Role
from domain.posters import making, reviews, template_bank
from domain.posters.making import PosterOrder
from domain.posters.previewing import preview
from domain.posters.reviews import TemplateId, TemplateState
from domain.posters.template_bank import Act, NewTemplate
from domain.sharing.links import ShareKind, ShareTarget, read_reference

strawberry.enum(TemplateState, description="Where one version of a template stands.")

TEMPLATE_READERS = (*CONTENT_TEAM, Role.STORE_MANAGER, Role.GUIDE)


@strawberry.type(description="One saved state of a template; it never changes.")
class PosterTemplateVersion:
    number: int = strawberry.field(description="Counts from 1.")
    design: JSON = strawberry.field(description="Canvas and layers; docs/posters.md has the form.")
    state: TemplateState = strawberry.field(description="Where it stands.")
    author_id: strawberry.ID = strawberry.field(description="Who designed it.")
    made_at: datetime = strawberry.field(description="When it was saved.")
    reviewer_id: strawberry.ID | None = strawberry.field(
        description="Who approved or rejected it; null before that."
    )
    comment: str = strawberry.field(description="Why it was rejected; empty where it was not.")

    @classmethod
    def of(cls, version: reviews.TemplateVersion) -> "PosterTemplateVersion":
        """Pack a version."""
        return cls(
            number=version.number,
            design=JSON(version.design),
            state=version.state,
            author_id=strawberry.ID(version.author_id),
            made_at=version.made_at,
            reviewer_id=strawberry.ID(version.reviewer_id) if version.reviewer_id else None,
            comment=version.comment,
        )


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
    def of(cls, template: reviews.PosterTemplate) -> "PosterTemplate":
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
    url: str = strawberry.field(description="Where the file is.")
    share_link: ShareLink = strawberry.field(description="The link whose code it carries.")
    width: int = strawberry.field(description="Its width in px.")
    format: Format = strawberry.field(description="Its picture format.")
    template_id: strawberry.ID = strawberry.field(description="The template it was drawn from.")
    template_version: int = strawberry.field(description="The version of the template.")


@strawberry.input(description="A new template.")
class PosterTemplateCreateInput:
    name: str = strawberry.field(description="1 to 60 characters.")
    kinds: list[ShareKind] = strawberry.field(description="What its posters will be about.")
    design: JSON = strawberry.field(description="Canvas and layers; docs/posters.md has the form.")


@strawberry.type(description="The answer to a new template.")
class PosterTemplateCreatePayload(Payload):
    template: PosterTemplate | None = strawberry.field(description="The draft.", default=None)


@strawberry.type(description="The answer to a changed design.")
class PosterTemplateRevisePayload(Payload):
    template: PosterTemplate | None = strawberry.field(description="With its draft.", default=None)


@strawberry.type(description="The answer to handing a draft in.")
class PosterTemplateSubmitPayload(Payload):
    template: PosterTemplate | None = strawberry.field(description="As it is now.", default=None)


@strawberry.type(description="The answer to an approval.")
class PosterTemplateApprovePayload(Payload):
    template: PosterTemplate | None = strawberry.field(description="As it is now.", default=None)


@strawberry.type(description="The answer to a rejection.")
class PosterTemplateRejectPayload(Payload):
    template: PosterTemplate | None = strawberry.field(description="As it is now.", default=None)


@strawberry.type(description="The answer to a withdrawal.")
class PosterTemplateWithdrawPayload(Payload):
    template: PosterTemplate | None = strawberry.field(description="As it is now.", default=None)


@strawberry.type(description="The answer to a request for a poster.")
class PosterCreatePayload(Payload):
    poster: Poster | None = strawberry.field(description="The poster.", default=None)


@strawberry.type(description="The answer to a preview.")
class PosterPreviewPayload(Payload):
    image: str | None = strawberry.field(
        description="The poster as a `data:image/jpeg;base64,…` address.", default=None
    )


Number = Annotated[int, strawberry.argument(description="The version's number.")]
Id = Annotated[strawberry.ID, strawberry.argument(description="The template's id.")]
Design = Annotated[
    JSON, strawberry.argument(description="Canvas and layers; docs/posters.md has the form.")
]
Width = Annotated[int, strawberry.argument(description="750 or 1080 px.")]


@strawberry.type
class PosterQuery:
    @strawberry.field(description="The poster templates, by id; for the brand's own people.")
    async def poster_templates(
        self, info: Info, first: First = 20, after: After = None
    ) -> Connection[PosterTemplate]:
        info.context.viewer.require(*TEMPLATE_READERS)
        request = PageRequest(first=first, after=after)
        page = await info.context.world.press.templates.page(request)
        return connection(page, PosterTemplate.of)

    @strawberry.field(description="One poster template; null where there is none.")
    async def poster_template(self, info: Info, id: Id) -> PosterTemplate | None:
        info.context.viewer.require(*TEMPLATE_READERS)
        found = await info.context.world.press.templates.by_id(TemplateId(str(id)))
        return PosterTemplate.of(found) if found else None


@strawberry.type
class PosterMutation:
    @mutation("Keep a new poster template as a draft.")
    async def poster_template_create(
        self,
        info: Info,
        input: Annotated[
            PosterTemplateCreateInput, strawberry.argument(description="The new template.")
        ],
    ) -> PosterTemplateCreatePayload:
        new = NewTemplate(name=input.name, kinds=frozenset(input.kinds), design=input.design)
        made = await template_bank.create(info.context.world.press, _act(info), new)
        return PosterTemplateCreatePayload(template=PosterTemplate.of(made))

    @mutation("Change a template's design; the change is a draft with a review of its own.")
    async def poster_template_revise(
        self,
        info: Info,
        id: Id,
        design: Design,
        expected_version: Annotated[
            int, strawberry.argument(description="The template's version as you loaded it.")
        ],
    ) -> PosterTemplateRevisePayload:
        changed = await template_bank.revise(
            info.context.world.press,
            _act(info),
            TemplateId(str(id)),
            design,
            expected=expected_version,
        )
        return PosterTemplateRevisePayload(template=PosterTemplate.of(changed))

    @mutation("Hand a draft in for review.")
    async def poster_template_submit(
        self, info: Info, id: Id, number: Number
    ) -> PosterTemplateSubmitPayload:
        changed = await template_bank.submit(
            info.context.world.press, _act(info), TemplateId(str(id)), number
        )
        return PosterTemplateSubmitPayload(template=PosterTemplate.of(changed))

    @mutation("Let a version out; nobody approves their own design.")
    async def poster_template_approve(
        self, info: Info, id: Id, number: Number
    ) -> PosterTemplateApprovePayload:
        changed = await template_bank.approve(
            info.context.world.press, _act(info), TemplateId(str(id)), number
        )
        return PosterTemplateApprovePayload(template=PosterTemplate.of(changed))

    @mutation("Send a version back to its designer.")
    async def poster_template_reject(
        self,
        info: Info,
        id: Id,
        number: Number,
        comment: Annotated[str, strawberry.argument(description="Why; 1 to 500 characters.")],
    ) -> PosterTemplateRejectPayload:
        changed = await template_bank.reject(
            info.context.world.press, _act(info), TemplateId(str(id)), number, comment
        )
        return PosterTemplateRejectPayload(template=PosterTemplate.of(changed))

    @mutation("Take an approved version out of use; its posters are gone with it.")
    async def poster_template_withdraw(
        self, info: Info, id: Id, number: Number
    ) -> PosterTemplateWithdrawPayload:
        changed = await template_bank.withdraw(
            info.context.world.press, _act(info), TemplateId(str(id)), number
        )
        return PosterTemplateWithdrawPayload(template=PosterTemplate.of(changed))

    @mutation("Draw a design as a poster without saving anything.")
    async def poster_preview(
        self,
        info: Info,
        design: Design,
        kind: Annotated[ShareKind, strawberry.argument(description="What to fill it with.")],
        target_id: Annotated[strawberry.ID, strawberry.argument(description="The thing's id.")],
        width: Width = 750,
    ) -> PosterPreviewPayload:
        context = info.context
        image = await preview(
            context.world.press,
            context.viewer,
            design,
            ShareTarget(kind=kind, id=str(target_id)),
            width=width,
            now=context.now,
        )
        encoded = base64.b64encode(image).decode()
        return PosterPreviewPayload(image=f"data:image/jpeg;base64,{encoded}")

    @mutation("Draw the poster of a share link and keep it.")
    async def poster_create(
        self,
        info: Info,
        share_code: Annotated[str, strawberry.argument(description="The share link's code.")],
        template_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="The template; null for the first that suits."),
        ] = None,
        width: Width = 1080,
        format: Annotated[
            Format, strawberry.argument(description="The picture format.")
        ] = Format.JPEG,
    ) -> PosterCreatePayload:
        context = info.context
        context.viewer.require(*TEMPLATE_READERS)
        order = PosterOrder(
            code=read_reference(share_code),
            template_id=TemplateId(str(template_id)) if template_id else None,
            width=width,
            format=format,
        )
        made = await making.poster(context.world.press, order, now=context.now)
        return PosterCreatePayload(
            poster=Poster(
                url=f"{context.world.public_url}{poster_path(made)}",
                share_link=ShareLink.of(made.link),
                width=made.width,
                format=made.format,
                template_id=strawberry.ID(made.template_id),
                template_version=made.number,
            )
        )


def _act(info: Info) -> Act:
    context = info.context
    return Act(viewer=context.viewer, now=context.now, new_id=context.world.new_id)
