"""The catalogue of texts: which texts pages and services have, and how they read in English.

`python -m dispatch.translations` (`make words`) reads every template and module again and brings the catalogue up to
date: new texts come without an English one, texts nobody uses any more go. No dates, no places, one order: the file
changes only where a text does.
"""

import ast
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
KEYWORDS = {"_": None, "gettext": None, "say": None, "FieldError": (2,)}
# tables of texts are values of our own: which of what a value is made from is a text
ARGUMENTS = {"Place": (2,), "Column": (0,), "Number": (0, 1)}
NAMED = ("word", "words", "about")
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
    for path in sorted(FOLDER.parent.rglob("*.py")):
        if not any(not _speaks(part) for part in path.relative_to(FOLDER.parent).parts):
            yield from _in_tables(ast.parse(path.read_text()))


def _in_tables(module: ast.Module) -> Iterator[str]:
    """The texts in `Column("Desa", …)` or `Report(word="Tepat janji", …)`: pages say them with `_`."""
    for node in ast.walk(module):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or not node.func.id[0].isupper():
            continue
        given = [node.args[at] for at in ARGUMENTS.get(node.func.id, ()) if at < len(node.args)]
        given += [keyword.value for keyword in node.keywords if keyword.arg in NAMED]
        for value in given:
            if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value:
                yield value.value


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
