"""The pictures of the down garments."""

from __future__ import annotations

from demo.drawing.entries import Entry, top

LONG = {"length": 980, "hood": "plain", "flare": 24, "grow": 1.04}


MID = {"length": 760, "hood": "plain", "flare": 10, "grow": 1.18}


SHORT = {"length": 570, "hood": "plain", "grow": 1.38}


SLIM = {"length": 590, "grow": 1.42}


DOWN: dict[str, Entry] = {
    "10001": Entry(
        top(**{**LONG, "hood": "fur"}, pitch=92, front="flap", pockets="patch"),
        ("NVY", "BLK"),
        "mist",
        "arch",
    ),
    "10002": Entry(
        top(**LONG, pitch=84, quilt="chevron", belt=True, accent="#b99b62"),
        ("CRM", "BRN"),
        "blush",
        "arch",
    ),
    "10003": Entry(top(**LONG, pitch=66, accent="#e9e4da", gloss=0.85), ("BLK",), "stone", "sun"),
    "10004": Entry(
        top(**{**LONG, "flare": 44}, pitch=74, quilt="diamond", front="flap", accent="#caa86a"),
        ("SAG",),
        "linen",
        "arch",
    ),
    "10005": Entry(
        top(**{**LONG, "length": 900}, pitch=100, yoke="#23262d", accent="#f0a63c", pockets="both"),
        ("RED",),
        "sand",
        "ridges",
    ),
    "10007": Entry(
        top(**{**MID, "hood": "fur"}, pitch=76, front="flap", pockets="patch", accent="#c9a56a"),
        ("OLV", "CHR"),
        "sage",
        "ridges",
    ),
    "10008": Entry(
        top(**MID, pitch=62, quilt="diamond", belt=True, accent="#d8c49a"), ("GRY",), "ice", "sun"
    ),
    "10009": Entry(top(**MID, pitch=92, quilt="wave", accent="#f3ece0"), ("PNK",), "blush", "sun"),
    "10010": Entry(
        top(**{**MID, "hood": ""}, pitch=70, quilt="column", front="flap", accent="#caa86a"),
        ("KHK",),
        "sand",
        "plain",
    ),
    "10011": Entry(
        top(**{**MID, "length": 820}, pitch=84, yoke="#1d2433", accent="#e9e4da"),
        ("TEA",),
        "mist",
        "ridges",
    ),
    "10012": Entry(top(**SHORT, pitch=80, hem="rib", gloss=0.85), ("RED", "BLK"), "linen", "sun"),
    "10013": Entry(
        top(**{**SHORT, "hood": ""}, pitch=98, accent="#ffffff", gloss=0.9),
        ("WHT",),
        "dusk",
        "arch",
    ),
    "10014": Entry(
        top(**SHORT, pitch=58, yoke="#22345a", accent="#f0a63c"), ("YEL",), "ice", "ridges"
    ),
    "10015": Entry(
        top(**SHORT, pitch=70, pockets="both", accent="#e0632c"), ("CHR",), "stone", "ridges"
    ),
    "10016": Entry(
        top(**{**SHORT, "hood": "", "length": 530}, pitch=88, quilt="wave", accent="#f6efe2"),
        ("PUR",),
        "dusk",
        "sun",
    ),
    "10017": Entry(
        top(**SHORT, pitch=76, quilt="chevron", hem="rib", accent="#f0d9a6"),
        ("TEA",),
        "sage",
        "arch",
    ),
    "10018": Entry(
        top(**{**SHORT, "hood": "fur"}, pitch=84, front="flap", hem="rib", accent="#c9a56a"),
        ("BRN",),
        "linen",
        "arch",
    ),
    "10019": Entry(
        top(**SLIM, pitch=42, gloss=0.75, accent="#e9e4da"), ("BLU", "BLK"), "ice", "sun"
    ),
    "10020": Entry(top(**SHORT, pitch=40, gloss=0.75, accent="#f0a63c"), ("GRN",), "sage", "plain"),
    "10021": Entry(
        top(
            **{**SLIM, "collar": "crew"},
            pitch=52,
            quilt="diamond",
            front="buttons",
            accent="#caa86a",
        ),
        ("BEI",),
        "blush",
        "arch",
    ),
    "10023": Entry(
        top(**SLIM, pitch=56, sleeves="none", accent="#f3ece0"), ("ORG", "NVY"), "linen", "sun"
    ),
    "10024": Entry(
        top(**SHORT, pitch=74, sleeves="none", yoke="#6d4a33", accent="#e9dcc0"),
        ("CRM",),
        "sand",
        "ridges",
    ),
    "10025": Entry(
        top(**SLIM, pitch=58, quilt="diamond", sleeves="none", accent="#caa86a"),
        ("OLV",),
        "stone",
        "arch",
    ),
}
