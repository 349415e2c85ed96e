"""Indonesian mobile numbers: one written form, and refusal of what cannot be one."""

import re

_SEPARATORS = re.compile(r"[\s().\-\u2010-\u2015\u00a0]")


def mobile(written: str) -> str:
    """`0812-3456-7890`, `+62 812…`, `62812…` → `6281234567890`: digits only, country first, as wa.me wants it.

    Mobile numbers are 62 8x with 9 to 12 digits after the 62 (national numbering plan; 80, 84 and 86 are not given to
    subscribers). Raises ValueError, in Indonesian, for landlines, foreign or implausible numbers. A bare `812…` is
    refused: without 0 or 62 nobody knows which country was meant.
    """
    bare = _SEPARATORS.sub("", written)
    if not re.fullmatch(r"\+?[0-9]+", bare, re.ASCII):
        raise ValueError("nomor telepon hanya boleh berisi angka")
    if bare.startswith("+") and not bare.startswith("+62"):
        raise ValueError("nomor telepon bukan nomor Indonesia (+62)")
    bare = bare.removeprefix("+")
    if bare.startswith("62"):
        national = bare[2:].removeprefix("0")  # "+62 (0)812…" is written often
    elif bare.startswith("0"):
        national = bare[1:]
    else:
        raise ValueError("nomor telepon harus diawali 08, +62 atau 62")
    if not re.fullmatch(r"8[1235789][0-9]{7,10}", national, re.ASCII):
        raise ValueError("bukan nomor ponsel Indonesia yang masuk akal")
    if len(set(national[2:])) == 1:
        raise ValueError("nomor ponsel ini tampak asal isi")
    return "62" + national


def printed(written: str) -> str:
    """`0812-3456-7890` for paper and spreadsheets (the dashes keep the leading zero there); others as written."""
    try:
        national = "0" + mobile(written)[2:]
    except ValueError:
        return written.strip()
    return "-".join(part for part in (national[:4], national[4:8], national[8:]) if part)
