"""Taking in layers from files."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.kernel.columns import Columns
from domain.kernel.import_reports import ImportReport
from domain.kernel.imports import HandedIn, RowsRead, take_in
from domain.kernel.tables import Row
from domain.mall.faces.layers import Arrangement, Layer, LayerId
from domain.mall.faces.reading import read_arrangement, read_layer_id
from domain.mall.storefronts.arranging import LayerPorts
from domain.mall.storefronts.checking import assets_named, check_arrangement, with_pictures
from domain.mall.storefronts.publishing import publish_all, saying
from domain.people.act import Act
from domain.people.viewer import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    row: Row
    id: LayerId
    said: Arrangement


COLUMNS = Columns(
    names=dict.fromkeys(("layer", "modules", "featured", "hide", "show", "captions"), ()),
    ids=("layer",),
    codes=frozenset({"layer"}),
)


async def import_layers(ports: LayerPorts, act: Act, handed: HandedIn) -> ImportReport:
    """Publish the layers of a file of JSON Lines, each of which says a whole layer anew.

    `{"layer": "store:S0001", "modules": […], "featured": […], "hide": […], "show": […],
    "captions": […]}`. Each is checked over those below it as the file itself says them. Head
    office's policy holds for these too.
    """
    act.viewer.require(Role.HEAD_OFFICE)
    table = await handed.table(COLUMNS)
    first = await handed.parse(table.rows, _read_line, key=lambda line: line.id)
    lines = list(first.values.values())
    by_number = {line.row.line: line for line in lines}
    by_layer = {line.id: line.said for line in lines}
    pictures = await assets_named(ports.pictures, list(by_layer.values()))

    async def read() -> RowsRead[LayerId, Layer]:
        view = ports.reference.now()

        def arranged(id: LayerId) -> Arrangement:
            return by_layer.get(id) or view.layers.arrangement(id)

        def check(row: Row) -> Layer:
            line = by_number[row.line]
            said = with_pictures(line.said, pictures)
            check_arrangement(line.id, said, view, arranged, ports.claims, now=act.at)
            return saying(act, view, line.id, said)

        found = await handed.parse([line.row for line in lines], check, key=lambda layer: layer.id)
        return RowsRead(
            existing=view.layers.layers,
            values=found.values,
            errors=[*table.errors, *first.errors, *found.errors],
            warnings=table.warnings,
        )

    async def save(layers: Mapping[LayerId, Layer]) -> None:
        await publish_all(ports, act, layers.values())

    return await take_in(read, save, handed)


def _read_line(row: Row) -> _Line:
    cells = dict(row.cells)
    layer = read_layer_id(str(cells.pop("layer", "")))
    return _Line(row=row, id=layer, said=read_arrangement(cells))
