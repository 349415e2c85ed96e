"""The proof of one document: its way from hand to hand, what shows it, and its place in the chained trail."""

import io
from dataclasses import dataclass

from dispatch.papers.sheet import A4, BOLD, LEFT, RIGHT, SMALL, TINY, Column, Letterhead, Sheet

WIDTH = A4[0] - LEFT - RIGHT
_PHOTO = 62.0  # mm


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofStep:
    """One change of hands or state, in words; times are written in the office's time."""

    at: str
    state: str
    holder: str
    who: str
    why: str
    seq: int
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofEvidence:
    """What came back from the field. `photo`: a JPEG, None when there is none or the reader may not see it."""

    at: str
    what: str
    received_by: str
    sha256: str
    photo: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentProof:
    """Everything the proof says."""

    letterhead: Letterhead
    code: str
    kind: str
    holder: str
    registration: str
    village: str
    state: str
    steps: tuple[ProofStep, ...]
    evidence: tuple[ProofEvidence, ...]
    chain_seq: int
    chain_hash: str
    made_at: str

    @property
    def format(self) -> tuple[float, float]:
        return A4

    def draw(self, sheet: Sheet) -> None:
        """Facts, steps, evidence with photos, the chain."""
        sheet.foot(f"Bukti dokumen {self.code} · dibuat {self.made_at}")
        sheet.letterhead(self.letterhead)
        sheet.title_of("BUKTI PERJALANAN DOKUMEN")
        sheet.facts(
            (
                ("Dokumen", f"{self.kind}, kode {self.code}"),
                ("Atas nama", self.holder),
                ("Nomor registrasi", self.registration),
                ("Tujuan", self.village),
                ("Keadaan", self.state),
            )
        )
        sheet.down(3)
        _steps(sheet, self)
        _evidence(sheet, self)
        _chain(sheet, self)


def _steps(sheet: Sheet, proof: DocumentProof) -> None:
    sheet.lines("Perjalanan", style=BOLD)
    sheet.down(1)
    columns = (
        Column(title="Waktu", width=45),
        Column(title="Keadaan", width=27),
        Column(title="Dipegang", width=36),
        Column(title="Oleh, alasan", width=38),
        Column(title="Catatan", width=WIDTH - 146),
    )
    rows = [
        (step.at, step.state, step.holder, ", ".join(filter(None, (step.who, step.why))), f"{step.seq}·{step.hash[:8]}")
        for step in proof.steps
    ]
    sheet.ruled(columns, rows, size=7.5)
    sheet.down(4)


def _evidence(sheet: Sheet, proof: DocumentProof) -> None:
    if not proof.evidence:
        return
    sheet.room(14)
    sheet.lines("Bukti serah terima", style=BOLD)
    for one in proof.evidence:
        sheet.room(_PHOTO + 12 if one.photo else 16)
        sheet.down(1)
        sheet.lines(", ".join(filter(None, (one.at, one.what, one.received_by))), size=SMALL)
        if one.sha256:
            sheet.lines(f"Foto, SHA-256: {one.sha256}", size=TINY)
        if one.photo is not None:
            y = sheet.get_y() + 1
            placed = sheet.image(io.BytesIO(one.photo), x=LEFT, y=y, w=_PHOTO, h=_PHOTO, keep_aspect_ratio=True)
            sheet.set_y(y + placed.rendered_height + 1)
    sheet.down(4)


def _chain(sheet: Sheet, proof: DocumentProof) -> None:
    sheet.room(26)
    sheet.lines("Tempat dalam rantai catatan", style=BOLD)
    sheet.lines(
        "Setiap catatan memuat sidik catatan sebelumnya, sehingga perubahan kemudian terlihat. Catatan dokumen ini "
        "dan ujung rantai saat bukti dibuat:",
        size=SMALL,
    )
    for step in proof.steps:
        sheet.lines(f"catatan {step.seq}: {step.hash}", size=TINY)
    sheet.lines(f"ujung rantai, catatan {proof.chain_seq}: {proof.chain_hash}", size=TINY)
