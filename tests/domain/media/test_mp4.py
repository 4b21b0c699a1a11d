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
    to_the_end = short[:data] + struct.pack(">I", 0) + short[data + 4 :]
    for video in (an_mp4(long=True), to_the_end):
        assert read(video).duration_ms == 12_500


def without(kind: bytes) -> bytes:
    """A video in which a box is called something else."""
    return an_mp4().replace(kind, b"skip")


def a_film(chunks: tuple[tuple[int, int], ...]) -> bytes:
    """A video whose index says that its pictures lie in the chunks."""
    return an_mp4(inside=a_track(9, 9, chunks=chunks))


def a_film_with_gaps(count: int) -> bytes:
    """A video of which each second ten bytes are of nothing that is known."""
    start = box(b"ftyp", b"isom", bytes(4), b"isom")
    at = len(start) + 8
    chunks = tuple((at + 20 * n, 10) for n in range(count))
    header = box(b"mvhd", bytes(12), struct.pack(">II", 600, 600), bytes(80))
    index = box(b"moov", header, a_track(9, 9, chunks=chunks))
    return start + box(b"mdat", bytes(20 * count)) + index


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
        pytest.param(a_film_with_gaps(5_001), "too much beside", id="too much to hide"),
        pytest.param(an_mp4() + box(b"moof"), "fragments", id="in fragments"),
        pytest.param(without(b"stsz"), "broken", id="an index without sizes"),
        pytest.param(without(b"stsc"), "broken", id="an index without chunks"),
        pytest.param(without(b"stco"), "broken", id="an index without places"),
        pytest.param(a_film(((9, 0),) * 1_100_000), "broken", id="an index without end"),
        pytest.param(an_mp4(data=b""), "fragments", id="an index of nothing"),
        pytest.param(a_film(chunks=((0, 2_000),)), "truncated", id="a picture outside the data"),
        pytest.param(a_film(chunks=((900, 2_000),)), "truncated", id="a picture past the data"),
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
    data = an_mp4(inside=a_place())
    video = read(data)
    shown = masked(data, 0, video.hidden)
    assert b"+31.2989" in data
    assert b"+31.2989" not in shown
    assert b"\xa9xyz" not in shown
    assert len(shown) == len(data)
    again = read(shown)
    assert (again.width, again.duration_ms) == (640, 12_500)
    assert masked(shown, 0, again.hidden) == shown
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
    hidden: list[ByteSpan] = []
    shown_from = 0
    for start, length in sorted(spans):
        # Boxes stand one behind the other: none begins within another.
        if shown_from <= start <= len(data) - 4:
            hidden.append(ByteSpan(start=start, length=min(length, len(data) - start)))
            shown_from = start + length
    pieces = [masked(data[at : at + piece], at, hidden) for at in range(0, len(data), piece)]
    expected = bytearray(data)
    for span in hidden:
        expected[span.start : span.start + span.length] = b"free".ljust(span.length, b"\0")
    assert b"".join(pieces) == masked(data, 0, hidden) == bytes(expected)


PLACE = b"GPS5 +31.2989 +120.5853 at 07:12"


@pytest.mark.parametrize(
    "handler",
    [
        pytest.param(b"meta", id="telemetry of GoPro (gpmd), Apple's (mebx) and others"),
        pytest.param(b"camm", id="telemetry of cameras all round"),
        pytest.param(b"sbtl", id="a drone's subtitles"),
        pytest.param(b"text", id="texts"),
        pytest.param(b"tmcd", id="time codes"),
        pytest.param(b"\0\0\0\0", id="what nobody knows"),
    ],
)
def test_a_track_beside_pictures_and_sound_is_hidden_with_all_that_it_says(handler: bytes):
    data = an_mp4(telemetry=PLACE, handler=handler)
    video = read(data)
    shown = masked(data, 0, video.hidden)
    assert PLACE in data
    assert b"GPS5" not in shown
    assert shown.count(b"trak") == 2
    assert shown.count(b"\x55") == data.count(b"\x55") == 2000
    assert len(shown) == len(data)
    assert read(shown).duration_ms == 12_500


def apples_keys() -> bytes:
    """Where QuickTime's kind of metadata keeps a place, under a key with a name."""
    key = b"com.apple.quicktime.location.ISO6709"
    keys = box(b"keys", struct.pack(">3I", 0, 1, 8 + len(key)), b"mdta", key)
    value = box(b"data", struct.pack(">2I", 1, 0), PLACE)
    return box(b"meta", box(b"hdlr", bytes(8), b"mdta", bytes(13)), keys, box(b"ilst", value))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(an_mp4(inside=apples_keys()), id="Apple's keys"),
        pytest.param(an_mp4(inside=box(b"udta", box(b"\xa9xyz", PLACE))), id="a phone's place"),
        pytest.param(an_mp4(inside=box(b"udta", box(b"loci", PLACE))), id="3GPP's place"),
        pytest.param(an_mp4(inside=box(b"free", PLACE)), id="a box that was renamed"),
        pytest.param(an_mp4() + box(b"uuid", bytes(16), PLACE), id="XMP"),
        pytest.param(an_mp4() + box(b"gps ", PLACE), id="a box of a maker's own"),
        pytest.param(a_film_with_gaps(9).replace(bytes(20), PLACE[:20], 1), id="between samples"),
    ],
)
def test_no_place_is_left_wherever_it_was_kept(data: bytes):
    assert b"GPS5 " in data
    assert b"31.29" not in masked(data, 0, read(data).hidden)


def a_track_with_a_place_in_its_media() -> bytes:
    track = a_track(9, 9)
    media = track.index(b"mdia") - 4
    grown = track[:media] + box(b"mdia", track[media + 8 :], box(b"udta", PLACE))
    return struct.pack(">I", len(grown)) + grown[4:]


def test_a_place_deep_inside_a_track_is_hidden():
    data = an_mp4(inside=a_track_with_a_place_in_its_media())
    assert b"GPS5" not in masked(data, 0, read(data).hidden)
