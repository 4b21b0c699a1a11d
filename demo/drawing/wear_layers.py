"""The pictures of shells, fleeces, base layers, trousers and children's wear."""

from __future__ import annotations

from demo.drawing.entries import Entry, legs, top
from demo.drawing.wear_down import SHORT, SLIM

SHELL = {"length": 640, "hood": "plain", "grow": 1.3, "gloss": 0.4, "texture": "ripstop"}


KID = {"length": 500, "width": 190, "hood": "plain", "grow": 1.36}


LAYERS: dict[str, Entry] = {
    "10026": Entry(
        top(**SHELL, pockets="both", yoke="#1d2a33", accent="#f0a63c"),
        ("TEA", "RED"),
        "mist",
        "ridges",
    ),
    "10027": Entry(top(**SHELL, pockets="both", accent="#e0632c"), ("BLK",), "stone", "ridges"),
    "10028": Entry(top(**SHELL, yoke="#e9e4da", accent="#22345a"), ("BLU",), "ice", "ridges"),
    "10030": Entry(
        top(
            **{**SHELL, "length": 700, "grow": 1.22},
            front="flap",
            pockets="cargo",
            accent="#c9a56a",
        ),
        ("KHK", "NVY"),
        "linen",
        "ridges",
    ),
    "10031": Entry(
        top(**SLIM, pockets="both", yoke="#24262b", accent="#db6b2c"), ("GRY",), "mist", "plain"
    ),
    "10032": Entry(top(**SHORT, texture="suede", accent="#e9dcc0"), ("OLV",), "sage", "sun"),
    "10033": Entry(top(**SHELL, accent="#ffffff"), ("ICE", "PNK"), "ice", "sun"),
    "10034": Entry(
        top(**{**SHELL, "length": 600}, pockets="", front="half", yoke="#dba6a0", accent="#6a5a86"),
        ("WHT",),
        "blush",
        "sun",
    ),
    "10036": Entry(
        top(**SLIM, texture="fleece", yoke="#6d4a33", accent="#e9dcc0"),
        ("BEI", "SAG"),
        "sand",
        "arch",
    ),
    "10037": Entry(
        top(**SHORT, texture="fleece", pockets="chest", accent="#caa86a"),
        ("BRN",),
        "linen",
        "plain",
    ),
    "10038": Entry(
        top(**SLIM, texture="rib", front="half", pockets="", accent="#f0a63c"),
        ("NVY",),
        "mist",
        "sun",
    ),
    "10039": Entry(
        top(**SLIM, texture="fleece", sleeves="none", yoke="#2e5d48", accent="#e9dcc0"),
        ("YEL",),
        "sage",
        "arch",
    ),
    "10041": Entry(
        top(**SLIM, collar="crew", front="", pockets="", hem="rib", accent="#9aa3ad"),
        ("CHR",),
        "stone",
        "plain",
    ),
    "10042": Entry(
        top(**SLIM, front="half", pockets="", hem="rib", accent="#e9e4da"),
        ("BLK", "PUR"),
        "dusk",
        "plain",
    ),
    "10043": Entry(
        legs(hem=50, cuffed=True, texture="suede", accent="#9aa3ad"), ("CHR",), "stone", "plain"
    ),
    "10044": Entry(
        top(**SLIM, sleeves="short", collar="crew", front="", pockets=""),
        ("SAG", "WHT"),
        "linen",
        "sun",
    ),
    "10045": Entry(
        top(**SLIM, sleeves="short", collar="shirt", front="buttons", pockets="", accent="#f3ece0"),
        ("NVY",),
        "ice",
        "plain",
    ),
    "10047": Entry(
        legs(panel="#1b1e25", cargo=True, accent="#f0a63c"), ("CHR", "KHK"), "mist", "ridges"
    ),
    "10048": Entry(legs(cells=13, cuffed=True), ("BLK",), "ice", "sun"),
    "10049": Entry(legs(hem=76, accent="#e9e4da", texture="ripstop"), ("OLV",), "sage", "plain"),
    "10050": Entry(legs(panel="#22345a", accent="#f0a63c", hem=80), ("RED",), "ice", "ridges"),
    "10052": Entry(legs(length=500, hem=92), ("KHK", "NVY"), "sand", "sun", 1.45),
    "10053": Entry(
        legs(length=420, hem=98, cargo=True, accent="#f0a63c"), ("GRN",), "sage", "arch", 1.5
    ),
    "10054": Entry(
        top(**KID, pitch=74, yoke="#e0aa3e", accent="#ffffff", hem="rib"),
        ("BLU", "PNK"),
        "ice",
        "sun",
    ),
    "10055": Entry(
        top(**{**KID, "length": 720, "grow": 1.14}, pitch=70, accent="#f0e4cf"),
        ("YEL",),
        "sand",
        "arch",
    ),
    "10056": Entry(
        top(**KID, pockets="", yoke="#22345a", accent="#f0a63c", texture="ripstop"),
        ("ORG",),
        "mist",
        "ridges",
    ),
    "10057": Entry(
        top(
            **{**KID, "hood": "", "grow": 1.46}, texture="fleece", yoke="#8a9a7c", accent="#6d4a33"
        ),
        ("CRM",),
        "sage",
        "sun",
    ),
}
