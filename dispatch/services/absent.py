"""Holders who are not at home here: elsewhere in the country, abroad, moved, deceased. Each is one rule.

Elsewhere: a home in another regency; the post takes it there, no rider does. Abroad: the office holds it until the
holder, or a proxy with a letter F-1.07, comes to the counter; it is never routed. Moved: the office holds it until
somebody knows the new address. Deceased: the office holds it until a supervisor withdraws it; nobody is handed it.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from dispatch.errors import FieldError, Invalid
from dispatch.said import say
from dispatch.services.proxies import Letter
from dispatch.services.receivers import receiver_of
from dispatch.store.audit import Actor
from dispatch.store.models import Document
from dispatch.store.states import move_all

ELSEWHERE, ABROAD, MOVED, DECEASED = "elsewhere", "abroad", "moved", "deceased"
WORDS: Mapping[str, str] = {
    ELSEWHERE: say("tinggal di luar daerah"),
    ABROAD: say("di luar negeri"),
    MOVED: say("sudah pindah"),
    DECEASED: say("sudah meninggal"),
}
HELD = (ABROAD, MOVED, DECEASED)
"""Whose documents the office holds; the others travel."""


def hold_absent(session: Session, documents: Sequence[Document], *, by: Actor) -> None:
    """Documents that came in for people who cannot be reached are held from the first moment."""
    for circumstance in HELD:
        move_all(session, [d for d in documents if d.circumstance == circumstance], "held", by=by, why=circumstance)


def refuse_to_send(circumstance: str) -> None:
    """What is held because of its holder is not sent again while that is so."""
    if circumstance in HELD:
        reason = say("pemiliknya %(why)s; ubah keadaannya dulu", why=WORDS[circumstance])
        raise Invalid(fields=[FieldError("destination", reason)])


def refuse_to_give(circumstance: str, relation: str, letter: Letter | None) -> None:
    """Who may fetch it at the counter: of the deceased nobody; of somebody abroad the holder, or a proxy by letter."""
    if circumstance == DECEASED:
        raise Invalid(fields=[FieldError("relation", say("pemiliknya sudah meninggal; dokumen ditarik"))])
    if circumstance == ABROAD and receiver_of(relation) != "holder":
        if receiver_of(relation) != "proxy":
            reason = say("pemiliknya di luar negeri: hanya orangnya sendiri atau yang membawa surat kuasa")
            raise Invalid(fields=[FieldError("relation", reason)])
        if letter is None:
            raise Invalid(fields=[FieldError("form_number", say("isi surat kuasa F-1.07: nomor dan kedua nama"))])
