"""A product's description: paragraphs of text and pictures between them.

It is written as text. A line `![caption](name)` is a picture, every other line a paragraph; in
files the name is a file's, in the catalogue an asset's id.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

_PICTURE = re.compile(r"!\[(?P<caption>[^\]]*)\]\((?P<name>[^)]+)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A paragraph, or a picture with its caption."""

    text: str
    picture: str | None = None


def blocks(description: str) -> list[Block]:
    """Take a description apart; empty lines are left out."""
    return [_block(line) for line in description.splitlines() if line.strip()]


def pictures(description: str) -> list[str]:
    """The names of the pictures in a description, in order."""
    return [block.picture for block in blocks(description) if block.picture]


def rename_pictures(description: str, rename: Callable[[str], str]) -> str:
    """The same description with its pictures called by other names."""
    return "\n".join(_renamed(line, rename) for line in description.splitlines())


def _renamed(line: str, rename: Callable[[str], str]) -> str:
    block = _block(line)
    return f"![{block.text}]({rename(block.picture)})" if block.picture else line


def _block(line: str) -> Block:
    found = _PICTURE.fullmatch(line.strip())
    if not found:
        return Block(text=line.strip())
    return Block(text=found["caption"].strip(), picture=found["name"].strip())
