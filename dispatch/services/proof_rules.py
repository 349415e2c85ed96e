"""What a hand-over lacks by its release policy: the wrong receiver, a proof that was required, old cards not taken.

A page that is being filled in refuses what lacks something. What has already happened is never refused: a confirmation
that comes from a phone counts as it is, keeps its gaps by name, and a person looks at it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from dispatch.errors import FieldError
from dispatch.said import say
from dispatch.services.cases import open_case
from dispatch.services.policies import PROOFS, Terms, may_receive, receivers_of
from dispatch.services.receivers import RECEIVERS, receiver_of
from dispatch.store.models import Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was shown for one hand-over. `relation` as the page says it; a note may explain missing old cards."""

    relation: str = ""
    photo: bool = False
    signature: bool = False
    code: bool = False
    scan: bool = False
    old_cards: int = 0
    note: str = ""


def gaps(policy: Terms, shown: Evidence, *, cards_due: int = 0, needs_relation: bool = True) -> list[FieldError]:
    """What is missing, by field. `cards_due`: how many old cards the policy wants in exchange.

    `needs_relation` False: nobody said who received (an office, which counts for itself), and that is enough.
    """
    found: list[FieldError] = []
    if (shown.relation or needs_relation) and not may_receive(policy, shown.relation):
        allowed = ", ".join(words for _, words in receivers_of(policy))
        found.append(FieldError("relation", say("yang boleh menerima: %(allowed)s", allowed=allowed)))
    for kind, words in PROOFS.items():
        if policy.proofs[kind] == "required" and not getattr(shown, kind):
            found.append(FieldError(kind, say("%(words)s wajib menurut aturan kantor", words=words)))
    if policy.swap_old_card and shown.old_cards < cards_due and not shown.note:
        rule = f"terima {cards_due} KTP lama, atau tulis di catatan mengapa tidak ada"
        found.append(FieldError("old_cards", rule))
    return found


def keep_gaps(session: Session, proof: Proof, found: Sequence[FieldError], *, place: str) -> None:
    """Note on a proof that counts what it lacks, and ask a person to look. `place` names no citizen."""
    if not found:
        return
    proof.gaps = ",".join(error.field for error in found)
    receiver = RECEIVERS.get(receiver_of(proof.relation))
    who = f" Penerima: {receiver.words if receiver else 'tidak disebut'}." if "relation" in proof.gaps else ""
    rules = "; ".join(error.reason for error in found)
    detail = f"Sudah diserahkan ({place}), tetapi belum sesuai aturan: {rules}.{who}"
    open_case(session, proof.office, "proof_lacking", subject_kind="proof", subject_id=proof.id, detail=detail)
