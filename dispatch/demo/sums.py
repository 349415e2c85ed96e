"""Whether the day adds up: where every document is by its row, and whether people were told the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from dispatch.demo.legs import Told
from dispatch.demo.stage import OFFICE, Stage
from dispatch.store.models import Document
from dispatch.store.states import DESKS


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where the office's documents are, counted from their rows and not from what anybody claimed."""

    documents: int
    with_citizens: int
    at_desks: int
    with_couriers: int
    at_post: int
    in_office: int
    by_state: dict[str, int]

    @property
    def adds_up(self) -> bool:
        places = (self.with_citizens, self.at_desks, self.with_couriers, self.at_post, self.in_office)
        return self.documents == sum(places)


def whereabouts(stage: Stage) -> Whereabouts:
    """Every document of the office by who holds it now."""
    with stage.runtime.db.reading() as session:
        rows = session.execute(
            select(Document.holder_kind, Document.state, func.count())
            .where(Document.office == OFFICE)
            .group_by(Document.holder_kind, Document.state)
        ).all()

    def held_by(*kinds: str) -> int:
        return sum(int(count) for kind, _, count in rows if kind in kinds)

    states = {state for _, state, _ in rows}
    return Whereabouts(
        documents=sum(int(count) for _, _, count in rows),
        with_citizens=held_by("citizen"),
        at_desks=held_by(*DESKS),
        with_couriers=held_by("courier"),
        at_post=held_by("partner"),
        in_office=held_by("depot"),
        by_state={state: sum(int(n) for _, s, n in rows if s == state) for state in sorted(states)},
    )


def differences(where: Whereabouts, told: Told, imported: int) -> Sequence[str]:
    """What people were told that the rows do not say; empty when the day adds up."""
    pairs = {
        "documents imported and documents there": (imported, where.documents),
        "hand-overs to citizens and documents with citizens": (told.with_citizens, where.with_citizens),
        "the desks' waiting lists and documents at desks": (told.waiting_at_desks(), where.at_desks),
        "documents counted, and handed on, given back or waiting": (
            told.counted,
            told.handed_on + told.given_back + told.waiting_at_desks(),
        ),
        "documents that found a closed office, back or damaged, and documents counted in": (
            told.found_closed + told.given_back + told.damaged,
            told.back_in_the_office,
        ),
        "documents with couriers after the count, and none": (where.with_couriers, 0),
        "old cards given up and old cards counted in": (told.cards_given_up, told.cards_counted_in),
    }
    wrong = [f"{what}: {one} and {other}" for what, (one, other) in pairs.items() if one != other]
    return wrong if where.adds_up else [*wrong, "the places of the documents do not add up"]
