"""The requests of docs/api.md, sent in their order, are answered as it says."""

import json
import re
from pathlib import Path

from dispatch.jobs import perform_due

DOC = Path(__file__).parents[2] / "docs" / "api.md"
BLOCK = re.compile(r"^```http (\d+)(?: (\w+))?\n(\w+) (\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_a_day_in_requests(runtime, sign_in):
    client, known = sign_in("dispatcher"), {}
    blocks = BLOCK.findall(DOC.read_text())

    assert len(blocks) >= 10
    for status, name, method, path, body in blocks:
        for key, value in known.items():
            path = path.replace(f"{{{key}}}", value)
        answer = client.open(path, method=method, json=json.loads(body) if body.strip() else None)
        assert answer.status_code == int(status), (method, path, answer.text)
        if name:
            known[name] = answer.json.get("id") or answer.json["document"]["id"]
        perform_due(runtime)
