"""Why a document could not be handed over, in words a rider taps, and what each reason leads to by itself.

A reason alone says whether a later route may try again, a person has to look first, or the document has to be printed
again; how often is "again" and where it waits then is the release policy's word (`policies.next_step`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from dispatch.said import say

Leads = Literal["retry", "card", "hold", "return", "reprint"]
"""`retry`: a later route, as often as the policy allows. `card`: as the policy swaps old cards. `hold`: a person looks
first. `return`: it stays in the office for good. `reprint`: this print is of no use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason a hand-over failed."""

    code: str
    words: str
    leads: Leads
    at_office: bool = False
    """Can happen at a village or kecamatan office; the others only at somebody's home."""
    is_attempt: bool = True
    """Counts towards the attempts a release policy allows."""
    is_offered: bool = True
    """A rider can choose it; the others are found out in another way."""


UNVISITED = "BELUM_DIKUNJUNGI"  # brought back without a word about the stop
PARTNER_RETURN = "DIRETUR_MITRA"
LOST = "DOKUMEN_HILANG"
NO_OLD_CARD = "KTP_LAMA_TIDAK_DISERAHKAN"
TOO_LONG = "LAMA_TIDAK_DIAMBIL"  # a desk waited in vain for its citizen

_ALL = (
    Reason(code="KANTOR_DESA_TUTUP", words=say("Kantor desa tutup"), leads="retry", at_office=True),
    Reason(code="MENOLAK", words=say("Tidak mau menerima"), leads="hold", at_office=True),
    Reason(
        code="CUACA_AKSES",
        words=say("Hujan, banjir, atau jalan putus"),
        leads="retry",
        at_office=True,
        is_attempt=False,
    ),
    Reason(code="ALAMAT_TIDAK_DITEMUKAN", words=say("Tempatnya tidak ketemu"), leads="hold", at_office=True),
    Reason(code="DOKUMEN_RUSAK", words=say("Dokumen rusak"), leads="reprint", at_office=True, is_attempt=False),
    Reason(code=LOST, words=say("Dokumen hilang"), leads="hold", at_office=True, is_attempt=False),
    Reason(code="TIDAK_DI_RUMAH", words=say("Tidak ada orang di rumah"), leads="retry"),
    Reason(code="PINDAH", words=say("Sudah pindah rumah"), leads="hold"),
    Reason(code="MENINGGAL", words=say("Sudah meninggal"), leads="return"),
    Reason(code="DI_LUAR_NEGERI", words=say("Sedang di luar negeri"), leads="hold"),
    Reason(code=NO_OLD_CARD, words=say("KTP lama tidak diserahkan"), leads="card"),
    Reason(code="IDENTITAS_TIDAK_COCOK", words=say("Orangnya tidak cocok dengan nama"), leads="hold"),
    Reason(code="DATA_SALAH_CETAK", words=say("Tulisan di dokumen salah"), leads="reprint", is_attempt=False),
    Reason(code=UNVISITED, words=say("Belum sempat dikunjungi"), leads="retry", is_attempt=False, is_offered=False),
    Reason(code=TOO_LONG, words=say("Lama tidak diambil"), leads="hold", is_attempt=False, is_offered=False),
    Reason(code=PARTNER_RETURN, words=say("Dikembalikan mitra antar"), leads="retry", is_offered=False),
)

REASONS: Mapping[str, Reason] = MappingProxyType({reason.code: reason for reason in _ALL})
"""Every reason by its code, in the order people are offered them."""

COUNTED = frozenset(reason.code for reason in _ALL if reason.is_attempt)
"""The reasons that count towards a policy's attempts."""


def reasons_at(destination: str) -> tuple[Reason, ...]:
    """What a rider is offered at a batch's destination."""
    return tuple(reason for reason in _ALL if reason.is_offered and (destination == "home" or reason.at_office))
