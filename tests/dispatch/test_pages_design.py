"""The design system keeps its promises: readable in light and dark, and nothing inline that the policy would block."""

import re
from pathlib import Path

import pytest

import dispatch.web

WEB = Path(dispatch.web.__file__).parent
CSS = (WEB / "static" / "antar.css").read_text()
LIGHT, DARK = re.findall(r":root \{(.*?)\n\s*\}", CSS, re.S)[:2]


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "surface", "sunken"])
@pytest.mark.parametrize("ink", ["ink", "quiet", "accent", "waiting", "moving", "done", "problem", "held"])
def test_every_ink_is_readable_on_every_ground(theme, ground, ink):
    tokens = colours(theme)

    assert contrast(tokens[ink], tokens[ground]) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_state_words_are_readable_on_their_own_soft_ground(theme):
    tokens = colours(theme)

    for state in ("waiting", "moving", "done", "problem", "held"):
        assert contrast(tokens[state], tokens[f"{state}-soft"]) >= 4.5, state
        assert contrast(tokens["ink"], tokens[f"{state}-soft"]) >= 4.5, state
    assert contrast(tokens["on-accent"], tokens["accent"]) >= 4.5
    assert contrast(tokens["on-accent"], tokens["accent-strong"]) >= 4.5
    assert contrast(tokens["edge"], tokens["surface"]) >= 3


def test_both_themes_name_the_same_colours():
    assert set(colours(DARK)) == set(colours(LIGHT))


@pytest.mark.parametrize("template", sorted((WEB / "templates").rglob("*.html")), ids=lambda path: path.name)
def test_no_template_has_anything_inline(template):
    text = template.read_text()

    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r'\son[a-z]+=["{]', text)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert "<style" not in text
    assert "| safe" not in text
    assert "javascript:" not in text
