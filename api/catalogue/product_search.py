"""Searching products: what is asked, and what is found."""

from collections.abc import Mapping

import strawberry

from api.catalogue.catalogue import Product
from api.kernel.enums import enum
from api.kernel.paging import Connection, connection
from domain.catalogue import product_search
from domain.catalogue.catalogue import ProductId
from domain.catalogue.product_search import ProductOrder
from domain.kernel.money import Fen
from domain.network.stores import RegionId

enum(
    ProductOrder,
    "How found products are ordered; among equals the newer comes first.",
    BEST_MATCH="Those first that have the words in their name.",
    NEWEST="The newest first.",
    PRICE_UP="The cheapest first.",
    PRICE_DOWN="The dearest first.",
    SALES="Those first that sold most.",
)


@strawberry.input(description="An attribute and the values of it that will do.")
class AttributeFilter:
    name: str = strawberry.field(description="The attribute, such as season.")
    values: list[str] = strawberry.field(description="A product has one of these.")


@strawberry.input(description="What a consumer asks for; what is left out does not matter.")
class ProductFilter:
    ids: list[strawberry.ID] = strawberry.field(
        description="These products alone, as many as a page may have; empty for all.",
        default_factory=list,
    )
    words: str | None = strawberry.field(
        description="Each of the words, separated by spaces, is to be found in the product: any "
        "part of a name, description, category, attribute, option or code, in simplified or "
        "traditional characters, with or without accents, GORE-TEX also as goretex, or the "
        "initials of the name's pinyin. What is marks and emoji alone finds nothing; an empty text "
        "is no search. At most 100 characters.",
        default=None,
    )
    category: list[str] = strawberry.field(
        description="The way down the category tree; what is below counts too.",
        default_factory=list,
    )
    attributes: list[AttributeFilter] = strawberry.field(
        description="All of these are to fit.", default_factory=list
    )
    price_from_fen: int | None = strawberry.field(
        description="Some variant costs at least this.", default=None
    )
    price_to_fen: int | None = strawberry.field(
        description="Some variant costs at most this.", default=None
    )
    in_stock_in_region_id: strawberry.ID | None = strawberry.field(
        description="The stores of this region can sell some variant.", default=None
    )
    off_shelf: bool = strawberry.field(
        description="What is not on the shelf instead: yet, or any more. For staff.", default=False
    )

    def value(self) -> product_search.ProductFilter:
        """Unpack the filter."""
        region = self.in_stock_in_region_id
        attributes: dict[str, frozenset[str]] = {}
        for one in self.attributes:
            attributes[one.name] = attributes.get(one.name, frozenset()) | frozenset(one.values)
        return product_search.ProductFilter(
            ids=frozenset(map(ProductId, self.ids)),
            words=self.words or "",
            category=tuple(self.category),
            attributes=attributes,
            price_from=None if self.price_from_fen is None else Fen(self.price_from_fen),
            price_to=None if self.price_to_fen is None else Fen(self.price_to_fen),
            in_stock_in=None if region is None else RegionId(region),
            off_shelf=self.off_shelf,
        )


@strawberry.type(description="A value of an attribute, with how many products it would leave.")
class FacetValue:
    value: str = strawberry.field(description="The value.")
    count: int = strawberry.field(
        description="How many products have it, all filters but this attribute's own applied."
    )
    chosen: bool = strawberry.field(description="Whether the filter asks for it.")


@strawberry.type(description="An attribute to narrow the search by.")
class Facet:
    name: str = strawberry.field(description="The attribute.")
    values: list[FacetValue] = strawberry.field(
        description="Its values, the commonest first; a chosen one is there with a count of 0 too."
    )

    @classmethod
    def of(cls, facet: product_search.Facet) -> "Facet":
        """Pack a facet."""
        values = [
            FacetValue(value=value, count=count, chosen=value in facet.chosen)
            for value, count in facet.counts.items()
        ]
        return cls(name=facet.name, values=values)


@strawberry.type(description="A category with how many products are in it or below it.")
class CategoryCount:
    path: list[str] = strawberry.field(description="The way down the category tree to it.")
    count: int = strawberry.field(description="How many products.")

    @classmethod
    def all_of(cls, counts: Mapping[tuple[str, ...], int]) -> "list[CategoryCount]":
        """Pack counts by path."""
        return [cls(path=list(path), count=count) for path, count in counts.items()]


@strawberry.type(description="A page of the products found, and the ways to narrow them.")
class ProductResults(Connection[Product]):
    facets: list[Facet] = strawberry.field(description="By attribute.")
    categories: list[CategoryCount] = strawberry.field(
        description="The categories next below the one asked for."
    )

    @classmethod
    def found(cls, found: product_search.FoundProducts) -> "ProductResults":
        """Pack what was found."""
        page = connection(found.page, Product.of)
        return cls(
            edges=page.edges,
            page_info=page.page_info,
            total_count=page.total_count,
            facets=[Facet.of(facet) for facet in found.facets],
            categories=CategoryCount.all_of(found.categories),
        )
