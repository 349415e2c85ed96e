"""The ways a plan was solved with, kept as a stored file: an edit asks no road server and computes no way again."""

import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sqlalchemy.orm import Session

from dispatch.store import files
from dispatch.store.files import FileStore
from routing.model import Matrix

MEDIA_TYPE = "application/x-npz"
REMEMBERED = 4
"""Plans whose ways one process keeps in memory."""

_known: dict[str, Mapping[str, Matrix]] = {}  # by the hash of their file, the oldest first


@dataclass(frozen=True, slots=True)
class Kept:
    """Matrices that are safely stored; the empty hash where there are none."""

    sha256: str = ""
    size: int = 0


def keep(store: FileStore, office: str, matrices: Mapping[str, Matrix]) -> Kept:
    """Store the matrices of a problem; durable when it returns."""
    arrays: dict[str, np.ndarray] = {}
    for profile, matrix in matrices.items():
        arrays[f"{profile}/metres"] = matrix.metres
        arrays[f"{profile}/seconds"] = matrix.seconds
        arrays[f"{profile}/source"] = np.array(matrix.source)
    body = io.BytesIO()
    np.savez_compressed(body, allow_pickle=False, **arrays)
    return Kept(store.put(office, body.getvalue()), len(body.getvalue()))


def name(session: Session, office: str, kept: Kept) -> None:
    """Let the database know of the file."""
    if kept.sha256:
        files.record(session, office, kept.sha256, size=kept.size, media_type=MEDIA_TYPE, purpose="matrices")


def matrices(store: FileStore, office: str, sha256: str) -> Mapping[str, Matrix]:
    """The matrices that were kept, by profile."""
    found = _known.get(sha256)
    if found is None:
        found = _known[sha256] = _read(store.get(office, sha256))
        while len(_known) > REMEMBERED:
            _known.pop(next(iter(_known)), None)
    return found


def _read(body: bytes) -> Mapping[str, Matrix]:
    with np.load(io.BytesIO(body), allow_pickle=False) as arrays:
        profiles = sorted({key.rpartition("/")[0] for key in arrays.files})
        return {
            profile: Matrix(
                metres=arrays[f"{profile}/metres"],
                seconds=arrays[f"{profile}/seconds"],
                source=str(arrays[f"{profile}/source"]),
            )
            for profile in profiles
        }
