"""What the documentation shows is true."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from scripts.bootstrap import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"^```.*?^```|`[^`]*`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
SCRIPT = re.compile(r"\bscripts/([a-z_-]+)((?: (?!#)[^\s`|]+)*)")
VARIABLE = re.compile(r"\"((?:QIANMIAN|MONGODB|S3|WECHAT|WECOM)_[A-Z0-9_]+)\"")
SCHEMA = build_schema((ROOT / "schema.graphql").read_text(encoding="utf-8"))


def blocks(page: Path, language: str) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return [body for kind, body in BLOCK.findall(text) if kind == language]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_operation_shown_is_one_of_the_schema(page: Path):
    for document in blocks(page, "graphql"):
        errors = validate(SCHEMA, parse(document))
        assert errors == [], f"{page.name}: {document}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_linked_to_is_there(page: Path):
    prose = CODE.sub("", page.read_text(encoding="utf-8"))
    for target in LINK.findall(prose):
        assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_command_shown_is_there_with_its_options():
    helps: dict[tuple[str, ...], str] = {}
    shown = [
        (name, arguments.split())
        for page in PAGES
        for name, arguments in SCRIPT.findall(page.read_text(encoding="utf-8"))
    ]
    assert shown
    for name, arguments in shown:
        file = ROOT / "scripts" / name
        assert file.exists() or file.with_suffix(".py").exists(), name
        options = [one for one in arguments if one.startswith("--")]
        words = [one for one in arguments[:1] if one.isalpha()]
        command = (name, *words)
        if options and command not in helps:
            helps[command] = help_of(file, words)
        for option in options:
            assert option.split("=")[0] in helps[command], f"{command} {option}"


def help_of(script: Path, words: list[str]) -> str:
    module = re.search(r"enter\(\"([\w.]+)\"", script.read_text())
    assert module, script
    command = [sys.executable, "-m", module[1], *words, "--help"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_every_setting_is_in_the_readme_and_nothing_else_is():
    read = set(VARIABLE.findall((ROOT / "qianmian" / "settings.py").read_text(encoding="utf-8")))
    table = re.findall(r"`([A-Z0-9_]{6,})`", (ROOT / "README.md").read_text(encoding="utf-8"))
    told = {name for name in table if VARIABLE.match(f'"{name}"')}
    assert told == read
