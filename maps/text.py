"""The one escaper: text of other people, made safe for every place a map puts it.

A name travels far before somebody reads it: through branca, which compiles what it renders as a Jinja template once
more (so `{{ … }}` in a name would run on the server), through JavaScript strings and template literals inside <script>
(`${…}`, a backtick, a backslash, </script>), and ends as HTML, because Leaflet's pop-ups, tooltips and layer names are
HTML. Character references say all of it harmlessly: they contain nothing that means anything to the first two, and the
third turns them back into the letters somebody typed.
"""

import json
import re
from collections.abc import Mapping, Sequence

type Json = bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None

# HTML's own five; then what starts something in a template literal, in Jinja, or a new line in older JavaScript.
_REFERENCES = str.maketrans({character: f"&#{ord(character)};" for character in "&<>\"'" + "`$\\{}" + "\u2028\u2029"})
# Not characters anybody typed: control codes, and halves of surrogate pairs that no UTF-8 file can hold.
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_TEMPLATE_TAG = re.compile(r"\{(?=[{%#])")


def map_text(text: str) -> str:
    """The text as HTML that shows exactly these letters, in an element, an attribute or a JavaScript string."""
    return _NOT_TEXT.sub("\ufffd", text).translate(_REFERENCES)


def script_json(value: Json) -> str:
    """Compact JSON that can stand in a <script> element: it closes no element, opens no comment and no template tag.

    Raises ValueError for NaN and the infinities, which JSON does not know.
    """
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    text = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    # JSON itself never puts these two side by side, so such a pair stands inside a string
    return _TEMPLATE_TAG.sub(r"\\u007b", text)
