"""A full regency stays light: 20 routes with 250 stops on 248 villages, as a page and as a file."""

import pytest

from benchmarks.map_weight import full_regency, on_roads, weights


@pytest.mark.parametrize("shape", [full_regency, lambda: on_roads(full_regency())], ids=["straight", "roads"])
def test_a_full_regency_weighs_less_than_we_promise(shape):
    content = shape()
    stops = [marker for layer in content.layers for marker in layer.markers if marker.kind == "stop"]

    assert (len(stops), sum(len(layer.lines) for layer in content.layers)) == (250, 20)
    for figure in weights("regency", content):
        assert figure.value <= figure.aim, figure
