"""The engines' way to write a line."""

import pytest

from routing.travel.polyline import decode


def test_a_line_is_read_latitude_first():
    # Google's published example, whose numbers stand for a tenth with six decimals
    line = decode("_p~iF~ps|U_ulLnnqC_mqNvxq`@")

    assert line == [(3.85, -12.02), (4.07, -12.095), (4.3252, -12.6453)]


def test_no_letters_are_no_points():
    assert decode("") == []


@pytest.mark.parametrize("torn", ["_p~iF", "_p~iF~ps|", "_p~iF ps|U", "_p~iFé"])
def test_a_torn_line_is_refused(torn):
    with pytest.raises(ValueError):
        decode(torn)
