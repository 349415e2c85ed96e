"""How papers are numbered: a template of the office's, a counter per office, kind and year without a gap.

Taking the end of the office's trail puts everybody who numbers in line, so the next number is one more than the last.
A thing that has a number keeps it; a number is given with the rows that need it, in one transaction.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from string import Formatter

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.errors import Conflict, FieldError, Invalid
from dispatch.papers.words import roman_month
from dispatch.store import audit
from dispatch.store.db import new_id, now
from dispatch.store.models import Paper

BAST, CARDS, SERVICE = "bast", "cards", "service"
DEFAULT_TEMPLATES: Mapping[str, str] = {
    BAST: "470/{number:03}/BAST/{year}",
    CARDS: "470/{number:03}/BA-KTP/{year}",
    SERVICE: "470/{number:03}/BAST-JASA/{year}",
}
MOST_LETTERS = 60
_WIDTH = re.compile(r"0[1-6]")
_PLACEHOLDERS = frozenset({"number", "year", "month", "office"})
_PLAIN = re.compile(r"[\w /.,:()\-]*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """What gets a number: the thing it is about and the day on the paper."""

    subject_kind: str
    subject_id: str
    day: date


def checked_template(template: str, field: str) -> str:
    """The template, if it is one. Invalid unless it holds {number} and {year} and nothing but known placeholders."""

    def refuse(reason: str) -> Invalid:
        return Invalid(fields=[FieldError(field, reason)])

    if not template or len(template) > MOST_LETTERS:
        raise refuse(f"isi pola nomor, paling panjang {MOST_LETTERS} huruf")
    try:
        parts = list(Formatter().parse(template))
    except ValueError:
        raise refuse("kurung kurawal pada pola nomor tidak lengkap") from None
    names = [name for _, name, _, _ in parts if name is not None]
    for text, name, spec, conversion in parts:
        if not _PLAIN.fullmatch(text):
            raise refuse("pola nomor hanya boleh berisi huruf, angka dan tanda / . , : ( ) -")
        if name is None:
            continue
        if name not in _PLACEHOLDERS or conversion:
            raise refuse("pola nomor hanya mengenal {number}, {year}, {month} dan {office}")
        if spec and not (name == "number" and _WIDTH.fullmatch(spec)):
            raise refuse("banyaknya angka ditulis seperti {number:03}")
    if names.count("number") != 1 or "year" not in names:
        raise refuse("pola nomor harus memuat {number} dan {year}")
    return template


def label_of(template: str, *, number: int, day: date, office: str) -> str:
    """The number as it is printed: "470/007/409.109/2026". `month` is Roman, as registers have it."""
    return template.format(number=number, year=day.year, month=roman_month(day.month), office=office)


def give_numbers(
    session: Session, office: str, kind: str, wanted: Collection[Numbered], *, template: str
) -> Mapping[str, Paper]:
    """Subject → its paper; those without one get the next numbers of their year, in the order given."""
    audit.begin(session, office)  # one at a time: the last number is the last number until we commit
    ids = [one.subject_id for one in wanted]
    papers = {
        paper.subject_id: paper
        for paper in session.scalars(
            select(Paper).where(Paper.office == office, Paper.kind == kind, Paper.subject_id.in_(ids))
        )
    }
    last: dict[int, int] = {}
    for one in wanted:
        if one.subject_id in papers:
            continue
        year = one.day.year
        if year not in last:
            last[year] = _last(session, office, kind, year)
        last[year] += 1
        paper = Paper(
            office=office,
            kind=kind,
            year=year,
            number=last[year],
            label=label_of(template, number=last[year], day=one.day, office=office),
            subject_kind=one.subject_kind,
            subject_id=one.subject_id,
            code=new_id() + new_id(),
            made_at=now(session),
        )
        _refuse_taken(session, paper)
        session.add(paper)
        papers[one.subject_id] = paper
    session.flush()
    return papers


def _last(session: Session, office: str, kind: str, year: int) -> int:
    found = session.scalar(
        select(func.max(Paper.number)).where(Paper.office == office, Paper.kind == kind, Paper.year == year)
    )
    return found or 0


def _refuse_taken(session: Session, paper: Paper) -> None:
    """Two kinds whose templates write the same number would put two papers under it."""
    taken = select(Paper.id).where(Paper.office == paper.office, Paper.label == paper.label)
    if session.scalar(taken) is not None:
        raise Conflict(f"the number {paper.label} is taken by another kind of paper; change one of the templates")
