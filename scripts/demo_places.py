"""Where the demo brand's stores stand, who owns them and who works in them."""

import csv
import io
import math
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEMO = Path(__file__).resolve().parent.parent / "demo"
DIVISIONS = DEMO.parent / "storage" / "data" / "divisions.csv"

# Cities in the order in which the brand opened them: the largest by what their residents spend.
FIRST_CITIES = (
    "310100 110100 440300 440100 330100 510100 320500 320100 500100 420100 120100 610100 430100 "
    "330200 410100 370200 340100 350200 370100 210200 210100 320200 350100 530100 230100 220100 "
    "130100 360100 450100 520100 140100 650100 620100 150100 640100 630100 460100 330300 320400 "
    "441900"
).split()
STORES_A_CITY = 10
SPOTS = (
    "人民路 中山路 解放路 建设路 和平路 滨江里 奥体中心 大学城 高铁新城 文化广场 中心广场 湖滨 "
    "老街 新天地里 国际中心 银杏里 会展中心 科技园"
).split()
OFFSET_KM = 2.0
KM_A_DEGREE = 111.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A district where a store can stand; `city` names its region."""

    district: str
    name: str
    city: str
    city_name: str
    longitude: float
    latitude: float


def districts_by_city() -> dict[str, list[Place]]:
    """The districts of each prefecture-level city, by the city's division code."""
    with DIVISIONS.open(encoding="utf-8") as file:
        rows = {row["adcode"]: row for row in csv.DictReader(file)}
    found: dict[str, list[Place]] = defaultdict(list)
    for row in rows.values():
        city = rows.get(row["parent"])
        if row["level"] != "district" or city is None or city["level"] != "city":
            continue
        named = rows[city["parent"]] if city["name"] == "市辖区" else city
        found[city["adcode"]].append(
            Place(
                district=row["adcode"],
                name=row["name"],
                city=city["adcode"],
                city_name=named["name"],
                longitude=float(row["longitude"]),
                latitude=float(row["latitude"]),
            )
        )
    return found


def stores_per_city(count: int, cities: Sequence[str]) -> dict[str, int]:
    """Share stores among cities, more to the first; every city of the brand has at least two."""
    weights = [1 / math.sqrt(rank + 4) for rank in range(len(cities))]
    spare = count - 2 * len(cities)
    shares = [int(spare * weight / sum(weights)) for weight in weights]
    for rank in range(spare - sum(shares)):
        shares[rank % len(shares)] += 1
    return {city: 2 + share for city, share in zip(cities, shares, strict=True)}


def store_rows(count: int) -> list[dict[str, str]]:
    """The rows of stores.csv; the same count always gives the same stores."""
    dice = random.Random(count)
    districts = districts_by_city()
    others = sorted(districts.keys() - set(FIRST_CITIES), key=lambda city: -len(districts[city]))
    most = max(1, min(len(districts), count // STORES_A_CITY))
    cities = [*(city for city in FIRST_CITIES if city in districts), *others][:most]
    owners = [row["owner_code"] for row in read("owners.csv") if row["kind"] != "brand"]
    rows: list[dict[str, str]] = []
    for rank, (city, number) in enumerate(stores_per_city(count, cities).items()):
        local_owners = [owners[(rank * 2 + i) % len(owners)] for i in range(3)]
        for index in range(number):
            place = districts[city][index % len(districts[city])]
            owner = dice.choice(local_owners) if index or rank > 11 else "brand"
            rows.append(_store(len(rows) + 1, place, owner, index, rank, dice))
    return rows


def _store(
    number: int, place: Place, owner: str, index: int, rank: int, dice: random.Random
) -> dict[str, str]:
    warehouse = index == 1 and rank < 6
    away_km, angle = OFFSET_KM * math.sqrt(dice.random()), dice.random() * math.tau
    east = away_km * math.cos(angle) / (KM_A_DEGREE * math.cos(math.radians(place.latitude)))
    north = away_km * math.sin(angle) / KM_A_DEGREE
    spot = SPOTS[(number * 7 + index) % len(SPOTS)]
    city = place.city_name.removesuffix("市")
    services = ["PICKUP", *(["FITTING"] if dice.random() < 0.5 else [])]
    services += ["MADE_TO_MEASURE"] if dice.random() < 0.08 else []
    return {
        "store_id": f"S{number:04d}",
        "name": f"山屿 {city}中心仓" if warehouse else f"山屿 {city}{place.name}{spot}店",
        "owner_code": "brand" if warehouse else owner,
        "district": place.district,
        "address": f"{place.city_name}{place.name}{spot}{dice.randint(1, 399)}号",
        "longitude": f"{place.longitude + east:.6f}",
        "latitude": f"{place.latitude + north:.6f}",
        "datum": "GCJ02",
        "phone": f"400-{dice.randint(100, 999)}-{number:04d}",
        "kind": "WAREHOUSE" if warehouse else "SHOP",
        "state": "OPEN",
        "services": "" if warehouse else ";".join(services),
        "capacity_a_day": "500" if warehouse else str(dice.choice((40, 60, 80, 120))),
        "opening_hours": "00:00-24:00"
        if warehouse
        else dice.choice(("10:00-22:00", "09:30-21:30")),
        "region": "",
    }


def guide_rows(stores: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """The rows of guides.csv: three guides in every shop."""
    names = [row["name"] for row in read("names.csv")]
    avatars = sorted(path.name for path in (DEMO / "images" / "avatars").iterdir())
    rows = []
    for store in stores:
        if store["kind"] == "WAREHOUSE":
            continue
        for place in range(1, 4):
            number = int(store["store_id"][1:]) * 3 + place
            rows.append(
                {
                    "guide_id": f"G{store['store_id'][1:]}-{place}",
                    "name": names[number * 13 % len(names)],
                    "store_id": store["store_id"],
                    "wecom_user_id": f"guide-{store['store_id'][1:]}-{place}",
                    "avatar": avatars[number % len(avatars)],
                }
            )
    return rows


def stock_rows(
    stores: Iterable[dict[str, str]], skus: Sequence[str], counted_at: str
) -> Iterable[dict[str, str]]:
    """The rows of stock.csv: every shop has most of what sells best and a tenth of the rest.

    A fifth of what a shop carries is sold out there.
    """
    carried = {sku: 0.8 if random.Random(sku).random() < 0.3 else 0.1 for sku in skus}
    for store in stores:
        dice = random.Random(store["store_id"])
        plenty = 10 if store["kind"] == "WAREHOUSE" else 1
        for sku in skus:
            if plenty == 1 and dice.random() > carried[sku]:
                continue
            on_hand = 0 if dice.random() < 0.2 else dice.choice((1, 2, 2, 3, 3, 4, 5, 6, 8, 12))
            yield {
                "store_id": store["store_id"],
                "sku": sku,
                "on_hand": str(on_hand * plenty),
                "counted_at": counted_at,
            }


def read(name: str) -> list[dict[str, str]]:
    """The rows of one of the demo brand's own files."""
    with (DEMO / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def as_csv(rows: Iterable[dict[str, Any]]) -> bytes:
    """Write rows as a CSV file with a header."""
    rows = iter(rows)
    first = next(rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(first))
    writer.writeheader()
    writer.writerow(first)
    writer.writerows(rows)
    return text.getvalue().encode()
