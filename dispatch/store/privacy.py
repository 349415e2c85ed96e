"""NIK and other secrets at rest: sealed with AES-256-GCM under a named key, matched by a keyed HMAC, shown masked.

A plain hash of an NIK hides nothing (a regency has some 10^8 likely values), so matching uses HMAC-SHA-256 under a key
that lives in a file outside the database. New values are sealed with the current key; older key ids still open.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class KeyFileError(Exception):
    """The key file is missing or cannot be used."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The installation's keys. `seal` and `open` bind a value to its place, so it cannot be moved to another row."""

    current: str
    sealing: dict[str, bytes] = field(repr=False)
    matching: bytes = field(repr=False)

    def seal(self, text: str, place: str) -> str:
        """`"<key id>.<base64 of nonce and ciphertext>"`; `place` is office and purpose, e.g. "35.05:nik"."""
        nonce = os.urandom(12)
        sealed = AESGCM(self.sealing[self.current]).encrypt(nonce, text.encode(), place.encode())
        return f"{self.current}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, place: str) -> str:
        """The text that was sealed for this place; KeyFileError when the key is gone or the value was tampered with."""
        key_id, _, body = sealed.partition(".")
        raw = base64.urlsafe_b64decode(body)
        try:
            return AESGCM(self.sealing[key_id]).decrypt(raw[:12], raw[12:], place.encode()).decode()
        except (KeyError, InvalidTag):
            raise KeyFileError(f"a value sealed with key {key_id} cannot be opened") from None

    def match(self, text: str, place: str) -> str:
        """64 hex characters that are equal only for equal text in the same place."""
        return hmac.new(self.matching, f"{place}\0{text}".encode(), hashlib.sha256).hexdigest()

    def rotated(self) -> "KeyRing":
        """The same ring with a new current sealing key."""
        key_id = f"k{len(self.sealing) + 1}"
        return KeyRing(key_id, {**self.sealing, key_id: secrets.token_bytes(32)}, self.matching)

    def save(self, path: Path) -> None:
        """Write the ring readable by the owner only; never over keys that would be lost."""
        body = {
            "current": self.current,
            "sealing": {k: base64.b64encode(v).decode() for k, v in self.sealing.items()},
            "matching": base64.b64encode(self.matching).decode(),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(body, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)

    @classmethod
    def new(cls) -> "KeyRing":
        return cls("k1", {"k1": secrets.token_bytes(32)}, secrets.token_bytes(32))

    @classmethod
    def load(cls, path: Path) -> "KeyRing":
        """Read the ring; KeyFileError says what is wrong with it."""
        try:
            body = json.loads(path.read_text())
            sealing = {k: base64.b64decode(v) for k, v in body["sealing"].items()}
            ring = cls(body["current"], sealing, base64.b64decode(body["matching"]))
        except FileNotFoundError:
            raise KeyFileError(f"there is no key file at {path}; `antar init` makes one") from None
        except (ValueError, KeyError, TypeError) as error:
            raise KeyFileError(f"the key file {path} cannot be read: {error}") from None
        if ring.current not in ring.sealing or any(len(k) != 32 for k in ring.sealing.values()):
            raise KeyFileError(f"the key file {path} lacks its current key or holds one of the wrong length")
        return ring


def token_hash(token: str) -> str:
    """How tokens, keys and cookies of at least 128 random bits are kept: SHA-256, hex."""
    return hashlib.sha256(token.encode()).hexdigest()
