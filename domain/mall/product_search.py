"""Finding products."""

from datetime import datetime

from domain.mall.catalogue import Catalogue, Product, ProductId
from domain.paging import Page, PageRequest, page_of
from domain.people.viewer import Role, Viewer

# They also see what is not on the shelf.
INSIDERS = frozenset({Role.EDITOR, Role.REVIEWER, Role.STORE_MANAGER, Role.HEAD_OFFICE, Role.FEED})


def visible(catalogue: Catalogue, viewer: Viewer, id: str, *, now: datetime) -> Product | None:
    """The product of this id, if there is one that the viewer may know of."""
    product = catalogue.products.get(ProductId(id))
    if product is None or not (product.on_shelf(now) or viewer.role in INSIDERS):
        return None
    return product


def search(catalogue: Catalogue, *, now: datetime, page: PageRequest) -> Page[Product]:
    """The products on the shelf, the newest first."""
    found = [product for product in catalogue.products.values() if product.on_shelf(now)]
    found.sort(key=lambda product: product.id)
    found.sort(
        key=lambda product: product.on_shelf_at or datetime.min.replace(tzinfo=now.tzinfo),
        reverse=True,
    )
    return page_of(found, page)
