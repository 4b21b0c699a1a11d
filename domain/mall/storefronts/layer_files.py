"""Taking in layers from files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.kernel.refusals import Invalid, Refusal
from domain.kernel.tables import ImportMode, ImportReport, Row, RowError, plan_import, read_rows
from domain.mall.faces.layers import Arrangement, LayerId
from domain.mall.faces.reading import read_arrangement, read_layer_id
from domain.mall.reference import Reference
from domain.mall.storefronts.checking import assets_named, check_arrangement, with_pictures
from domain.mall.storefronts.publishing import LayerPorts, next_version, publish_all
from domain.people.viewer import Role, Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    row: Row
    id: LayerId
    said: Arrangement


async def import_layers(
    faces: LayerPorts, viewer: Viewer, file: str, data: bytes, *, mode: ImportMode, now: datetime
) -> ImportReport:
    """Publish the layers of a file of JSON Lines, each of which says a whole layer anew.

    `{"layer": "store:S0001", "modules": […], "featured": […], "hide": […], "show": […],
    "captions": […]}`. Head office's policy holds for these too.
    """
    viewer.require(Role.HEAD_OFFICE)
    view = faces.reference.now()
    rows, unread = read_rows(file, data)
    lines, refused = _read_lines(rows)
    found = await assets_named(faces.pictures, [line.said for line in lines])
    said, broken = _checked(lines, found, view)
    changes, counted = plan_import(
        existing={layer.id: layer.arrangement for layer in view.layers.layers.values()},
        values=said,
        errors=[*unread, *refused, *broken],
        mode=mode,
    )
    layers = [next_version(view, layer, says, viewer, now=now) for layer, says in changes.items()]
    await publish_all(faces, layers)
    return counted


def _read_lines(rows: Sequence[Row]) -> tuple[list[_Line], list[RowError]]:
    lines: list[_Line] = []
    errors: list[RowError] = []
    seen: dict[LayerId, int] = {}
    for row in rows:
        try:
            cells = dict(row.cells)
            layer = read_layer_id(str(cells.pop("layer", "")))
            if seen.setdefault(layer, row.line) != row.line:
                raise Invalid(f"{layer} is on line {seen[layer]} already; keep one of them.")
            lines.append(_Line(row=row, id=layer, said=read_arrangement(cells)))
        except Refusal as refusal:
            errors += row.error(refusal)
    return lines, errors


def _checked(
    lines: Sequence[_Line], pictures: Mapping[str, str], view: Reference
) -> tuple[dict[LayerId, Arrangement], list[RowError]]:
    """The good layers of a file, each over those below it as the file itself says them."""
    raw = {line.id: line.said for line in lines}

    def arranged(id: LayerId) -> Arrangement:
        return raw.get(id) or view.layers.arrangement(id)

    good: dict[LayerId, Arrangement] = {}
    errors: list[RowError] = []
    for line in lines:
        try:
            said = with_pictures(line.said, pictures)
            check_arrangement(line.id, said, view, arranged)
            good[line.id] = said
        except Refusal as refusal:
            errors += line.row.error(refusal)
    return good, errors
