"""Photos of a hand-over: taken in as they come, served only after they were decoded and written anew.

At the door only the header is read: format by decoder, size in bytes and in pixels, before anything is unpacked. The
bytes are stored under their hash (`received_sha`, the phone's receipt); a worker then decodes them and keeps a smaller
copy without metadata (`stored_sha`), and only that copy is ever shown.
"""

import io
from dataclasses import dataclass

from PIL import Image, ImageOps
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import FieldError, Invalid, NotFound, TooLarge, Unavailable
from dispatch.runtime import Runtime
from dispatch.services.cases import open_case
from dispatch.store import work
from dispatch.store.db import now
from dispatch.store.files import FileStore, record
from dispatch.store.models import Proof, StoredFile
from dispatch.store.work import Claim

LARGEST = 8 * 1024 * 1024  # bytes
MOST_PIXELS = 24_000_000
LONGEST_SIDE = 1600  # pixels of the kept copy
QUALITY = 82
SIGNATURE_LARGEST = 300 * 1024  # bytes; a drawing of a finger has some ten thousand
SIGNATURE_PIXELS = 1_000_000
FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
SHOWN_AS = "image/jpeg"

_UNREADABLE = (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning)


@dataclass(frozen=True, slots=True)
class Received:
    """A photo that is safely stored as it came."""

    sha256: str
    size: int
    media_type: str


def receive(files: FileStore, office: str, body: bytes) -> Received:
    """Store a photo if it is one. Invalid for anything but a JPEG, PNG or WebP of at most 24 megapixels."""
    if len(body) > LARGEST:
        raise TooLarge("a photo has at most 8 MB")
    media_type = _looked_at(body)
    return Received(sha256=files.put(office, body), size=len(body), media_type=media_type)


def attach(session: Session, proof: Proof, photo: Received) -> None:
    """Name the stored photo of a proof and ask a worker to write it anew."""
    record(session, proof.office, photo.sha256, size=photo.size, media_type=photo.media_type, purpose="photo")
    work.want(session, "photo", proof.id, office=proof.office)


def name_received(session: Session, office: str, photo: Received) -> None:
    """Note a photo or a drawn signature that came before its confirmation."""
    record(session, office, photo.sha256, size=photo.size, media_type=photo.media_type, purpose="photo")


def named(session: Session, office: str, sha256: str) -> Received | None:
    """A photo or signature that was received before; None when it has not come yet."""
    found = session.scalar(
        select(StoredFile).where(
            StoredFile.office == office, StoredFile.sha256 == sha256, StoredFile.purpose == "photo"
        )
    )
    return Received(found.sha256, found.size, found.media_type) if found else None


def signature_shown(session: Session, files: FileStore, office: str, proof_id: str) -> bytes:
    """The drawn signature of a proof as a JPEG without metadata; it is small, so it is written anew each time."""
    proof = session.scalar(select(Proof).where(Proof.office == office, Proof.id == proof_id))
    if proof is None or not proof.signature_sha:
        raise NotFound(f"there is no signature of proof {proof_id}")
    return written_anew(files.get(office, proof.signature_sha))


def refuse_large_signature(files: FileStore, office: str, received: Received) -> None:
    """A drawing is small; a photo in its place is refused."""
    if received.size > SIGNATURE_LARGEST:
        raise _refusal("tanda tangan terlalu besar", field="signature_sha")
    with Image.open(io.BytesIO(files.get(office, received.sha256)), formats=tuple(FORMATS)) as picture:
        if picture.width * picture.height > SIGNATURE_PIXELS:
            raise _refusal("tanda tangan terlalu besar", field="signature_sha")


def shown(session: Session, files: FileStore, office: str, proof_id: str) -> bytes:
    """The photo of one of the office's proofs, as a JPEG without metadata. Unavailable while it is being prepared."""
    proof = session.scalar(select(Proof).where(Proof.office == office, Proof.id == proof_id))
    if proof is None or not proof.received_sha:
        raise NotFound(f"there is no photo of proof {proof_id}")
    if not proof.stored_sha:
        raise Unavailable("the photo is being prepared", retry_after_s=5)
    return files.get(office, proof.stored_sha)


def handle(runtime: Runtime, claim: Claim) -> None:
    """Job "photo": decode the photo of a proof and keep a copy without metadata."""

    def load(session: Session, proof_id: str) -> tuple[str, str] | None:
        proof = session.get_one(Proof, proof_id)
        return (proof.office, proof.received_sha) if proof.received_sha and not proof.stored_sha else None

    def act(found: tuple[str, str], claim: Claim) -> tuple[str, int]:
        office, sha = found
        fresh = written_anew(runtime.files.get(office, sha))
        return runtime.files.put(office, fresh), len(fresh)

    def save(session: Session, proof_id: str, found: tuple[str, str], made: tuple[str, int]) -> None:
        office, (sha, size) = found[0], made
        record(session, office, sha, size=size, media_type=SHOWN_AS, purpose="photo")
        session.get_one(Proof, proof_id).stored_sha = sha

    work.run(claim, load=load, act=act, save=save, give_up=_give_up)


def written_anew(body: bytes) -> bytes:
    """The picture as a JPEG of at most 1600 pixels a side, upright, without any metadata. Hopeless if undecodable."""
    try:
        with Image.open(io.BytesIO(body), formats=tuple(FORMATS)) as picture:
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except _UNREADABLE as error:
        raise work.Hopeless(f"the photo cannot be decoded ({type(error).__name__})") from None
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    # a new picture: what hangs on the old one (position, camera, comments) is not carried over
    bare = Image.new("RGB", upright.size)
    bare.paste(upright)
    kept = io.BytesIO()
    bare.save(kept, "JPEG", quality=QUALITY, optimize=True)
    return kept.getvalue()


def _looked_at(body: bytes) -> str:
    try:
        with Image.open(io.BytesIO(body), formats=tuple(FORMATS)) as picture:
            width, height, name = *picture.size, picture.format or ""
    except _UNREADABLE:
        raise _refusal("berkas ini bukan foto JPEG, PNG atau WebP") from None
    if width * height > MOST_PIXELS:
        raise _refusal("foto terlalu besar; paling banyak 24 megapiksel")
    return FORMATS[name]


def _refusal(reason: str, field: str = "photo") -> Invalid:
    return Invalid(fields=[FieldError(field, reason)])


def _give_up(session: Session, proof_id: str, error: str) -> None:
    proof = session.get_one(Proof, proof_id)
    detail = f"Foto sebuah bukti tidak dapat dibaca ({now(session):%d-%m-%Y}); bukti lainnya tetap berlaku."
    open_case(session, proof.office, "photo_unreadable", subject_kind="proof", subject_id=proof.id, detail=detail)
