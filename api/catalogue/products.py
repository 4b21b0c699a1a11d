"""Finding products, and taking them in."""

from typing import Annotated

import strawberry

from api.catalogue.catalogue import Product
from api.catalogue.product_search import CategoryCount, ProductFilter, ProductResults
from api.kernel.enums import enum
from api.kernel.imports import ImportFile, ImportPayload, Mode, OnlyCheck, hand_in
from api.kernel.operations import mutation, query
from api.kernel.paging import After, First
from domain.catalogue import product_search
from domain.catalogue.ports import CataloguePorts
from domain.catalogue.product_export import ProductFileForm, export_products
from domain.catalogue.product_search import ProductOrder, ProductSearchPorts
from domain.catalogue.products import import_products
from domain.kernel.imports import ImportPorts
from domain.kernel.paging import PageRequest
from domain.people.act import Act

enum(
    ProductFileForm,
    "How products are written into a file.",
    CSV="A spreadsheet with one row for each SKU.",
    JSON_LINES="One line of JSON for each product, with its variants inside.",
)

ProductIdArgument = Annotated[
    strawberry.ID, strawberry.argument(description="The brand's product code.")
]


@query(
    "A product; null where there is none of this id, and for consumers and guides where it is not "
    "on the shelf.",
    public=True,
)
async def product(ports: ProductSearchPorts, act: Act, id: ProductIdArgument) -> Product | None:
    found = await product_search.product_shown(ports, act, id)
    return None if found is None else Product.of(found)


@query("The products on the shelf that a filter leaves, with the ways to narrow them.", public=True)
async def products(
    ports: ProductSearchPorts,
    act: Act,
    filter: Annotated[
        ProductFilter | None, strawberry.argument(description="What is asked for.")
    ] = None,
    order: Annotated[
        ProductOrder, strawberry.argument(description="How they are ordered.")
    ] = ProductOrder.BEST_MATCH,
    first: First = 20,
    after: After = None,
) -> ProductResults:
    wanted = filter.value() if filter else product_search.ProductFilter()
    request = PageRequest(first=first, after=after)
    return ProductResults.found(await product_search.find(ports, act, wanted, order, request))


@query("The category tree: every category that has something on the shelf.", public=True)
async def product_categories(ports: ProductSearchPorts, act: Act) -> list[CategoryCount]:
    return CategoryCount.all_of(await product_search.categories_on_shelf(ports, act))


@query(
    "What somebody may mean who has typed so far: at most ten names and categories of what is on "
    "the shelf, those of the most products first.",
    public=True,
)
async def product_suggestions(
    ports: ProductSearchPorts,
    act: Act,
    typed: Annotated[str, strawberry.argument(description="What was typed; pinyin initials too.")],
) -> list[str]:
    return list(await product_search.suggested(ports, act, typed))


@query(
    "Every product, with the prices of now, as productsImport takes them in; for head office and "
    "the tills."
)
async def products_export(
    ports: CataloguePorts,
    act: Act,
    form: Annotated[
        ProductFileForm, strawberry.argument(description="The form of the file.")
    ] = ProductFileForm.CSV,
) -> str:
    return await export_products(ports, act, form)


@mutation(
    "Take in products and variants from a file with one row for each SKU; columns that it does "
    "not have and products that it does not name stay as they are."
)
async def products_import(
    ports: CataloguePorts,
    imports: ImportPorts,
    act: Act,
    file: ImportFile,
    mode: Mode,
    only_check: OnlyCheck = False,
) -> ImportPayload:
    handed = await hand_in(file, mode, only_check, imports)
    return ImportPayload.of(await import_products(ports, act, handed), handed)


QUERIES = (product, products, product_categories, product_suggestions, products_export)
MUTATIONS = (products_import,)
