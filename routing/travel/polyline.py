"""OSRM's and Valhalla's way to write a line: Google's encoded polyline with six decimals, latitude first."""

_SCALE = 1_000_000


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
