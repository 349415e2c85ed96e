"""A letter F-1.07: somebody takes a document for its holder. Its number, both names, both identities looked at."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from dispatch.errors import FieldError, Invalid
from dispatch.said import say
from dispatch.services.receivers import receiver_of
from dispatch.store.audit import Actor
from dispatch.store.db import now
from dispatch.store.models import Document, PowerOfAttorney, Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What an officer reads off the form and has looked at. A copy of it is not kept."""

    form_number: str
    giver_name: str
    proxy_name: str
    giver_checked: bool
    proxy_checked: bool

    def __post_init__(self) -> None:
        wrong = []
        for field, text, what in (
            ("form_number", self.form_number, say("nomor formulir F-1.07")),
            ("giver_name", self.giver_name, say("nama pemberi kuasa")),
            ("proxy_name", self.proxy_name, say("nama penerima kuasa")),
        ):
            if not text:
                wrong.append(FieldError(field, say("isi %(what)s", what=what)))
        if not self.giver_checked:
            wrong.append(FieldError("giver_checked", say("periksa identitas pemberi kuasa")))
        if not self.proxy_checked:
            wrong.append(FieldError("proxy_checked", say("periksa identitas penerima kuasa")))
        if wrong:
            raise Invalid(fields=wrong)

    def said(self) -> list[str]:
        """For fingerprints."""
        return [self.form_number, self.giver_name, self.proxy_name]


def refuse_without_letter(relation: str, letter: Letter | None) -> None:
    """Whoever takes something for somebody else by proxy shows the letter."""
    if receiver_of(relation) == "proxy" and letter is None:
        raise Invalid(fields=[FieldError("form_number", say("isi surat kuasa F-1.07: nomor dan kedua nama"))])


def keep(session: Session, proof: Proof, document: Document, letter: Letter, *, by: Actor) -> None:
    """Write the letter down with the hand-over it allowed."""
    session.add(
        PowerOfAttorney(
            office=proof.office,
            proof_id=proof.id,
            document_id=document.id,
            form_number=letter.form_number,
            giver_name=letter.giver_name,
            proxy_name=letter.proxy_name,
            giver_checked=letter.giver_checked,
            proxy_checked=letter.proxy_checked,
            recorded_by=str(by),
            recorded_at=now(session),
        )
    )
    session.flush()
