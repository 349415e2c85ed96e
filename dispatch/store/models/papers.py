"""The register of numbered papers, what each print of them said, and the files that hold a whole plan's papers."""

from datetime import date, datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.store.db import Base
from dispatch.store.models.common import JsonColumn, OfficeRow, own, points_at


class PaperSettings(OfficeRow, Base):
    """How an office's papers look and are numbered. What is empty is left as dots, to be filled in by hand."""

    __tablename__ = "paper_settings"
    __table_args__ = (UniqueConstraint("office"),)

    letterhead: Mapped[list[str]] = mapped_column(JsonColumn)  # the large lines
    address: Mapped[str] = mapped_column(String(160), default="")  # the small line under them
    signed_in: Mapped[str] = mapped_column(String(60), default="")
    giver_name: Mapped[str] = mapped_column(String(80), default="")
    giver_number: Mapped[str] = mapped_column(String(30), default="")  # NIP
    giver_position: Mapped[str] = mapped_column(String(120), default="")
    knows_name: Mapped[str] = mapped_column(String(80), default="")
    knows_number: Mapped[str] = mapped_column(String(30), default="")
    knows_position: Mapped[str] = mapped_column(String(120), default="")
    # "470/{number:03}/409.109/{year}"; what may stand between the braces is said in services/paper_numbers.py
    bast_template: Mapped[str] = mapped_column(String(60))
    cards_template: Mapped[str] = mapped_column(String(60))
    service_template: Mapped[str] = mapped_column(String(60), default="470/{number:03}/BAST-JASA/{year}")


class Paper(OfficeRow, Base):
    """One numbered paper about one thing. Its number is kept for ever; what it says may get a new revision."""

    __tablename__ = "paper"
    __table_args__ = (
        own("paper"),
        UniqueConstraint("office", "kind", "year", "number"),
        UniqueConstraint("office", "label"),
        UniqueConstraint("office", "kind", "subject_id"),
    )

    kind: Mapped[str] = mapped_column(String(8))  # bast, cards, service
    year: Mapped[int]
    number: Mapped[int]
    label: Mapped[str] = mapped_column(String(80))  # the number as it is printed
    subject_kind: Mapped[str] = mapped_column(String(16))  # batch, old_card_count, service_month
    subject_id: Mapped[str] = mapped_column(String(16), index=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)  # 160 random bits; opens the public verification page
    made_at: Mapped[datetime]


class PaperRevision(OfficeRow, Base):
    """One state of what a paper says. Printing the same again makes none; `sha256` is that of its own file."""

    __tablename__ = "paper_revision"
    __table_args__ = (
        own("paper_revision"),
        UniqueConstraint("paper_id", "revision"),
        points_at("paper_id", "paper"),
    )

    paper_id: Mapped[str] = mapped_column(String(16), index=True)
    revision: Mapped[int]
    seal: Mapped[str] = mapped_column(String(64))  # keyed hash of everything the paper says
    day: Mapped[date]
    items: Mapped[int]  # documents, or old cards
    old_cards: Mapped[int | None]
    after_handover: Mapped[bool] = mapped_column(default=False)
    # the end of the office's trail when it was made, printed on it: whoever has the paper can hold the trail to it
    head_seq: Mapped[int]
    head_hash: Mapped[str] = mapped_column(String(64))
    made_by: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime]
    sha256: Mapped[str] = mapped_column(String(64), default="")  # empty until its own file was asked for


class PaperBundle(OfficeRow, Base):
    """Everything to print for a plan in one file: manifests, BASTs, labels."""

    __tablename__ = "paper_bundle"
    __table_args__ = (own("paper_bundle"), points_at("plan_id", "plan"))

    plan_id: Mapped[str] = mapped_column(String(16), index=True)
    seal: Mapped[str] = mapped_column(String(64))  # keyed hash of what it says; the same again is not drawn again
    papers: Mapped[int]
    drawn: Mapped[int] = mapped_column(default=0)
    requested_by: Mapped[str] = mapped_column(String(40))
    requested_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    sha256: Mapped[str] = mapped_column(String(64), default="")
    failure: Mapped[str] = mapped_column(String(200), default="")
