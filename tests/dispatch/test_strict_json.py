"""JSON that would mean different things to different readers is refused with a reason."""

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from dispatch.api.strict_json import StrictJSON
from dispatch.errors import BadRequest

provider = StrictJSON(Flask("test"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"a": NaN}', "NaN"),
        ('{"a": Infinity}', "Infinity"),
        ('{"a": 1e400}', "too large"),
        ('{"a": 1' + "0" * 30 + "}", "too large"),
        ('{"a": 1, "a": 2}', "twice"),
        ("[" * 2000 + "]" * 2000, "deeper"),
        ('{"a": "\\u0000"}', "NUL"),
        ('{"a": "\\ud800"}', "half a character"),
        ('{"a": ["\\ud800"]}', "half a character"),
        ('{"a": ', "not JSON"),
        (b"\xff\xfe", "UTF-8"),
        ('"' + "x" * (5 * 1024 * 1024) + '"', "longer"),
    ],
)
def test_refused_with_a_reason(text, why):
    with pytest.raises(BadRequest, match=why):
        provider.loads(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(st.characters(exclude_characters="\0")),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5).filter(lambda t: "\0" not in t), inner)
        ),
        max_leaves=12,
    )
)
def test_whatever_is_plain_comes_back(value):
    assert provider.loads(provider.dumps(value)) == value


def test_a_bracket_inside_a_text_is_no_depth():
    assert provider.loads('{"a": "' + "[" * 100 + '\\""}') == {"a": "[" * 100 + '"'}
