"""The catalogue of texts: which texts pages and services have, and how they read in English.

`python -m dispatch.translations` (`make words`) reads every template and module again and brings the catalogue up to
date: new texts come without an English one, texts nobody uses any more go. No dates, no places, one order: the file
changes only where a text does.
"""

import re
import warnings
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

FOLDER = Path(__file__).parent
ENGLISH = FOLDER / "en" / "LC_MESSAGES" / "messages.po"
KEYWORDS = {"_": None, "gettext": None, "say": None, "FieldError": (2,), "Place": (3,)}
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2.ext:babel_extract")]


def texts() -> Iterator[str]:
    """Every Indonesian text a person may read in another language."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # a first argument may be an f-string where the second is ours
        found = list(extract_from_dir(str(FOLDER.parent), METHODS, keywords=KEYWORDS, directory_filter=_speaks))
    for _file, _line, text, _comments, _context in found:
        assert isinstance(text, str), f"plural forms are not used: {text}"
        if re.search(r"[^\W\d]", text):
            yield text


def _speaks(folder: str) -> bool:
    return Path(folder).name not in ("demo", "commands", "static", "__pycache__")


def catalogue() -> Catalog:
    """The English catalogue as it is."""
    return read_po(BytesIO(ENGLISH.read_bytes()), "en")


def missing() -> list[str]:
    """The texts that have no English yet."""
    known = {entry.id: entry.string for entry in catalogue() if entry.id}
    return sorted({text for text in texts() if not known.get(text)})


def up_to_date() -> bytes:
    """The catalogue with every text once, in order, with the English it had."""
    known = {entry.id: entry.string for entry in catalogue() if entry.id} if ENGLISH.exists() else {}
    fresh = Catalog("en", fuzzy=False)
    for text in sorted(set(texts())):
        fresh.add(text, known.get(text, ""))
    file = BytesIO()
    write_po(file, fresh, width=0, omit_header=True, no_location=True, sort_output=True)
    return file.getvalue()


def update() -> None:
    """Write the catalogue again."""
    ENGLISH.write_bytes(up_to_date())
