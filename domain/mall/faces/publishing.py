"""Taking in layers, checking and publishing them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from domain.mall.catalogue import Catalogue, ProductId
from domain.mall.directory import Directory
from domain.mall.faces.cascade import Face, resolve
from domain.mall.faces.layers import (
    BRAND,
    Arrangement,
    Layer,
    LayerId,
    Level,
    ModuleChange,
    level_of,
    owner_of,
    region_layer,
)
from domain.mall.faces.modules import Banner, ByHand, ModuleKey, ProductShelf, TargetKind
from domain.mall.faces.policy import broken_rules
from domain.mall.faces.reading import read_arrangement, read_layer_id
from domain.mall.reference import Reference, ReferenceSource
from domain.people.viewer import Role, Viewer
from domain.refusals import Invalid, NotFound, Refusal, refuse_all
from domain.tables import ImportMode, ImportReport, Row, RowError, plan_import, read_rows
from domain.uses import User, UserKind, Uses, asset_use, product_use

Arranged = Callable[[LayerId], Arrangement]


class NamedPictures(Protocol):
    """Uploaded pictures by the names of their files."""

    async def by_file_names(self, names: Sequence[str]) -> Mapping[str, str]:
        """The asset of the newest upload under each name; unknown names are left out."""


class LayerWriter(Protocol):
    """Writes layers; what was written is in this process's next view."""

    async def publish(self, layers: Sequence[Layer]) -> None:
        """Write layers of version n + 1 over those of version n, which stay in the history.

        Raises Conflict if another version of one was published meanwhile; the others are written.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Faces:
    """What arranging storefronts needs."""

    reference: ReferenceSource
    writer: LayerWriter
    pictures: NamedPictures
    uses: Uses


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    row: Row
    id: LayerId
    said: Arrangement


async def import_layers(
    faces: Faces, viewer: Viewer, file: str, data: bytes, *, mode: ImportMode, now: datetime
) -> ImportReport:
    """Publish the layers of a file of JSON Lines, each of which says a whole layer anew.

    `{"layer": "store:S0001", "modules": […], "featured": […], "hide": […], "show": […],
    "captions": […]}`. Head office's policy holds for these too.
    """
    viewer.require(Role.HEAD_OFFICE)
    view = faces.reference.now()
    rows, unread = read_rows(file, data)
    lines, refused = _read_lines(rows)
    found = await _assets(faces, [line.said for line in lines])
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


async def publish_all(faces: Faces, layers: Sequence[Layer]) -> None:
    """Publish layers, and tell the index what they use."""
    await faces.uses.replace([_user(layer) for layer in layers])
    await faces.writer.publish(layers)


def _user(layer: Layer) -> User:
    said = layer.arrangement
    uses = [product_use(product, "featured") for product in said.featured or ()]
    for key, change in said.modules.items():
        if isinstance(change.content, Banner):
            uses.append(asset_use(change.content.picture, f"{key}.picture"))
        uses += [product_use(product, key) for product in _products(change)]
    return User(kind=UserKind.LAYER, id=layer.id, label=layer.id, uses=tuple(uses))


def next_version(
    view: Reference, id: LayerId, said: Arrangement, viewer: Viewer, *, now: datetime
) -> Layer:
    """The layer that is to be published over the one in view."""
    present = view.layers.layers.get(id)
    return Layer(
        id=id,
        version=present.version + 1 if present else 1,
        arrangement=said,
        published_at=now,
        published_by=viewer.id,
    )


def check_arrangement(id: LayerId, said: Arrangement, view: Reference, arranged: Arranged) -> None:
    """Refuse what a layer may not say, all of it at once.

    `arranged` gives what the layers below it say.
    """
    below = face_below(id, view.directory, arranged)
    policy = view.layers.policy
    refuse_all(
        [
            *broken_rules(policy, level_of(id), said, below),
            *_unknown_products(said, view.catalogue),
            *_empty_modules(said, below),
        ]
    )


def face_below(id: LayerId, directory: Directory, arranged: Arranged) -> Face:
    """What a layer lies on."""
    if level_of(id) is Level.BRAND:
        return Face()
    if level_of(id) is Level.REGION:
        directory.region(owner_of(id))
        return resolve([(BRAND, arranged(BRAND))])
    region = region_layer(directory.store(owner_of(id)).region_id)
    return resolve([(BRAND, arranged(BRAND)), (region, arranged(region))])


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


async def _assets(faces: Faces, arrangements: Sequence[Arrangement]) -> Mapping[str, str]:
    names = {
        change.content.picture
        for said in arrangements
        for change in said.modules.values()
        if isinstance(change.content, Banner)
    }
    return await faces.pictures.by_file_names(sorted(names)) if names else {}


def with_pictures(said: Arrangement, pictures: Mapping[str, str]) -> Arrangement:
    """The arrangement with assets in the place of file names."""
    modules: dict[ModuleKey, ModuleChange] = {}
    for index, (key, change) in enumerate(said.modules.items()):
        modules[key] = change
        if isinstance(change.content, Banner):
            name = change.content.picture
            asset = pictures.get(name)
            if asset is None and not name.startswith("asset_"):
                raise Invalid(
                    f"no uploaded picture is called {name!r}; upload it first.",
                    field=["modules", str(index), "content", "banner", "picture"],
                )
            modules[key] = replace(change, content=replace(change.content, picture=asset or name))
    return replace(said, modules=modules)


def _unknown_products(said: Arrangement, catalogue: Catalogue) -> Iterator[NotFound]:
    named = [
        (("featured",), said.featured or ()),
        (("hide",), tuple(said.shown)),
        (("captions",), tuple(said.captions)),
        *(
            (("modules", str(index), "content"), _products(change))
            for index, change in enumerate(said.modules.values())
        ),
    ]
    for path, products in named:
        for product in products:
            if product not in catalogue.products:
                yield NotFound(f"there is no product {product} in the catalogue.", field=path)


def _products(change: ModuleChange) -> tuple[ProductId, ...]:
    content = change.content
    if isinstance(content, ProductShelf) and isinstance(content.selection, ByHand):
        return content.selection.products
    if isinstance(content, Banner) and content.target:
        is_product = content.target.kind is TargetKind.PRODUCT
        return (ProductId(content.target.value),) if is_product else ()
    return ()


def _empty_modules(said: Arrangement, below: Face) -> Iterator[Invalid]:
    filled = {module.key for module in below.modules}
    for index, (key, change) in enumerate(said.modules.items()):
        if change.content is None and key not in filled:
            yield Invalid(
                f"no layer below fills the module {key}; give it a content.",
                field=["modules", str(index), "content"],
            )
