"""Matrices that have been asked once, in a folder that several processes share.

A file's name is the hash of all the answer depends on (roads, profile, radius, points), so that an entry is never
wrong, only old. It is written aside and renamed: a reader sees a whole file or none.
"""

import hashlib
import os
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from routing.model import Matrix, Point
from routing.travel.survey import RoadTravel, Survey, rounded

_OFF = -1  # stands in `snapped` for a point off the network


@dataclass(frozen=True, slots=True, kw_only=True)
class Cached:
    """A RoadTravel that remembers the surveys of another.

    `max_bytes` bounds the folder: the oldest go first. `max_age_s` bounds an entry, because a server elsewhere
    gets new roads under its old address.
    """

    travel: RoadTravel
    folder: Path
    max_bytes: int = 1 << 30
    max_age_s: float = 7 * 86_400

    @property
    def identity(self) -> str:
        """See RoadTravel."""
        return self.travel.identity

    @property
    def radius_m(self) -> int:
        """See RoadTravel."""
        return self.travel.radius_m

    def matrix(self, points: Sequence[Point], profile: str) -> Matrix:
        """See TravelModel."""
        return self.survey(points, profile).matrix

    def survey(self, points: Sequence[Point], profile: str) -> Survey:
        """See RoadTravel: out of the folder, or asked and put there."""
        path = self.folder / f"{self.key(points, profile)}.npz"
        known = self._read(path, len(points))
        if known is None:
            known = self.travel.survey(points, profile)
            self._write(path, known)
        return known

    def geometry(self, points: Sequence[Point], profile: str) -> list[tuple[float, float]]:
        """See TravelModel; asked each time."""
        return self.travel.geometry(points, profile)

    def key(self, points: Sequence[Point], profile: str) -> str:
        """What an entry is found by."""
        digest = hashlib.sha256(f"1\0{self.identity}\0{profile}\0{self.radius_m}\0".encode())
        digest.update(np.array([rounded(point) for point in points], dtype=np.float64).tobytes())
        return digest.hexdigest()

    def _read(self, path: Path, size: int) -> Survey | None:
        try:
            # real time, because that is what file systems know
            if time.time() - path.stat().st_mtime > self.max_age_s:
                return None
            with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
                metres, seconds, snapped = (np.asarray(kept[name]) for name in ("metres", "seconds", "snapped"))
            if metres.shape != (size, size) or snapped.shape != (size,):
                return None
            survey = Survey(
                matrix=Matrix(metres=metres, seconds=seconds, source=self.identity),
                snapped_m=tuple(None if one == _OFF else int(one) for one in snapped),
            )
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None  # not there, or half a file after a power cut: asked again and written anew
        return survey

    def _write(self, path: Path, survey: Survey) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f".{path.stem}.{os.getpid()}.{time.monotonic_ns()}")
        snapped = np.array([_OFF if one is None else one for one in survey.snapped_m], dtype=np.int32)
        try:
            with aside.open("wb") as file:
                np.savez(file, metres=survey.matrix.metres, seconds=survey.matrix.seconds, snapped=snapped)
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
        self._prune(path)

    def _prune(self, newest: Path) -> None:
        """Take the oldest away until the folder is small enough; somebody else may do the same."""
        entries: list[tuple[float, int, Path]] = []
        for path in self.folder.glob("*.npz"):
            try:
                found = path.stat()
            except FileNotFoundError:
                continue
            entries.append((found.st_mtime, found.st_size, path))
        room = sum(size for _, size, _ in entries) - self.max_bytes
        for _, size, path in sorted(entries):
            if room <= 0:
                return
            if path != newest:
                path.unlink(missing_ok=True)
                room -= size
