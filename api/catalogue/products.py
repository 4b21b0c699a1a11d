"""Finding products, and taking them in."""

from typing import Annotated

import strawberry

from api.catalogue.catalogue import Product
from api.catalogue.product_search import CategoryCount, ProductFilter, ProductResults
from api.kernel.context import Info
from api.kernel.hints import PUBLIC
from api.kernel.imports import ImportFile, ImportPayload, Mode, read_upload
from api.kernel.paging import After, First
from api.kernel.payloads import mutation
from domain.catalogue import product_search, products
from domain.catalogue.product_export import ProductFileForm, export_products
from domain.catalogue.product_search import ProductOrder
from domain.kernel.paging import PageRequest

strawberry.enum(
    ProductFileForm,
    description="CSV has one row for each SKU, JSON Lines one line for each product.",
)

ProductIdArgument = Annotated[
    strawberry.ID, strawberry.argument(description="The brand's product code.")
]


@strawberry.type(description="The answer to an import of products.")
class ProductsImportPayload(ImportPayload):
    pass


@strawberry.type
class CatalogueQuery:
    @strawberry.field(
        description="A product; null where there is none of this id, and for consumers and guides "
        "where it is not on the shelf.",
        metadata=PUBLIC,
    )
    def product(self, info: Info, id: ProductIdArgument) -> Product | None:
        context = info.context
        found = product_search.visible(
            context.world.reference.now().catalogue, context.viewer, id, now=context.now
        )
        return None if found is None else Product.of(found)

    @strawberry.field(
        description="The products on the shelf that a filter leaves, with the ways to narrow them.",
        metadata=PUBLIC,
    )
    async def products(
        self,
        info: Info,
        filter: Annotated[
            ProductFilter | None, strawberry.argument(description="What is asked for.")
        ] = None,
        order: Annotated[
            ProductOrder, strawberry.argument(description="How they are ordered.")
        ] = ProductOrder.BEST_MATCH,
        first: First = 20,
        after: After = None,
    ) -> ProductResults:
        context = info.context
        found = await product_search.find(
            context.world.finding,
            context.world.reference.now(),
            filter.value() if filter else product_search.ProductFilter(),
            order,
            PageRequest(first=first, after=after),
            now=context.now,
        )
        return ProductResults.found(found)

    @strawberry.field(
        description="The category tree: every category that has something on the shelf.",
        metadata=PUBLIC,
    )
    def product_categories(self, info: Info) -> list[CategoryCount]:
        context = info.context
        catalogue = context.world.reference.now().catalogue
        return CategoryCount.all_of(product_search.categories(catalogue, now=context.now))

    @strawberry.field(
        description="Every product, with the prices of now, as productsImport takes them in; for "
        "head office and the tills."
    )
    async def products_export(
        self,
        info: Info,
        form: Annotated[
            ProductFileForm, strawberry.argument(description="The form of the file.")
        ] = ProductFileForm.CSV,
    ) -> str:
        context = info.context
        return await export_products(
            context.world.assortment, context.viewer, form, now=context.now
        )


@strawberry.type
class CatalogueMutation:
    @mutation(
        "Take in products and variants from a file with one row for each SKU; columns that it does "
        "not have and products that it does not name stay as they are."
    )
    async def products_import(
        self, info: Info, file: ImportFile, mode: Mode
    ) -> ProductsImportPayload:
        context = info.context
        name, data = await read_upload(file)
        report = await products.import_products(
            context.world.assortment,
            context.viewer,
            name,
            data,
            mode=mode,
            now=context.now,
            new_id=context.world.new_id,
        )
        return ProductsImportPayload.of(report, mode)
