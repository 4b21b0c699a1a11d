"""Which pictures look alike."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from domain.media.likeness import NEAREST, Likeness, distance, keys, likeness_of, neighbour_keys
from tests.support.pictures import a_picture, encoded

hashes = st.integers(0, 2**64 - 1)


def written(value: int) -> Likeness:
    return Likeness(f"{value:016x}")


@given(hashes, st.sets(st.integers(0, 63), max_size=NEAREST))
def test_a_near_duplicate_always_has_a_key_in_common(value: int, flipped: set[int]):
    near = value
    for bit in flipped:
        near ^= 1 << bit
    assert distance(written(value), written(near)) == len(flipped)
    assert set(keys(written(near))) & set(neighbour_keys(written(value)))


@pytest.mark.parametrize("seed", range(5))
def test_a_picture_looks_like_its_smaller_recompressed_and_brightened_copies(seed: int):
    picture = a_picture(800, 600, seed=seed)
    original = likeness_of(picture)
    copies = [
        picture.resize((200, 150)),
        Image.open(io.BytesIO(encoded(picture, "JPEG", quality=30))),
        ImageEnhance.Brightness(picture).enhance(1.1),
        picture.convert("L"),
    ]
    assert all(distance(original, likeness_of(copy)) <= NEAREST for copy in copies)


def test_different_pictures_do_not_look_alike():
    found = [likeness_of(a_picture(400, 300, seed=seed)) for seed in range(30)]
    pairs = [distance(a, b) for i, a in enumerate(found) for b in found[:i]]
    assert min(pairs) > NEAREST
