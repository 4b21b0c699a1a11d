"""Taking in layers from files."""

import contextlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from domain.kernel.columns import Columns
from domain.kernel.import_reports import ImportReport
from domain.kernel.imports import HandedIn, RowsRead, take_in
from domain.kernel.refusals import Invalid, Refusal, refuse_all
from domain.kernel.tables import Row
from domain.mall.faces.layers import RANK, Arrangement, Layer, LayerId, level_of
from domain.mall.faces.reading import read_arrangement, read_layer_id
from domain.mall.reference import Reference
from domain.mall.storefronts.arranging import LayerPorts
from domain.mall.storefronts.checking import (
    assets_named,
    check_arrangement,
    layers_below,
    with_pictures,
)
from domain.mall.storefronts.publishing import publish_all, saying
from domain.people.act import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    row: Row
    id: LayerId
    said: Arrangement


COLUMNS = Columns(
    names={
        "layer": ("图层",),
        "modules": ("模块",),
        "featured": ("主推商品",),
        "hide": ("隐藏商品",),
        "show": ("显示商品",),
        "captions": ("商品短语",),
    },
    ids=("layer",),
    codes=frozenset({"layer"}),
)


async def import_layers(ports: LayerPorts, act: Act, handed: HandedIn) -> ImportReport:
    """Publish the layers of a file of JSON Lines, each of which says a whole layer anew.

    `{"layer": "store:S0001", "modules": […], "featured": […], "hide": […], "show": […],
    "captions": […]}`. Each is checked over those below it as the file itself says them; where the
    line of one below is refused, over what is published of that, for nothing else will be there.
    Head office's policy holds for these too.
    """
    act.viewer.require("layer.rule")
    table = await handed.table(COLUMNS)
    first = await handed.parse(table.rows, _read_line, key=lambda line: line.id)
    # A layer comes after those that it lies over.
    lines = sorted(first.values.values(), key=lambda line: RANK[level_of(line.id)])
    by_number = {line.row.line: line for line in lines}
    given = dict(_named_layers(table.rows))
    pictures = await assets_named(ports.pictures, [line.said for line in lines])

    async def read() -> RowsRead[LayerId, Layer]:
        view, members = ports.reference.now(), ports.members.rules()
        taken: dict[LayerId, Arrangement] = {}

        def arranged(id: LayerId) -> Arrangement:
            return taken.get(id) or view.layers.arrangement(id)

        def check(row: Row) -> Layer:
            line = by_number[row.line]
            said = with_pictures(line.said, pictures)
            try:
                check_arrangement(line.id, said, view, arranged, ports.claims, members, now=act.at)
            except Refusal as refusal:
                refuse_all([*refusal.parts(), *_refused_below(line.id, view, given, taken)])
            taken[line.id] = said
            return saying(act, view, line.id, said)

        found = await handed.parse([line.row for line in lines], check, key=lambda layer: layer.id)
        return RowsRead(
            existing=view.layers.layers,
            values=found.values,
            errors=sorted(
                [*table.errors, *first.errors, *found.errors], key=lambda error: error.line
            ),
            warnings=table.warnings,
        )

    async def save(layers: Mapping[LayerId, Layer]) -> None:
        await publish_all(ports, act, layers.values())

    return await take_in(read, save, handed)


def _named_layers(rows: Iterable[Row]) -> Iterator[tuple[LayerId, int]]:
    """The layers that a file's rows are for, those that can't be read too, and their lines."""
    for row in rows:
        with contextlib.suppress(Refusal):
            yield read_layer_id(str(row.cells.get("layer", ""))), row.line


def _refused_below(
    id: LayerId, view: Reference, given: Mapping[LayerId, int], taken: Collection[LayerId]
) -> Iterator[Invalid]:
    """The lines of layers that a layer lies over, and that are not taken."""
    for lower, _ in layers_below(id, view.directory, view.layers.arrangement):
        if lower in given and lower not in taken:
            yield Invalid(
                f"it lies over {lower}, which line {given[lower]} does not say as it should; put "
                "that right first.",
                field=["layer"],
            )


def _read_line(row: Row) -> _Line:
    cells = dict(row.cells)
    layer = read_layer_id(str(cells.pop("layer", "")))
    return _Line(row=row, id=layer, said=read_arrangement(cells))
