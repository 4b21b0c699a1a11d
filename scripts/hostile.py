"""Requests that nobody sends who means well, made from the schema and by hand."""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)

TEXTS = (
    "",
    " ",
    "a",
    "梅",
    "x" * 300,
    "字" * 3_000,
    "a\u202eb",
    "\ufeff",
    "👩‍👩‍👧" * 40,
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "{$gt: ''}",
    "../../etc/passwd",
    "%00%0a",
    "=1+1",
    "2026-11-31",
    "13800138000",
    "https://127.0.0.1:1/",
    "key_a.b",
    "eyJhbGciOiJub25lIn0.e30.",
)
NUMBERS = ("-1", "0", "1", "2", "100", "101", "2147483647", "-2147483648", "9999999999999", "1e400")
FRACTIONS = ("0.0", "-0.0", "121.47", "31.23", "91", "-181", "1e308", "1e-320")
MOMENTS = (
    "2026-11-27T10:00:00Z",
    "2026-11-27T10:00:00+08:00",
    "1900-01-01T00:00:00Z",
    "2999-12-31T23:59:59.999999Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59-23:59",
    "2026-13-01",
    "now",
)
WRONG = ("null", "[]", "{}", "1", '"x"', "true", "NOTHING", "[[null]]", "{ a: 1 }")
DEEPEST = 3
MOST_FIELDS = 5
JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One request, and what it is called where it is told of."""

    name: str
    method: str
    path: str
    body: bytes | None
    headers: Mapping[str, str]


class Hostile:
    """Makes requests by a seed; `tokens` are of whoever may ask, `ids` of what there is."""

    def __init__(
        self, schema: GraphQLSchema, dice: random.Random, tokens: Sequence[str], ids: Sequence[str]
    ) -> None:
        self._schema, self._dice = schema, dice
        self._tokens, self._ids = tokens, ids
        self._roots = [
            (word, root)
            for word, root in (("query", schema.query_type), ("mutation", schema.mutation_type))
            if root
        ]

    def request(self) -> Sent:
        """The next one."""
        if self._dice.random() < 0.15:
            return self._by_hand()
        word, root = self._dice.choice(self._roots)
        name = self._dice.choice(list(root.fields))
        text = f"{word} {{ {self._field(name, root.fields[name], 0)} }}"
        if self._dice.random() < 0.1:
            text = self._spoilt(text)
        return self._posted(name, json.dumps({"query": text}).encode())

    def _posted(self, name: str, body: bytes) -> Sent:
        headers = {"Content-Type": JSON}
        if self._dice.random() < 0.9:
            headers["Authorization"] = f"Bearer {self._dice.choice(self._tokens)}"
        return Sent(name=name, method="POST", path="/graphql", body=body, headers=headers)

    def _field(self, name: str, field: GraphQLField, depth: int) -> str:
        given = []
        for argument, of in field.args.items():
            needed = isinstance(of.type, GraphQLNonNull)
            if self._dice.random() < (0.97 if needed else 0.5):
                given.append(f"{argument}: {self._value(of.type, 0)}")
        arguments = f"({', '.join(given)})" if given else ""
        return f"{name}{arguments}{self._selection(get_named_type(field.type), depth)}"

    def _selection(self, kind: Any, depth: int) -> str:
        if is_leaf_type(kind):
            return ""
        if isinstance(kind, GraphQLUnionType) or not hasattr(kind, "fields"):
            return " { __typename }"
        chosen = ["__typename"]
        names = list(kind.fields)
        for name in self._dice.sample(names, min(len(names), MOST_FIELDS)):
            field = kind.fields[name]
            if depth < DEEPEST or is_leaf_type(get_named_type(field.type)):
                chosen.append(self._field(name, field, depth + 1))
        if not isinstance(kind, GraphQLObjectType):
            chosen += [
                f"... on {one.name}{self._selection(one, depth + 1)}"
                for one in self._schema.get_possible_types(kind)[:2]
            ]
        return f" {{ {' '.join(chosen)} }}"

    def _value(self, kind: Any, depth: int) -> str:
        dice = self._dice
        if dice.random() < 0.04:
            return dice.choice(WRONG)
        if isinstance(kind, GraphQLNonNull):
            return self._value(kind.of_type, depth)
        if isinstance(kind, GraphQLList):
            n = dice.choice((0, 1, 1, 2, 3, 60 if depth == 0 else 2))
            return f"[{', '.join(self._value(kind.of_type, depth + 1) for _ in range(n))}]"
        if isinstance(kind, GraphQLEnumType):
            return str(dice.choice(list(kind.values)))
        if isinstance(kind, GraphQLInputObjectType):
            parts = [
                f"{name}: {self._value(of.type, depth + 1)}"
                for name, of in kind.fields.items()
                if depth < DEEPEST * 2
                and dice.random() < (0.97 if isinstance(of.type, GraphQLNonNull) else 0.4)
            ]
            return f"{{ {', '.join(parts)} }}"
        return self._scalar(kind.name)

    def _scalar(self, name: str) -> str:
        dice = self._dice
        if name == "Int":
            return dice.choice(NUMBERS)
        if name == "Float":
            return dice.choice(FRACTIONS)
        if name == "Boolean":
            return dice.choice(("true", "false"))
        if name == "DateTime":
            return json.dumps(dice.choice(MOMENTS))
        if name == "ID" and dice.random() < 0.8:
            return json.dumps(dice.choice(self._ids))
        return json.dumps(dice.choice((*TEXTS, *self._ids)), ensure_ascii=False)

    def _spoilt(self, text: str) -> str:
        """A text with something cut out, twice in it, or put into it."""
        at, to = sorted(self._dice.randrange(len(text)) for _ in range(2))
        part = self._dice.choice(
            ("", text[at:to] * 2, "{", "}", '"', "...", "@skip", "$a", "\u0000")
        )
        return text[:at] + part + text[to:]

    def _by_hand(self) -> Sent:
        dice = self._dice
        text, known = dice.choice(TEXTS), dice.choice(self._ids)
        body = dice.choice(
            (
                b"",
                b"null",
                b"[]",
                b'{"query":1}',
                b'{"query":"{viewer{id}}","variables":[]}',
                b'{"query":"{viewer{id}}","operationName":{}}',
                b'{"query":"{viewer{id}}","query":"{a}"}',
                b"[" * 5_000,
                b'{"query":"{' + b"a " * 5_000 + b'}"}',
                b'{"query":"\\ud800"}',
                b'{"query":"{viewer{id}}","variables":{"a":' + b"9" * 400 + b"}}",
                b"\xff\xfe",
                json.dumps({"query": text, "variables": {text: text}}).encode(),
                json.dumps({"extensions": {"persistedQuery": {"sha256Hash": text}}}).encode(),
            )
        )
        if dice.random() < 0.5:
            return self._posted("a body made by hand", body)
        path = dice.choice(
            (
                f"/s/{known}",
                f"/assets/{known}",
                f"/assets/{known}/800.webp",
                f"/posters/{known}",
                f"/pay/{known}",
                f"/incoming/{known}",
                "/pay/notify",
                "/metrics",
                "/ready",
                "/desk/@x/../../y",
                "/graphql?query=%7Bviewer%7Bid%7D%7D&query=a",
                "/graphql?variables=%7B",
                "/graphql?query=%FF",
                "/" + "a" * 3_000,
                "/%2e%2e/%2e%2e/etc/passwd",
            )
        )
        method = dice.choice(("GET", "GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH"))
        kind = dice.choice((JSON, "multipart/form-data", "multipart/form-data; boundary=x", "a"))
        headers = {"Content-Type": kind, "Accept": dice.choice(("*/*", "text/html", "a/b", JSON))}
        sent = body if method not in ("GET", "HEAD") else None
        return Sent(
            name=f"{method} {path[:40]}", method=method, path=path, body=sent, headers=headers
        )
