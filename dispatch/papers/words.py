"""Numbers and days written out as an Indonesian official paper has them."""

from datetime import date

DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni",
    "Juli", "Agustus", "September", "Oktober", "November", "Desember",
)  # fmt: skip
_SMALL = ("nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh", "sebelas")
_SIZES = (
    (1_000_000_000, "satu miliar", "miliar"),
    (1_000_000, "satu juta", "juta"),
    (1000, "seribu", "ribu"),
    (100, "seratus", "ratus"),
    (10, "", "puluh"),
)
MOST = 999_999_999_999


def in_words(number: int) -> str:
    """0 … just under a trillion: 11 → "sebelas", 1026 → "seribu dua puluh enam". ValueError beyond."""
    if not 0 <= number <= MOST:
        raise ValueError(f"{number} is not between 0 and {MOST}")
    if number < 12:
        return _SMALL[number]
    if number < 20:
        return f"{_SMALL[number - 10]} belas"
    for size, one, many in _SIZES:
        count, rest = divmod(number, size)
        if count:
            head = one if count == 1 else f"{in_words(count)} {many}"
            return f"{head} {in_words(rest)}" if rest else head
    raise AssertionError("unreachable")


def day_in_words(day: date) -> str:
    """ "Selasa tanggal dua puluh empat bulan November tahun dua ribu dua puluh enam"."""
    return f"{DAYS[day.weekday()]} tanggal {in_words(day.day)} bulan {MONTHS[day.month - 1]} tahun {in_words(day.year)}"


def day_written(day: date) -> str:
    """ "24 November 2026"."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def day_of_week(day: date) -> str:
    """ "Selasa, 24 November 2026"."""
    return f"{DAYS[day.weekday()]}, {day_written(day)}"


def roman_month(month: int) -> str:
    """ "XI" for November, as letters are often numbered."""
    return ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")[month - 1]
