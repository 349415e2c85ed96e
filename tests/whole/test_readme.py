"""What the README tells people to type does what it says."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from dispatch.cli import antar as root
from dispatch.settings import Settings, SettingsError

ROOT = Path(__file__).parents[2]
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def commands(path: Path) -> list[list[str]]:
    """Every `antar …` that stands at the beginning of a line of a code block."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", path.read_text(), re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    found = [re.sub(r"\s+(#|&).*", "", line).removeprefix("KEY=$(").rstrip(")") for line in lines]
    return [shlex.split(line)[1:] for line in found if line.startswith("antar ")]


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("ANTAR_")}
    command = [sys.executable, "-m", "dispatch", *words]
    return subprocess.run(command, env={**env, "ANTAR_HOME": str(home)}, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_command_exists_and_knows_its_options(path):
    for words in commands(path):
        name = next(word for word in words if not word.startswith("-"))
        sub = [word for word in words if not word.startswith("-")]
        depth = 2 if name in ("user", "client", "courier", "keys", "roads", "partner", "policies", "desk") else 1
        shown = CliRunner().invoke(root, [*sub[:depth], "--help"])
        assert shown.exit_code == 0, words
        for option in (word for word in words if word.startswith("--")):
            assert option in shown.output, (words, option)


def test_setting_up_an_office_as_the_readme_says(tmp_path):
    told = [words for words in commands(ROOT / "README.md") if words[0] in ("init", "user", "courier")]

    assert len(told) == 3
    for words in told:
        said = run(tmp_path, *words)
        assert said.returncode == 0, said.stderr


def test_the_five_lines_of_the_api(app, api_client):
    readme = (ROOT / "README.md").read_text()
    body = json.loads(re.search(r"-d '\s*(\{.*?\})'", readme, re.DOTALL)[1])
    client = api_client("documents:write", "documents:read")

    made = client.post("/api/v1/documents", json=body)
    seen = client.get(f"/api/v1/documents/{body['request_number']}")

    assert made.status_code == 201, made.text
    assert seen.json["state"] == "ready"
    assert body["nik"] not in seen.text


def is_setting(name: str) -> bool:
    """Whether the application knows this name, whatever it says of the value."""
    try:
        Settings.from_env({name: "?"})
    except SettingsError as error:
        return f"{name} is not a setting" not in str(error)
    return True


def test_every_setting_of_the_docs_is_a_setting():
    named = set(re.findall(r"ANTAR_[A-Z_]+", "".join(path.read_text() for path in DOCS)))
    named -= {"ANTAR_"}

    assert "ANTAR_DATABASE_URL" in named
    assert [name for name in sorted(named) if not is_setting(name)] == []
    assert not is_setting("ANTAR_DATABSE_URL")


def test_every_linked_page_and_picture_is_there():
    for path in DOCS:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", path.read_text()):
            assert (path.parent / target).exists(), (path.name, target)
