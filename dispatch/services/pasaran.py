"""Market days: of the week, or of the Javanese five-day week by which village markets are held."""

from datetime import date

PASARAN = ("legi", "pahing", "pon", "wage", "kliwon")
WEEKDAYS = ("senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu")
_LEGI = date(1945, 8, 17)  # the day of the proclamation, a Friday Legi


def pasaran_of(day: date) -> str:
    """ "legi" … "kliwon"."""
    return PASARAN[(day - _LEGI).days % len(PASARAN)]


def market_days(text: str) -> frozenset[str]:
    """The days of "Pon, Kliwon" or "senin kamis". ValueError names what is no day."""
    said = text.lower().replace(",", " ").split()
    unknown = [word for word in said if word not in PASARAN and word not in WEEKDAYS]
    if unknown:
        raise ValueError(f"{unknown[0]} is no market day")
    return frozenset(said)


def is_market_day(text: str, day: date) -> bool:
    """Whether the market is held on this day; a place without market days is there on every day."""
    said = market_days(text)
    return not said or pasaran_of(day) in said or WEEKDAYS[day.weekday()] in said
