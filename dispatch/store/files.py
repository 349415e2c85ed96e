"""Photos, imports and papers, kept under the hash of their bytes; durable before any row names them."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sqlalchemy.orm import Session

from dispatch.store.db import insert_if_absent, new_id, now
from dispatch.store.models import StoredFile


class FileStore(Protocol):
    """Where bytes are kept, per office."""

    def put(self, office: str, body: bytes) -> str:
        """Keep the bytes and return their SHA-256 (hex); when it returns they survive a power cut."""
        ...

    def get(self, office: str, sha256: str) -> bytes:
        """The bytes; FileNotFoundError when there are none."""
        ...


@dataclass(frozen=True, slots=True)
class FolderStore:
    """A folder on this machine, or one that several machines share."""

    root: Path

    def put(self, office: str, body: bytes) -> str:
        sha = hashlib.sha256(body).hexdigest()
        path = self.path(office, sha)
        if path.exists():
            return sha
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, fresh = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        Path(fresh).replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return sha

    def get(self, office: str, sha256: str) -> bytes:
        return self.path(office, sha256).read_bytes()

    def path(self, office: str, sha256: str) -> Path:
        return self.root / office / sha256[:2] / sha256


def record(session: Session, office: str, sha256: str, *, size: int, media_type: str, purpose: str) -> None:
    """Name a stored file in the database; the same bytes are named once."""
    values = {"id": new_id(), "office": office, "sha256": sha256, "size": size, "media_type": media_type}
    insert_if_absent(
        session, StoredFile, {**values, "purpose": purpose, "created_at": now(session)}, unique=["office", "sha256"]
    )
