"""Who takes a document at a door or a desk: one word per kind of person, and how people here say it.

A proof keeps what was said ("Keluarga satu KK"); rules speak of the code ("family"). `receiver_of` joins the two, so
that pages may say it in their own way.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dispatch.said import say


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """One kind of person. `at_desk`: works at a village or kecamatan office, so takes batches there."""

    code: str
    words: str
    also: tuple[str, ...] = ()
    at_desk: bool = False


_ALL = (
    Receiver(code="holder", words=say("Orangnya sendiri"), also=("Pemilik", "Ybs", "Yang bersangkutan")),
    Receiver(
        code="family",
        words=say("Keluarga satu KK"),
        also=("Keluarga", "Keluarga serumah", "Orang tua", "Orang tua atau wali", "Wali", "Suami", "Istri", "Anak"),
    ),
    Receiver(code="proxy", words=say("Membawa surat kuasa"), also=("Kuasa", "Surat kuasa", "F-1.07")),
    Receiver(code="rt_head", words=say("Ketua RT"), also=("Ketua RW", "RT", "RW", "Pak RT", "Bu RT")),
    Receiver(
        code="village_officer",
        words=say("Perangkat desa"),
        also=(
            "Kepala desa", "Kades", "Sekretaris desa", "Sekretaris", "Sekdes", "Petugas registrasi", "Lurah",
            "Sekretaris kelurahan", "Kepala dusun", "Perangkat kelurahan", "Pemerintah desa",
        ),
        at_desk=True,
    ),
    Receiver(
        code="district_officer",
        words=say("Petugas kecamatan"),
        also=("Camat", "Sekretaris camat", "Sekretaris kecamatan", "Operator kecamatan"),
        at_desk=True,
    ),
    Receiver(code="neighbour", words=say("Tetangga")),
    Receiver(code="other", words=say("Lainnya"), also=("Orang lain",), at_desk=True),
)  # fmt: skip

RECEIVERS: Mapping[str, Receiver] = MappingProxyType({receiver.code: receiver for receiver in _ALL})
"""Every kind of receiver by its code, from the person outwards."""

AT_DESK = frozenset(receiver.code for receiver in _ALL if receiver.at_desk)
"""Who may sign for a batch at a village or kecamatan office; the office's own count follows."""


def receiver_of(said: str) -> str:
    """The code somebody means by "Keluarga serumah" or "family"; empty when it is none that we know."""
    return _BY_SPELLING.get(_squeezed(said), "")


def _squeezed(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


def _spellings() -> dict[str, str]:
    found: dict[str, str] = {}
    for receiver in _ALL:
        for text in (receiver.code, receiver.words, *receiver.also):
            if found.setdefault(_squeezed(text), receiver.code) != receiver.code:
                raise ValueError(f"{text!r} would mean two kinds of receiver")
    return found


_BY_SPELLING: Mapping[str, str] = _spellings()
