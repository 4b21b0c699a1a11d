"""How the demo brand's storefronts are arranged: the brand's face, some regions', most stores'."""

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from storage.divisions import read_divisions

Said = dict[str, Any]

# Provinces by the first two digits of their codes.
COLD = frozenset("15 21 22 23 54 62 63 64 65".split())
WARM = frozenset("35 44 45 46".split())
LONG_COATS = ("10001", "10002", "10003", "10004", "10005")
LIGHT = ("10019", "10020", "10021", "10033", "10034")
CAMPING = ("10077", "10078", "10083", "10084", "10085", "10086")
CHILDREN = ("10054", "10055", "10056", "10057")
TRAIL = ("10026", "10027", "10047", "10058", "10063", "10080")
COMMUTE = ("10008", "10010", "10012", "10019", "10073", "10066")
# Every so many stores one has nothing of its own to say, and shows what its region shows.
SILENT = 7


def demo_layers(stores: Iterable[Mapping[str, str]]) -> list[str]:
    """The lines of layers.jsonl for the rows of stores.csv; the same rows, the same layers."""
    shops = [row for row in stores if row["kind"] == "SHOP"]
    divisions = read_divisions()
    regions = sorted({divisions.region_of(row["district"]).id for row in shops})
    said = [BRAND, *(layer for region in regions if (layer := _region_layer(region)))]
    said += [_store_layer(row, index) for index, row in enumerate(shops) if index % SILENT]
    return [json.dumps(layer, ensure_ascii=False) for layer in said]


def _module(key: str, kind: str, content: Said, **said: Any) -> Said:
    return {"key": key, **said, "content": {kind: content}}


def _banner(picture: str, alt: str, category: str) -> Said:
    return {
        "picture": picture,
        "alt": alt,
        "target": {"kind": "CATEGORY", "value": category},
    }


def _by_hand(key: str, title: str, products: Sequence[str], **said: Any) -> Said:
    shelf = {"selection": {"by_hand": {"products": list(products)}}}
    return _module(key, "product_shelf", shelf, title=title, **said)


BRAND: Said = {
    "layer": "brand",
    "modules": [
        _module(
            "hero",
            "banner",
            _banner("snow-dawn.jpg", "雪脊上的晨光", "服装/羽绒服"),
            title="把寒风挡在身后",
            position=10,
        ),
        _module(
            "member-day",
            "coupon_slot",
            {"coupon": "MEMBER-DAY", "text": "会员日满两千减两百"},
            title="会员专享",
            position=20,
            audience="MEMBERS",
        ),
        _module(
            "down",
            "product_shelf",
            {"selection": {"by_category": {"category": ["服装", "羽绒服"]}}, "most": 20},
            title="羽绒服",
            position=30,
        ),
        _module(
            "best",
            "product_shelf",
            {"selection": {"best_sellers": {"scope": "REGION"}}, "most": 8},
            title="本城热卖",
            position=40,
        ),
        _module(
            "winter",
            "product_shelf",
            {
                "selection": {"by_rule": {"attributes": {"season": "冬", "scene": "户外"}}},
                "most": 8,
            },
            title="进山过冬",
            position=50,
        ),
        _module("notes", "content_shelf", {"most": 6}, title="种草专区", position=60),
        _module("guide", "guide_card", {"text": "添加导购，一对一选码"}, position=70),
        _module("store", "store_card", {}, position=80),
    ],
}


def _region_layer(region: str) -> Said | None:
    """Cold and warm provinces have a face of their own; the rest wear the brand's."""
    if region[:2] in COLD:
        hero = _banner("ski-slope.jpg", "雪道", "服装/羽绒服/长款")
        return {
            "layer": f"region:{region}",
            "modules": [_module("hero", "banner", hero, title="零下二十度，照常出门")],
            "featured": list(LONG_COATS),
        }
    if region[:2] in WARM:
        hero = _banner("sunrise-run.jpg", "湖边的清晨", "服装/羽绒服/轻薄")
        return {
            "layer": f"region:{region}",
            "modules": [
                _module("hero", "banner", hero, title="轻一点，走远一点"),
                _by_hand("light", "早晚一件就够", LIGHT, position=25),
            ],
            "featured": list(LIGHT),
        }
    return None


def _store_layer(row: Mapping[str, str], index: int) -> Said:
    """One of five temperaments, so that neighbours in the list never share theirs."""
    dice = random.Random(row["store_id"])
    arrange = (_camping, _family, _trail, _commute, _keeper)[index % 5]
    return {"layer": f"store:{row['store_id']}", **arrange(row, dice)}


def _camping(row: Mapping[str, str], dice: random.Random) -> Said:
    hero = _banner("night-camp.jpg", "营地的灯", "装备/露营")
    return {
        "modules": [
            _module("hero", "banner", hero, title="今晚睡在星星下面"),
            _by_hand("camp", "店长的露营清单", dice.sample(CAMPING, 4), position=15),
        ],
        "captions": [{"product": "10084", "text": "挂在帐篷里刚刚好"}],
    }


def _family(row: Mapping[str, str], dice: random.Random) -> Said:
    return {
        "modules": [
            _by_hand("children", "小山号专柜", dice.sample(CHILDREN, 3), position=12),
            {"key": "down", "title": "爸妈的羽绒服", "position": 35},
        ],
        "captions": [{"product": "10054", "text": "儿童身高一米一起有货"}],
    }


def _trail(row: Mapping[str, str], dice: random.Random) -> Said:
    hero = _banner("forest-trail.jpg", "松林里的步道", "服装/冲锋衣")
    return {
        "modules": [
            _module("hero", "banner", hero, title="周末进山"),
            _by_hand("trail", "徒步一身", dice.sample(TRAIL, 4), position=15),
        ],
        "featured": dice.sample(TRAIL, 2),
    }


def _commute(row: Mapping[str, str], dice: random.Random) -> Said:
    hero = _banner("city-morning.jpg", "早高峰之前", "服装/羽绒服/轻薄")
    return {
        "modules": [
            _module("hero", "banner", hero, title="通勤也要暖"),
            _by_hand("commute", "写字楼里的四件", dice.sample(COMMUTE, 4), position=15),
            {"key": "winter", "hidden": True},
        ]
    }


def _keeper(row: Mapping[str, str], dice: random.Random) -> Said:
    favourites = dice.sample((*LONG_COATS, *COMMUTE, *TRAIL), 3)
    return {
        "modules": [
            _module(
                "welcome",
                "notice",
                {"text": f"{row['name']}营业时间 {row['opening_hours']}，到店可免费干洗羽绒一次"},
                position=5,
            )
        ],
        "featured": favourites,
        "captions": [{"product": code, "text": "店长最爱"} for code in favourites],
    }
