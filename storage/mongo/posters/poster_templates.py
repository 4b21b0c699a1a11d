"""Poster templates in MongoDB."""

from domain.kernel.paging import Page, PageRequest
from domain.posters.template_reviews import TEMPLATES, PosterTemplate, TemplateId
from domain.sharing.share_links import ShareKind
from storage.mongo.kernel.database import ASCENDING, Database, Document
from storage.mongo.kernel.documents import from_document, save_version, to_document
from storage.mongo.kernel.pages import page


class MongoPosterTemplates:
    """One document a template with all its versions; `usable` tells whether one is approved."""

    def __init__(self, database: Database) -> None:
        self._templates = database["poster_templates"]

    async def by_id(self, id: TemplateId) -> PosterTemplate | None:
        """One template."""
        found = await self._templates.find_one({"_id": id})
        return _template(found) if found else None

    async def page(self, request: PageRequest) -> Page[PosterTemplate]:
        """The templates in the order of their ids."""
        everything = {"_id": {"$gt": ""}}
        order = [("_id", ASCENDING)]
        return await page(self._templates, everything, order, request, TEMPLATES, _template)

    async def usable_for(self, kind: ShareKind) -> list[PosterTemplate]:
        """The templates with an approved version for this kind of thing, by id."""
        usable = {"kinds": kind, "usable": True}
        found = await self._templates.find(usable).sort("_id", ASCENDING).to_list(None)
        return [_template(one) for one in found]

    async def save(self, template: PosterTemplate, *, expected: int) -> None:
        """Write version `expected + 1` over the expected one; Conflict if it has changed."""
        document = {**to_document(template), "usable": template.approved() is not None}
        await save_version(self._templates, document, expected=expected)


def _template(document: Document) -> PosterTemplate:
    return from_document(PosterTemplate, document)
