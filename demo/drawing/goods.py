"""The pictures of shoes, bags, accessories and camp gear."""

from __future__ import annotations

from demo.drawing.bedding import draw_blanket, draw_mat, draw_sleeping_bag, draw_tent
from demo.drawing.camp import draw_chair, draw_lantern, draw_poles, draw_thermos
from demo.drawing.entries import Entry, pack, shoe, thing
from demo.drawing.footwear import draw_socks
from demo.drawing.headwear import draw_beanie, draw_cap, draw_hat
from demo.drawing.packs import draw_sling
from demo.drawing.woollens import draw_gaiter, draw_gloves, draw_scarf

GOODS: dict[str, Entry] = {
    "10058": Entry(shoe(), ("GRN", "GRY"), "sage", "floor"),
    "10059": Entry(shoe(accent="#f4efe4", sole="#db6b2c"), ("NVY",), "mist", "floor"),
    "10060": Entry(shoe(height=140, texture="suede"), ("BRN",), "linen", "floor"),
    "10061": Entry(
        shoe(height=210, quilted=True, fur=True, texture="", accent="#caa86a"),
        ("BEI", "BLK"),
        "blush",
        "floor",
    ),
    "10062": Entry(
        shoe(height=110, accent="#db6b2c", sole="#1b1e25", midsole="#3a3f47"),
        ("CHR",),
        "stone",
        "floor",
    ),
    "10063": Entry(pack(), ("TEA", "RED"), "mist", "floor", 1.12),
    "10064": Entry(
        pack(height=660, width=440, roll=True, accent="#db6b2c"), ("KHK",), "sand", "floor", 1.2
    ),
    "10065": Entry(
        pack(height=720, width=400, lid="#e0aa3e", accent="#24262b"),
        ("CHR",),
        "stone",
        "floor",
        1.15,
    ),
    "10066": Entry(thing(draw_sling, "#e0aa3e"), ("BLK", "OLV"), "linen", "sun"),
    "10067": Entry(thing(draw_beanie, "#f0e4cf"), ("RED", "NVY"), "mist", "sun", 1.2),
    "10068": Entry(thing(draw_beanie, "#dccfb8", pompom=False), ("GRY",), "linen", "arch", 1.2),
    "10069": Entry(thing(draw_cap, "#f0a63c"), ("NVY", "KHK"), "ice", "sun", 1.35),
    "10070": Entry(thing(draw_hat, "#5b4a36"), ("BEI",), "sand", "arch", 1.15),
    "10071": Entry(thing(draw_gloves, "#db6b2c"), ("BLK",), "stone", "sun"),
    "10072": Entry(thing(draw_gloves, "#f0e4cf", mitten=True), ("RED",), "ice", "arch"),
    "10073": Entry(thing(draw_scarf, "#efe3cc"), ("SAG", "BRN"), "linen", "plain", 1.1),
    "10074": Entry(thing(draw_gaiter, "#efe3cc"), ("BLU",), "mist", "ridges", 1.25),
    "10075": Entry(thing(draw_socks, "#b93a2c"), ("GRY",), "ice", "arch", 1.3),
    "10077": Entry(thing(draw_tent, "#2e3a33", tall=520), ("ORG", "OLV"), "sage", "floor"),
    "10078": Entry(thing(draw_sleeping_bag, "#f0a63c"), ("BLU",), "mist", "plain", 1.05),
    "10080": Entry(thing(draw_poles, "#d8572f"), ("BLK",), "sage", "ridges", 1.1),
    "10081": Entry(thing(draw_thermos, "#24262b"), ("GRN", "CRM"), "linen", "floor", 1.15),
    "10082": Entry(thing(draw_thermos, "#8a4a2c", mug=True), ("CRM",), "sand", "floor", 1.15),
    "10083": Entry(thing(draw_chair, "#e7dfd0"), ("BRN",), "sage", "floor", 1.05),
    "10084": Entry(thing(draw_lantern, "#e0aa3e"), ("GRN",), "dusk", "floor", 1.1),
    "10085": Entry(thing(draw_mat, "#3a4652"), ("ORG",), "sand", "plain"),
    "10086": Entry(thing(draw_blanket, "#b98a5a"), ("OLV",), "linen", "floor", 1.15),
}
