"""Reading videos by their boxes."""

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.refusals import Invalid
from domain.media.assets import ByteSpan
from domain.media.mp4 import masked, read_video
from tests.support.paths import RESOURCES
from tests.support.videos import QUARTER_TURN, a_place, a_track, an_mp4, box

# Ten pictures of x264, with a place as FFmpeg writes it.
FILM = RESOURCES / "film.mp4"


def read(data: bytes):
    return read_video(io.BytesIO(data))


def test_a_videos_size_and_length_are_read():
    video = read(an_mp4(1280, 720, seconds=61.25))
    assert (video.width, video.height, video.duration_ms) == (1280, 720, 61_250)


def test_a_video_of_a_real_encoder_is_read_and_its_place_hidden():
    film = FILM.read_bytes()
    video = read(film)
    assert (video.width, video.height, video.duration_ms) == (64, 48, 400)
    assert b"+31.2989+120.5853/" in film
    assert b"+31.2989+120.5853/" not in masked(film, 0, video.hidden)
    for cut in range(40, len(film), 97):
        with pytest.raises(Invalid, match="truncated"):
            read(film[:cut])


def test_a_video_held_upright_is_higher_than_wide():
    video = read(an_mp4(1280, 720, turn=QUARTER_TURN))
    assert (video.width, video.height) == (720, 1280)


def test_boxes_with_long_lengths_and_a_last_one_to_the_end_are_read():
    short = an_mp4()
    data = short.index(b"mdat") - 4
    payload = short[data + 8 :]
    long = struct.pack(">I4sQ", 1, b"mdat", 16 + len(payload)) + payload
    to_the_end = struct.pack(">I4s", 0, b"mdat") + payload
    for last in (long, to_the_end):
        assert read(short[:data] + last).duration_ms == 12_500


def without(kind: bytes) -> bytes:
    """A video in which a box is called something else."""
    return an_mp4().replace(kind, b"skip")


def broken_length() -> bytes:
    data = bytearray(an_mp4())
    start = data.index(b"mvhd") - 4
    data[start : start + 4] = struct.pack(">I", 4)
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param(an_mp4()[:-100], "truncated", id="data cut off"),
        pytest.param(an_mp4()[:60], "truncated", id="index cut off"),
        pytest.param(without(b"moov"), "truncated", id="no index"),
        pytest.param(without(b"mdat"), "truncated", id="no data"),
        pytest.param(without(b"mvhd"), "broken", id="no header"),
        pytest.param(without(b"vide"), "no pictures", id="sound only"),
        pytest.param(an_mp4(0, 0), "no pictures", id="no size"),
        pytest.param(an_mp4(seconds=0), "no length", id="no length"),
        pytest.param(broken_length(), "broken", id="a box shorter than its header"),
        pytest.param(an_mp4(inside=box(b"free") * 2_001), "broken", id="boxes without end"),
        pytest.param(an_mp4(inside=a_track(1, 1) * 50), "broken", id="tracks without end"),
        pytest.param(an_mp4(inside=box(b"uuid") * 201), "broken", id="too much to hide"),
    ],
)
def test_a_faulty_video_is_refused_by_the_name_of_its_fault(data: bytes, says: str):
    with pytest.raises(Invalid, match=says):
        read(data)


@given(st.data())
def test_no_damage_makes_anything_but_a_refusal(data: st.DataObject):
    video = bytearray(an_mp4(inside=a_place()))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, 700))
        video[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(video)))
    try:
        found = read(bytes(video[:cut]))
    except Invalid:
        return
    assert found.width > 0
    assert found.duration_ms >= 0


def test_where_a_video_was_taken_is_hidden_and_nothing_else():
    data = an_mp4(inside=a_place() + a_track(1, 1))
    video = read(data)
    shown = masked(data, 0, video.hidden)
    assert b"+31.2989" in data
    assert b"+31.2989" not in shown
    assert b"\xa9xyz" not in shown
    assert len(shown) == len(data)
    again = read(shown)
    assert (again.width, again.duration_ms, again.hidden) == (640, 12_500, ())
    differing = [i for i, (a, b) in enumerate(zip(data, shown, strict=True)) if a != b]
    place = data.index(b"udta")
    assert min(differing) >= place
    assert max(differing) < place + len(a_place())


@given(
    st.binary(max_size=60),
    st.lists(st.tuples(st.integers(0, 60), st.integers(4, 20)), max_size=3),
    st.integers(1, 13),
)
def test_a_file_is_hidden_alike_in_whatever_pieces_it_is_sent(data, spans, piece):
    hidden = tuple(
        ByteSpan(start=start, length=min(length, len(data) - start))
        for start, length in sorted(spans)
        if start + 4 <= len(data)
    )
    pieces = [masked(data[at : at + piece], at, hidden) for at in range(0, len(data), piece)]
    expected = bytearray(data)
    for span in hidden:
        expected[span.start : span.start + span.length] = b"free".ljust(span.length, b"\0")
    assert b"".join(pieces) == masked(data, 0, hidden) == bytes(expected)
