"""The two languages people read: Indonesian, in which every text is written, and English, from a catalogue.

Templates and edges say `_("Setujui rencana")` or `_("%(n)s dokumen", n=3)`; the Indonesian text is the key. What
services say (`dispatch.said`) is handed to `_` as well. `make words` brings the catalogue up to date, a test fails when
English lacks a text. The catalogue is read as it is, there is nothing to compile.

Who reads what: one's own choice, kept in a cookie; without one, the office reads Indonesian and the pages for everybody
else follow the browser. In English, `document(s)` after a number becomes `document` or `documents`.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from typing import Any

from apiflask import APIFlask
from babel.messages.pofile import read_po
from flask import g, has_request_context, request
from flask_babel import Babel
from markupsafe import Markup, escape

from dispatch.auth import cookie_name
from dispatch.runtime import runtime
from dispatch.said import Said, say

__all__ = ["_", "install", "language", "say"]

INDONESIAN, ENGLISH = "id", "en"
LANGUAGES = {INDONESIAN: "Bahasa Indonesia", ENGLISH: "English"}
COOKIE = "antar_language"


def install(app: APIFlask) -> None:
    """Let pages speak."""
    Babel(app, default_locale=INDONESIAN, locale_selector=language)
    app.jinja_env.globals.update(_=_, gettext=_, say=say, language=language, languages=LANGUAGES)


def language() -> str:
    """The language this request is answered in; Indonesian outside of any."""
    if not has_request_context():
        return INDONESIAN
    if "language" not in g:
        g.language = _chosen() or (INDONESIAN if _is_office() else _of_the_browser())
    return str(g.language)


def _chosen() -> str | None:
    chosen = request.cookies.get(cookie_name(runtime(), COOKIE))
    return chosen if chosen in LANGUAGES else None


def _is_office() -> bool:
    visitor = g.get("visitor")
    return visitor is not None and bool(visitor.login_hash) and not visitor.village_code


def _of_the_browser() -> str:
    return request.accept_languages.best_match([INDONESIAN, ENGLISH], INDONESIAN) or INDONESIAN


def _(text: str, /, **named: Any) -> str:
    """The text in the reader's language, with what is named put in. Only what is markup already stays markup."""
    if isinstance(text, Said):
        named = text.named | named
        text = text.pattern
    named = {name: _(value) if isinstance(value, Said) else value for name, value in named.items()}
    if language() == ENGLISH:
        text = _counted(english().get(text, text), named)
    if not named:
        return text
    if any(isinstance(value, Markup) for value in named.values()):
        return Markup(escape(text)) % named  # noqa: S704  the text itself is escaped
    return text % named


_MANY = re.compile(
    r"(?:%\((?P<name>\w+)\)s|\b(?P<number>\d+))(?P<between>(?: [\w-]+)*? ?)(?P<word>[\w-]+)\((?P<end>e?s)\)"
)


def _counted(text: str, named: Mapping[str, Any]) -> str:
    """ "%(n)s document(s)" → "… document" for one, "… documents" for any other number."""
    if "s)" not in text:
        return text

    def one_or_many(found: re.Match[str]) -> str:
        number = str(named.get(found["name"], "")) if found["name"] else found["number"]
        return found[0].removesuffix(f"({found['end']})") + ("" if number == "1" else found["end"])

    return re.sub(r"\((e?s)\)", r"\1", _MANY.sub(one_or_many, text))


@lru_cache
def english() -> Mapping[str, str]:
    """The English catalogue: Indonesian text → English text."""
    text = files("dispatch").joinpath("translations", ENGLISH, "LC_MESSAGES", "messages.po").read_bytes()
    return {str(entry.id): str(entry.string) for entry in read_po(BytesIO(text), ENGLISH) if entry.id and entry.string}
