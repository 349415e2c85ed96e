"""What a plan's kept problem and draft say of each batch's stop: prices, windows, pin. Read from the JSON as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dispatch.store.models import Plan
from dispatch.store.models.common import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one stop of the problem stands in its plan."""

    stop_id: str
    is_in_problem: bool = False
    post: int | None = None
    waiting: int | None = None
    pin: str = ""
    windows: list[tuple[int, int]] = field(default_factory=list)


UNKNOWN = Standing(stop_id="")


def standing(plan: Plan) -> Mapping[str, Standing]:
    """By batch; empty for a plan without an answer, or of before plans could be edited."""
    if plan.places is None or plan.problem is None:
        return {}
    draft = plan.draft or {}
    stops = {stop["id"]: stop for stop in plan.problem["stops"]}
    pins = {pin["stop_id"]: "route" if pin["position"] is None else "position" for pin in draft.get("pins", ())}
    closes = {
        one["stop_id"]: one["change"]["value"]
        for one in draft.get("changes", ())
        if one["change"]["field"] == "window_end"
    }
    found: dict[str, Standing] = {}
    for place in plan.places:
        stop = stops.get(place["stop_id"])
        stand = Standing(
            stop_id=place["stop_id"],
            is_in_problem=stop is not None,
            post=_sum(place["batches"], "post"),
            waiting=_sum(place["batches"], "waiting"),
            pin=pins.get(place["stop_id"], ""),
            windows=_windows(stop, closes.get(place["stop_id"])),
        )
        found.update((batch["id"], stand) for batch in place["batches"])
    return found


def _windows(stop: Json | None, closes: int | None) -> list[tuple[int, int]]:
    windows = [(one["start"], one["end"]) for one in stop["windows"]] if stop else []
    if windows and closes is not None:
        windows[-1] = (windows[-1][0], closes)
    return windows


def _sum(batches: Sequence[Json], price: str) -> int | None:
    """What all batches of a place cost together this way; None where one of them may not go it."""
    prices = [batch[price] for batch in batches]
    return None if any(one is None for one in prices) else sum(prices)
