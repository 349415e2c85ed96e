"""How many documents were in which state at an instant, and what moved between two, by village.

The rows say how it is now; what the trail tells since then is taken back. So the figure of any evening is exactly what
the rows said on that evening, and what came in less what ended is always the difference of two evenings.
"""

from collections import Counter
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.services.reports.period import Period
from dispatch.store.models import Document, Event

ENDED = frozenset({"delivered", "withdrawn", "self_printed", "lost"})
"""States after which nothing is left to bring."""

type Moves = Counter[tuple[str, str, str]]
"""(village, from state, to state) → how often; the first move of a document comes from ""."""
type Stock = Counter[tuple[str, str]]
"""(village, state) → documents."""


def moves(session: Session, office: str, period: Period) -> Moves:
    """Every change of state of a document in the period."""
    return _moves(session, office, period.start, period.end)


def stock_at(session: Session, office: str, instant: datetime) -> Stock:
    """Where every document was at the instant."""
    rows = session.execute(
        select(Document.village_code, Document.state, func.count())
        .where(Document.office == office)
        .group_by(Document.village_code, Document.state)
    )
    found: Stock = Counter({(village, state): number for village, state, number in rows})
    for (village, start, end), number in _moves(session, office, instant, None).items():
        found[village, end] -= number
        if start:
            found[village, start] += number
    return Counter({key: number for key, number in found.items() if number})


def _moves(session: Session, office: str, start: datetime, end: datetime | None) -> Moves:
    asked = (
        select(Document.village_code, Event.from_state, Event.to_state, func.count())
        .select_from(Event)
        # an outer join although every row is there: SQLite then begins with the events of the period, as it should
        .outerjoin(Document, Document.id == Event.subject_id)
        .where(Event.office == office, Event.subject_kind == "document", Event.at >= start)
        .group_by(Document.village_code, Event.from_state, Event.to_state)
    )
    if end is not None:
        asked = asked.where(Event.at < end)
    return Counter({(village, begun, ended): number for village, begun, ended, number in session.execute(asked)})
