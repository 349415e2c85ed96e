"""The engines' way to write a line."""

import pytest

from routing.travel.polyline import decode, encode


def test_a_line_is_read_latitude_first():
    # Google's published example, whose numbers stand for a tenth with six decimals
    line = decode("_p~iF~ps|U_ulLnnqC_mqNvxq`@")

    assert line == [(3.85, -12.02), (4.07, -12.095), (4.3252, -12.6453)]


def test_what_was_written_is_read_again_to_the_sixth_decimal():
    line = [(-8.127621, 112.219264), (-8.127621, 112.219264), (-8.3, 111.999999), (0.0, -0.000001), (90.0, 180.0)]

    assert decode(encode(line)) == line
    assert encode([(38.5, -120.2), (40.7, -120.95), (43.252, -126.453)]) == encode(
        decode("_izlhA~rlgdF_{geC~ywl@_kwzCn`{nI")
    )


def test_no_letters_are_no_points():
    assert decode("") == []
    assert encode([]) == ""


@pytest.mark.parametrize("torn", ["_p~iF", "_p~iF~ps|", "_p~iF ps|U", "_p~iFé"])
def test_a_torn_line_is_refused(torn):
    with pytest.raises(ValueError):
        decode(torn)
