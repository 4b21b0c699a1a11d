"""Arrangements read from JSON, as files and clients write them.

The shape follows the dataclasses of `modules` and `layers`. Where one of several is meant it is
named: `{"product_shelf": {"selection": {"by_hand": {"products": ["10001"]}}}}`. A field that they
do not know is refused, so that a layer can't even try to say what a product costs.
"""

import dataclasses
import re
import types
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from domain.catalogue.catalogue import ProductId
from domain.kernel.codes import read_code
from domain.kernel.lines import read_line, shown
from domain.kernel.moments import read_moment
from domain.kernel.refusals import Invalid, Refusal, refuse_all
from domain.mall.faces.layers import BRAND, Arrangement, LayerId, ModuleChange
from domain.mall.faces.modules import KEY, ModuleKey

T = TypeVar("T")
Path = tuple[str, ...]

LONGEST_TEXT = 200
LONGEST_LIST = 100


def read_layer_id(text: str) -> LayerId:
    """Read `brand`, `region:320500` or `store:S0001`."""
    level, _, whose = text.partition(":")
    known = level in {"region", "store"} and whose
    if text != BRAND and not known:
        raise Invalid(
            f"{shown(text)} is no layer; write brand, region:ID or store:ID.", field=["layer"]
        )
    if text == BRAND:
        return BRAND
    return LayerId(f"{level}:{read_code(whose, ['layer'])}")


def read_arrangement(said: Mapping[str, Any]) -> Arrangement:
    """Read what a layer says: modules, featured, hide, show, captions.

    `modules` is a list of `{"key": …}` objects, `captions` one of `{"product": …, "text": …}`.
    """
    known = {"modules", "featured", "hide", "show", "captions"}
    refuse_all(_unknown(name, ()) for name in said if name not in known)
    hide = read_value(tuple[ProductId, ...], said.get("hide") or [], ("hide",))
    show = read_value(tuple[ProductId, ...], said.get("show") or [], ("show",))
    both = sorted(set(hide) & set(show))
    if both:
        raise Invalid(f"{both[0]} is under hide too; keep it in one of them.", field=["show"])
    featured = said.get("featured")
    captions = read_value(tuple[_Caption, ...], said.get("captions") or [], ("captions",))
    return Arrangement(
        modules=_modules(said.get("modules") or []),
        featured=None
        if featured is None
        else read_value(tuple[ProductId, ...], featured, ("featured",)),
        shown={**dict.fromkeys(hide, False), **dict.fromkeys(show, True)},
        captions={caption.product: caption.text for caption in captions},
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Caption:
    product: ProductId
    text: str


def _modules(entries: Any) -> dict[ModuleKey, ModuleChange]:
    if not isinstance(entries, list):
        raise Invalid("write a list of modules.", field=["modules"])
    if len(entries) > LONGEST_LIST:
        raise Invalid(f"name at most {LONGEST_LIST}.", field=["modules"])
    found: dict[ModuleKey, ModuleChange] = {}
    for index, entry in enumerate(entries):
        path = ("modules", str(index))
        fields = dict(entry) if isinstance(entry, Mapping) else {}
        key = str(fields.pop("key", ""))
        if not KEY.fullmatch(key) or key in found:
            raise Invalid(
                f"{shown(key)} can't be this module's key; use each key once, of up to 40 "
                "lower-case letters, digits and hyphens.",
                field=[*path, "key"],
            )
        found[ModuleKey(key)] = read_value(ModuleChange, fields, path)
    return found


def read_value(kind: Any, value: Any, path: Path) -> Any:
    """Read a JSON value as a type of the arrangement, or refuse it by its path."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _read_choice(get_args(kind), value, path)
    if origin is Annotated:
        plain, *bounds = get_args(kind)
        number = read_value(plain, value, path)
        return [bound.read(number, path) for bound in bounds][-1]
    if origin is tuple:
        items = _expect(list, value, path, "a list")
        if len(items) > LONGEST_LIST:
            raise Invalid(f"name at most {LONGEST_LIST}.", field=path)
        item = get_args(kind)[0]
        return tuple(read_value(item, one, (*path, str(i))) for i, one in enumerate(items))
    if origin is Mapping or origin is dict:
        entries = _expect(dict, value, path, "an object")
        if len(entries) > LONGEST_LIST:
            raise Invalid(f"name at most {LONGEST_LIST}.", field=path)
        return {str(name): read_value(str, one, (*path, name)) for name, one in entries.items()}
    if dataclasses.is_dataclass(kind):
        return _read_object(kind, value, path)
    if kind is ProductId:
        return ProductId(read_code(_expect(str, value, path, "a text"), path))
    return _read_plain(getattr(kind, "__supertype__", kind), value, path)


def _read_choice(kinds: tuple[Any, ...], value: Any, path: Path) -> Any:
    """One of several: null for None, otherwise the one that the only key of an object names."""
    if value is None and types.NoneType in kinds:
        return None
    kinds = tuple(kind for kind in kinds if kind is not types.NoneType)
    if len(kinds) == 1:
        return read_value(kinds[0], value, path)
    by_name = {snake(kind.__name__): kind for kind in kinds}
    named = _expect(dict, value, path, "an object")
    if len(named) != 1 or not named.keys() <= by_name.keys():
        raise Invalid(f"name exactly one of {', '.join(by_name)}.", field=path)
    name, chosen = next(iter(named.items()))
    return read_value(by_name[name], chosen, (*path, name))


def _read_object(kind: Any, value: Any, path: Path) -> Any:
    said = _expect(dict, value, path, "an object")
    hints = _hints(kind)
    refusals: list[Refusal] = [_unknown(name, path) for name in said if name not in hints]
    fields: dict[str, Any] = {}
    for name, hint in hints.items():
        if name in said:
            try:
                fields[name] = read_value(hint, said[name], (*path, name))
            except Refusal as refusal:
                refusals += refusal.parts()
    needed = (one.name for one in dataclasses.fields(kind) if _needed(one))
    refusals += [
        Invalid("fill this in.", field=(*path, name)) for name in needed if name not in said
    ]
    refuse_all(refusals)
    try:
        return kind(**fields)
    except Invalid as refusal:
        raise Invalid(refusal.message, field=(*path, *refusal.field)) from None


def _read_plain(kind: Any, value: Any, path: Path) -> Any:
    if kind is datetime:
        return read_moment(value, path)
    if issubclass(kind, StrEnum):
        if not isinstance(value, str) or value not in set(kind):
            raise Invalid(f"{shown(value)} is not one of {', '.join(kind)}.", field=path)
        return kind(value)
    if kind is bool or kind is int:
        whole = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
        if not whole:
            raise Invalid(f"{shown(value)} is no {_PLAIN[kind]}.", field=path)
        return value
    return read_line(_expect(str, value, path, "a text"), most=LONGEST_TEXT, field=path)


_PLAIN: Mapping[type, str] = {bool: "true or false", int: "whole number"}


def _expect(kind: type[T], value: Any, path: Path, what: str) -> T:
    if not isinstance(value, kind):
        raise Invalid(f"write {what} here.", field=path)
    return value


def _unknown(name: str, path: Path) -> Invalid:
    return Invalid(f"a layer has no field {shown(name)} here; leave it out.", field=(*path, name))


def _needed(one: "dataclasses.Field[Any]") -> bool:
    return one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


def snake(name: str) -> str:
    """The name by which JSON knows a class: ProductShelf is product_shelf."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
