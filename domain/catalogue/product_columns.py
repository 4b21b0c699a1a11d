"""The columns of a product file, and its rows gathered by the product that they name."""

from collections.abc import Iterable
from dataclasses import replace

from domain.catalogue import descriptions
from domain.catalogue.catalogue import ProductId
from domain.kernel.columns import Columns
from domain.kernel.import_reports import RowError
from domain.kernel.refusals import Invalid, Refusal
from domain.kernel.tables import Row

OPTIONS = (1, 2, 3)

COLUMNS = Columns(
    names={
        "product_code": ("商品编码", "商品编号", "货号", "款号"),
        "name": ("商品名称", "品名", "名称"),
        "subtitle": ("副标题", "卖点"),
        "category": ("类目", "分类"),
        "description": ("商品描述", "描述"),
        "care": ("洗护说明", "洗涤说明"),
        "attributes": ("属性",),
        "channels": ("销售渠道", "渠道"),
        "images": ("图片", "商品图片"),
        "on_shelf_at": ("上架时间",),
        "off_shelf_at": ("下架时间",),
        **{
            f"option{number}_{part}": (f"规格{number}{called}",)
            for number in OPTIONS
            for part, called in (("name", "名称"), ("value", "值"))
        },
        "options": ("规格",),
        "sku": ("SKU编码", "规格编码"),
        "barcode": ("条码", "条形码", "商品条码"),
        "weight_g": ("重量（克）", "毛重（克）"),
        "price_fen": ("价格（分）", "售价（分）"),
        "compare_at_fen": ("划线价（分）", "原价（分）"),
        "variants": ("规格列表",),
    },
    ids=("product_code",),
    parts=frozenset({"sku"}),
    codes=frozenset({"product_code", "sku", "barcode"}),
)


def by_sku(row: Row) -> list[Row]:
    """The rows of a JSON object that lists its `variants`; any other row is one already."""
    variants = row.cells.get("variants")
    if variants is None:
        return [row]
    listed = isinstance(variants, list) and all(isinstance(one, dict) for one in variants)
    if not listed or not variants:
        raise Invalid("list the variants, at least one, as objects.", field=["variants"])
    for name in {name for one in variants for name in one}:
        if name not in COLUMNS.names:
            raise Invalid(f"{name[:40]} is not known of a variant.", field=["variants"])
    product = {name: value for name, value in row.cells.items() if name != "variants"}
    return [replace(row, cells={**product, **variant}) for variant in variants]


def by_product(rows: Iterable[Row]) -> tuple[dict[ProductId, list[Row]], list[RowError]]:
    """The rows of each product, in the file's order, and the rows that name none."""
    groups: dict[ProductId, list[Row]] = {}
    errors: list[RowError] = []
    for row in rows:
        try:
            for one in by_sku(row):
                groups.setdefault(ProductId(one.code("product_code")), []).append(one)
        except Refusal as refusal:
            errors.extend(row.error(refusal))
    return groups, errors


def picture_names(row: Row) -> list[str]:
    """The file names of the pictures that a row mentions, as far as they can be read."""
    description = row.cells.get("description")
    inside = descriptions.pictures(description) if isinstance(description, str) else []
    try:
        return [*row.items("images"), *inside]
    except Refusal:
        return inside
