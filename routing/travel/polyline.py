"""OSRM's and Valhalla's way to write a line: Google's encoded polyline with six decimals, latitude first."""

from collections.abc import Iterable

_SCALE = 1_000_000


def encode(line: Iterable[tuple[float, float]]) -> str:
    """The (lat, lon) points as text; what `decode` reads back, to the sixth decimal."""
    letters: list[str] = []
    before = (0, 0)
    for lat, lon in line:
        here = (round(lat * _SCALE), round(lon * _SCALE))
        for now, then in zip(here, before, strict=True):
            step = now - then
            value = ~(step << 1) if step < 0 else step << 1
            while value >= 32:
                letters.append(chr((value & 31 | 32) + 63))
                value >>= 5
            letters.append(chr(value + 63))
        before = here
    return "".join(letters)


def decode(text: str) -> list[tuple[float, float]]:
    """The (lat, lon) points of the line. ValueError when the text ends within a number or holds other characters."""
    line: list[tuple[float, float]] = []
    steps: list[int] = []
    lat = lon = value = shift = 0
    for letter in text:
        bits = ord(letter) - 63
        if not 0 <= bits < 64:
            raise ValueError(f"{letter!r} is not a letter of a polyline")
        value |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            continue
        # the lowest bit is the sign
        steps.append(~(value >> 1) if value & 1 else value >> 1)
        value = shift = 0
        if len(steps) == 2:
            lat, lon = lat + steps[0], lon + steps[1]
            line.append((lat / _SCALE, lon / _SCALE))
            steps.clear()
    if shift or steps:
        raise ValueError("the polyline ends within a point")
    return line
