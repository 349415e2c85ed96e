"""The catalogue of civil documents: what they are called, and whether paper has to travel at all.

Since July 2020 family cards and certificates are signed electronically and printed on plain paper, so their holders
may print them at home (`self_printable`); cards are plastic and must be carried (`physical`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dispatch.said import say


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of document. Neither physical nor self-printable means it is no courier item at all."""

    code: str
    name: str
    physical: bool
    self_printable: bool
    aliases: tuple[str, ...] = ()

    @property
    def deliverable(self) -> bool:
        """Whether a courier may be asked to carry it."""
        return self.physical


def _card(code: str, name: str, *aliases: str) -> Kind:
    return Kind(code=code, name=name, physical=True, self_printable=False, aliases=aliases)


def _paper(code: str, name: str, *aliases: str) -> Kind:
    return Kind(code=code, name=name, physical=True, self_printable=True, aliases=aliases)


def _digital(code: str, name: str, *aliases: str) -> Kind:
    return Kind(code=code, name=name, physical=False, self_printable=False, aliases=aliases)


def _certificate(code: str, name: str, *subjects: str) -> Kind:
    """An akta, with every way people write "akta", "akte" and "kutipan akta" before its subject."""
    prefixes = ("akta", "akte", "kutipan akta", "kutipan akte", "surat")
    return _paper(code, name, *(f"{prefix} {subject}" for subject in subjects for prefix in prefixes))


KINDS: tuple[Kind, ...] = (
    _card(
        "ktp_el",
        say("KTP-el"),
        "ktp",
        "e-ktp",
        "ektp",
        "ktpel",
        "ktp elektronik",
        "kartu tanda penduduk",
        "ktp-el baru",
    ),
    _card("kia", say("KIA"), "kartu identitas anak", "ktp anak"),
    _paper("kk", say("Kartu Keluarga"), "kartu keluarga", "kk baru", "c1"),
    _certificate("akta_kelahiran", say("Akta Kelahiran"), "kelahiran", "lahir"),
    _certificate("akta_kematian", say("Akta Kematian"), "kematian", "mati"),
    _certificate("akta_perkawinan", say("Akta Perkawinan"), "perkawinan", "kawin", "nikah"),
    _certificate("akta_perceraian", say("Akta Perceraian"), "perceraian", "cerai"),
    _certificate("akta_pengakuan", say("Akta Pengakuan Anak"), "pengakuan anak", "pengakuan"),
    _certificate("akta_pengesahan", say("Akta Pengesahan Anak"), "pengesahan anak", "pengesahan"),
    _certificate(
        "akta_pengangkatan", say("Akta Pengangkatan Anak"), "pengangkatan anak", "pengangkatan", "adopsi", "angkat anak"
    ),
    _paper(
        "skpwni", say("SKPWNI"), "surat pindah", "surat keterangan pindah", "surat keterangan pindah wni", "pindah wni"
    ),
    _card("suket", say("Suket KTP-el"), "surat keterangan pengganti ktp-el", "suket ktp", "suket ktp el"),
    _digital("ikd", say("Identitas Kependudukan Digital"), "identitas kependudukan digital", "ktp digital"),
    _digital("biodata", say("Biodata Penduduk"), "biodata", "biodata penduduk"),
)

BY_CODE: Mapping[str, Kind] = {kind.code: kind for kind in KINDS}


def kind_named(text: str) -> Kind:
    """The kind somebody means by "KTP", "e-KTP", "Akte Lahir" or its code. Raises ValueError when none is meant."""
    found = _BY_SPELLING.get(_squeezed(text))
    if found is None:
        raise ValueError(f"{text!r} is no known kind of document")
    return found


def _squeezed(text: str) -> str:
    """Letters and digits only, so that "E - KTP", "e-ktp" and "EKTP" are one spelling."""
    return re.sub(r"[\W_]+", "", text.lower())


def _spellings() -> dict[str, Kind]:
    found: dict[str, Kind] = {}
    for kind in KINDS:
        for text in (kind.code, kind.name, *kind.aliases):
            other = found.setdefault(_squeezed(text), kind)
            if other is not kind:
                raise ValueError(f"{text!r} would mean both {other.code} and {kind.code}")
    return found


_BY_SPELLING: Mapping[str, Kind] = _spellings()
