"""The example in docs/routing.md runs as it stands."""

import re
from pathlib import Path


def test_the_example_of_the_routing_page_is_true():
    page = (Path(__file__).parents[2] / "docs" / "routing.md").read_text()
    (example,) = re.findall(r"```python\n(.*?)```", page, re.S)

    exec(compile(example, "docs/routing.md", "exec"), {})
