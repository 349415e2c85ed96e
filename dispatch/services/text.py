"""Text that people send: one normal form, nothing invisible."""

import unicodedata

# bidi overrides and isolates, zero-width signs: they can hide a name or a file's ending
_HIDDEN = frozenset("\u200b\u200c\u200d\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean(text: str) -> str:
    """NFC, trimmed. ValueError (Indonesian) for control, hidden or broken characters."""
    text = unicodedata.normalize("NFC", text)
    for sign in text:
        if sign in _HIDDEN:
            raise ValueError("berisi tanda tersembunyi yang tidak boleh dipakai")
        if unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\t\n":
            raise ValueError("berisi tanda kendali yang tidak boleh dipakai")
    return text.strip()
