"""What the pages are made of: words, operations, libraries, sizes."""

import gzip
import hashlib
import re
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from api.pages.files import WEB, Tree
from scripts import map_dots
from tests.support.paths import ROOT

OWN = [path for path in sorted(WEB.rglob("*.js")) if path.parent.name != "vendor"]
CHINESE = re.compile(r'(?<=[\s(\[,:{?=])"((?:[^"\\\n]|\\.)*[\u4e00-\u9fff](?:[^"\\\n]|\\.)*)"')
ENGLISH = re.compile(r'^  "((?:[^"\\]|\\.)+)": "((?:[^"\\]|\\.)+)",$', re.MULTILINE)
NAMED = re.compile(r"^(?:query|mutation|subscription)\s+(\w+)", re.MULTILINE)
USED = re.compile(r"\bops\.(\w+)")
# Newer than Chromium 109 and iOS 16.4, which people's WeCom still has.
TOO_NEW = re.compile(
    r"light-dark\(|popover|oklch|color-mix\(|toSorted|toReversed|toSpliced|Object\.groupBy"
    r"|structuredClone\(|Array\.fromAsync|Promise\.withResolvers|^await |randomUUID"
    r"|crypto\.subtle|innerHTML|\beval\(|new Function",
    re.MULTILINE,
)
# Modules beside a page that ask by its operations too.
ASKING_TOO = {
    "library": ["uploads.js"],
    "posts": ["adapt.js", "editor.js"],
    "mall": ["mall.js"],
    "session": ["ask.js"],
}


def english() -> dict[str, str]:
    return dict(ENGLISH.findall((WEB / "english.js").read_text("utf-8")))


def said() -> set[str]:
    texts = (path.read_text("utf-8") for path in OWN if path.name != "english.js")
    return {words for text in texts for words in CHINESE.findall(text)}


def test_all_that_is_said_in_chinese_is_said_in_english_and_nothing_else():
    assert said() ^ english().keys() == set()


def test_both_languages_leave_the_same_places_for_values():
    for words, other in english().items():
        assert set(re.findall(r"\{\w+\}", words)) == set(re.findall(r"\{\w+\}", other)), words


def test_every_role_has_a_name():
    roles = re.search(r"enum Role \{(.*?)\n\}", (ROOT / "schema.graphql").read_text(), re.DOTALL)
    assert roles
    names = (WEB / "words.js").read_text("utf-8")
    for role in re.findall(r"^  ([A-Z_]+)$", roles[1], re.MULTILINE):
        assert f"  {role}: " in names


@pytest.mark.parametrize("file", sorted(WEB.rglob("*.graphql")), ids=lambda file: file.stem)
def test_the_operations_of_a_page_are_operations_of_the_schema(file: Path):
    schema = build_schema((ROOT / "schema.graphql").read_text("utf-8"))
    document = parse(file.read_text("utf-8"))
    assert validate(schema, document) == []


def test_a_page_asks_what_its_file_has_and_the_file_has_nothing_that_is_never_asked():
    files = {path.stem: path for path in WEB.rglob("*.graphql")}
    for stem, file in files.items():
        group = [one for one in OWN if one.stem == stem or one.stem.startswith(f"{stem}-")]
        group += [WEB / name for name in ASKING_TOO.get(stem, ())]
        used = {name for one in group for name in USED.findall(one.read_text("utf-8"))}
        assert used == set(NAMED.findall(file.read_text("utf-8"))), stem


def test_each_library_is_the_one_that_its_list_names():
    vendor = WEB / "vendor"
    listed = (vendor / "README.md").read_text()
    for file in vendor.glob("*.js"):
        assert f"| {file.name} | {hashlib.sha256(file.read_bytes()).hexdigest()} |" in listed
    assert {path.name for path in vendor.glob("LICENSE.*")} == set(
        re.findall(r"\((LICENSE\.\w+)\)", listed)
    )


def test_nothing_is_newer_than_the_oldest_browser_that_counts_nor_unsafe():
    for path in (*OWN, WEB / "style.css"):
        found = TOO_NEW.search(path.read_text("utf-8"))
        assert found is None, (path.name, found and found[0])


@pytest.mark.parametrize("entry", ["desk.js", "mall.js"])
def test_every_first_page_is_small(entry: str):
    tree = Tree.read()
    pages = [name for name in tree.files if name.startswith("pages/") and name.endswith(".js")]
    mall = {name for name in pages if "/mall" in name}
    for page in mall if entry == "mall.js" else set(pages) - mall:
        modules = tree.modules(entry, page)
        assert len(modules) <= 12, page
        sent = [tree.files[one] for one in (*modules, "style.css", "icon.svg")]
        operations = tree.files.get(page.replace(".js", ".graphql"))
        total = sum(len(file.packed) for file in sent) + len(
            operations.packed if operations else b""
        )
        assert total <= 60_000, (page, total)


def test_imports_lead_to_files_of_the_tree():
    tree = Tree.read()
    for name in tree.files:
        if name.endswith(".js"):
            assert set(tree.modules(name)) <= tree.files.keys()


def test_the_hash_tells_any_change_of_a_name_or_a_byte(tmp_path: Path):
    hashes = set()
    for name, text in (("a.js", "1"), ("a.js", "2"), ("b.js", "2"), ("b/c.js", "2")):
        folder = tmp_path / str(len(hashes))
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(text)
        hashes.add(Tree.read(folder).hash)
    assert len(hashes) == 4


def test_what_is_packed_is_what_is_plain():
    for file in Tree.read().files.values():
        assert gzip.decompress(file.packed) == file.plain


def test_the_documentation_shows_every_page():
    text = (WEB / "desk.js").read_text("utf-8")
    pages = set(re.findall(r'^  (\w+): \["[^"]+", "\w", \[', text, re.MULTILINE))
    taken = {one.stem for one in (ROOT / "docs" / "images" / "desk").glob("*.webp")}
    assert taken == pages
    shown = (ROOT / "docs" / "desk.md").read_text("utf-8")
    assert {one for one in pages if f"(images/desk/{one}.webp)" in shown} == pages


def test_the_map_has_every_division_where_it_is():
    assert map_dots.FILE.read_text("utf-8") == map_dots.module()
