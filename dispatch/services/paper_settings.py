"""What an office's papers carry: letterhead, who signs, how they are numbered. Without settings, plain defaults."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import FieldError, Invalid
from dispatch.papers.sheet import Letterhead, Person
from dispatch.said import say
from dispatch.services.paper_numbers import BAST, CARDS, DEFAULT_TEMPLATES, SERVICE, checked_template
from dispatch.store import audit
from dispatch.store.audit import Actor
from dispatch.store.models import Office, PaperSettings

MOST_LINES, MOST_LETTERS = 4, 70
_LONG_NUMBER = re.compile(r"(?:\d[ .\-]?){15}\d(?!\d)")

# field of the form → (what people call it, most letters)
TEXTS: Mapping[str, tuple[str, int]] = {
    "address": ("alamat", 160),
    "signed_in": ("tempat surat", 60),
    "giver_name": ("nama penyerah", 80),
    "giver_number": ("NIP penyerah", 30),
    "giver_position": ("jabatan penyerah", 120),
    "knows_name": ("nama yang mengetahui", 80),
    "knows_number": ("NIP yang mengetahui", 30),
    "knows_position": ("jabatan yang mengetahui", 120),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """An office's settings, ready to be drawn."""

    letterhead: Letterhead
    signed_in: str
    giver: Person
    knows: Person
    templates: Mapping[str, str]


def settings_of(session: Session, office: str) -> PaperSettings:
    """The office's row, or a new one (not yet added) with the defaults."""
    found = session.scalar(select(PaperSettings).where(PaperSettings.office == office))
    if found is not None:
        return found
    name = session.scalars(select(Office.name).where(Office.code == office)).one()
    return PaperSettings(
        office=office,
        letterhead=[f"PEMERINTAH {name.upper()}", "DINAS KEPENDUDUKAN DAN PENCATATAN SIPIL"],
        bast_template=DEFAULT_TEMPLATES[BAST],
        cards_template=DEFAULT_TEMPLATES[CARDS],
        service_template=DEFAULT_TEMPLATES[SERVICE],
        **dict.fromkeys(TEXTS, ""),
    )


def look_of(session: Session, office: str) -> Look:
    """What the office's papers carry."""
    row = settings_of(session, office)
    address = Person(name=row.giver_name, number=row.giver_number, position=row.giver_position, address=row.address)
    return Look(
        letterhead=Letterhead(lines=tuple(row.letterhead), small=(row.address,) if row.address else ()),
        signed_in=row.signed_in,
        giver=address,
        knows=Person(name=row.knows_name, number=row.knows_number, position=row.knows_position),
        templates={BAST: row.bast_template, CARDS: row.cards_template, SERVICE: row.service_template},
    )


def change(session: Session, office: str, given: Mapping[str, str], letterhead: str, *, by: Actor) -> PaperSettings:
    """Set what the form says (`given`: TEXTS, bast_template, cards_template). Papers already numbered keep theirs."""
    audit.begin(session, office)
    row = settings_of(session, office)
    lines = [line.strip() for line in letterhead.splitlines() if line.strip()]
    if not 1 <= len(lines) <= MOST_LINES or any(len(line) > MOST_LETTERS for line in lines):
        reason = (
            f"kop surat terdiri dari 1 sampai {MOST_LINES} baris, masing-masing paling panjang {MOST_LETTERS} huruf"
        )
        raise Invalid(fields=[FieldError("letterhead", reason)])
    row.letterhead = lines
    for field, (name, most) in TEXTS.items():
        text = given.get(field, "")
        if len(text) > most:
            raise Invalid(
                fields=[FieldError(field, say("%(name)s paling panjang %(most)s huruf", name=name, most=most))]
            )
        setattr(row, field, text)
    asked = {**given, "service_template": given.get("service_template") or row.service_template}
    templates = [
        checked_template(asked.get(f"{kind}_template", ""), f"{kind}_template") for kind in (BAST, CARDS, SERVICE)
    ]
    if len(set(templates)) < len(templates):
        raise Invalid(fields=[FieldError("cards_template", "pola nomor harus berbeda satu sama lain")])
    row.bast_template, row.cards_template, row.service_template = templates
    session.add(row)
    session.flush()
    return row


def without_long_numbers(text: str) -> str:
    """Nothing that could be an NIK or a KK number reaches a paper, whatever field somebody typed it into."""

    def hide(found: re.Match[str]) -> str:
        return "*" * 12 + re.sub(r"\D", "", found[0])[-4:]

    return _LONG_NUMBER.sub(hide, text)
