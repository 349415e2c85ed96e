"""Why a document could not be handed over, in words a rider taps, and what the office then does with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

After = Literal["ready", "held"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason. `after`: what the document becomes once the office has counted it in again."""

    code: str
    words: str
    after: After
    at_office: bool = False
    """Can happen at a village or kecamatan office; the others only at somebody's home."""
    is_attempt: bool = True
    """Counts towards the attempts a release policy allows."""
    is_offered: bool = True
    """A rider can choose it; the others are found out in another way."""


UNVISITED = "BELUM_DIKUNJUNGI"  # brought back without a word about the stop
PARTNER_RETURN = "DIRETUR_MITRA"
LOST = "DOKUMEN_HILANG"

_ALL = (
    Reason(code="KANTOR_DESA_TUTUP", words="Kantor desa tutup", after="ready", at_office=True),
    Reason(code="MENOLAK", words="Tidak mau menerima", after="held", at_office=True),
    Reason(
        code="CUACA_AKSES", words="Hujan, banjir, atau jalan putus", after="ready", at_office=True, is_attempt=False
    ),
    Reason(code="ALAMAT_TIDAK_DITEMUKAN", words="Tempatnya tidak ketemu", after="held", at_office=True),
    Reason(code="DOKUMEN_RUSAK", words="Dokumen rusak", after="held", at_office=True, is_attempt=False),
    Reason(code=LOST, words="Dokumen hilang", after="held", at_office=True, is_attempt=False),
    Reason(code="TIDAK_DI_RUMAH", words="Tidak ada orang di rumah", after="ready"),
    Reason(code="PINDAH", words="Sudah pindah rumah", after="held"),
    Reason(code="MENINGGAL", words="Sudah meninggal", after="held"),
    Reason(code="DI_LUAR_NEGERI", words="Sedang di luar negeri", after="held"),
    Reason(code="KTP_LAMA_TIDAK_DISERAHKAN", words="KTP lama tidak diserahkan", after="ready"),
    Reason(code="IDENTITAS_TIDAK_COCOK", words="Orangnya tidak cocok dengan nama", after="held"),
    Reason(code="DATA_SALAH_CETAK", words="Tulisan di dokumen salah", after="held", is_attempt=False),
    Reason(code=UNVISITED, words="Belum sempat dikunjungi", after="ready", is_attempt=False, is_offered=False),
    Reason(code=PARTNER_RETURN, words="Dikembalikan mitra antar", after="ready", is_offered=False),
)

REASONS: Mapping[str, Reason] = MappingProxyType({reason.code: reason for reason in _ALL})
"""Every reason by its code, in the order people are offered them."""


def reasons_at(destination: str) -> tuple[Reason, ...]:
    """What a rider is offered at a batch's destination."""
    return tuple(reason for reason in _ALL if reason.is_offered and (destination == "home" or reason.at_office))
