"""The routes a search has seen, for putting the best of them together again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

MOST = 6_000
"""So many routes are kept, the latest: later ones come from better plans."""


class Pool:
    """Routes as orders of the form's stops, each with the first of the duties that are the same in everything."""

    __slots__ = ("_seen", "alike")

    def __init__(self, alike: dict[int, list[int]] | None = None) -> None:
        self.alike = alike or {}
        self._seen: dict[tuple[int, tuple[int, ...]], None] = {}

    def add(self, duty: int, order: Sequence[int]) -> None:
        """Keep one route of the duties alike to this one."""
        key = (duty, tuple(order))
        self._seen.pop(key, None)
        self._seen[key] = None
        if len(self._seen) > MOST:
            del self._seen[next(iter(self._seen))]

    def __iter__(self) -> Iterator[tuple[int, tuple[int, ...]]]:
        """The latest first."""
        return reversed(self._seen)

    def __len__(self) -> int:
        return len(self._seen)
