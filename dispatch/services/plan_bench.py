"""A solved plan laid out for work: the problem it was solved with, what its stops stand for, and the draft.

`judge` times and prices a draft by `routing.evaluate` and lets the referee look at it. Limits that a draft exceeds are
told, not refused; anything else the referee finds would be our own mistake and stops everything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from dispatch.errors import Conflict, FieldError, Invalid
from dispatch.services import plan_matrices
from dispatch.services.plan_draft import BY_POST, CHEAPEST, WAITS, Draft, from_row, problem_of
from dispatch.store.files import FileStore
from dispatch.store.models import Plan
from dispatch.store.models.common import Json
from routing.check import Violation, check
from routing.evaluate import cost_of, evaluate
from routing.jsonform import problem_from_json
from routing.model import Cause, LeaveOut, Problem, Reason, Solution, Unassigned

LIMITS = (
    "outside_window",
    "returns_after_shift",
    "over_capacity",
    "too_many_stops",
    "too_far",
    "kind_not_allowed",
    "vehicle_not_allowed",
)
"""What a draft may exceed: shown, and in the way of approval unless the office allows it (`Rules.may_exceed`)."""

TAKEN_OUT = Reason(cause=Cause.FITS)
"""Of a stop that a person took off its route."""

type Way = Literal["post", "wait", "unassigned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One batch of a stop and what leaving it out costs, None where that is not wanted or not allowed."""

    batch_id: str
    documents: int
    post: int | None
    waiting: int | None
    all_post: int

    def way(self, wanted: str) -> tuple[Way, int]:
        """What becomes of the batch and its price; `wanted` "cheapest" takes the cheaper way, the post where equal."""
        if wanted == BY_POST and self.post is not None:
            return "post", self.post
        if wanted == WAITS and self.waiting is not None:
            return "wait", self.waiting
        if self.waiting is not None and (self.post is None or self.waiting < self.post):
            return "wait", self.waiting
        return ("unassigned", 0) if self.post is None else ("post", self.post)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """What one stop of the problem stands for."""

    stop_id: str
    village_code: str
    items: tuple[Item, ...]

    def leave_out(self, wanted: str) -> LeaveOut | None:
        """The price of not visiting it in this way; None: it must be visited."""
        ways = [item.way(wanted) for item in self.items]
        if any(way == "unassigned" for way, _ in ways):
            return None
        return LeaveOut(
            kind="post" if any(way == "post" for way, _ in ways) else "wait", rupiah=sum(price for _, price in ways)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A plan's problem as it was solved, its spots by stop id, and its draft."""

    base: Problem
    spots: Mapping[str, Spot]
    draft: Draft
    seconds: float
    """How long the last search took."""

    def stop_of(self, batch_id: str) -> str:
        """The stop that stands for a batch; Invalid when the problem has none (its village is closed that day)."""
        known = {stop.id for stop in self.base.stops}
        for spot in self.spots.values():
            if spot.stop_id in known and any(item.batch_id == batch_id for item in spot.items):
                return spot.stop_id
        raise Invalid(fields=[FieldError("batch_id", "batch ini tidak dapat diantar pada hari itu")])


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A draft with its times and prices, and the limits it exceeds."""

    draft: Draft
    problem: Problem
    solution: Solution
    violations: Sequence[Violation]


def bench_of(plan: Plan, files: FileStore) -> Bench:
    """The plan laid out; Conflict for one that was solved before plans could be edited."""
    if plan.problem is None or plan.draft is None or plan.places is None or not plan.matrix_sha:
        raise Conflict(f"plan {plan.id} keeps no draft; plan anew to edit it")
    ways = plan_matrices.matrices(files, plan.office, plan.matrix_sha)
    return Bench(
        base=problem_from_json(plan.problem, ways),
        spots={one["stop_id"]: _spot(one) for one in plan.places},
        draft=from_row(plan.draft),
        seconds=float((plan.solution or {}).get("seconds", 0)),
    )


def chosen_problem(bench: Bench) -> Problem:
    """The problem as people decided it should be judged."""
    return problem_of(bench.base, bench.draft, _chosen_prices(bench, bench.draft))


def judge(bench: Bench, draft: Draft) -> Judged:
    """Times, fares and broken limits of a draft. Invalid where it cannot be driven at all."""
    try:
        problem = problem_of(bench.base, draft, _chosen_prices(bench, draft))
        routes = evaluate(problem, draft.orders)
    except ValueError as error:
        raise Invalid(str(error), fields=[FieldError("route", "rute ini tidak dapat dijalani")]) from error
    visited = {stop_id for route in routes for stop_id in route.stop_ids}
    solution = Solution(
        routes=routes,
        unassigned=tuple(
            Unassigned(stop_id=stop.id, reason=_reason(draft, stop.id), leave_out=stop.leave_out)
            for stop in problem.stops
            if stop.id not in visited
        ),
        cost=cost_of(problem, routes),
        seconds=bench.seconds,
        source=", ".join(sorted({matrix.source for matrix in problem.matrices.values()})),
        found_by="hand",
    )
    found = check(problem, solution)
    if any(one.code == "wrong_depot" for one in found):
        raise Invalid(fields=[FieldError("route", "dokumen tujuan ini ada di tempat berangkat yang lain")])
    ours = [str(one) for one in found if one.code not in LIMITS]
    if ours:
        raise RuntimeError(f"the referee refused an edit: {'; '.join(ours[:5])}")
    return Judged(draft=draft, problem=problem, solution=solution, violations=found)


def _chosen_prices(bench: Bench, draft: Draft) -> dict[str, LeaveOut | None]:
    """Of what was taken out in a way somebody chose, the price of that way."""
    return {stop_id: bench.spots[stop_id].leave_out(way) for stop_id, way in draft.out.items() if way != CHEAPEST}


def _reason(draft: Draft, stop_id: str) -> Reason:
    return TAKEN_OUT if stop_id in draft.out else draft.reasons.get(stop_id, TAKEN_OUT)


def _spot(row: Json) -> Spot:
    items = tuple(
        Item(
            batch_id=one["id"],
            documents=one["documents"],
            post=one["post"],
            waiting=one["waiting"],
            all_post=one["all_post"],
        )
        for one in row["batches"]
    )
    return Spot(stop_id=row["stop_id"], village_code=row["village_code"], items=items)
