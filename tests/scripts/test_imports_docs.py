"""docs/imports.md says what is so."""

import re
from pathlib import Path

import pytest
from graphql import parse, validate

from api.schema import schema
from scripts.import_file import KINDS
from scripts.mappings import read_mapping
from tests.support.paths import ROOT

PAGE = (ROOT / "docs" / "imports.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_its_queries_are_of_the_schema():
    for text in blocks("graphql"):
        assert validate(schema._schema, parse(text)) == []


def test_its_mapping_is_one(tmp_path: Path):
    [text] = blocks("toml")
    (tmp_path / "m.toml").write_text(text)
    mapping = read_mapping(tmp_path / "m.toml", KINDS)
    assert (mapping.kind, mapping.skip_rows_without) == ("products", "Variant SKU")


@pytest.mark.parametrize("kind", ["owners", "stores", "guides", "products", "stock", "differences"])
def test_its_table_has_every_column_by_both_its_names(kind: str):
    [row] = re.findall(rf"^\| {kind} \| (.*) \|$", PAGE, re.MULTILINE)
    told = re.findall(r"`(\w+)` ([^,…]+?) ?(?=,|…|$)", row)
    for column, chinese in told:
        assert KINDS[kind].find(chinese) == column
    written = {column for column, _ in told}
    known = set(KINDS[kind].names) - {"options", "variants"}
    assert {one for one in known if not re.match(r"option[23]", one)} == written


def test_the_files_that_it_links_to_are_there():
    for target in re.findall(r"\]\(\.\./([^)]+)\)", PAGE):
        assert (ROOT / target).exists()
