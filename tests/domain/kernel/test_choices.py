"""What files call their columns and the members of closed sets."""

from collections.abc import Iterator

import pytest

from domain.catalogue import product_columns
from domain.catalogue.catalogue import Channel
from domain.content import importing
from domain.content.kinds import Department
from domain.content.revisions import ContentField, PostAudience
from domain.content.scenes import Scene
from domain.kernel.choices import ClosedSet, read_choice
from domain.kernel.columns import Columns
from domain.kernel.places import Datum
from domain.kernel.refusals import Invalid
from domain.kernel.tables import Row
from domain.mall.stock import counts, differences
from domain.mall.storefronts import layer_files
from domain.network import store_files
from domain.network.stores import OwnerKind, Service, StoreKind, StoreState
from domain.people import guides

FILES = [
    *(product_columns.COLUMNS, importing.COLUMNS, counts.COLUMNS, differences.COLUMNS),
    *(layer_files.COLUMNS, store_files.OWNER_COLUMNS, store_files.STORE_COLUMNS, guides.COLUMNS),
]
CLOSED: list[type[ClosedSet]] = [
    *(OwnerKind, StoreKind, StoreState, Service, Datum, Channel, Department, Scene),
    *(PostAudience, ContentField),
]


def folded_headers(columns: Columns) -> Iterator[tuple[str, str]]:
    return ((name, column) for column, names in columns.names.items() for name in (column, *names))


def is_chinese(name: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in name)


@pytest.mark.parametrize("columns", FILES)
def test_every_column_is_known_by_a_chinese_name_of_its_own(columns: Columns):
    for name, column in folded_headers(columns):
        assert columns.find(name) == column
    assert [one for one, names in columns.names.items() if not any(map(is_chinese, names))] == []


@pytest.mark.parametrize("choices", CLOSED)
def test_every_closed_value_is_known_by_a_chinese_name_of_its_own(choices: type[ClosedSet]):
    for one in choices:
        assert any(map(is_chinese, one.called))
        for name in (one.value, one.value.lower(), *one.called):
            assert read_choice(name, choices, ["x"]) is one


def test_what_is_none_is_told_all_that_there_are_in_both_languages():
    row = Row(file="s.csv", line=2, cells={"kind": "商店", "services": "自提;ｆｉｔｔｉｎｇ;定制"})
    with pytest.raises(Invalid, match=r"'商店' is not one of SHOP \(门店\), WAREHOUSE \(仓库\)"):
        row.one_of("kind", StoreKind)
    assert row.some_of("services", Service) == set(Service)
