"""Every index of every collection, as (collection, keys, options)."""

from typing import Any

Index = tuple[str, tuple[tuple[str, int], ...], dict[str, Any]]

PEOPLE: tuple[Index, ...] = (
    ("staff", (("login", 1),), {"unique": True}),
    ("guides", (("wecom_user_id", 1),), {"unique": True}),
    ("guides", (("store_id", 1),), {}),
    ("members", (("openid", 1),), {"unique": True}),
    ("sessions", (("expires_at", 1),), {"expireAfterSeconds": 0}),
    ("sign_in_attempts", (("expires_at", 1),), {"expireAfterSeconds": 0}),
)

INDEXES: tuple[Index, ...] = (*PEOPLE,)
