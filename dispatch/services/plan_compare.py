"""Two plans, or one plan at two moments, side by side: what they cost and which places they treat differently."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dispatch.services.plan_draft import Draft
from dispatch.services.plan_shapes import PlanView
from dispatch.services.plan_words import Named


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A place whose part in a plan is not what it was."""

    place: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One batch that two plans treat differently; empty where a plan does not have it."""

    code: str
    village: str
    documents: int
    one: str
    other: str


def moves(before: Draft, after: Draft, words: Named) -> Sequence[Moved]:
    """The places that are elsewhere now, by name."""
    places = {stop for draft in (before, after) for ride in draft.rides for stop in ride.stops}
    places |= {*before.out, *after.out, *before.reasons, *after.reasons}
    found = [
        Moved(place=words.place(place), before=was, after=is_now)
        for place in places
        if (was := _where(before, place, words)) != (is_now := _where(after, place, words))
    ]
    return sorted(found, key=lambda one: (one.place, one.before))


def compare(one: PlanView, other: PlanView) -> Sequence[Difference]:
    """The batches that the plans treat differently, by code."""
    first, second = dict(_fates(one)), dict(_fates(other))
    return [
        Difference(
            code=code,
            village=(first.get(code) or second[code])[0],
            documents=(first.get(code) or second[code])[1],
            one=first[code][2] if code in first else "",
            other=second[code][2] if code in second else "",
        )
        for code in sorted(first.keys() | second.keys())
        if (first[code][2] if code in first else "") != (second[code][2] if code in second else "")
    ]


def _fates(plan: PlanView) -> Iterator[tuple[str, tuple[str, int, str]]]:
    """(code, (village, documents, what becomes of it)) of every batch."""
    for route in plan.routes:
        for stop in route.stops:
            for batch in stop.batches:
                yield batch.code, (stop.village, batch.documents, f"{route.courier}")
    for word, rows in (("Pos", plan.post), ("Menunggu", plan.waiting), ("Tidak terlayani", plan.unassigned)):
        for row in rows:
            yield row.code, (row.village, row.documents, word)


def _where(draft: Draft, place: str, words: Named) -> str:
    found = draft.place_of(place)
    if found is None:
        return "tidak di rute"
    ride, position = found
    return f"rute {ride.number} ({words.rider(ride.vehicle_id)}), tujuan {position + 1}"
