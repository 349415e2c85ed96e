"""Which village a document goes to: a code if there is one, else names through the matcher, else a person decides.

A code and names that contradict each other are shown to a person too. A wrong village is far worse than a question.
"""

from collections.abc import Collection
from dataclasses import dataclass

from dispatch.services.intake_rows import Fault, Finished
from maps.gazetteer import Village, gazetteer
from maps.matching import Candidate, match_fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """The village, or None and what a person needs to choose one: candidates, best first, and why it is unclear."""

    code: str | None
    confidence: float
    candidates: tuple[Candidate, ...] = ()
    reason: str = ""


def place(finished: Finished, office: str, villages: Collection[str]) -> Placed | Fault:
    """Find the document's village among those of the office. A Fault when its code is none of them."""
    if finished.village_code:
        return _by_code(finished, office, villages)
    found = match_fields(
        regency=office,
        village=finished.village,
        district=finished.district,
        regency_name=finished.regency,
        address=finished.address,
    )
    code = found.code if found.code in villages else None
    return Placed(code=code, confidence=found.confidence, candidates=found.candidates, reason=found.reason)


def _by_code(finished: Finished, office: str, villages: Collection[str]) -> Placed | Fault:
    try:
        village = gazetteer().village(finished.village_code)
    except ValueError:
        return Fault("village_code", "unknown_village", "Kode desa/kelurahan tidak ada di daftar Kemendagri.")
    if village.regency_code != office or village.code not in villages:
        return Fault(
            "village_code",
            "foreign_village",
            f"Kode desa/kelurahan ini milik {village.regency}, bukan wilayah kantor ini.",
        )
    return _unless_names_disagree(finished, village)


def _unless_names_disagree(finished: Finished, village: Village) -> Placed:
    certain = Placed(code=village.code, confidence=1.0)
    if not finished.village:
        return certain
    named = match_fields(
        regency=village.regency_code,
        village=finished.village,
        district=finished.district or village.district,
        regency_name=finished.regency,
    )
    if village.code in {candidate.code for candidate in named.candidates} and named.code in (None, village.code):
        return certain
    by_code = Candidate(code=village.code, label=f"{village.name}, Kec. {village.district}", confidence=0.5)
    others = tuple(candidate for candidate in named.candidates if candidate.code != village.code)
    return Placed(
        code=None,
        confidence=0.5,
        candidates=(by_code, *others),
        reason="Kode desa/kelurahan dan namanya tidak cocok.",
    )
