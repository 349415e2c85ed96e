"""The key of a bound phone: made in the browser, never able to leave it; we keep its public half with the link.

What the phone confirms is signed as the exact text it sends, so there is no form of JSON to agree upon. A signature is
what lets a confirmation count that arrives after the link's end: a cookie can be copied, the key cannot.
"""

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

_HALF = 32  # bytes of r and of s


def readable(public_key: str) -> bool:
    """Whether this is a point of P-256, uncompressed, as base64url without padding (87 characters)."""
    return _key(public_key) is not None


def is_signed(public_key: str, text: str, signature: str) -> bool:
    """Whether the phone with this key signed exactly this text (ECDSA, SHA-256; r and s in 64 bytes, base64url)."""
    key, raw = _key(public_key), _bytes(signature)
    if key is None or raw is None or len(raw) != 2 * _HALF:
        return False
    parts = int.from_bytes(raw[:_HALF], "big"), int.from_bytes(raw[_HALF:], "big")
    try:
        key.verify(encode_dss_signature(*parts), text.encode(), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _key(public_key: str) -> ec.EllipticCurvePublicKey | None:
    raw = _bytes(public_key)
    if raw is None or len(raw) != 1 + 2 * _HALF:
        return None
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
    except ValueError:
        return None


def _bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return None
